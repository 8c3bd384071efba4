/**
 * The session that a login establishes: server, client and token, and what the login does when the MCP
 * server refuses the token.
 *
 * @module
 */

import type { Judgement } from "../../core/finding.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { TokenAnswer } from "../../oauth/common/token_answer.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import type { Client } from "../context/client.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { TokenHolder } from "../mcp/authorized_fetch.ts";
import type { Identity } from "../token/identity_provider.ts";

/** A sign-in with its token. */
export interface Session {
  /** Server and resource. */
  readonly discovery: Discovery;
  /** Client at that server. */
  readonly client: Client;
  /** Scope last asked for; undefined when the parameter was left out. */
  readonly requested: readonly string[] | undefined;
  /** The token in hand. */
  readonly token: TokenAnswer;
  /** Milliseconds since the epoch when the token arrived. */
  readonly obtainedAt: number;
  /** Makes the proofs that the token wants; absent for a bearer token. */
  readonly signer?: DpopSigner | undefined;
  /** Presented to the MCP server, whose token is bound to it; absent for any other token. */
  readonly certificate?: ClientCertificate | undefined;
  /** Who was signed in at the identity provider, for the grant that has one. */
  readonly identity?: Identity | undefined;
}

/** A session and what may change it. */
export interface SessionHolder extends TokenHolder {
  /** The session now. */
  current(): Session;
  /** Why the last refusal of the MCP server was not answered by another token; once. */
  takeRefusal(): Judgement | undefined;
}
