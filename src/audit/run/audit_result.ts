/** The result of an audit. @module */

import type { Exchange } from "../../core/exchange.ts";
import type { JsonObject } from "../../core/json.ts";
import { VERSION } from "../../core/version.ts";
import { runWithPauses } from "../../core/work.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import type { Recorder } from "../../trace/recorder.ts";
import { createRedactor, maskExchanges } from "../../trace/redactor.ts";
import type { Secrets } from "../../trace/secrets.ts";
import { CATALOGUE_VERSION } from "../checks/groups.ts";
import type { Discovery } from "../context/discovery.ts";
import { type CheckResult, type Verdict, VERDICTS } from "../context/verdict.ts";
import type { CleanUpResult } from "./clean_up.ts";

/** What the server publishes about itself; an empty object for a missing document. */
export interface DiscoveredDocuments {
  /** `WWW-Authenticate` of the request without a token. */
  readonly challenge: string | null;
  readonly resourceMetadata: JsonObject;
  readonly authorizationServerMetadata: JsonObject;
}

export interface AuditResult {
  readonly schemaVersion: 1;
  readonly catalogueVersion: number;
  readonly tool: { readonly name: "mcpass"; readonly version: string };
  readonly startedAt: string;
  readonly serverUrl: string;
  readonly revision: RevisionId;
  readonly verdict: "conformant" | "not_conformant" | "incomplete" | "not_applicable";
  /** True if it was interrupted: the results are those so far. */
  readonly cancelled: boolean;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly checks: readonly CheckResult[];
  readonly discovered: DiscoveredDocuments;
  /** Secrets are masked. */
  readonly exchanges: readonly Exchange[];
  /** Requests that the audit sent. */
  readonly requests: number;
  readonly removal: CleanUpResult;
}

function verdictOf(checks: readonly CheckResult[], discovery: Discovery): AuditResult["verdict"] {
  if (checks.some(({ verdict }) => verdict === "failed")) return "not_conformant";
  if (discovery.isOpen) return "not_applicable";
  const isIncomplete = checks.some(({ verdict, severity }) =>
    verdict === "inconclusive" && severity === "error"
  );
  return isIncomplete ? "incomplete" : "conformant";
}

export function countsOf(checks: readonly CheckResult[]): Record<Verdict, number> {
  const counts = VERDICTS.map((verdict) =>
    [verdict, checks.filter((it) => it.verdict === verdict).length] as const
  );
  return Object.fromEntries(counts) as Record<Verdict, number>;
}

interface ResultInput
  extends Pick<AuditResult, "startedAt" | "serverUrl" | "checks" | "cancelled"> {
  readonly discovery: Discovery;
  readonly removal: CleanUpResult;
  readonly recorder: Pick<Recorder, "exchanges">;
  readonly secrets: Secrets;
  /** Exchanges that another audit had sent. */
  readonly reused: number;
  /** False to leave out the exchanges of checks that passed, which saves memory. */
  readonly keepsPassed: boolean;
}

/** The evidence of checks that did not pass. */
function openEvidence(checks: readonly CheckResult[]): ReadonlySet<number> {
  return new Set(
    checks.filter(({ verdict }) => verdict !== "passed" && verdict !== "skipped")
      .flatMap(({ evidence }) => evidence),
  );
}

/** Masks the exchanges, with pauses. */
export async function createResult(input: ResultInput): Promise<AuditResult> {
  const { startedAt, serverUrl, checks, cancelled, discovery, removal, recorder, secrets } = input;
  const exchanges: Exchange[] = [];
  const redactor = createRedactor({ secrets });
  const all = recorder.exchanges();
  const shown = input.keepsPassed ? undefined : openEvidence(checks);
  // Every exchange is read: the redactor learns secrets from each.
  await runWithPauses(maskExchanges(all, redactor, (exchange) => {
    if (shown?.has(exchange.id) ?? true) exchanges.push(exchange);
  }));
  return {
    schemaVersion: 1,
    catalogueVersion: CATALOGUE_VERSION,
    tool: { name: "mcpass", version: VERSION },
    startedAt,
    serverUrl,
    revision: discovery.rules.id,
    verdict: cancelled ? "incomplete" : verdictOf(checks, discovery),
    cancelled,
    counts: countsOf(checks),
    checks,
    discovered: {
      challenge: discovery.challenged?.headers.get("www-authenticate") ?? null,
      resourceMetadata: discovery.resourceDocument,
      authorizationServerMetadata: discovery.serverDocument,
    },
    exchanges,
    requests: all.length - input.reused,
    removal,
  };
}
