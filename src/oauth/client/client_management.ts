/** Reading, updating and deleting a registration (RFC 7592). @module */

import { Failure } from "../../core/failure.ts";
import { type JsonObject, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import {
  type EndpointResponse,
  isSuccess,
  jsonObject,
  responseMembers,
  statusAndType,
} from "../common/endpoint_response.ts";
import type { ManagementAccess } from "./management_access.ts";

export interface ManagedClient extends ManagementAccess {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
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

/** RFC 7592 §2.2: an update must not have these members. */
const NEVER_SENT_BACK: readonly string[] = [
  "registration_access_token",
  "registration_client_uri",
  "client_secret_expires_at",
  "client_id_issued_at",
];

/** The body of an update, which replaces the complete record; null removes a member. */
export function updateBody(
  current: JsonObject,
  changes: Readonly<Record<string, unknown>>,
  { clientId, clientSecret }: ManagedClient,
): Readonly<Record<string, unknown>> {
  const members = Object.entries({ ...current, ...changes }).filter(([name, value]) =>
    value !== null && value !== undefined && !NEVER_SENT_BACK.includes(name) &&
    name !== "client_secret"
  );
  return {
    ...Object.fromEntries(members),
    client_id: clientId,
    ...clientSecret !== undefined && { client_secret: clientSecret },
  };
}

/** What a status means (RFC 7592 §2, §2.1 to §2.3), and the remedy. */
function meaningOf(
  status: number,
  doing: string,
): readonly [meaning: string, remedy: string] | undefined {
  switch (status) {
    case 401:
      return [
        "the registration access token is not accepted: it was replaced, or the client is gone",
        "Sign in again: another client is registered then. What is left of this one is the " +
        "operator's to delete",
      ];
    case 403:
      return [
        `the server does not allow this client ${doing} of its registration`,
        "Ask the operator",
      ];
    case 404:
      return [
        "there is no such registration any more",
        "Nothing is left to manage; sign in again, and another client is registered",
      ];
    case 405:
      return [`the server does not offer ${doing} of registrations`, "Ask the operator to do it"];
    default:
      return undefined;
  }
}

function refusal(response: EndpointResponse, action: ManagementAction): Failure {
  const { error, description } = responseMembers(response);
  const said = [error, description].filter((word) => word !== undefined).join(": ");
  const { doing } = ACTIONS[action];
  const [meaning, remedy] = meaningOf(response.status, doing) ?? [];
  const message = `${doing} the registration at ${quoted(response.url)} was refused with HTTP ` +
    statusAndType(response) + (meaning === undefined ? "" : `: ${meaning}`) +
    (said === "" ? "" : `; the server says ${quoted(said)}`);
  return new Failure("client_management_refused", message, {
    remedy: remedy ??
      "Look at the server's words for the member it refuses; --verbose shows the exchange",
    reference: "RFC 7592 §2",
  });
}

function succeeded(response: EndpointResponse): boolean {
  return isSuccess(response) && responseMembers(response).error === undefined;
}

export function judgeClientRecord(
  response: EndpointResponse,
  action: "read" | "update",
  { clientId }: ManagedClient,
): JsonObject {
  if (!succeeded(response)) throw refusal(response, action);
  const document = jsonObject(response);
  const named = document && stringMember(document, "client_id");
  if (document !== undefined && named === clientId) return document;
  throw new Failure(
    "client_management_answer_invalid",
    `${quoted(response.url)} answered HTTP ${
      statusAndType(response)
    }, which is not the record of ` +
      `the client ${quoted(clientId, 60)}` +
      (named === undefined ? "" : ` but of ${quoted(named, 60)}`),
    { remedy: "Server: answer with all registered metadata", reference: "RFC 7592 §3" },
  );
}

export function judgeClientDeletion(response: EndpointResponse): void {
  if (!succeeded(response)) throw refusal(response, "delete");
}
