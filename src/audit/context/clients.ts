/** The clients of an audit. @module */

import type { JsonObject } from "../../core/json.ts";
import type { TokenClient } from "../../flow/token/post_as_client.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import type { ClientAuthMethod } from "../../oauth/client/client_auth.ts";
import type { ManagementAccess } from "../../oauth/client/management_access.ts";

/** A client that the audit registered, or that the operator gave. */
export interface AuditClient extends TokenClient {
  readonly redirectUri: string;
  /** The response to the registration; undefined for a client of the operator. */
  readonly response: HttpResponse | undefined;
  /** The registration as the server returned it; empty for a client of the operator. */
  readonly registration: JsonObject;
  /** Access to the registration (RFC 7592). */
  readonly management: ManagementAccess | undefined;
}

export interface AttemptedRegistration {
  readonly response: HttpResponse;
  /** Undefined if the registration was refused. */
  readonly client: AuditClient | undefined;
}

export interface AuditClients {
  /**
   * Registers a client with these members instead of the usual ones; undefined removes one. Every
   * client is recorded for the clean-up before the request is sent.
   *
   * @throws CheckEnd `not_advertised`, `registration_closed`, `safe_mode`, `budget_spent`,
   * `rate_limited`.
   */
  register(changes?: JsonObject): Promise<AttemptedRegistration>;
  /** Deletes a registration, if the server offers it. */
  remove(client: AuditClient): Promise<HttpResponse | undefined>;
  /** The registration of the first public client, also if the operator gave one. */
  attempted(): Promise<AttemptedRegistration>;
  /** The first public client. @throws CheckEnd `needs_client`. */
  first(): Promise<AuditClient>;
  /** Another public client with the same redirect URI. @throws CheckEnd `needs_client`. */
  second(): Promise<AuditClient>;
  /** The first or the second one, whichever is not this one. @throws CheckEnd `needs_client`. */
  other(client: AuditClient): Promise<AuditClient>;
  /** For a check's own grants: a later grant of the same client may end the shared one. */
  spare(): Promise<AuditClient>;
  /** For requests that are refused: a server may lock a client out after some of them. */
  forRefusals(): Promise<AuditClient>;
  /** A public client that the metadata document at this URL identifies. */
  ofDocument(url: string): AuditClient;
  /** A client with a secret. @throws CheckEnd `needs_client`. */
  confidential(method?: ClientAuthMethod): Promise<AuditClient>;
}
