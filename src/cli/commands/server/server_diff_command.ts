import {
  type ComparedFlow,
  compareResults,
  type Comparison,
  flowPairs,
} from "../../../audit/suite/compare_results.ts";
import type { SuiteFlow } from "../../../audit/suite/expand_flows.ts";
import { Failure, usageFailure } from "../../../core/failure.ts";
import { parseJson } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import {
  COMPARISON_FORMATS,
  type ComparisonFormat,
  comparisonText,
} from "../../../report/audit/formats.ts";
import { maskDocument } from "../../../trace/mask_document.ts";
import {
  COMMON_GROUP,
  PROGRESS_FLAG,
  REQUEST_FLAGS,
  RESULT_FLAGS,
} from "../../args/common_flags.ts";
import { choice } from "../../args/values.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import { flagGroup, list, type OptionsOf, value } from "../../command/flag.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { readInput } from "../../shared/input_files.ts";
import { completeUrl, isHostText } from "../../shared/sign_in/required_server.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { HIDES_STEPS } from "../../shared/token_command_flags.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { reportFile } from "../audit/conformance_flags.ts";
import { openReports, renderedReport } from "../audit/conformance_reports.ts";
import { type FlowOpener, flowOpener } from "../audit/flow_opener.ts";
import { diffText } from "./server_diff_text.ts";

const DIFF_FLAGS = {
  ...flagGroup("Result:", {
    failOn: value(
      "<change>",
      "change that sets exit status 1: worse (a check), any or never (default: worse)",
      choice(["worse", "any", "never"] as const),
    ),
    report: list(
      "<format>=<path>",
      "also write a report: json, md or html (repeatable)",
      reportFile(COMPARISON_FORMATS),
    ),
  }),
  ...PROGRESS_FLAG,
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
  ...flagGroup(COMMON_GROUP, {
    format: value(
      "<format>",
      "output format: human, json, md or html (default: human on a terminal, else json)",
      choice(["human", "json", ...COMPARISON_FORMATS]),
    ),
  }),
};

type DiffOptions = OptionsOf<typeof DIFF_FLAGS>;

export interface ServerDiffDocument extends Comparison {
  readonly before: string;
  readonly after: string;
}

const OPERANDS: RequiredOption<typeof DIFF_FLAGS> = {
  missing: (_, operands) => operands.length < 2,
  message: "Which two results or servers?",
  reason: "Add two files with results, or two servers",
};

/** `before.json` could be a host, too: a file is a file. */
async function isServer(text: string): Promise<boolean> {
  if (text.includes("://")) return true;
  if (text.endsWith(".json") || !isHostText(text)) return false;
  return !await Deno.stat(text).then(({ isFile }) => isFile, () => false);
}

/** Audits a server without side effects. */
async function auditOf(
  { signal }: CommandSession,
  server: string,
  { open }: FlowOpener,
): Promise<ComparedFlow[]> {
  const serverUrl = completeUrl(server);
  const flow: SuiteFlow = {
    name: serverUrl,
    label: serverUrl,
    serverId: serverUrl,
    serverUrl,
    revision: undefined,
    registration: "dcr",
    client: null,
    settings: { safe: true, authMode: "none" },
  };
  const { runSuite } = await import("../../../audit/suite/run_suite.ts");
  const limits = { concurrency: 1, retries: 0, timeoutMs: undefined, signal };
  const [run] = await runSuite([flow], open, limits);
  if (run?.result === undefined || run.result.cancelled) {
    signal.throwIfAborted();
    throw run?.failure ?? new Failure("audit_incomplete", `${serverUrl} was not audited`);
  }
  return [[serverUrl, run.result]];
}

/** @throws Failure `result_file_invalid` (usage), and why a server cannot be audited. */
async function flowsOf(
  session: CommandSession,
  source: string,
  opener: FlowOpener,
): Promise<ComparedFlow[]> {
  if (await isServer(source)) return await auditOf(session, source, opener);
  const text = await readInput("server diff", source, session.runtime.io);
  const { flowsOfDocument } = await import("../../../audit/suite/result_file.ts");
  const flows = flowsOfDocument(parseJson(text));
  if (flows.length > 0) return flows;
  throw usageFailure(
    "result_file_invalid",
    `${quoted(source)} is not the result of an audit`,
    "Write one: mcpass oauth conformance <server> --report json=result.json",
  );
}

function diffFailure(
  { facts, checks, unmatched }: Comparison,
  { failOn = "worse" }: DiffOptions,
): Failure | undefined {
  const worse = checks.filter(({ change }) => change === "worse");
  const counts = failOn === "any" ? facts.length + checks.length + unmatched.length : worse.length;
  if (failOn === "never" || counts === 0) return undefined;
  const [first] = worse;
  const message = first === undefined
    ? counted(counts, "change")
    : `${counted(worse.length, "check")} worse, the first is ${first.id}: ${first.message}`;
  return new Failure("server_changed", message);
}

export const SERVER_DIFF_COMMAND: Command<typeof DIFF_FLAGS> = sessionCommand({
  name: "server diff",
  summary: "Compare two audits, or two servers: metadata and checks that changed",
  examples: [
    ["before and after an upgrade", "mcpass server diff before.json after.json"],
    [
      "the result of an audit and a server",
      "mcpass server diff before.json https://staging.example/mcp",
    ],
    [
      "as a page for a browser",
      "mcpass server diff before.json after.json --report html=diff.html",
    ],
  ],
  operands: "<before> <after>",
  operandChoices: "files",
  flags: DIFF_FLAGS,
  requiredOptions: [OPERANDS],
  notes: [
    "Each is a file (oauth conformance --report json=<path>, also of a suite) or the URL of a " +
    "server, which is audited without side effects.",
    "Exit status: 0 no check is worse, 1 a check is worse, 2 usage, 130 Ctrl-C.",
  ],
  needs: () => HIDES_STEPS,
  async report(session, { options, operands }, { runtime }) {
    const [before = "", after = "", ...others] = operands;
    if (others.length > 0) {
      const message = "mcpass server diff accepts two files or servers";
      throw usageFailure("unexpected_argument", message, "Omit the other arguments");
    }
    const reports = await openReports(options.report);
    const opener = await flowOpener(session, { ...options, only: [], skip: [] }, undefined);
    const earlier = await flowsOf(session, before, opener);
    const later = await flowsOf(session, after, opener);
    const comparison = compareResults(earlier, later);
    const document: ServerDiffDocument = { before, after, ...comparison };
    const shown = maskDocument(document, session.secrets);
    const report = () =>
      maskDocument(
        { before, after, pairs: flowPairs(earlier, later), comparison },
        session.secrets,
      );
    const textOf = (format: ComparisonFormat) => comparisonText(format, report());
    await reports.write(shown, textOf);
    return {
      document,
      text: (view) => diffText(shown, verdictPrinter(runtime), view),
      ...await renderedReport(options.format, COMPARISON_FORMATS, textOf),
      statesFailure: true,
      failure: diffFailure(comparison, options),
    };
  },
});
