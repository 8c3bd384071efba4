import { pathToFileURL } from "node:url";
import { browserCommands, openBrowser, spawnDetached } from "../../../consent/browser.ts";
import { detectHostEnvironment } from "../../../consent/host_environment.ts";
import { Failure, usageFailure } from "../../../core/failure.ts";
import type { Finding } from "../../../core/finding.ts";
import { hasMoreValues, isObject, parseJson, stringMember } from "../../../core/json.ts";
import type { StepId } from "../../../core/step.ts";
import { pause, runWithPauses } from "../../../core/work.ts";
import { printable, quoted } from "../../../core/text.ts";
import { compareWithRevision, type Comparison, revisionOf } from "../../../report/expectations.ts";
import type { RevisionId } from "../../../oauth/mcp/revision.ts";
import { htmlReport } from "../../../report/html.ts";
import { markdownReport } from "../../../report/markdown.ts";
import { buildReportModel, type Lane } from "../../../report/report_model.ts";
import { type Artifact, ARTIFACT_SCHEMA_VERSION } from "../../../trace/artifact.ts";
import { curlOf } from "../../../trace/curl.ts";
import { harOf } from "../../../trace/har.ts";
import { openOutputFile } from "../../../trace/output_file.ts";
import { COMMON_FLAGS, COMMON_GROUP, RESULT_FLAGS } from "../../args/common_flags.ts";
import { exclusive } from "../../args/flag_rules.ts";
import { singleOperand } from "../../args/parse_command.ts";
import { choice, outputPath, program } from "../../args/values.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import { flagGroup, toggle, value } from "../../command/flag.ts";
import type { Choice, Runtime } from "../../command/runtime.ts";
import { readInput } from "../../shared/input_files.ts";
import { errorDocument } from "../../terminal/error_document.ts";
import { documentText, jsonText } from "../../terminal/json_text.ts";

const FORMATS = ["html", "md", "har", "curl", "json"] as const;
type ReportFormat = typeof FORMATS[number];

const REPORT_FLAGS = {
  ...flagGroup("Report:", {
    out: value("<path>", "write the report to this file (mode 0600)", outputPath, { short: "-o" }),
    open: toggle("open the page in the browser"),
    browser: value("<cmd>", "open the page with this program", program),
  }),
  ...COMMON_FLAGS,
  field: RESULT_FLAGS.field,
  ...flagGroup(COMMON_GROUP, {
    format: value(
      "<format>",
      "output format: html, md, har, curl or json (default: html)",
      choice(FORMATS),
    ),
  }),
};

export interface ReportDocument
  extends Pick<Artifact, "outcome" | "steps" | "findings" | "tokens"> {
  readonly completed: boolean;
  readonly lanes: readonly Lane[];
  readonly exchanges: readonly {
    readonly id: number;
    readonly step: StepId;
    readonly lane: number;
    readonly expected: string;
    readonly received: string;
    readonly findings: readonly Finding[];
  }[];
  readonly protocolVersion: RevisionId;
  readonly expectations: readonly Comparison[];
}

async function jsonReport(artifact: Artifact, signal: AbortSignal): Promise<string> {
  const { outcome, steps, findings, tokens } = artifact;
  const { lanes, entries } = await runWithPauses(buildReportModel(artifact), signal);
  return documentText(
    {
      completed: true,
      outcome,
      steps,
      lanes,
      exchanges: entries.map(({ exchange: { id, step }, lane, expected, received, findings }) => {
        return { id, step, lane, expected, received, findings };
      }),
      findings,
      tokens,
      protocolVersion: revisionOf(artifact).rules.id,
      expectations: compareWithRevision(artifact),
    } satisfies ReportDocument,
  );
}

const WRITERS: Readonly<
  Record<ReportFormat, (artifact: Artifact, signal: AbortSignal) => Promise<string>>
> = {
  html: htmlReport,
  md: (artifact, signal) => runWithPauses(markdownReport(artifact), signal),
  har: async (artifact, signal) => jsonText(await runWithPauses(harOf(artifact), signal)),
  curl: (artifact, signal) => runWithPauses(curlOf(artifact), signal),
  json: jsonReport,
};

/** Parsing more would block for seconds. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** A trace of 500 exchanges has about 20,000 values. */
const MAX_VALUES = 500_000;

/** The limit for a server's document, and the levels around it. */
const MAX_DEPTH = 128;

async function parseArtifact(text: string, path: string, signal: AbortSignal): Promise<Artifact> {
  const refuse = (why: string) =>
    usageFailure(
      "not_an_artifact",
      `${quoted(path, 4096)} is not a debug artifact: ${why}`,
      "Give a file that --debug-out wrote",
    );
  if (text.length > MAX_CHARACTERS) throw refuse("it is larger than 32 MiB");
  if (hasMoreValues(text, MAX_VALUES)) throw refuse(`it has more than ${MAX_VALUES} values`);
  await pause(signal);
  const document = parseJson(text, MAX_DEPTH);
  if (document === undefined) throw refuse(`it is not JSON, or has more than ${MAX_DEPTH} levels`);
  await pause(signal);
  if (!isObject(document)) throw refuse("it is not a JSON object");
  const { schemaVersion, tool } = document;
  if (typeof schemaVersion === "number" && schemaVersion !== ARTIFACT_SCHEMA_VERSION) {
    const version = isObject(tool) ? stringMember(tool, "version") : undefined;
    const writer = version === undefined ? "" : ` (mcpass ${printable(version, 40)} wrote it)`;
    throw usageFailure(
      "artifact_version",
      `${quoted(path, 4096)} is a debug artifact of version ${schemaVersion}${writer}, and this ` +
        `mcpass reads version ${ARTIFACT_SCHEMA_VERSION}`,
      schemaVersion < ARTIFACT_SCHEMA_VERSION
        ? "Record it again with this mcpass, or read it with the one that wrote it"
        : "Read it with the mcpass that wrote it, or a later one",
    );
  }
  if (typeof schemaVersion !== "number") throw refuse("it has no schemaVersion");
  // The schema loads zod.
  const { artifactFaults } = await import("../../../trace/artifact_schema.ts");
  const [fault] = artifactFaults(document);
  await pause(signal);
  if (fault !== undefined) throw refuse(printable(fault, 200));
  return document as unknown as Artifact;
}

