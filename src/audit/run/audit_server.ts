/** Audits a server: discovery, checks, and the removal of its clients and tokens. @module */

import { Failure } from "../../core/failure.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import type { InspectDeps } from "../../flow/inspect/inspect_walk.ts";
import type { ProbeChoices } from "../../flow/inspect/probe_server.ts";
import { wait } from "../../core/wait.ts";
import type { TlsFacts } from "../../http/guard/tls_facts.ts";
import type { HttpClient } from "../../http/http_client.ts";
import { REVISIONS } from "../../oauth/mcp/revision.ts";
import type { Recorder } from "../../trace/recorder.ts";
import { GROUPS } from "../checks/groups.ts";
import type { Audit, AuditPlan } from "../context/audit.ts";
import type { ConsentDriver } from "../context/consent_driver.ts";
import { discoverServer } from "../context/discover_server.ts";
import { type Discovery, openingOf } from "../context/discovery.ts";
import { skipCheck } from "../context/end_check.ts";
import type { CheckResult } from "../context/verdict.ts";
import { type AuditResult, createResult } from "./audit_result.ts";
import { cleanUp, type CleanUpResult } from "./clean_up.ts";
import { createClients } from "./create_clients.ts";
import { createDocumentServer } from "./document_server.ts";
import { createGrants } from "./create_grants.ts";
import { guardOperatorSecrets } from "./operator_secrets.ts";
import type { RegistrationTimes } from "./registration_pace.ts";
import { createResidue, type Residue, type WriteResidue } from "./residue.ts";
import {
  inOrder,
  inRevision,
  isSelected,
  isUnsafe,
  type ListedCheck,
  runChecks,
  withRequirements,
} from "./run_checks.ts";
import { createSender } from "./send_request.ts";

export interface AuditDeps extends InspectDeps {
  readonly http: HttpClient;
  readonly recorder: Pick<Recorder, "exchanges">;
  readonly choices: ProbeChoices;
  readonly writeResidue: WriteResidue;
  /**
   * Sends the requests that register, issue and remove something. Ctrl-C does not end them, so that
   * the audit knows of every client and token.
   */
  readonly lastingHttp: Pick<HttpClient, "send">;
  /** Called before the removal, with the number of clients and tokens. */
  readonly onRemoval?: (count: number) => void;
  /** Makes the driver that obtains consent; undefined if nobody can consent. */
  readonly openConsent: (
    audit: Pick<Audit, "send" | "plan">,
  ) => Promise<ConsentDriver | undefined>;
  readonly onResult?: (result: CheckResult) => void;
  /** Receives the results so far after Ctrl-C, before anything is removed. */
  readonly onCancel?: (soFar: AuditResult) => Promise<void>;
  /** Absent if a proxy hides the certificate. */
  readonly readCertificate?: ((url: string) => Promise<TlsFacts | undefined>) | undefined;
  /** Shares the requests of the discovery with other audits of the same server. */
  readonly discovery?: {
    readonly http: HttpClient;
    /** Exchanges that another audit had sent. */
    reused(): number;
  };
  /** False to leave out the exchanges of checks that passed, which saves memory. */
  readonly keepsPassed?: boolean;
  /** Of earlier audits of the same process; absent: there was none. */
  readonly registrationTimes?: RegistrationTimes;
  /** Waits before the checks, when the authorization server is known. */
  readonly beforeChecks?: (issuer: string | undefined) => Promise<void>;
}

/** The checks that run, in order. */
export function checksOf(plan: AuditPlan): ListedCheck[] {
  const all = inOrder(GROUPS);
  const selected = new Set(all.filter((it) => isSelected(it, plan)).map(({ check }) => check.id));
  const needed = withRequirements(all, selected);
  return all.filter(({ check }) => needed.has(check.id));
}

/** The ids of the exchanges that the running check is based on. */
function createEvidence() {
  let ids = new Set<number>();
  return {
    cite(response: { readonly exchangeId: number } | undefined) {
      if (response !== undefined) ids.add(response.exchangeId);
    },
    /** Starts the evidence of a check; the returned function ends it. */
    watch() {
      ids = new Set();
      return () => [...ids].sort((a, b) => a - b);
    },
  };
}

interface AuditParts extends Pick<Audit, "plan" | "send" | "documents" | "result"> {
  readonly discovery: Discovery;
  readonly driver: ConsentDriver | undefined;
  readonly residue: Residue;
  readonly cite: ReturnType<typeof createEvidence>["cite"];
  readonly listed: readonly ListedCheck[];
}

const DEFAULT_REDIRECT_URI = "http://127.0.0.1:33418/callback";

