/** Authorization requests, grants and token requests of an audit. @module */

import type { HeaderList } from "../../core/exchange.ts";
import type { JsonObject } from "../../core/json.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import type {
  AuthorizationRecord,
  CallbackParameters,
} from "../../oauth/authorization/authorization.ts";
import type { AuditClient } from "./clients.ts";
import type { DrivenConsent, ShownPage } from "./consent_driver.ts";

/** An authorization response, as it was received at the redirect URI (RFC 6749 §4.1.2). */
export interface AuthorizationReply {
  readonly client: AuditClient;
  readonly record: AuthorizationRecord;
  readonly parameters: CallbackParameters;
  /** The URL of the callback. */
  readonly url: string;
  /** Of the redirect; null if a browser followed it. */
  readonly status: number | null;
  /** The exchange with the redirect; null if a browser followed it. */
  readonly exchangeId: number | null;
  /** Pages that were shown before the callback; undefined if the driver cannot tell. */
  readonly pages?: readonly ShownPage[] | undefined;
  /** The first `code`; empty without one. */
  readonly code: string;
}

/** Parameters that replace or extend those of a valid request; undefined removes one. */
export type ParameterChanges = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Grants that checks share, in the order in which a person is asked to consent: one for most checks,
 * one for revocation, one whose code is sent twice, and one of a client with a secret.
 */
export const GRANT_NAMES = ["first", "second", "replayed", "confidential"] as const;

export type GrantName = typeof GRANT_NAMES[number];

export interface Grant {
  readonly client: AuditClient;
  readonly reply: AuthorizationReply | undefined;
  /** The response of the token endpoint to the first token request. */
  readonly response: HttpResponse | undefined;
  /** Its JSON object. */
  readonly document: JsonObject;
  /** The current tokens: each refresh replaces them. Empty if none was issued. */
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly requestedScopes: readonly string[];
  /** Milliseconds since the epoch; infinite if the server does not say it. */
  readonly expiresAt: number;
  /** True if the code of an earlier consent had ended after a refused exchange. */
  readonly isSecondTry: boolean;
}

/** A grant whose code was sent a second time, at once. */
export interface ReplayedGrant {
  readonly grant: Grant;
  readonly replay: HttpResponse;
}

/** An exchange of a code with one wrong value, as data. */
export interface WrongExchange {
  readonly id: AuditCheckId;
  /** Who sends it; by default the client of the code. */
  readonly client?: "other";
  /** The wrong value, in place of the right one. */
  changes(reply: AuthorizationReply): ParameterChanges;
}

/** What a driver that decides is asked to do. */
export type ConsentOptions = Partial<Pick<DrivenConsent, "decision" | "session" | "label">>;

export interface AuditGrants {
  /** Every response of the token endpoint so far. */
  readonly responses: readonly HttpResponse[];
  /** Every authorization code and every token so far, by kind. */
  readonly issued: Readonly<
    Record<"code" | "access_token" | "refresh_token", readonly string[]>
  >;
  /** The optional parameters of the refresh that the server accepted. */
  readonly refreshParameters: readonly ("scope" | "resource")[];
  /** True if each further grant costs a person's attention. */
  readonly asksPerson: boolean;
  /** True if consent can be denied, and sessions can be kept apart. */
  readonly decides: boolean;
  /**
   * Sends an authorization request that nobody consents to, and follows no redirect.
   *
   * @param options Pushes it or not (RFC 9126); default: as the server requires.
   * @throws CheckEnd `needs_client`.
   */
  visit(
    changes?: ParameterChanges,
    client?: AuditClient,
    headers?: HeaderList,
    options?: { readonly pushed: boolean | undefined },
  ): Promise<HttpResponse>;
  /**
   * Obtains an authorization response, with consent.
   *
   * @param client Default: the spare one.
   * @throws CheckEnd `needs_consent`, `consent_failed`, `sign_in_first`.
   */
  authorize(
    changes?: ParameterChanges,
    client?: AuditClient,
    options?: ConsentOptions,
  ): Promise<AuthorizationReply>;
  /** Exchanges the code of a response at the token endpoint. */
  exchange(
    reply: AuthorizationReply,
    changes?: ParameterChanges,
    client?: AuditClient,
  ): Promise<HttpResponse>;
  /**
   * The response to an exchange with one wrong value. If a person has to consent, it uses the code of
   * the shared grant before its valid exchange, otherwise its own code.
   *
   * @throws CheckEnd as {@link authorize}.
   */
  tryWrongExchange(wrong: WrongExchange): Promise<HttpResponse>;
  /** Sends a token request. The client authenticates as registered, unless `null`. */
  token(form: ParameterChanges, client?: AuditClient | null): Promise<HttpResponse>;
  /** {@link token} at another endpoint. */
  post(
    endpoint: string,
    form: ParameterChanges,
    client: AuditClient | null,
  ): Promise<HttpResponse>;
  /**
   * Refreshes a grant, which then has the new tokens. Without changes, `scope` and `resource` are sent
   * if the server accepts them ({@link refreshParameters}).
   */
  refresh(grant: Grant, changes?: ParameterChanges, client?: AuditClient): Promise<HttpResponse>;
  /** A new grant that no other check uses: authorization and exchange. @throws CheckEnd. */
  open(changes?: ParameterChanges, client?: AuditClient): Promise<Grant>;
  /** The shared grant of the first client, or a given access token. @throws CheckEnd. */
  first(): Promise<Grant>;
  /** The one for revocation. @throws CheckEnd. */
  second(): Promise<Grant>;
  /** @throws CheckEnd. */
  replayed(): Promise<ReplayedGrant>;
  /** The one of a client with a secret. @throws CheckEnd. */
  confidential(): Promise<Grant>;
  /**
   * The first or second grant after a refresh. If it had ended, another one unless a person has to
   * consent: some servers use up a refresh token when they refuse a request, or end its other scopes
   * when fewer are requested.
   *
   * @throws CheckEnd `needs_control`, `needs_refresh_token`.
   */
  live(name: "first" | "second"): Promise<Grant>;
  /** The shared grant, also if the token endpoint refused it. @throws CheckEnd. */
  attempted(): Promise<Grant>;
  /** Reads a token response, and records its tokens for the clean-up. */
  read(response: HttpResponse, client: AuditClient, reply?: AuthorizationReply): Promise<Grant>;
}
