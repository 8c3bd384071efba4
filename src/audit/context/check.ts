/** A check of `oauth conformance`, as data. @module */

import type { Severity } from "../../core/finding.ts";
import type { AuditCheckId, Code } from "../../findings/mod.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import type { Audit } from "./audit.ts";
import type { GrantName, WrongExchange } from "./grants.ts";
import type { Attacker, GroupId, Outcome } from "./verdict.ts";

/** What a check uses at most, for `--plan`. */
export interface Cost {
  /** Requests, at most, with the removal of its tokens; 0 if it judges what others received. */
  readonly requests: number;
  /** Clients that it registers in addition to the shared ones. */
  readonly registrations?: number;
  /** Its own grants, in addition to the one that it shares. */
  readonly consents?: number;
  /** Seconds that it waits. */
  readonly waits?: number;
}

export interface AuditCheck {
  /** Also the code of its page, which has title, clause and fix. */
  readonly id: AuditCheckId;
  /** Of a deviation: `error` is a failure, the others are warnings. */
  readonly severity: Severity;
  readonly severityIn?: Partial<Readonly<Record<RevisionId, Severity>>>;
  readonly since?: RevisionId;
  readonly until?: RevisionId;
  readonly attacker?: Attacker;
  /** Checks that must have passed, in addition to those of the group. */
  readonly requires?: readonly AuditCheckId[];
  /** The common cause if `first` fails too: both are then reported as one. */
  readonly cluster?: { readonly first: AuditCheckId; readonly title: string };
  readonly cost: Cost;
  /** Codes of the discovery that it reports: rules that a login has too. */
  readonly findings?: readonly Code[];
  /** True if it judges the responses that others received: it runs after all of them. */
  readonly last?: boolean;
  /** The grant that it shares with other checks. */
  readonly grant?: GrantName;
  /** The wrong exchange that it judges: several are tried on the code that a person consented to. */
  readonly wrongExchange?: WrongExchange;
  /**
   * True if it ends the grant, client or code that it uses: it runs after all others. `last`: it also
   * runs after those with `true`.
   */
  readonly destroys?: boolean | "last";
  /** True if `--safe` leaves it out for another reason than a registration. */
  readonly unsafe?: boolean;
  run(audit: Audit): Outcome | Promise<Outcome>;
}

export interface CheckGroup {
  readonly id: GroupId;
  readonly title: string;
  readonly since?: RevisionId;
  /**
   * Checks that all checks of the group require. One that is itself in the list requires those before
   * it.
   */
  readonly requires: readonly AuditCheckId[];
  readonly checks: readonly AuditCheck[];
}
