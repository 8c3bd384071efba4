import * as z from "zod";
import type { Comparison } from "../../report/expectations.ts";
import type { Lane } from "../../report/report_model.ts";
import type { ExplainDocument } from "../commands/info/explain_command.ts";
import type { VersionDocument } from "../commands/info/version_command.ts";
import type { ReportDocument } from "../commands/report/report_command.ts";
import { count, findings, foreign, object, result, revision, step, text, url } from "./schema.ts";
import { stepRecord } from "./login.ts";

export const VERSION = result<VersionDocument>()("The version of mcpass", {
  version: text,
  commit: text.nullable().describe("ends with -modified if files differed; null from source"),
  runtime: text,
  target: text.describe("platform, such as x86_64-unknown-linux-gnu"),
  supportedRevisions: z.array(text).describe("MCP revisions"),
});

const source = url.optional().describe("where it was reported");

const page = object<NonNullable<ExplainDocument["page"]>>()("The explanation of a code", {
  code: text,
  topic: text,
  title: text,
  meaning: text,
  example: text,
  serverFix: text.optional().describe("what the operator of the server changes"),
  fix: text.optional().describe("what the reader changes"),
  workaround: text.optional().describe("what helps until the server is fixed"),
  spec: text.optional().describe("RFC or MCP sections"),
  links: z.array(z.strictObject({ clause: text, url })),
  products: z.array(z.strictObject({ product: text, note: text, source })),
});

export const EXPLAIN = result<ExplainDocument>()("Explanations of codes", {
  completed: z.boolean().describe("same as ok"),
  page: page.optional(),
  pages: z.array(page).optional().describe("--list, or the pages with these words"),
  products: z.array(z.strictObject({
    product: text,
    notes: z.array(z.strictObject({ code: text, note: text, source })),
  })).optional().describe("what was reported of a product"),
});

const lane = object<Lane>()("A party", {
  title: text,
  origin: text.optional(),
  kind: z.enum(["person", "client", "mcp", "as"]),
});

const comparison = object<Omit<Comparison, "received"> & { came: string }>()(
  "What the MCP revision expects of a step, and what was received",
  {
    step,
    expected: text,
    clause: text,
    exchange: count.optional().describe("id of the exchange"),
    came: text,
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
    came: text,
    findings,
  })),
  findings,
  tokens,
  protocolVersion: revision,
  expectations: z.array(comparison),
});
