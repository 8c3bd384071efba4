/** The session that a login establishes: server, client and token. @module */

import type { Judgement } from "../../core/finding.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import type { Client } from "../context/client.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { TokenHolder } from "../mcp/authorized_fetch.ts";
import type { Identity } from "../token/identity_provider.ts";

export interface Session {
  readonly discovery: Discovery;
  readonly client: Client;
  /** The last requested scope; undefined if the parameter was omitted. */
  readonly requested: readonly string[] | undefined;
  readonly token: TokenResponse;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
  readonly signer?: DpopSigner | undefined;
  /**
   * The certificate that the MCP server must receive, because the token is bound to it or TLS
   * requires it.
   */
  readonly certificate?: ClientCertificate | undefined;
  readonly identity?: Identity | undefined;
}

/** A session that signs in again if its token is refused. */
export interface SessionHolder extends TokenHolder {
  current(): Session;
  /** Returns once why the last refusal of the MCP server ended without another token. */
  takeRefusal(): Judgement | undefined;
}
