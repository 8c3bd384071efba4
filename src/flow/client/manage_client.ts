/**
 * Manages the registration of a client, and stores what the server changes about it (RFC 7592).
 * @module
 */

import { Failure } from "../../core/failure.ts";
import { type JsonObject, stringListMember, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { isEndpointUrl } from "../../core/url.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { isClientAuthMethod } from "../../oauth/client/client_auth.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import {
  judgeClientDeletion,
  judgeClientRecord,
  type ManagedClient,
  type ManagementAction,
  methodOf,
  updateBody,
} from "../../oauth/client/client_management.ts";
import { managementAccess } from "../../oauth/client/management_access.ts";
import { clientNameOf, registeredScopeOf } from "../../oauth/client/registration.ts";
import type { StoredClient, StoredEntry } from "../../store/stored_entry.ts";
import type { RequestEffects } from "../context/effects.ts";

export interface ManagedRegistration extends ManagedClient {
  readonly certificate?: ClientCertificate | undefined;
  readonly namedHosts?: readonly string[] | undefined;
}

async function sendManagement(
  { http, secrets }: RequestEffects,
  client: ManagedRegistration,
  action: ManagementAction,
  body?: Readonly<Record<string, unknown>>,
): Promise<HttpResponse> {
  const { registrationUri, registrationToken, certificate, namedHosts } = client;
  secrets.add(registrationToken);
  secrets.add(client.clientSecret);
  return await http.send({
    purpose: "registration",
    step: "registration",
    method: methodOf(action),
    url: registrationUri,
    headers: [
      ["accept", "application/json"],
      ["authorization", `Bearer ${registrationToken}`],
      ...body === undefined ? [] : [["content-type", "application/json"] as const],
    ],
    body: body && JSON.stringify(body),
    namedHosts,
    certificate,
  });
}

/** Stores what a record changed, before anything else is done with it. */
type StoreRecord = (client: ManagedRegistration, record: JsonObject) => Promise<void>;

interface ReadRegistration {
  readonly client: ManagedRegistration;
  readonly record: JsonObject;
}

/** Sends a request whose response is the record, which may have new secrets. */
async function requestRecord(
  deps: RequestEffects,
  client: ManagedRegistration,
  keep: StoreRecord,
  action: "read" | "update",
  body?: Readonly<Record<string, unknown>>,
): Promise<ReadRegistration> {
  const answer = await sendManagement(deps, client, action, body);
  const record = judgeClientRecord(answer, action, client);
  const clientSecret = stringMember(record, "client_secret") ?? client.clientSecret;
  const given = {
    registration_client_uri: client.registrationUri,
    registration_access_token: client.registrationToken,
    ...record,
  };
  const { access } = managementAccess(given, client.registrationUri);
  deps.secrets.add(clientSecret);
  deps.secrets.add(access?.registrationToken);
  const next = { ...client, clientSecret, ...access };
  await keep(next, record);
  return { client: next, record };
}

/** @throws Failure `client_management_refused`, `client_management_answer_invalid`, `network_*`, … */
export async function readClient(
  deps: RequestEffects,
  client: ManagedRegistration,
  keep: StoreRecord,
): Promise<ReadRegistration> {
  return await requestRecord(deps, client, keep, "read");
}

/** Null removes a member. @throws Failure as {@link readClient}. */
export async function updateClient(
  deps: RequestEffects,
  client: ManagedRegistration,
  changes: Readonly<Record<string, unknown>>,
  keep: StoreRecord,
): Promise<{ readonly before: JsonObject; readonly record: JsonObject }> {
  const read = await readClient(deps, client, keep);
  const body = updateBody(read.record, changes, read.client);
  const { record } = await requestRecord(deps, read.client, keep, "update", body);
  return { before: read.record, record };
}

/** @throws Failure `client_management_refused`, `network_*`, … */
export async function deleteClient(
  deps: RequestEffects,
  client: ManagedRegistration,
): Promise<void> {
  judgeClientDeletion(await sendManagement(deps, client, "delete"));
}

/**
 * @throws Failure `registration_not_manageable` if mcpass did not register the client, or if the
 * server gave no access.
 */
export function managedClient(
  entry: StoredEntry,
  certificate: ClientCertificate | undefined,
): ManagedRegistration {
  const { client, issuer, namedHosts } = entry;
  const { clientId, clientSecret, registrationUri, registrationToken } = client;
  if (registrationUri !== undefined && registrationToken !== undefined) {
    const access = { registrationUri, registrationToken, certificate, namedHosts };
    return { clientId, clientSecret, method: client.tokenAuthMethod, ...access };
  }
  const ours = client.approach === "dcr";
  const why = ours
    ? `${quoted(issuer)} issued no registration access token for it`
    : "mcpass did not register it";
  const message = `the client ${quoted(clientId, 60)} cannot be managed with mcpass: ${why}`;
  throw new Failure("registration_not_manageable", message, {
    remedy: ours
      ? "Ask the operator, or sign in again if the server issues one now"
      : "Manage it where it was registered",
    reference: "RFC 7592 §3",
  });
}

export function recordedClient(
  before: StoredClient,
  { clientSecret, registrationToken, registrationUri }: ManagedRegistration,
  record: JsonObject,
): StoredClient {
  const method = record["token_endpoint_auth_method"];
  const redirects = stringListMember(record, "redirect_uris") ?? [];
  const redirectUri = before.redirectUri !== null && redirects.includes(before.redirectUri)
    ? before.redirectUri
    : redirects.find((uri) => isEndpointUrl(uri)) ?? before.redirectUri;
  return {
    ...before,
    clientName: clientNameOf(record) ?? before.clientName,
    redirectUri,
    clientSecret: clientSecret ?? before.clientSecret,
    clientSecretSource: clientSecret === before.clientSecret ? before.clientSecretSource : "issued",
    tokenAuthMethod: isClientAuthMethod(method) ? method : before.tokenAuthMethod,
    registeredScope: registeredScopeOf(record),
    registrationToken,
    registrationUri,
  };
}
