/** Reading, updating and deleting a registration (RFC 7592). @module */

import { Failure } from "../../core/failure.ts";
import { type JsonObject, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { type EndpointResponse, isSuccess, statusAndType } from "../common/endpoint_response.ts";
import { errorResponse, retryRemedy } from "../common/error_response.ts";
import type { ClientAuthMethod } from "./client_auth.ts";
import type { ManagementAccess } from "./management_access.ts";

export interface ManagedClient extends ManagementAccess {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** With which the client authenticates. */
  readonly method?: ClientAuthMethod | undefined;
}

const ACTIONS = {
  read: { method: "GET", doing: "reading" },
  update: { method: "PUT", doing: "updating" },
  delete: { method: "DELETE", doing: "deleting" },
} as const;

export type ManagementAction = keyof typeof ACTIONS;

export function methodOf(action: ManagementAction): string {
  return ACTIONS[action].method;
}

/** An update must not have these members (RFC 7592 §2.2); the client secret is the present one. */
const NEVER_SENT_BACK: readonly string[] = [
  "client_secret",
  "registration_access_token",
  "registration_client_uri",
  "client_secret_expires_at",
  "client_id_issued_at",
];

/**
 * The body of an update, which replaces the complete record; null removes a member. A server resets
 * what is left out, so the method in use is always sent.
 */
export function updateBody(
  current: JsonObject,
  changes: Readonly<Record<string, unknown>>,
  { clientId, clientSecret, method }: ManagedClient,
): Readonly<Record<string, unknown>> {
  const inUse = method === undefined ? {} : { token_endpoint_auth_method: method };
  const members = Object.entries({ ...current, ...inUse, ...changes }).filter(([name, value]) =>
    value !== null && value !== undefined && !NEVER_SENT_BACK.includes(name)
  );
  return {
    ...Object.fromEntries(members),
    client_id: clientId,
    ...clientSecret !== undefined && { client_secret: clientSecret },
  };
}

/** What a status means (RFC 7592 §2, §2.1 to §2.3), and the remedy. */
const meanings = (doing: string): ReadonlyMap<number, readonly [meaning: string, remedy: string]> =>
  new Map([
    [401, [
      "the registration access token was replaced, or the client was deleted",
      "Sign in again, which registers another client. Ask the operator to delete this one",
    ]],
    [403, [
      `the server does not allow this client ${doing} of its registration`,
      "Ask the operator",
    ]],
    [404, [
      "the registration no longer exists",
      "Sign in again, which registers another client",
    ]],
    [405, [`the server does not offer ${doing} of registrations`, "Ask the operator to do it"]],
  ]);

function refusal(response: EndpointResponse, action: ManagementAction): Failure {
  const { doing } = ACTIONS[action];
  const [meaning, remedy] = meanings(doing).get(response.status) ?? [];
  const message = `${doing} the registration at ${quoted(response.url)} was refused with HTTP ` +
    statusAndType(response) + (meaning === undefined ? "" : `: ${meaning}`) +
    errorResponse(response).said;
  return new Failure("client_management_refused", message, {
    remedy: remedy ?? retryRemedy(response) ??
      "Change the member that the text of the server names. See the request with --verbose",
    reference: "RFC 7592 §2",
  });
}

function succeeded(response: EndpointResponse): boolean {
  return isSuccess(response) && !errorResponse(response).hasError;
}

export function judgeClientRecord(
  response: EndpointResponse,
  action: "read" | "update",
  { clientId }: ManagedClient,
): JsonObject {
  if (!succeeded(response)) throw refusal(response, action);
  const { members } = errorResponse(response);
  const named = stringMember(members, "client_id");
  if (named === clientId) return members;
  const message =
    `${quoted(response.url)} returned HTTP ${statusAndType(response)}, which is not ` +
    `the record of the client ${quoted(clientId, 60)}` +
    (named === undefined ? "" : ` but of ${quoted(named, 60)}`) + errorResponse(response).said;
  const remedy = "Authorization server: return all registered metadata";
  throw new Failure("client_management_answer_invalid", message, {
    remedy,
    reference: "RFC 7592 §3",
  });
}

export function judgeClientDeletion(response: EndpointResponse): void {
  if (!succeeded(response)) throw refusal(response, "delete");
}
