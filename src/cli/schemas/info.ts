import * as z from "zod";
import type { Comparison } from "../../report/expectations.ts";
import type { Lane } from "../../report/report_model.ts";
import type { CompletionDocument } from "../commands/info/completion_command.ts";
import type { ExplainDocument } from "../commands/info/explain_command.ts";
import type { HelpDocument } from "../commands/info/help_document.ts";
import type { VersionDocument } from "../commands/info/version_command.ts";
import type { ReportDocument } from "../commands/report/report_command.ts";
import { count, findings, foreign, object, result, revision, step, text, url } from "./schema.ts";
import { stepRecord } from "./login.ts";

export const VERSION = result<VersionDocument>()("The version of mcpass", {
  version: text,
  commit: text.nullable().describe(
    "ends with -modified for a changed work tree; null when run from source",
  ),
  runtime: text,
  target: text.describe("platform, such as x86_64-unknown-linux-gnu"),
  supportedRevisions: z.array(text).describe("MCP revisions"),
});

const named = z.strictObject({ name: text, summary: text });

export const HELP = result<HelpDocument>()("The help of a command, a group or a topic", {
  name: text.nullable().describe("null for mcpass itself"),
  arguments: text.optional().describe("what follows the name of a command, before the options"),
  options: z.array(z.strictObject({
    name: text,
    short: text.optional(),
    value: text.optional().describe("absent for an option without a value"),
    about: text,
    choices: z.array(text).optional(),
    variable: text.optional().describe("the environment variable that also sets it"),
    repeatable: z.boolean(),
  })).optional(),
  examples: z.array(z.strictObject({ comment: text, command: text })).optional(),
  commands: z.array(named).optional().describe("the commands of a group, or all"),
  text: text.describe("the help as text"),
});

export const COMPLETION = result<CompletionDocument>()("A completion script", {
  shell: text,
  script: text,
});

export interface SchemaListDocument {
  readonly schemas: readonly { readonly name: string; readonly description: string }[];
}

const list = result<SchemaListDocument>()("What has a schema", {
  schemas: z.array(z.strictObject({ name: text, description: text })),
});

export const SCHEMA = z.union([
  z.looseObject({ $schema: url, $id: text, title: text, description: text })
    .describe("a JSON Schema"),
  list,
]).describe("A JSON Schema, or without a command the list of schemas");

const source = url.optional().describe("where it was reported");

const page = object<NonNullable<ExplainDocument["page"]>>()("The explanation of a code", {
  code: text,
  topic: text,
  title: text,
  meaning: text,
  example: text,
  serverFix: text.optional().describe("what the operator of the server changes"),
  fix: text.optional().describe("what the person who runs mcpass changes"),
  workaround: text.optional().describe("what helps until the server is fixed"),
  spec: text.optional().describe("RFC or MCP sections"),
  links: z.array(z.strictObject({ clause: text, url })),
  products: z.array(z.strictObject({ product: text, note: text, source })),
});

export const EXPLAIN = result<ExplainDocument>()("Explanations of codes", {
  completed: z.boolean().describe("same as ok"),
  page: page.optional(),
  pages: z.array(page).optional().describe("with --list, or for a search by words"),
  products: z.array(z.strictObject({
    product: text,
    notes: z.array(z.strictObject({ code: text, note: text, source })),
  })).optional().describe("what was reported about a product"),
});

const lane = object<Lane>()("A participant: the user, mcpass, or a server", {
  title: text,
  origin: text.optional(),
  kind: z.enum(["person", "client", "mcp", "as"]),
});

const comparison = object<Comparison>()(
  "What the MCP revision expects of a step, and what was received",
  {
    step,
    expected: text,
    clause: text,
    exchange: count.optional().describe("id of the exchange"),
    received: text,
    verdict: z.enum(["met", "differs", "open"]),
  },
);

const outcome: z.ZodType<ReportDocument["outcome"]> = foreign
  .describe("outcome of the recorded command") as never;
const tokens: z.ZodType<ReportDocument["tokens"]> = z.array(foreign)
  .describe("tokens, decoded, without signatures") as never;

export const REPORT = result<ReportDocument>()("A debug artifact, explained (--format json)", {
  completed: z.boolean().describe("same as ok"),
  outcome,
  steps: z.array(stepRecord),
  lanes: z.array(lane),
  exchanges: z.array(z.strictObject({
    id: count,
    step,
    lane: count.describe("index in lanes"),
    expected: text,
    received: text,
    findings,
  })),
  findings,
  tokens,
  protocolVersion: revision,
  expectations: z.array(comparison),
});
