/** Diagnoses a server, a token, or the network in between. @module */

import { cancelledFailure, type Failure, toFailure } from "../core/failure.ts";
import type { Exchange } from "../core/exchange.ts";
import { type JsonObject, stringMember } from "../core/json.ts";
import type { McpSession } from "../flow/mcp/mcp_session.ts";
import type { Connection, ServerDescription } from "../mcp/connection.ts";
import { LIST_KINDS, type ListKind } from "../mcp/list_kind.ts";
import { readServerCertificate } from "../http/guard/server_certificate.ts";
import type { TlsFacts } from "../http/guard/tls_facts.ts";
import { repeatsGrant } from "../oauth/authorization/auth_mode.ts";
import { unverifiedClaims } from "../oauth/token/token_hints.ts";
import type { StoredEntry } from "../store/stored_entry.ts";
import { type CheckResult, runChecks } from "./check.ts";
import { METADATA_CHECKS } from "./checks/metadata.ts";
import { NETWORK_CHECKS } from "./checks/network.ts";
import { OFFER_CHECKS } from "./checks/offer.ts";
import { TOKEN_CHECKS } from "./checks/token.ts";
import { type ClockReading, clockReadings } from "./clock_reading.ts";
import type { Facts, ListFacts, TokenFacts } from "./facts.ts";
import { probe, type ProbeDeps, type ProbeResult } from "../flow/inspect/probe_server.ts";

export const CHECKS = [
  ...NETWORK_CHECKS,
  ...METADATA_CHECKS,
  ...TOKEN_CHECKS,
  ...OFFER_CHECKS,
];

export interface DoctorCredentials {
  /** Where the credentials came from. */
  readonly kind: TokenFacts["kind"];
  readonly where: string;
  readonly account: string | undefined;
  /** The token of the command line; undefined for a stored sign-in. */
  readonly token: string | undefined;
  /** Reads the stored sign-in; undefined for a token of the command line. */
  readonly read: (() => Promise<StoredEntry | undefined>) | undefined;
}

export interface DoctorDeps extends ProbeDeps {
  readonly exchanges: () => readonly Exchange[];
  /** The credentials; undefined without any. */
  readonly credentials: DoctorCredentials | undefined;
  readonly session: McpSession;
  readonly loginCommand: string;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
  /** True when requests go through a proxy. */
  readonly proxied: boolean;
  /** Milliseconds a request may take. */
  readonly timeoutMs: number;
}

/** Overall status. `sign_in_needed`: the only problem is a missing sign-in. */
export type DoctorStatus = "ok" | "warning" | "error" | "sign_in_needed";

export interface DoctorResult {
  readonly status: DoctorStatus;
  readonly serverUrl: string;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly checks: readonly CheckResult[];
  /** What is known of the token, without the token itself; null without one. */
  readonly token: TokenFacts | null;
  /** The connection, or null. */
  readonly connection: ServerDescription | null;
  /** Number of items of each list; null if it was not listed. */
  readonly counts: Readonly<Record<ListKind, number | null>>;
  readonly clocks: readonly ClockReading[];
  /** TLS of the MCP server; null without TLS, or if the runtime does not report it. */
  readonly tls: TlsFacts | null;
  /** What the server shows without credentials. */
  readonly probe: ProbeResult;
}

function formatOf(token: string): TokenFacts["format"] {
  if (unverifiedClaims(token) !== undefined) return "jwt";
  return token.split(".").length === 5 ? "jwe" : "opaque";
}

