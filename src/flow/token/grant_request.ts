/**
 * The request for a token, and the result of its authorization step.
 *
 * @module
 */

import type { Consent } from "../../consent/consent.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import type { Client } from "../context/client.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { Identity } from "./identity_provider.ts";
import type { DpopSigner } from "./dpop_signer.ts";

/** What a grant is obtained for. */
export interface GrantRequest {
  /** Server and resource. */
  readonly discovery: Discovery;
  /** Client at that server. */
  readonly client: Client;
  /** Scope to ask for; undefined leaves the parameter out. */
  readonly scopes: readonly string[] | undefined;
  /** The way to consent, for the grants that need one. */
  readonly consent: Consent | undefined;
  /** Binds the token to its key; absent for a bearer token. */
  readonly signer?: DpopSigner | undefined;
  /** Who was signed in at the identity provider before, in this login. */
  readonly identity?: Identity | undefined;
}

/** What is handed in at the token endpoint. */
export interface TokenRequest {
  /** The parameters of the token request. */
  readonly body: URLSearchParams;
  /** How it is handed in; absent: once. */
  readonly send?: (post: () => Promise<HttpResponse>) => Promise<HttpResponse>;
  /** Who was signed in at the identity provider. */
  readonly identity?: Identity;
}
