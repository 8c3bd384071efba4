import { GROUP_IDS, type GroupId } from "../../../audit/context/verdict.ts";
import type { AuditResult } from "../../../audit/run/audit_server.ts";
import { Failure } from "../../../core/failure.ts";
import { counted } from "../../../core/quantities.ts";
import { signInCommand } from "../../../flow/context/sign_in_needed.ts";
import { REVISION_IDS, type RevisionId } from "../../../oauth/mcp/revision.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup, list, toggle, value } from "../../command/flag.ts";
import {
  PROGRESS_FLAG,
  REQUEST_FLAGS,
  RESULT_FLAGS,
  SERVER_FLAGS,
} from "../../args/common_flags.ts";
import { DISCOVERY_FLAGS } from "../../args/discovery_flags.ts";
import { choice, text, wholeNumber } from "../../args/values.ts";
import { choicesOf, namedHosts, withChoices } from "../../shared/discovery_choices.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { HIDES_STEPS } from "../../shared/token_command_flags.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { conformanceText } from "./conformance_text.ts";

type FailOn = "warning" | "error" | "never";

const CONFORMANCE_FLAGS = {
  ...SERVER_FLAGS,
  ...flagGroup("Checks:", {
    revision: value(
      "<version>",
      "MCP revision whose rules apply (default: the newest that the server supports)",
      choice(REVISION_IDS),
    ),
    group: list("<name>", "run only this group of checks (repeatable)", choice(GROUP_IDS)),
    only: list("<check>", "run only this check, * for any text (repeatable)", text),
    skip: list("<check>", "leave out this check, * for any text (repeatable)", text),
    safe: toggle("register nothing, use up nothing, and put no token into a URL"),
    browserClients: toggle("warn about what blocks MCP clients that run in a browser"),
  }),
  ...flagGroup("Limits:", {
    registrations: value(
      "<number>",
      "clients that the audit may register (default: 20)",
      wholeNumber("number", 200),
    ),
    consents: value(
      "<number>",
      "times that a person may be asked to consent (default: 3)",
      wholeNumber("number", 50),
    ),
    maxWait: value(
      "<seconds>",
      "longest wait of one check, for a token to expire (default: 60)",
      wholeNumber("number of seconds", 3600),
    ),
  }),
  ...flagGroup("Result:", {
    failOn: value(
      "<severity>",
      "lowest severity that sets exit status 1: warning, error or never (default: error)",
      choice(["warning", "error", "never"] as const),
    ),
  }),
  ...DISCOVERY_FLAGS,
  ...PROGRESS_FLAG,
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

const DEFAULT_REGISTRATIONS = 20;
const DEFAULT_CONSENTS = 3;
const DEFAULT_MAX_WAIT_SECONDS = 60;

export type ConformanceDocument = AuditResult;

function auditFailure(
  { checks, counts, serverUrl, verdict }: AuditResult,
  failOn: FailOn,
): Failure | undefined {
  const failed = checks.find((it) => it.verdict === "failed") ??
    (failOn === "warning"
      ? checks.find((it) => it.verdict === "warning" && it.severity !== "info")
      : undefined);
  if (failed !== undefined) {
    const count = failed.verdict === "failed" ? counts.failed : counts.warning;
    const message = `${serverUrl}: ${counted(count, "check")} ${failed.verdict}, ` +
      `the first is ${failed.id}: ${failed.message}`;
    return new Failure("not_conformant", message, {
      remedy: failed.remedy ?? undefined,
      reference: failed.clause ?? undefined,
    });
  }
  if (verdict !== "incomplete") return undefined;
  const open = checks.filter((it) => it.verdict === "inconclusive" && it.severity === "error");
  const message = `${serverUrl}: ${counted(open.length, "check")} inconclusive: ` +
    open.map(({ id }) => id).join(", ");
  return new Failure("audit_incomplete", message, { kind: "incomplete" });
}

export const CONFORMANCE_COMMAND: Command<typeof CONFORMANCE_FLAGS> = sessionCommand({
  name: "oauth conformance",
  summary: "Audit the OAuth of a server: requests, evidence, and what to change",
  examples: [
    ["a server", "mcpass oauth conformance https://server.example/mcp"],
    ["without side effects", "mcpass oauth conformance https://server.example/mcp --safe"],
    [
      "the failed checks, for a script",
      "mcpass oauth conformance https://server.example/mcp --format json \\\n" +
      `  | jq -r '.checks[] | select(.verdict == "failed") | .id'`,
    ],
  ],
  flags: CONFORMANCE_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  notes: [
    "Sends requests that clients send, and wrong ones that a server has to refuse. It registers " +
    "clients named mcpass conformance audit, and removes them at the end.",
    "Exit status: 0 conformant, 1 not conformant, 2 usage, 3 an important check is inconclusive, " +
    "4 a person has to sign in, 130 Ctrl-C.",
  ],
  needs: ({ options }, { runtime }) => ({
    ...HIDES_STEPS,
    http: () => namedHosts(options.url ?? "", options, runtime),
  }),
  async report(session, { options }, { runtime }) {
    const { serverUrl } = session;
    await session.openHttp();
    const headerNames = options.header.map(([name]) => name);
    const signIn = withChoices({ serverUrl, headerNames }, options);
    const { auditServer } = await import("../../../audit/run/audit_server.ts");
    const { createHeadlessDriver } = await import("../../../audit/run/headless_driver.ts");
    const { failOn = "error" } = options;
    const redirectUri = "http://127.0.0.1:33418/callback";
    const result = await auditServer({
      serverUrl,
      revision: options.revision as RevisionId | undefined,
      safe: options.safe,
      only: options.only,
      skip: options.skip,
      groups: options.group as readonly GroupId[],
      consents: options.consents ?? DEFAULT_CONSENTS,
      registrations: options.registrations ?? DEFAULT_REGISTRATIONS,
      maxWaitSeconds: options.maxWait ?? DEFAULT_MAX_WAIT_SECONDS,
      browserClients: options.browserClients,
    }, {
      ...session,
      command: session.commands((flags) => signInCommand(signIn, flags)),
      choices: await choicesOf(signIn, runtime.io),
      writeResidue: () => Promise.resolve(),
      openConsent: (audit) => Promise.resolve(createHeadlessDriver(audit, redirectUri)),
    });
    return {
      document: result satisfies ConformanceDocument,
      text: (view) => conformanceText(result, verdictPrinter(runtime), view, options.verbose),
      statesFailure: true,
      failure: failOn === "never" ? undefined : auditFailure(result, failOn),
    };
  },
});
