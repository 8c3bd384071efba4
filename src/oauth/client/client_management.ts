/** Reading, updating and deleting a registration (RFC 7592). @module */

import { Failure } from "../../core/failure.ts";
import { isObject, type JsonObject, parseJson, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { type EndpointResponse, jsonObject, statusAndType } from "../common/endpoint_response.ts";
import type { ManagementAccess } from "./management_access.ts";

export interface ManagedClient extends ManagementAccess {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
}

export type ManagementAction = "read" | "update" | "delete";

const METHODS: Readonly<Record<ManagementAction, string>> = {
  read: "GET",
  update: "PUT",
  delete: "DELETE",
};

export function methodOf(action: ManagementAction): string {
  return METHODS[action];
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
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
  };
}

type Refusal = readonly [meaning: string, remedy: string];

const DONE: Readonly<Record<ManagementAction, string>> = {
  read: "reading",
  update: "updating",
  delete: "deleting",
};

/** The meaning of a status (RFC 7592 §2, §2.1 to §2.3). */
const REFUSALS = new Map<number, (action: ManagementAction) => Refusal>([
  [401, () => [
    "the registration access token is not accepted: it was replaced, or the client is gone",
    "Sign in again: another client is registered then. What is left of this one is the " +
    "operator's to delete",
  ]],
  [403, (action) => [
    `the server does not allow this client ${DONE[action]} of its registration`,
    "Ask the operator",
  ]],
  [404, () => [
    "there is no such registration any more",
    "Nothing is left to manage; sign in again, and another client is registered",
  ]],
  [405, (action) => [
    `the server does not offer ${DONE[action]} of registrations`,
    "Ask the operator to do it",
  ]],
]);

function refusal(response: EndpointResponse, action: ManagementAction): Failure {
  const document = jsonObject(response) ?? {};
  const error = stringMember(document, "error");
  const said = [error, stringMember(document, "error_description")]
    .filter((word) => word !== undefined).join(": ");
  const known = REFUSALS.get(response.status)?.(action);
  const why = known === undefined ? "" : `: ${known[0]}`;
  return new Failure(
    "client_management_refused",
    `${DONE[action]} the registration at ${quoted(response.url)} was refused with HTTP ${
      statusAndType(response)
    }${why}` + (said === "" ? "" : `; the server says ${quoted(said, Infinity)}`),
    {
      remedy: known?.[1] ??
        "Look at the server's words for the member it refuses; --verbose shows the exchange",
      reference: "RFC 7592 §2",
    },
  );
}

function succeeded({ status, body }: EndpointResponse): boolean {
  const document = parseJson(body);
  const refused = isObject(document) && stringMember(document, "error") !== undefined;
  return status >= 200 && status < 300 && !refused;
}

/** Judges the response to a read or an update (RFC 7592 §3). */
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

/** Judges the response to a deletion (RFC 7592 §2.3). */
export function judgeClientDeletion(response: EndpointResponse): void {
  if (!succeeded(response)) throw refusal(response, "delete");
}
