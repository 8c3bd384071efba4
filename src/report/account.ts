/**
 * What a report shows: an artifact, with each exchange in its lane and each finding at its exchange.
 *
 * @module
 */

import type { Exchange } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import type { Artifact } from "../trace/artifact.ts";

/** Who takes part. */
export interface Lane {
  /** What it is called. */
  readonly title: string;
  /** Its origin; absent for the person and the client. */
  readonly origin?: string;
  /** Which of the parties it is. */
  readonly kind: "person" | "client" | "mcp" | "as";
}

/** One exchange with what belongs to it. */
export interface Told {
  /** The exchange, as recorded. */
  readonly exchange: Exchange;
  /** Index of the server's lane. */
  readonly lane: number;
  /** What was noticed in it. */
  readonly findings: readonly Finding[];
  /** What the standards expect here. */
  readonly expected: string;
  /** What came, in a few words. */
  readonly came: string;
}

/** An artifact, arranged. */
export interface Account {
  /** As it was written. */
  readonly artifact: Artifact;
  /** The parties; 0 is the person, 1 the client. */
  readonly lanes: readonly Lane[];
  /** Every exchange, in the order of sending. */
  readonly told: readonly Told[];
  /** Findings that belong to no exchange. */
  readonly loose: readonly Finding[];
}

const EXPECTED: Readonly<Record<Exchange["purpose"], string>> = {
  mcp: "with a good token 200; without one 401 and WWW-Authenticate: Bearer resource_metadata=…",
  resource_metadata: "200, application/json, resource and authorization_servers (RFC 9728 §3.2)",
  authorization_server_metadata:
    "200, application/json, the issuer that was asked for, S256 (RFC 8414 §3)",
  registration: "201, application/json, client_id (RFC 7591 §3.2.1)",
  authorization_preflight: "a redirect or a page for a person (RFC 6749 §4.1)",
  authorization:
    "a redirect, at last to the redirect URI with code, state and iss (RFC 6749 §4.1.2)",
  token: "200, application/json, no-store, access_token and token_type (RFC 6749 §5.1)",
  endpoint: "a 2xx answer",
};

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url;
}

function came({ response, fault }: Exchange): string {
  if (response === null) return fault === null ? "no answer" : `no answer: ${fault.message}`;
  const type = response.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const size = `${response.bodyBytes} bytes`;
  return [`HTTP ${response.status}`, type, size].filter((part) => part !== undefined).join(", ");
}

const AT_MCP: readonly Exchange["purpose"][] = ["mcp", "resource_metadata"];

function lanesOf(artifact: Artifact): Lane[] {
  const lanes: Lane[] = [{ title: "Person", kind: "person" }, { title: "Client", kind: "client" }];
  for (const { purpose, request } of artifact.exchanges) {
    const [kind, title] = AT_MCP.includes(purpose)
      ? ["mcp", "MCP server"] as const
      : purpose === "endpoint"
      ? ["as", "Server"] as const
      : ["as", "Authorization server"] as const;
    const origin = originOf(request.url);
    if (!lanes.some((lane) => lane.kind === kind && lane.origin === origin)) {
      lanes.push({ title, kind, origin });
    }
  }
  return lanes;
}

/** The exchange of a finding's step whose address it quotes, else its last that failed, else its last. */
function exchangeOf(finding: Finding, exchanges: readonly Exchange[]): number | undefined {
  const own = exchanges.filter(({ step }) => step === finding.step);
  const quotes = own.findLast(({ request }) => finding.message.includes(`"${request.url}"`));
  const bad = own.findLast(({ response }) => response === null || response.status >= 400);
  return (quotes ?? bad ?? own.at(-1))?.id;
}

/** Arranges an artifact. */
export function accountOf(artifact: Artifact): Account {
  const { exchanges, findings } = artifact;
  const lanes = lanesOf(artifact);
  const pinned = Map.groupBy(findings, (finding) => exchangeOf(finding, exchanges));
  const told = exchanges.map((exchange) => ({
    exchange,
    lane: lanes.findIndex(({ kind, origin }) =>
      origin === originOf(exchange.request.url) &&
      (kind === "mcp") === AT_MCP.includes(exchange.purpose)
    ),
    findings: pinned.get(exchange.id) ?? [],
    expected: EXPECTED[exchange.purpose],
    came: came(exchange),
  }));
  return { artifact, lanes, told, loose: pinned.get(undefined) ?? [] };
}
