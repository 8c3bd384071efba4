import { cancelledFailure, type Failure, toFailure } from "../../core/failure.ts";
import { type JsonObject, stringMember } from "../../core/json.ts";
import type { CredentialRepository } from "../../flow/credentials/credential_repository.ts";
import type { McpSession } from "../../flow/mcp/mcp_session.ts";
import type { Connection, ServerDescription } from "../../mcp/connection.ts";
import { LIST_KINDS, type ListKind } from "../../mcp/list_kind.ts";
import { readServerCertificate, type TlsFacts } from "../../http/guard/tls_facts.ts";
import { renewalOf } from "../../flow/credentials/renewal.ts";
import { unverifiedClaims } from "../../oauth/common/jwt_claims.ts";
import type { Recorder } from "../../trace/recorder.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { CheckResult, Facts, ListFacts, TokenFacts } from "./doctor_check.ts";
import { METADATA_CHECKS } from "./metadata_checks.ts";
import { CONNECTION_CHECKS, NETWORK_CHECKS } from "./connection_checks.ts";
import { TOKEN_CHECKS } from "./token_checks.ts";
import { clockReadings } from "./clock_reading.ts";
import type { InspectDeps } from "../../flow/inspect/inspect_walk.ts";
import { discoveryOf } from "../context/discovery.ts";
import { judgeDiscovery } from "../run/judge_discovery.ts";
import { type LoginCommand, withFlags } from "../../core/command_text.ts";
import { probe, type ProbeChoices } from "../../flow/inspect/probe_server.ts";

const CHECKS = [...NETWORK_CHECKS, ...METADATA_CHECKS, ...TOKEN_CHECKS, ...CONNECTION_CHECKS];

interface DoctorCredentials extends Pick<TokenFacts, "kind" | "where"> {
  readonly account?: string | undefined;
  /** The token of the command line; undefined for a stored sign-in. */
  readonly token?: string | undefined;
  readonly repository?: Pick<CredentialRepository, "read"> | undefined;
}

interface DoctorDeps extends InspectDeps {
  readonly command: LoginCommand;
  readonly choices: ProbeChoices;
  readonly recorder: Pick<Recorder, "exchanges">;
  readonly credentials: DoctorCredentials | undefined;
  readonly mcp: McpSession;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
  readonly proxied: boolean;
  readonly stepTimeoutMs: number;
}

export interface DoctorResult
  extends Pick<Facts, "serverUrl" | "token" | "connection" | "clocks" | "probe"> {
  /** `sign_in_needed`: the only problem is a missing sign-in. */
  readonly status: "ok" | "warning" | "error" | "sign_in_needed";
  readonly checkedAt: string;
  readonly checks: readonly CheckResult[];
  /** Number of items of each list; null if it was not listed. */
  readonly counts: Readonly<Record<ListKind, number | null>>;
  /** TLS of the MCP server; null without TLS, or if the runtime does not report it. */
  readonly tls: TlsFacts | null;
}

interface Diagnosis {
  readonly result: DoctorResult;
  /** The command line of a sign-in with everything that the server needs. */
  readonly login: LoginCommand;
}

export function tokenFacts(
  { kind, where, account }: DoctorCredentials,
  token: string,
  entry: StoredEntry | undefined,
  renewed: boolean,
): TokenFacts {
  const claims = unverifiedClaims(token) ?? null;
  return {
    kind,
    where,
    account: account ?? null,
    renewed,
    unverifiedClaims: claims,
    format: claims !== null ? "jwt" : token.split(".").length === 5 ? "jwe" : "opaque",
    issuer: entry?.issuer ?? (claims && stringMember(claims, "iss")) ?? null,
    clientId: entry?.client.clientId ?? null,
    sendsProof: entry?.dpopKey !== undefined || entry?.certificateAtServer === true,
    resource: entry?.resource,
    expiresAt: entry?.tokens?.expiresAt ?? null,
    requestedScopes: entry?.requestedScopes ?? null,
    grantedScope: entry?.grantedScope ?? null,
    renewal: entry && renewalOf(entry, Boolean(entry.tokens?.refreshToken)),
  };
}

async function currentToken(
  credentials: DoctorCredentials | undefined,
  before: StoredEntry | undefined,
): Promise<TokenFacts | null> {
  if (credentials === undefined) return null;
  if (credentials.token !== undefined) {
    return tokenFacts(credentials, credentials.token, undefined, false);
  }
  const after = await credentials.repository?.read() ?? before;
  // The repository no longer has tokens that were refused; the checks judge the refused ones.
  const entry = after?.tokens ? after : before;
  const token = entry?.tokens?.accessToken;
  if (entry === undefined || token === undefined) return null;
  return tokenFacts(credentials, token, entry, token !== before?.tokens?.accessToken);
}

