/**
 * The mutation test of the audit: with the rule of one check broken in the lab, that check deviates,
 * and no other check does.
 *
 * @module
 */

import { GROUPS } from "../../../src/audit/checks/groups.ts";
import type { AuditPlan } from "../../../src/audit/context/audit.ts";
import type { CheckResult } from "../../../src/audit/context/verdict.ts";
import { inRevision, type ListedCheck } from "../../../src/audit/run/run_checks.ts";
import type { AuditCheckId } from "../../../src/findings/mod.ts";
import { type RevisionId, REVISIONS } from "../../../src/oauth/mcp/revision.ts";
import { type AuditLabOptions, startAuditLab } from "../../lab/audit/audit_lab.ts";
import { audit, clientCertificate, openDecidingDriver, skippingClock } from "./audit_lab.ts";

/** A lab and an audit of it. */
export interface Setting {
  readonly lab?: Omit<AuditLabOptions, "broken">;
  readonly plan?: Partial<AuditPlan>;
  /** True if a page asks for consent, and a person decides. */
  readonly decides?: boolean;
}

interface Mutant extends Setting {
  /** Other broken rules in both audits: without them the check does not apply. */
  readonly besides?: readonly AuditCheckId[];
  /** If its outcome replaces the severity of the check. */
  readonly verdict?: "failed" | "warning";
  /** Other checks that deviate too, each with the reason. */
  readonly coupled?: Partial<Readonly<Record<AuditCheckId, string>>>;
}

/** What differs from the defaults: the newest revision that has the check, JWTs, both eras. */
const MUTANTS: Partial<Readonly<Record<AuditCheckId, Mutant>>> = {
  limits_shaped: {
    coupled: { version_header_tolerated: "the lab limits only requests with that header" },
  },
  asm_iss_flag: { coupled: { callback_iss: "the lab still sends iss, without announcing it" } },
  asm_offline_listed: {
    coupled: { refresh_given: "refresh tokens need a scope that nobody can know" },
  },
  tls_plain: { lab: { tls: true } },
  tls_certificate: { lab: { tls: true } },
  tls_hsts: { lab: { tls: true } },
  methods_removed: { lab: { protocol: "stateless" } },
  authorize_implicit: { verdict: "failed" },
  cimd_private_refused: { verdict: "warning" },
  authorize_error_iss: { verdict: "failed" },
  exchange_unasked_verifier: { besides: ["authorize_pkce"] },
  authorize_port_free: {
    coupled: { cimd_port_free: "the same comparison of loopback redirect URIs" },
  },
  callback_iss: { verdict: "failed" },
  callback_denied: { decides: true },
  consent_each_client: { decides: true },
  mtls_bound: { lab: { tls: true }, plan: { certificate: await clientCertificate() } },
  rs_expired: { lab: { tokenLifetime: 600 } },
  rs_no_audience: { lab: { defaultAudience: false } },
  authorize_par_enforced: { lab: { supports: { par: "required" } } },
};

/** Checks that no lab on loopback can break, each with the reason. */
export const UNBREAKABLE: Partial<Readonly<Record<AuditCheckId, string>>> = {};

export const LISTED: ReadonlyMap<string, ListedCheck> = new Map(
  GROUPS.flatMap((group) => group.checks.map((check) => [check.id, { check, group }])),
);

function newestRevision(listed: ListedCheck): RevisionId {
  const newest = REVISIONS.findLast((it) => inRevision(listed, it));
  if (newest === undefined) throw new RangeError(`${listed.check.id} is in no revision`);
  return newest.id;
}

async function auditLab(
  { lab, plan, decides = false }: Setting,
  revision: RevisionId,
  broken: readonly string[],
): Promise<readonly CheckResult[]> {
  const clock = skippingClock();
  await using server = await startAuditLab({
    now: clock.now,
    consent: decides ? "page" : "auto",
    ...lab,
    broken,
  });
  const changes = {
    otherResource: server.otherResourceUrl,
    stepUp: server.stepUp as AuditPlan["stepUp"],
    maxWaitSeconds: 700,
    ...plan,
    revision,
  };
  const { result } = await audit(server.mcpUrl, changes, {
    clock,
    caCerts: server.authority === undefined ? [] : [server.authority],
    ...decides ? { openConsent: () => openDecidingDriver() } : {},
  });
  return result.checks;
}

const unbroken = new Map<string, Promise<readonly CheckResult[]>>();

/** The audit of the unbroken lab, once for each setting. */
export function auditUnbroken(
  setting: Setting,
  revision: RevisionId,
  besides: readonly AuditCheckId[] = [],
): Promise<readonly CheckResult[]> {
  const key = JSON.stringify([setting, revision, besides]);
  const made = unbroken.get(key) ?? auditLab(setting, revision, besides);
  unbroken.set(key, made);
  return made;
}

const deviates = ({ verdict }: CheckResult) =>
  verdict === "failed" || verdict === "warning" || verdict === "inconclusive";

const said = ({ id, verdict, reason, message }: CheckResult) =>
  `${id} ${verdict}${reason === null ? "" : ` (${reason})`}: ${message}`;

/** What is wrong with the results of the unbroken lab. */
export function faultsOfUnbroken(checks: readonly CheckResult[]): string[] {
  return checks.filter(deviates).map(said);
}

/** What is wrong with the results of a mutant; empty if exactly the broken check deviates. */
export async function faultsOf(
  id: AuditCheckId,
  variant: Setting["lab"] = {},
  chosen?: RevisionId,
): Promise<string[]> {
  const listed = LISTED.get(id);
  if (listed === undefined) return [`${id} is not a check`];
  const { coupled = {}, verdict, besides = [], ...own } = MUTANTS[id] ?? {};
  const setting: Setting = { ...own, lab: { ...own.lab, ...variant } };
  const revision = chosen ?? newestRevision(listed);
  const before = new Map(
    (await auditUnbroken(setting, revision, besides)).map((it) => [it.id, it]),
  );
  const checks = await auditLab(setting, revision, [...besides, id]);
  const broken = checks.find((it) => it.id === id);
  const passed = before.get(id);
  const severity = listed.check.severityIn?.[revision] ?? listed.check.severity;
  const expected = verdict ?? (severity === "error" ? "failed" : "warning");
  const faults: string[] = [];
  if (passed?.verdict !== "passed") {
    const found = passed === undefined ? "it did not run" : said(passed);
    faults.push(`${id} does not pass without the fault: ${found}`);
  }
  if (broken?.verdict !== expected) {
    faults.push(
      `expected ${id} ${expected}: ${broken === undefined ? "it did not run" : said(broken)}`,
    );
  }
  for (const check of checks) {
    if (check.id === id || Object.hasOwn(coupled, check.id)) continue;
    const isOfBoth = before.get(check.id)?.verdict === check.verdict;
    if (deviates(check) && !isOfBoth) faults.push(said(check));
  }
  for (const other of Object.keys(coupled)) {
    const check = checks.find((it) => it.id === other);
    if (check === undefined || !deviates(check)) faults.push(`${other} is not coupled any more`);
  }
  return faults;
}
