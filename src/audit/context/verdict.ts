/** Groups of checks, and the verdict about a check. @module */

import type { Severity } from "../../core/finding.ts";
import type { AuditCheckId } from "../../findings/mod.ts";

/** In the order of a run: groups without side effects come first. */
export const GROUP_IDS = [
  "challenge",
  "resource_metadata",
  "server_metadata",
  "jwks",
  "cors",
  "transport",
  "registration",
  "client_document",
  "authorization",
  "callback",
  "token_endpoint",
  "token_validation",
  "protocol",
  "scope",
  "proof",
  "refresh",
  "revocation",
] as const;

export type GroupId = typeof GROUP_IDS[number];

/**
 * Who gains when the check fails (RFC 9700 §3): A1 a web attacker, A2 a network attacker, A3 one who
 * reads authorization responses, A4 authorization requests, A5 one who obtains access tokens.
 */
export type Attacker = "A1" | "A2" | "A3" | "A4" | "A5";

export type SkipReason =
  | "not_advertised"
  | "not_in_revision"
  | "needs_consent"
  | "needs_client"
  | "needs_token"
  | "needs_refresh_token"
  | "needs_wait"
  | "needs_config"
  | "needs_control"
  | "opaque_token"
  | "registration_closed"
  | "not_applicable"
  | "safe_mode";

export type DoubtReason =
  | "rate_limited"
  | "unavailable"
  | "network"
  | "sign_in_first"
  | "other_refusal"
  | "consent_failed"
  | "indistinct"
  | "budget_spent";

/** What a check found. */
export type Outcome =
  | { readonly kind: "passed"; readonly message: string }
  | {
    readonly kind: "deviates";
    readonly message: string;
    /** By default the fix of the page. */
    readonly remedy?: string | undefined;
    /** Instead of that of the check. */
    readonly severity?: Severity | undefined;
    /** True if only the stateless protocol has this rule. */
    readonly isOfStateless?: true;
  }
  | {
    readonly kind: "skipped";
    readonly reason: SkipReason;
    /** What is needed: a check, a number of consents, a flag. */
    readonly detail?: string | undefined;
    readonly message: string;
  }
  | {
    readonly kind: "inconclusive";
    readonly reason: DoubtReason;
    readonly message: string;
  };

export const VERDICTS = ["failed", "warning", "inconclusive", "skipped", "passed"] as const;

export type Verdict = typeof VERDICTS[number];

export interface CheckResult {
  readonly id: AuditCheckId;
  readonly title: string;
  readonly group: GroupId;
  readonly severity: Severity;
  readonly attacker: Attacker | null;
  readonly verdict: Verdict;
  /** Why it was skipped or is inconclusive, with what is needed in parentheses. */
  readonly reason: string | null;
  readonly clause: string | null;
  /** What was observed. */
  readonly message: string;
  readonly remedy: string | null;
  /** The common cause of several failed checks; null if there is none. */
  readonly cluster: string | null;
  /** Ids of the exchanges that the verdict is based on. */
  readonly evidence: readonly number[];
  readonly durationMs: number;
}