async function openPage(
  path: string,
  browser: string | undefined,
  { env }: Runtime,
): Promise<void> {
  const page = pathToFileURL(await Deno.realPath(path)).href;
  const commands = browserCommands(page, { browser, env, host: detectHostEnvironment(env) });
  const failures = await openBrowser(commands, env, spawnDetached);
  if (failures === undefined) return;
  const why = failures.length === 0 ? "none is available" : failures.join("; ");
  throw new Failure("report_not_opened", `no browser could be opened: ${why}`, {
    remedy: `Open ${quoted(path, 4096)} in a browser yourself, or choose one with --browser <cmd>`,
  });
}

const MAX_FILES = 20;

/** The artifacts in the working directory, recognized by the beginning of each file. */
async function findArtifacts(): Promise<Choice[]> {
  const found: Choice[] = [];
  for await (const { name, isFile } of Deno.readDir(".")) {
    if (!isFile || !name.endsWith(".json") || found.length === MAX_FILES) continue;
    using file = await Deno.open(name);
    const beginning = new Uint8Array(64);
    const length = await file.read(beginning) ?? 0;
    const text = new TextDecoder().decode(beginning.subarray(0, length));
    if (/^\s*\{\s*"schemaVersion"/.test(text)) found.push({ value: name });
  }
  return found.sort((a, b) => a.value < b.value ? -1 : 1);
}

const REQUIRED_ARTIFACT: RequiredOption<typeof REPORT_FLAGS> = {
  operand: "<debug.json>",
  missing: (_options, [path]) => path === undefined,
  message: "Which debug artifact?",
  reason: "Give the file that --debug-out wrote, or - for standard input",
  example: "mcpass-debug.json",
  offer: findArtifacts,
  other: "Another file",
  objection: (path) => path.trim() === "" ? "the path is empty" : undefined,
};

export const REPORT_COMMAND: Command<typeof REPORT_FLAGS> = {
  name: "oauth report",
  summary: "Turn a debug artifact into a page, Markdown, an HTTP archive or curl commands",
  operands: "<debug.json>",
  operandChoices: "files",
  examples: [
    ["record a login", "mcpass login <url> --debug-out debug.json"],
    ["as one page, in the browser", "mcpass oauth report debug.json --open"],
    ["for a bug tracker", "mcpass oauth report debug.json --format md"],
    ["for the network panel of a browser", "mcpass oauth report debug.json --format har -o x.har"],
    ["each request as a curl command", "mcpass oauth report debug.json --format curl"],
  ],
  flags: REPORT_FLAGS,
  requiredOptions: [REQUIRED_ARTIFACT],
  rules: [exclusive(["field", "out"]), exclusive(["field", "open"])],
  notes: [
    "The artifact contains no secrets, so the report contains none. The page loads nothing from " +
    "the network. On a terminal it is written next to the artifact unless --out names a file; " +
    "everything else goes to stdout.",
  ],
  async run(invocation, { runtime }) {
    const { options, sources } = invocation;
    const path = singleOperand(
      invocation,
      "oauth report",
      "file",
      "Give one file that --debug-out wrote, or - for standard input",
    ) ?? "";
    const { field, out, browser, quiet } = options;
    const format = field === undefined ? options.format ?? "html" : "json";
    const { io, signal } = runtime;
    // MCPASS_BROWSER only names the program; only the flag asks for the page to be opened.
    const open = options.open || sources.get("browser") === "flag";
    if (open && format !== "html") {
      throw usageFailure(
        "impossible_combination",
        `${options.open ? "--open" : "--browser"} requires --format html, but it is ${format}`,
        "Use one of them",
      );
    }
    const artifact = await parseArtifact(await readInput("oauth report", path, io), path, signal);
    const pagePath = path === "-" ? "mcpass-report.html" : `${path.replace(/\.json$/i, "")}.html`;
    const target = out ??
      (format === "html" && (open || io.stdoutIsTerminal) ? pagePath : undefined);
    const file = target === undefined ? undefined : await openOutputFile(target);
    const text = await WRITERS[format](artifact, signal);
    await pause(signal);
    if (file === undefined) {
      io.out(text);
      return 0;
    }
    await file.write(text);
    if (!quiet) io.err(`Wrote ${quoted(file.path, 4096)}\n`);
    if (open) await openPage(file.path, browser, runtime);
    return 0;
  },
  failureDocument: (failure, invocation, { field }) =>
    invocation === undefined || invocation.options.format === "json" || field !== undefined
      ? errorDocument(failure)
      : undefined,
};
