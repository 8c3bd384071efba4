import * as z from "zod";
import type { PlannedCheck } from "../../audit/run/plan.ts";
import { type CheckResult, GROUP_IDS, VERDICTS } from "../../audit/context/verdict.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import { EXCHANGE } from "../../trace/artifact_schema.ts";
import type { ConformanceDocument } from "../commands/audit/conformance_command.ts";
import { count, milliseconds, object, result, revision, text, time, url } from "./schema.ts";

const id: z.ZodType<AuditCheckId> = text.regex(/^[a-z0-9_]+$/)
  .describe("stable; mcpass explain <id>") as never;
const severity = z.enum(["error", "warning", "info"])
  .describe("of a deviation: error is a failure, the others are warnings");
const attacker = z.enum(["A1", "A2", "A3", "A4", "A5"]).nullable()
  .describe("who gains from a deviation (RFC 9700 §3)");
const group = z.enum(GROUP_IDS);
const clause = text.nullable().describe("RFC or MCP section");

const exchange: z.ZodType<Exchange> = EXCHANGE as never;

const check = object<CheckResult>()("The result of a check", {
  id,
  title: text.describe("the state that the check expects"),
  group,
  severity,
  attacker,
  verdict: z.enum(VERDICTS),
  reason: text.nullable().describe("why it was skipped or is inconclusive"),
  clause,
  message: text.describe("what was observed"),
  remedy: text.nullable().describe("what to change; several lines are possible"),
  cluster: text.nullable().describe("the fault that failed checks have in common"),
  evidence: z.array(z.int().positive()).describe("ids of exchanges"),
  durationMs: milliseconds,
});

const planned = object<PlannedCheck>()("A check that would run", {
  id,
  title: text,
  group,
  severity,
  attacker,
  clause,
  revisions: z.array(revision).describe("that have the rule"),
  requests: count,
  registrations: count,
  consents: count,
  waitSeconds: count,
});

export const CONFORMANCE = result<ConformanceDocument>()("An audit of a server's OAuth", {
  plan: z.strictObject({
    requests: count,
    registrations: count,
    consents: count,
    waitSeconds: count,
  }).optional().describe("what the audit uses at most; absent with --clean-up"),
  listed: z.array(planned).optional().describe("with --list and --plan, instead of a result"),
  schemaVersion: z.literal(1).optional(),
  catalogueVersion: count.optional().describe("results of different versions are not comparable"),
  tool: z.strictObject({ name: z.literal("mcpass"), version: text }).optional(),
  startedAt: time.optional(),
  serverUrl: url.optional(),
  revision: revision.optional(),
  verdict: z.enum(["conformant", "not_conformant", "incomplete", "not_applicable"]).optional()
    .describe("not_applicable: the server needs no token"),
  counts: z.record(z.enum(VERDICTS), count).optional(),
  checks: z.array(check).optional().describe("in the order of the run"),
  exchanges: z.array(exchange).optional().describe("requests and responses, secrets masked"),
  requests: count.optional().describe("that the audit sent"),
  removal: z.strictObject({
    clients: z.strictObject({ registered: count, removed: count }),
    left: z.array(z.strictObject({ what: text, why: text }))
      .describe("what could not be removed"),
    file: text.nullable().optional().describe("the residue file, for --clean-up"),
  }).optional().describe("what the audit made at the server"),
});
