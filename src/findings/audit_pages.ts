import type { Pages } from "./page.ts";

/** How `oauth conformance` ends. */
export const AUDIT_PAGES = {
  not_conformant: {
    title: "the server is not conformant",
    meaning:
      "At least one check failed whose deviation stops a conforming client or helps an attacker. The report names each one with its requests, its clause and the change.",
    spec: "MCP authorization, Overview",
    example: "failed: rs_expired: an expired token is refused",
    serverFix: "Fix what the failed checks name, then run the audit again.",
    workaround: "To see what one check means: mcpass explain <check>",
  },
  audit_incomplete: {
    title: "the audit could not decide an important check",
    meaning:
      "Nothing failed, but the server limited requests, was not available, or asked for a person. So the audit does not say that the server is conformant.",
    example: "inconclusive: authorize_foreign_redirect: sign_in_first",
    fix: "Run the audit again later, or with a person: --auth-mode interactive",
    workaround: "To run only these checks again: --only <check>",
  },
  residue_file_invalid: {
    title: "the file is not a residue file",
    meaning:
      "An audit that cannot remove a client or a token writes it to a file, and --clean-up reads that file to try again. Another file was given, or a part of it is missing.",
    example: "mcpass oauth conformance --clean-up notes.json",
    fix: "Use the path that the audit printed at its end.",
  },
  residue_left: {
    title: "a client or token of an audit could not be removed",
    meaning:
      "The server refused the deletion of a client or the revocation of a token, or offers neither. Both stay there until they expire or the operator removes them; the file still has them.",
    spec: "RFC 7592 §2.3; RFC 7009 §2",
    example: "not removed (the server offers no deletion): client x",
    serverFix: "Authorization server: support RFC 7592 and RFC 7009.",
    fix: "Run the command again later, or ask the operator to remove what it names.",
  },
  suite_file_invalid: {
    title: "the suite file cannot be used",
    meaning:
      "The file of mcpass oauth conformance-suite --config has an unknown member, a wrong value, a reference without a value, or a secret that is written in the file itself.",
    example: "conformance.json: servers[0].revison: unknown member. Did you mean revisions?",
    fix: "Correct what the message names. To see all members: mcpass schema suite-file",
  },
  baseline_invalid: {
    title: "the baseline cannot be used",
    meaning:
      "A baseline lists the verdicts that a suite expects: flow, check, verdict and reason. This file is not such a list, or an entry names a flow or check that does not exist.",
    example: 'baseline.json: no flow matches "notes/2025-11-25/*"',
    fix:
      "Correct the entry, or write the file again: mcpass oauth conformance-suite --config <path> --update-baseline",
  },
  unknown_flow: {
    title: "no flow of the suite has this name",
    meaning:
      "mcpass oauth conformance-suite --filter expects server/revision/registration, with * for any text. What matches nothing is probably a typing error.",
    example: "mcpass oauth conformance-suite --config conformance.json --filter nots/*",
    fix: "Correct the name: mcpass oauth conformance-suite --config <path> --list",
  },
  result_file_invalid: {
    title: "the file is not the result of an audit",
    meaning:
      "mcpass server diff compares the JSON documents of mcpass oauth conformance and conformance-suite. This file is another document, or one of a version that mcpass does not read.",
    example: "mcpass server diff before.sarif after.sarif",
    fix: "Write the result as JSON: mcpass oauth conformance <server> --report json=result.json",
  },
  server_changed: {
    title: "a check is worse than before",
    meaning:
      "A check that passed before fails now or warns, or one that only warned fails. The comparison names each with both verdicts, and the metadata that changed.",
    spec: "MCP authorization, Overview",
    example: "worse: asm_s256: passed -> failed",
    serverFix: "Undo the change, or fix what the failed checks name.",
    fix: "To see what one check means: mcpass explain <check>",
  },
  unknown_check: {
    title: "no check has this name",
    meaning:
      "--only and --skip expect the id of a check, or a pattern with *. What matches nothing is probably a typing error, and the audit would run other checks than you asked for.",
    example: "mcpass oauth conformance <url> --only rs_experid",
    fix: "Correct the name: mcpass oauth conformance --list",
  },
} as const satisfies Pages;
