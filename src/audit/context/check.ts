/** A check of `oauth conformance`, as data. @module */

import type { Severity } from "../../core/finding.ts";
import type { AuditCheckId, Code } from "../../findings/mod.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import type { Audit } from "./audit.ts";
import type { CodeProbe, GrantName } from "./grants.ts";
import type { Attacker, GroupId, Outcome } from "./verdict.ts";

/** What a check uses up, for the plan. */
export interface Cost {
  /** Requests, at most, with the removal of its tokens; 0 if it judges what others received. */
  readonly requests: number;
  /** Clients that it registers. */
  readonly registrations?: number;
  /** Grants that it needs of its own, in addition to the one that it shares. */
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
  /** If `first` fails too, both are reported as one fault. */
  readonly cluster?: { readonly first: AuditCheckId; readonly title: string };
  readonly cost: Cost;
  /** The findings of an inspection that it reports: the rules are those of a login. */
  readonly findings?: readonly Code[];
  /** True if it judges the responses that others received: it runs after all of them. */
  readonly last?: boolean;
  /** The grant that it shares with other checks. */
  readonly grant?: GrantName;
  /** The exchange that it judges: checks share the code that a person consented to. */
  readonly probe?: CodeProbe;
  /**
   * If it ends the grant, client or code that it uses: it runs after all others, `last` after those
   * too that end something.
   */
  readonly destroys?: boolean | "last";
  /** True if a run with `--safe` leaves it out although it registers nothing. */
  readonly unsafe?: boolean;
  run(audit: Audit): Outcome | Promise<Outcome>;
}

export interface CheckGroup {
  readonly id: GroupId;
  readonly title: string;
  readonly since?: RevisionId;
  /**
   * Checks of other groups, and the first ones of this group, that all others require; one of them
   * requires those before it.
   */
  readonly requires: readonly AuditCheckId[];
  readonly checks: readonly AuditCheck[];
}