export function tokenFacts(
  { kind, where, account = null }: Pick<DoctorCredentials, "kind" | "where"> & {
    readonly account?: string | null | undefined;
  },
  token: string,
  entry: StoredEntry | undefined,
  renewed: boolean,
): TokenFacts {
  const claims: JsonObject | null = unverifiedClaims(token) ?? null;
  const renewable = entry !== undefined && repeatsGrant(entry.authMode)
    ? "same_grant"
    : entry?.tokens?.refreshToken
    ? "refresh_token"
    : null;
  return {
    kind,
    where,
    account,
    renewed,
    unverifiedClaims: claims,
    format: formatOf(token),
    issuer: entry?.issuer ?? (claims && stringMember(claims, "iss")) ?? null,
    clientId: entry?.client.clientId ?? null,
    resource: entry?.resource,
    expiresAt: entry?.tokens?.expiresAt ?? null,
    requestedScopes: entry?.requestedScopes ?? null,
    grantedScope: entry?.grantedScope ?? null,
    renewal: entry === undefined ? undefined : renewable,
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
  const after = await credentials.read?.() ?? before;
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

/** Lists everything. A list that fails is an error of its own. */
async function listsOf(
  session: McpSession,
  connection: Connection,
  signal: AbortSignal,
): Promise<Record<ListKind, ListFacts>> {
  const listed = async (kind: ListKind): Promise<ListFacts> => {
    const offered = connection.offers(kind);
    const nothing = { offered, count: null, repeated: [], error: null };
    if (!offered) return nothing;
    try {
      const items = await session.use(
        "verify_list_tools",
        `listing ${kind}`,
        (open) => open.list(kind),
      );
      return { ...nothing, count: items.length, repeated: repeatedNames(items) };
    } catch (error) {
      if (signal.aborted) throw cancelledFailure();
      return { ...nothing, error: toFailure(error) };
    }
  };
  const found: Partial<Record<ListKind, ListFacts>> = {};
  for (const kind of LIST_KINDS) found[kind] = await listed(kind);
  return found as Record<ListKind, ListFacts>;
}

function statusOf(checks: readonly CheckResult[]): DoctorStatus {
  const errors = checks.filter((check) => check.status === "error");
  if (errors.some((check) => check.signIn !== true)) return "error";
  if (errors.length > 0) return "sign_in_needed";
  return checks.some((check) => check.status === "warning") ? "warning" : "ok";
}

/** The data of a connection, for the document. */
function descriptionOf(
  { version, wire, serverInfo, capabilities, instructions }: Connection,
): ServerDescription {
  return { version, wire, serverInfo, capabilities, instructions };
}

/**
 * Probes the server, connects with the credentials, lists what the server offers, and judges the
 * results.
 *
 * @throws Failure `cancelled` on Ctrl-C.
 */
export async function diagnose(serverUrl: string, deps: DoctorDeps): Promise<DoctorResult> {
  const { credentials, session, clock, signal } = deps;
  const before = await credentials?.read?.();
  const probed = await probe(serverUrl, deps);
  const silent = probed.status === "unreachable" || probed.status === "not_mcp";

  const secure = serverUrl.toLowerCase().startsWith("https:");
  const looked = secure && !silent && !deps.proxied
    ? await readServerCertificate({
      url: serverUrl,
      caCerts: deps.caCerts,
      timeoutMs: deps.timeoutMs,
      signal,
    })
    : undefined;

  let connection: ServerDescription | null = null;
  let connectionError: Failure | null = null;
  let lists: Record<ListKind, ListFacts> | null = null;
  const hopeless = credentials === undefined && probed.authorizationRequired === true;
  if (!silent && !hopeless) {
    try {
      const open = await session.use(
        "verify_list_tools",
        "connecting",
        (it) => Promise.resolve(it),
      );
      connection = descriptionOf(open);
      lists = await listsOf(session, open, signal);
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
    tls: secure ? looked : null,
    tlsNote: deps.proxied ? "requests go through a proxy, which hides the certificate" : null,
    clocks: clockReadings(deps.exchanges()),
    token: await currentToken(credentials, before),
    loginCommand: deps.loginCommand,
    connection,
    connectionError,
    lists,
  };
  const checks = runChecks(CHECKS, facts);
  const count = (kind: ListKind) => lists?.[kind].count ?? null;
  return {
    status: statusOf(checks),
    serverUrl,
    checkedAt: new Date(facts.now).toISOString(),
    checks,
    token: facts.token,
    connection,
    counts: {
      tools: count("tools"),
      resources: count("resources"),
      resourceTemplates: count("resourceTemplates"),
      prompts: count("prompts"),
    },
    clocks: facts.clocks,
    tls: facts.tls ?? null,
    probe: probed,
  };
}
