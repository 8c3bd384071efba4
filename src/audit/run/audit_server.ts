/** Audits a server: discovery, checks, and the removal of its clients and tokens. @module */

import { cancelledFailure, Failure } from "../../core/failure.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { VERSION } from "../../core/version.ts";
import { runWithPauses } from "../../core/work.ts";
import type { StepId } from "../../core/step.ts";
import type { Exchange, Purpose } from "../../core/exchange.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import type { InspectDeps } from "../../flow/inspect/inspect_walk.ts";
import { wait } from "../../flow/token/device_grant.ts";
import type { ProbeChoices } from "../../flow/inspect/probe_server.ts";
import type { TlsFacts } from "../../http/guard/tls_facts.ts";
import type { HttpClient, HttpResponse } from "../../http/http_client.ts";
import { jsonRpcMessageArrives } from "../../oauth/mcp/first_request.ts";
import { type RevisionId, REVISIONS } from "../../oauth/mcp/revision.ts";
import type { Recorder } from "../../trace/recorder.ts";
import { createRedactor, maskExchanges } from "../../trace/redactor.ts";
import { CATALOGUE_VERSION, GROUPS } from "../checks/groups.ts";
import type { Audit, AuditPlan, AuditRequest } from "../context/audit.ts";
import type { CheckResult, Verdict } from "../context/verdict.ts";
import { VERDICTS } from "../context/verdict.ts";
import type { ConsentDriver } from "../context/consent_driver.ts";
import { discoverServer, type Discovery, openingOf } from "../context/discovery.ts";
import { skipCheck } from "../context/end_check.ts";
import { cleanUp, type CleanUpResult } from "./clean_up.ts";
import { createClients } from "./create_clients.ts";
import { createDocumentServer } from "./document_server.ts";
import { createGrants } from "./create_grants.ts";
import { guardOperatorSecrets } from "./operator_secrets.ts";
import { createResidue, type WriteResidue } from "./residue.ts";
import {
  inOrder,
  inRevision,
  isSelected,
  isUnsafe,
  type ListedCheck,
  runChecks,
  withRequirements,
} from "./run_checks.ts";

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
  /** Waits before the checks, when the authorization server is known. */
  readonly beforeChecks?: (issuer: string | undefined) => Promise<void>;
}

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
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly checks: readonly CheckResult[];
  readonly discovered: DiscoveredDocuments;
  /** Secrets are masked. */
  readonly exchanges: readonly Exchange[];
  /** Requests that the audit sent. */
  readonly requests: number;
  readonly removal: CleanUpResult;
}

const STEP_OF: Readonly<Record<Purpose, StepId>> = {
  mcp: "request_without_token",
  resource_metadata: "resource_metadata",
  authorization_server_metadata: "authorization_server_metadata",
  registration: "registration",
  authorization_preflight: "authorization",
  authorization: "authorization",
  token: "token",
  endpoint: "request",
};

function textOf(body: AuditRequest["body"]): { body?: string; type?: string } {
  if (body === undefined) return {};
  if (body instanceof URLSearchParams) {
    return { body: body.toString(), type: "application/x-www-form-urlencoded" };
  }
  return isObject(body) || Array.isArray(body)
    ? { body: JSON.stringify(body), type: "application/json" }
    : { body: String(body) };
}

/** An event stream is read until the response to the message; without a message, only its header. */
function streamEnd(hasMessage: boolean) {
  return hasMessage ? () => jsonRpcMessageArrives(1) : () => () => true;
}

/** After so many timeouts in a row, no further request is sent to an endpoint. */
const MAX_TIMEOUTS = 2;

/** Fails at once for an endpoint that only times out: otherwise each check would wait for it. */
function createTimeoutLimit() {
  const timeouts = new Map<string, readonly Failure[]>();
  return async function limited<T>(endpoint: string, send: () => Promise<T>): Promise<T> {
    const before = timeouts.get(endpoint) ?? [];
    const last = before.at(-1);
    if (last !== undefined && before.length >= MAX_TIMEOUTS) throw last;
    try {
      const response = await send();
      timeouts.delete(endpoint);
      return response;
    } catch (error) {
      if (error instanceof Failure && error.code === "network_timeout") {
        timeouts.set(endpoint, [...before, error]);
      }
      throw error;
    }
  };
}

