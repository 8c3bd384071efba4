/** What doctor's checks look at. @module */

import type { Failure } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";
import type { TlsFacts } from "../http/guard/tls_facts.ts";
import type { ServerDescription } from "../mcp/connection.ts";
import type { ListKind } from "../mcp/list_kind.ts";
import type { ClockReading } from "./clock_reading.ts";
import type { ProbeResult } from "../flow/inspect/probe_server.ts";

/** The token in use: everything but the token. */
export interface TokenFacts {
  /** Where it came from. */
  readonly kind: "token" | "file" | "store";
  readonly where: string;
  /** Account label, or null. */
  readonly account: string | null;
  /** `jwt`, `jwe` (which only the server can read), or `opaque`. */
  readonly format: "jwt" | "jwe" | "opaque";
  /** Claims, decoded and not verified; null for a token that cannot be read. */
  readonly unverifiedClaims: JsonObject | null;
  /** Issuer that the sign-in belongs to, or null when it is not known. */
  readonly issuer: string | null;
  /** Client identifier, or null when it is not known. */
  readonly clientId: string | null;
  /** `resource` that was sent; null when none was, undefined when it is not known. */
  readonly resource: string | null | undefined;
  /** When it expires by the token endpoint, ISO 8601, or null. */
  readonly expiresAt: string | null;
  /** Scope asked for, or null. */
  readonly requestedScopes: readonly string[] | null;
  /** Scope granted, or null. */
  readonly grantedScope: string | null;
  /** How it can be renewed; null when it cannot, undefined when it is not known. */
  readonly renewal: "refresh_token" | "same_grant" | null | undefined;
  /** True when it was renewed by this check. */
  readonly renewed: boolean;
}

export interface ListFacts {
  /** True when the server announces it. */
  readonly offered: boolean;
  /** Items on all pages; null when it was not listed. */
  readonly count: number | null;
  /** Names that occur more than once. */
  readonly repeated: readonly string[];
  /** Why it could not be listed, or null. */
  readonly error: Failure | null;
}

export interface Facts {
  readonly serverUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the server shows without credentials. */
  readonly probe: ProbeResult;
  /** TLS of the MCP server; null without TLS, undefined when it could not be looked at. */
  readonly tls: TlsFacts | null | undefined;
  /** Why TLS could not be looked at. */
  readonly tlsNote: string | null;
  readonly clocks: readonly ClockReading[];
  /** The token; null without one. */
  readonly token: TokenFacts | null;
  readonly loginCommand: string;
  /** The connection; null when there is none. */
  readonly connection: ServerDescription | null;
  /** Why there is no connection; null when none was tried. */
  readonly connectionError: Failure | null;
  /** The lists; null without a connection. */
  readonly lists: Readonly<Record<ListKind, ListFacts>> | null;
}
