/** The facts that the checks of `server doctor` judge. @module */

import type { Failure } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";
import type { TlsFacts } from "../http/guard/tls_facts.ts";
import type { ServerDescription } from "../mcp/connection.ts";
import type { ListKind } from "../mcp/list_kind.ts";
import type { ClockReading } from "./clock_reading.ts";
import type { ProbeResult } from "../flow/inspect/probe_server.ts";

/** What is known of the token in use, without the token itself. */
export interface TokenFacts {
  /** Where the token came from. */
  readonly kind: "token" | "file" | "store";
  readonly where: string;
  /** Account label, or null. */
  readonly account: string | null;
  /** `jwt`, `jwe` (which only the server can read), or `opaque`. */
  readonly format: "jwt" | "jwe" | "opaque";
  /** Claims, decoded and not verified; null for a token that cannot be read. */
  readonly unverifiedClaims: JsonObject | null;
  /** Issuer of the sign-in; null if it is unknown. */
  readonly issuer: string | null;
  /** Client identifier; null if it is unknown. */
  readonly clientId: string | null;
  /** `resource` of the request; null if none was sent, undefined if it is unknown. */
  readonly resource: string | null | undefined;
  /** Expiry as the token endpoint reported it, ISO 8601, or null. */
  readonly expiresAt: string | null;
  /** Requested scope, or null. */
  readonly requestedScopes: readonly string[] | null;
  /** Granted scope, or null. */
  readonly grantedScope: string | null;
  /** How it can be refreshed; null if it cannot, undefined if it is unknown. */
  readonly renewal: "refresh_token" | "same_grant" | null | undefined;
  /** True if this command refreshed it. */
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
  /** TLS of the MCP server; null without TLS, undefined if it could not be inspected. */
  readonly tls: TlsFacts | null | undefined;
  /** Why TLS could not be inspected. */
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