function repeatedNames(items: readonly JsonObject[]): string[] {
  const names = items.map((item) => String(item["name"] ?? item["uri"] ?? ""));
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}

/** A list that fails does not prevent the others. */
async function listsOf(
  mcp: McpSession,
  connection: Connection,
  signal: AbortSignal,
): Promise<Record<ListKind, ListFacts>> {
  const found: Partial<Record<ListKind, ListFacts>> = {};
  for (const kind of LIST_KINDS) {
    const facts = { offered: connection.offers(kind), count: null, repeated: [], error: null };
    found[kind] = facts;
    if (!facts.offered) continue;
    try {
      const { items, findings } = await mcp.use(
        "verify_list_tools",
        `listing ${kind}`,
        (it) => it.list(kind),
      );
      const [invalid] = findings;
      found[kind] = { ...facts, count: items.length, repeated: repeatedNames(items), invalid };
    } catch (error) {
      if (signal.aborted) throw cancelledFailure();
      found[kind] = { ...facts, error: toFailure(error) };
    }
  }
  return found as Record<ListKind, ListFacts>;
}

export function runDoctorChecks(facts: Facts): CheckResult[] {
  return CHECKS.map(({ id, title, run }) => ({ id, title, ...run(facts) }));
}

function statusOf(checks: readonly CheckResult[]): DoctorResult["status"] {
  const errors = checks.filter((check) => check.status === "error");
  if (errors.some((check) => check.signIn !== true)) return "error";
  if (errors.length > 0) return "sign_in_needed";
  return checks.some((check) => check.status === "warning") ? "warning" : "ok";
}

/** @throws Failure `cancelled` on Ctrl-C. */
export async function diagnose(serverUrl: string, deps: DoctorDeps): Promise<Diagnosis> {
  const { credentials, mcp, clock, signal, caCerts, stepTimeoutMs: timeoutMs } = deps;
  const before = await credentials?.repository?.read();
  const found = await probe(serverUrl, deps, deps.choices);
  const { result: probed, loginFlags, canSignIn } = found;
  const { authorizationServer: named, protocolVersion } = deps.choices;
  const chosen = protocolVersion === "auto" ? undefined : protocolVersion;
  const discovery = await discoveryOf(found, chosen, { serverUrl, named });
  const login = withFlags(deps.command, loginFlags);
  const noServer = probed.status === "unreachable" || probed.status === "not_mcp";

  const secure = serverUrl.toLowerCase().startsWith("https:");
  const tls = secure && !noServer && !deps.proxied
    ? await readServerCertificate({ url: serverUrl, caCerts, timeoutMs, signal })
    : undefined;

  let connection: ServerDescription | null = null;
  let connectionError: Failure | null = null;
  let lists: Record<ListKind, ListFacts> | null = null;
  const needsSignIn = credentials === undefined && probed.authorizationRequired === true;
  if (!noServer && !needsSignIn) {
    try {
      const open = await mcp.use("verify_list_tools", "connecting", (it) => Promise.resolve(it));
      const { version, era, transport, serverInfo, capabilities, instructions } = open;
      connection = { version, era, transport, serverInfo, capabilities, instructions };
      lists = await listsOf(mcp, open, signal);
    } catch (error) {
      if (signal.aborted) throw cancelledFailure();
      connectionError = toFailure(error);
    }
  }
  if (signal.aborted) throw cancelledFailure();

  const facts: Facts = {
    serverUrl,
    now: clock.now(),
    probe: probed,
    deviations: await judgeDiscovery(discovery, { clock, signal }),
    tls: secure ? tls : null,
    tlsNote: deps.proxied ? "requests go through a proxy, which hides the certificate" : null,
    clocks: clockReadings(deps.recorder.exchanges()),
    token: await currentToken(credentials, before),
    hasClient: before !== undefined,
    canSignIn,
    login,
    connection,
    connectionError,
    lists,
  };
  const checks = runDoctorChecks(facts);
  const counts = LIST_KINDS.map((kind) => [kind, lists?.[kind].count ?? null] as const);
  const result: DoctorResult = {
    status: statusOf(checks),
    serverUrl,
    checkedAt: new Date(facts.now).toISOString(),
    checks,
    token: facts.token,
    connection,
    counts: Object.fromEntries(counts) as DoctorResult["counts"],
    clocks: facts.clocks,
    tls: facts.tls ?? null,
    probe: probed,
  };
  return { result, login };
}
