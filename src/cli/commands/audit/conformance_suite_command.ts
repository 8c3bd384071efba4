import type { AuditOutline } from "../../../audit/run/plan.ts";
import type { SuiteFlow } from "../../../audit/suite/expand_flows.ts";
import type { FlowRun } from "../../../audit/suite/run_suite.ts";
import type { Suite } from "../../../audit/suite/suite_file.ts";
import type { BaselineEntry } from "../../../audit/suite/suite_schema.ts";
import { cancelledFailure, Failure, usageFailure } from "../../../core/failure.ts";
import { counted } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { maskDocument } from "../../../trace/mask_document.ts";
import { AUDIT_FORMATS, type AuditFormat, reportText } from "../../../report/audit/formats.ts";
import type { OutputFile } from "../../../trace/output_file.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { readInput } from "../../shared/input_files.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { HIDES_STEPS } from "../../shared/token_command_flags.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { assertKnownChecks, REMOVAL_LIMIT_MS } from "./conformance_command.ts";
import { openReports, renderedReport } from "./conformance_reports.ts";
import {
  type JudgedRun,
  listedFlow,
  type PlannedFlow,
  reportedFlows,
  type SuiteDocument,
  suiteDocument,
} from "./conformance_suite_document.ts";
import { flowOpener } from "./flow_opener.ts";
import { SUITE_FLAGS, type SuiteOptions } from "./conformance_suite_flags.ts";
import { plannedText, suiteText } from "./conformance_suite_text.ts";

const DEFAULT_CONCURRENCY = 8;

/** With --list only `listed`. */
export interface ConformanceSuiteDocument extends Partial<SuiteDocument> {
  readonly listed?: readonly PlannedFlow[];
}

const REQUIRED: RequiredOption<typeof SUITE_FLAGS> = {
  option: "config",
  missing: ({ config }) => config === undefined,
  message: "Which suite file?",
  reason: "the file that lists the servers",
  example: "conformance.json",
};

async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return undefined;
  }
}

async function openSuite(
  { runtime: { env, io }, secrets }: CommandSession,
  { config = "", allowLiteralSecrets }: SuiteOptions,
): Promise<Suite> {
  const { readSuite } = await import("../../../audit/suite/suite_file.ts");
  const { dirname, resolve } = await import("node:path");
  const suite = await readSuite({
    path: config,
    text: await readInput("--config", config, io),
    allowsLiteralSecrets: allowLiteralSecrets,
    variable: (name) => env.get(name),
    file: (path) => readText(resolve(dirname(config), path)),
  });
  for (const secret of suite.secrets) secrets.add(secret);
  return suite;
}

interface Baseline {
  readonly entries: readonly BaselineEntry[];
  /** For --update-baseline. */
  readonly output: OutputFile | undefined;
}

/** @throws Failure `baseline_invalid`, `unwritable_output` (usage). */
async function openBaseline(
  { file }: Suite,
  flows: readonly SuiteFlow[],
  { config = "", baseline, updateBaseline }: SuiteOptions,
): Promise<Baseline> {
  const { dirname, resolve } = await import("node:path");
  const path = baseline ?? (file.baseline && resolve(dirname(config), file.baseline));
  if (path === undefined) {
    if (!updateBaseline) return { entries: [], output: undefined };
    throw usageFailure(
      "impossible_combination",
      "--update-baseline has no file to write to",
      "Name it: --baseline baseline.json",
    );
  }
  const text = await readText(path);
  if (text === undefined && !updateBaseline) {
    throw usageFailure("file_unreadable", `the baseline ${quoted(path)} cannot be read`);
  }
  const { readBaseline } = await import("../../../audit/suite/baseline.ts");
  const { openOutputFile } = await import("../../../trace/output_file.ts");
  return {
    entries: text === undefined ? [] : readBaseline(path, text, flows),
    output: updateBaseline ? await openOutputFile(path) : undefined,
  };
}

async function selectedFlows(
  { file }: Suite,
  { filter, shard }: SuiteOptions,
): Promise<{ readonly all: readonly SuiteFlow[]; readonly flows: readonly SuiteFlow[] }> {
  const { expandFlows, selectFlows } = await import("../../../audit/suite/expand_flows.ts");
  const all = expandFlows(file);
  const unmatched = filter.find((glob) => selectFlows(all, [glob], undefined).length === 0);
  if (unmatched !== undefined) {
    throw usageFailure(
      "unknown_flow",
      `no flow matches ${quoted(unmatched, 100)}`,
      "To list the flows, add --list",
    );
  }
  return { all, flows: selectFlows(all, filter, shard) };
}

function suiteFailure({ name, problems, verdict }: SuiteDocument): Failure | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const about = `${first.flow}${first.check === null ? "" : `: ${first.check}`}: ${first.message}`;
  const message = `${name}: ${counted(problems.length, "problem")}, the first is ${about}`;
  return verdict === "not_conformant"
    ? new Failure("not_conformant", message)
    : new Failure("audit_incomplete", message, { kind: "incomplete" });
}