function createAudit(deps: AuditDeps, parts: AuditParts): Audit {
  const { clock, secrets, signal, emit, http, recorder } = deps;
  const { plan, send, documents, result, driver, residue, cite, listed } = parts;
  let { discovery } = parts;
  const audit: Audit = {
    ...{ plan, clock, secrets, signal, emit, http, send, documents, result },
    get rules() {
      return discovery.rules;
    },
    get discovery() {
      return discovery;
    },
    useProtocol(era) {
      const rules = REVISIONS.findLast((it) => it.era === era);
      if (plan.revision !== undefined || rules === undefined) return;
      discovery = { ...discovery, ...openingOf(discovery.responses, rules) };
    },
    async wait(seconds) {
      if (seconds > plan.maxWaitSeconds) {
        throw skipCheck("needs_wait", `the check has to wait ${seconds} s`, String(seconds));
      }
      await wait(clock, seconds * 1000, signal);
    },
    cite: (...responses) => responses.forEach(cite),
    exchanges: () => recorder.exchanges(),
    readCertificate: (url) => deps.readCertificate?.(url) ?? Promise.resolve(undefined),
    get clients() {
      return clients;
    },
    get grants() {
      return grants;
    },
  };
  const active = listed.filter((it) =>
    inRevision(it, audit.rules) && !(plan.safe && isUnsafe(it.check))
  ).map(({ check }) => check);
  const redirectUri = driver?.redirectUri ?? DEFAULT_REDIRECT_URI;
  const clients = createClients(audit, {
    redirectUri,
    residue,
    registrationTimes: deps.registrationTimes,
  });
  const grants = createGrants(audit, {
    driver,
    residue,
    shares: {
      grants: new Set(active.flatMap(({ grant = [] }) => grant)),
      wrongExchanges: active.flatMap(({ wrongExchange = [] }) => wrongExchange),
    },
  });
  return audit;
}

/** @throws Failure if there is nothing to audit. */
function assertReached({ probe: { error, status } }: Discovery): void {
  if (error !== null && (status === "unreachable" || status === "not_mcp")) {
    throw new Failure(error.code, error.message, { remedy: error.remedy ?? undefined });
  }
}

/**
 * After Ctrl-C it returns the results so far, when everything is removed.
 *
 * @throws Failure `cancelled` before the first check, and why there is nothing to audit: `network_*`,
 * `not_an_mcp_endpoint`.
 */
export async function auditServer(given: AuditPlan, deps: AuditDeps): Promise<AuditResult> {
  const { clock, secrets, signal, recorder } = deps;
  const startedAt = new Date(clock.now()).toISOString();
  const discovery = await discoverServer(
    given.serverUrl,
    given.revision,
    { ...deps, http: deps.discovery?.http ?? deps.http },
    deps.choices,
  );
  const plan = { ...given, serverUrl: discovery.serverUrl };
  assertReached(discovery);
  const issuer = discovery.metadata?.issuer;
  await deps.beforeChecks?.(issuer);
  const results = new Map<AuditCheckId, CheckResult>();
  const { cite, watch } = createEvidence();
  const residue = createResidue(deps.writeResidue);
  const { documentBase: base, documentPort: port } = plan;
  const documents = createDocumentServer(() => issuer ?? "", { base, port });
  const guard = guardOperatorSecrets(plan, discovery);
  const send = createSender({ ...deps, guard, onResponse: cite });
  const driver = discovery.isOpen ? undefined : await deps.openConsent({ send, plan });
  const listed = checksOf(plan);
  const audit = createAudit(deps, {
    ...{ plan, send, discovery, driver, residue, cite, listed },
    documents: () => documents.open(),
    result: (id) => results.get(id),
  });
  const resultWith = (removal: CleanUpResult) =>
    createResult({
      ...{ startedAt, recorder, secrets, removal, cancelled: isCancelled },
      serverUrl: given.serverUrl,
      keepsPassed: deps.keepsPassed ?? true,
      reused: deps.discovery?.reused() ?? 0,
      checks: listed.flatMap(({ check }) => results.get(check.id) ?? []),
      discovery: audit.discovery,
    });
  let isCancelled = false;
  let removal: CleanUpResult;
  try {
    await runChecks(listed, {
      audit,
      watch,
      report(result) {
        results.set(result.id, result);
        deps.onResult?.(result);
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    isCancelled = true;
    await deps.onCancel?.(await resultWith({ clients: residue.clients, left: [] }));
  } finally {
    await driver?.close();
    await documents.close();
    if (residue.entries.size > 0) deps.onRemoval?.(residue.entries.size);
    removal = await cleanUp(residue, { http: deps.lastingHttp });
  }
  return await resultWith(removal);
}
