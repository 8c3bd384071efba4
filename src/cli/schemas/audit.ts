import * as z from "zod";
import type { AuditResult } from "../../audit/run/audit_result.ts";
import type { PlannedCheck } from "../../audit/run/plan.ts";
import type { SuiteProblem } from "../../audit/suite/baseline.ts";
import type { CheckChange, FactChange } from "../../audit/suite/compare_results.ts";
import { REGISTRATIONS } from "../../audit/suite/suite_schema.ts";
import { type CheckResult, GROUP_IDS, VERDICTS } from "../../audit/context/verdict.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import { EXCHANGE } from "../../trace/artifact_schema.ts";
import type { ConformanceDocument } from "../commands/audit/conformance_command.ts";
import type { ServerDiffDocument } from "../commands/server/server_diff_command.ts";
import type { ConformanceSuiteDocument } from "../commands/audit/conformance_suite_command.ts";
import type {
  FlowDocument,
  PlannedFlow,
  SuiteDocument,
} from "../commands/audit/conformance_suite_document.ts";
import {
  count,
  foreign,
  milliseconds,
  object,
  result,
  revision,
  text,
  time,
  url,
} from "./schema.ts";

const id: z.ZodType<AuditCheckId> = text.regex(/^[a-z0-9_]+$/)
  .describe("stable; mcpass explain <id>") as never;
const severity = z.enum(["error", "warning", "info"])
  .describe("severity of a deviation: error makes the check fail, the others are warnings");
const attacker = z.enum(["A1", "A2", "A3", "A4", "A5"]).nullable()
  .describe("attacker who gains from a deviation (RFC 9700 §3)");
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
  cluster: text.nullable().describe("the common cause of several failed checks"),
  evidence: z.array(z.int().positive()).describe("ids of exchanges"),
  durationMs: milliseconds,
});

const costs = z.strictObject({
  requests: count,
  registrations: count,
  consents: count,
  waitSeconds: count,
}).describe("what the audit uses at most");

const removal = z.strictObject({
  clients: z.strictObject({ registered: count, removed: count }),
  left: z.array(z.strictObject({ what: text, why: text })).describe("what could not be removed"),
}).describe("the clients and tokens of the audit");

const auditResult = object<AuditResult>()("The result of an audit", {
  schemaVersion: z.literal(1),
  catalogueVersion: count.describe("results of different versions are not comparable"),
  tool: z.strictObject({ name: z.literal("mcpass"), version: text }),
  startedAt: time,
  serverUrl: url,
  revision,
  verdict: z.enum(["conformant", "not_conformant", "incomplete", "not_applicable"])
    .describe("not_applicable: the server needs no token"),
  cancelled: z.boolean().describe("true after Ctrl-C: the checks are those so far"),
  counts: z.record(z.enum(VERDICTS), count),
  checks: z.array(check).describe("in the order of the run"),
  discovered: z.strictObject({
    challenge: text.nullable().describe("WWW-Authenticate of the request without a token"),
    resourceMetadata: foreign.describe("empty without a document"),
    authorizationServerMetadata: foreign.describe("empty without a document"),
  }).describe("what the server says about itself"),
  exchanges: z.array(exchange).describe("requests and responses, secrets masked"),
  requests: count.describe("number of requests that the audit sent"),
  removal,
});

const planned = object<PlannedCheck>()("A check that would run", {
  id,
  title: text,
  group,
  severity,
  attacker,
  clause,
  revisions: z.array(revision).describe("revisions that have the rule"),
  requests: count,
  registrations: count,
  consents: count,
  waitSeconds: count,
});

export const CONFORMANCE = result<ConformanceDocument>()("An audit of a server's OAuth", {
  plan: costs.optional().describe("what the audit uses at most; absent with --clean-up"),
  listed: z.array(planned).optional().describe("with --list and --plan, instead of a result"),
  ...auditResult.partial().shape,
  removal: removal.extend({
    file: text.nullable().optional().describe("the residue file, for --clean-up"),
  }).optional(),
});

const listedFlow = {
  flow: text.describe("server/revision/registration[/client]"),
  serverUrl: url,
  revision: revision.nullable().describe("null: the newest that the server supports"),
  registration: z.enum(REGISTRATIONS),
  client: text.nullable().describe("name of the client in the suite file"),
};

const flowResult = object<FlowDocument>()("The audit of one flow", {
  ...listedFlow,
  verdict: z.enum(["conformant", "not_conformant", "incomplete", "not_applicable", "not_run"]),
  attempts: count,
  reason: text.nullable().describe("why it did not run"),
  expected: z.array(text).describe("checks whose deviation the baseline expects"),
  residue: text.nullable().describe("file for oauth conformance --clean-up; null: nothing is left"),
  result: auditResult.nullable().describe("without the exchanges of checks that passed"),
});

const suiteProblem = object<SuiteProblem>()("Why the suite does not pass", {
  flow: text,
  check: text.nullable(),
  kind: z.enum([
    "failed",
    "warning",
    "stale",
    "expired",
    "other_verdict",
    "inconclusive",
    "required",
    "not_run",
  ]),
  message: text,
});

const suiteResult = object<SuiteDocument>()("The audit of several servers", {
  schemaVersion: z.literal(1),
  catalogueVersion: count,
  tool: z.strictObject({ name: z.literal("mcpass"), version: text }),
  name: text,
  startedAt: time,
  verdict: z.enum(["conformant", "not_conformant", "incomplete"]),
  flows: z.array(flowResult).describe("in the order of the file"),
  problems: z.array(suiteProblem),
  unchecked: z.array(text).describe("entries of the baseline whose check was skipped"),
  requests: count,
});

const plannedFlow = object<PlannedFlow>()("A flow that would run", {
  ...listedFlow,
  checks: count,
  plan: costs,
});

export const CONFORMANCE_SUITE = result<ConformanceSuiteDocument>()(
  "Audits of several servers",
  {
    listed: z.array(plannedFlow).optional().describe("with --list, instead of a result"),
    ...suiteResult.partial().shape,
  },
);

const factChange = object<FactChange>()("A difference in what a server says about itself", {
  flow: text,
  document: z.enum(["challenge", "resource_metadata", "authorization_server_metadata"]),
  member: text.nullable().describe("null for the challenge"),
  before: z.unknown().describe("null if it was absent"),
  after: z.unknown().describe("null if it is absent now"),
});

const checkChange = object<CheckChange>()("A check with another verdict", {
  flow: text,
  id: text,
  change: z.enum(["worse", "better", "changed"])
    .describe("changed: skipped, inconclusive or missing in one of the audits"),
  before: z.enum(VERDICTS).nullable(),
  after: z.enum(VERDICTS).nullable(),
  message: text,
});

export const SERVER_DIFF = result<ServerDiffDocument>()("What changed between two audits", {
  before: text,
  after: text,
  facts: z.array(factChange),
  checks: z.array(checkChange),
  unmatched: z.array(text).describe("flows that only one side has"),
});