async function outlines(
  flows: readonly SuiteFlow[],
  options: SuiteOptions,
): Promise<PlannedFlow[]> {
  const { planOfFlow } = await import("../../../audit/suite/expand_flows.ts");
  const { outlineOf } = await import("../../../audit/run/plan.ts");
  return flows.map((flow) => {
    const { checks, costs }: AuditOutline = outlineOf(planOfFlow(flow, options));
    return { ...listedFlow(flow), checks: checks.length, plan: costs };
  });
}

export const CONFORMANCE_SUITE_COMMAND: Command<typeof SUITE_FLAGS> = sessionCommand({
  name: "oauth conformance-suite",
  summary: "Audit the OAuth of the servers in a file",
  examples: [
    ["all servers of a file", "mcpass oauth conformance-suite --config conformance.json"],
    ["the flows that would run", "mcpass oauth conformance-suite --config conformance.json --list"],
    [
      "one server, in CI",
      "mcpass oauth conformance-suite --config conformance.json \\\n" +
      "  --filter 'notes/*' --report junit=conformance.xml",
    ],
    [
      "accept what fails today",
      "mcpass oauth conformance-suite --config conformance.json \\\n" +
      "  --baseline baseline.json --update-baseline",
    ],
  ],
  flags: SUITE_FLAGS,
  requiredOptions: [REQUIRED],
  notes: [
    "To see the members of the file: mcpass schema suite-file. Write secrets as references: " +
    "${env:NAME} or ${file:path}. A suite file of the MCPJam CLI is accepted too.",
    "A baseline lists expected verdicts. The suite also fails if an expected failure passes.",
    "Exit status: 0 conformant, 1 not conformant, 2 usage, 3 an important check is inconclusive " +
    "or a server was not reached, 130 Ctrl-C.",
  ],
  needs: () => HIDES_STEPS,
  async report(session, { options }, { runtime }) {
    const { secrets, clock, signal } = session;
    await assertKnownChecks(options);
    const suite = await openSuite(session, options);
    const { all, flows } = await selectedFlows(suite, options);
    if (options.list) {
      const listed = await outlines(flows, options);
      const document: ConformanceSuiteDocument = { listed };
      return { document, text: (view) => plannedText(listed, view) };
    }
    const baseline = await openBaseline(suite, all, options);
    const reports = await openReports(options.report);
    const { file } = suite;
    const { failOn = "error", failFast, concurrency, config = "" } = options;
    const startedAt = new Date(clock.now()).toISOString();
    const { runSuite } = await import("../../../audit/suite/run_suite.ts");
    const { judgeFlow, updatedBaseline } = await import("../../../audit/suite/baseline.ts");
    const judge = (run: FlowRun) =>
      judgeFlow(run, {
        baseline: baseline.entries,
        failsOnWarning: failOn === "warning",
        today: startedAt.slice(0, 10),
      });
    session.note(counted(flows.length, "flow"));
    const ended = Promise.withResolvers<void>();
    runtime.beforeExit?.push(() => ended.promise);
    if (runtime.exitLimit !== undefined) runtime.exitLimit.ms = REMOVAL_LIMIT_MS;
    const opener = await flowOpener(session, options, runtime.beforeExit);
    const runs = await runSuite(flows, opener.open, {
      concurrency: concurrency ?? file.concurrency ?? DEFAULT_CONCURRENCY,
      retries: file.retries ?? 0,
      timeoutMs: file.timeoutMs,
      signal,
      onEnd: (run) => {
        const verdict = run.result?.verdict ?? run.failure?.message ?? "not run";
        session.note(`${run.flow.label}: ${verdict.replaceAll("_", " ")}`);
      },
      ...failFast && { stopsAfter: (run) => judge(run).problems.length > 0 },
    });
    const judged = runs.map((run): JudgedRun => ({
      run,
      judged: judge(run),
      residue: opener.residues.get(run.flow),
    }));
    const document = suiteDocument(file.name ?? "suite", startedAt, judged);
    const shown = maskDocument(document, secrets);
    const places = new Map(
      flows.map(({ name, serverId }) => [name, { path: config, line: suite.lineOf(serverId) }]),
    );
    const report = {
      name: document.name,
      flows: reportedFlows(shown, (flow) => places.get(flow)),
    };
    const textOf = (format: AuditFormat) => reportText(format, report);
    await reports.write(shown, textOf);
    if (!signal.aborted) {
      const entries = maskDocument(updatedBaseline(runs, baseline.entries), secrets);
      await baseline.output?.write(jsonText(entries));
    }
    ended.resolve();
    const failure = baseline.output === undefined && failOn !== "never"
      ? suiteFailure(document)
      : undefined;
    return {
      document: document satisfies ConformanceSuiteDocument,
      text: (view) => suiteText(shown, verdictPrinter(runtime), view),
      ...await renderedReport(options.format, AUDIT_FORMATS, textOf),
      statesFailure: true,
      failure: signal.aborted ? cancelledFailure() : failure,
    };
  },
});