function senderOf(
  { http, lastingHttp, signal }: AuditDeps,
  guard: ReturnType<typeof guardOperatorSecrets>,
  onResponse: (response: HttpResponse) => void,
) {
  const limited = createTimeoutLimit();
  return async (request: AuditRequest) => {
    const { purpose, method, url, headers = [], body, certificate, cookies = false } = request;
    const { body: text, type } = textOf(body);
    guard(request, text);
    const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
    if (signal.aborted) throw cancelledFailure();
    const makes = purpose === "registration" || purpose === "token";
    const usedMethod = method ?? (text === undefined ? "GET" : "POST");
    const { send } = makes ? lastingHttp : http;
    const endpoint = `${usedMethod} ${url.replace(/[?#].*$/s, "")}`;
    const response = await limited(endpoint, () =>
      send({
        purpose,
        step: STEP_OF[purpose],
        method: usedMethod,
        url,
        headers: type === undefined || hasType ? headers : [...headers, ["content-type", type]],
        body: text,
        returnsRedirect: true,
        certificate,
        signal: request.signal,
        ...purpose === "mcp"
          ? { enough: streamEnd(text !== undefined), withoutCookies: !cookies }
          : {},
        mayBePlain: request.mayBePlain,
      }));
    onResponse(response);
    return response;
  };
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

/** The checks that run, in order. */
export function checksOf(plan: AuditPlan): ListedCheck[] {
  const all = inOrder(GROUPS);
  const selected = new Set(all.filter((it) => isSelected(it, plan)).map(({ check }) => check.id));
  const needed = withRequirements(all, selected);
  return all.filter(({ check }) => needed.has(check.id));
}

/** @throws Failure `cancelled`, and why there is nothing to audit: `network_*`, `not_an_mcp_endpoint`. */
export async function auditServer(given: AuditPlan, deps: AuditDeps): Promise<AuditResult> {
  const { clock, secrets, signal, emit, http, recorder } = deps;
  const startedAt = new Date(clock.now()).toISOString();
  let discovery = await discoverServer(given.serverUrl, given.revision, deps, deps.choices);
  const plan = { ...given, serverUrl: discovery.serverUrl };
  const { error, status } = discovery.probe;
  if (error !== null && (status === "unreachable" || status === "not_mcp")) {
    throw new Failure(error.code, error.message, { remedy: error.remedy ?? undefined });
  }
  await deps.beforeChecks?.(discovery.metadata?.issuer);
  const results = new Map<AuditCheckId, CheckResult>();
  let evidence = new Set<number>();
  const cite = (response: { readonly exchangeId: number } | undefined) => {
    if (response !== undefined) evidence.add(response.exchangeId);
  };
  const residue = createResidue(deps.writeResidue);
  const documents = createDocumentServer(
    () => discovery.metadata?.issuer ?? "",
    { base: plan.documentBase, port: plan.documentPort },
  );
  const send = senderOf(deps, guardOperatorSecrets(plan, discovery), cite);
  const driver = discovery.isOpen ? undefined : await deps.openConsent({ send, plan });
  const redirectUri = driver?.redirectUri ?? "http://127.0.0.1:33418/callback";
  const base = {
    plan,
    clock,
    secrets,
    signal,
    emit,
    http,
    send,
  };
  const audit: Audit = {
    ...base,
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
    result: (id) => results.get(id),
    documents: () => documents.open(),
    get clients() {
      return clients;
    },
    get grants() {
      return grants;
    },
  };
  const listed = checksOf(plan);
  const active = listed.filter((it) =>
    inRevision(it, audit.rules) && !(plan.safe && isUnsafe(it.check))
  ).map(({ check }) => check);
  const clients = createClients(audit, { redirectUri, residue });
  const grants = createGrants(audit, {
    driver,
    residue,
    shares: {
      grants: new Set(active.flatMap(({ grant = [] }) => grant)),
      wrongExchanges: active.flatMap(({ wrongExchange = [] }) => wrongExchange),
    },
  });
  let removal: CleanUpResult;
  try {
    await runChecks(listed, {
      audit,
      watch() {
        evidence = new Set();
        return () => [...evidence].sort((a, b) => a - b);
      },
      report(result) {
        results.set(result.id, result);
        deps.onResult?.(result);
      },
    });
  } catch (error) {
    if (signal.aborted) await deps.onCancel?.(await resultWith(undefined));
    throw error;
  } finally {
    await driver?.close();
    await documents.close();
    if (residue.entries.size > 0) deps.onRemoval?.(residue.entries.size);
    removal = await cleanUp(residue, { http: deps.lastingHttp });
  }
  return await resultWith(removal);

  /** @param removal Undefined if the audit was cancelled. */
  async function resultWith(removal: CleanUpResult | undefined): Promise<AuditResult> {
    const checks = listed.flatMap(({ check }) => results.get(check.id) ?? []);
    const exchanges: Exchange[] = [];
    const redactor = createRedactor({ secrets });
    await runWithPauses(
      maskExchanges(recorder.exchanges(), redactor, (exchange) => exchanges.push(exchange)),
    );
    return {
      schemaVersion: 1,
      catalogueVersion: CATALOGUE_VERSION,
      tool: { name: "mcpass", version: VERSION },
      startedAt,
      serverUrl: given.serverUrl,
      revision: discovery.rules.id,
      verdict: removal === undefined ? "incomplete" : verdictOf(checks, discovery),
      counts: countsOf(checks),
      checks,
      discovered: {
        challenge: discovery.challenged?.headers.get("www-authenticate") ?? null,
        resourceMetadata: discovery.resourceDocument,
        authorizationServerMetadata: discovery.serverDocument,
      },
      exchanges,
      requests: exchanges.length,
      removal: removal ?? { clients: residue.clients, left: [] },
    };
  }
}
