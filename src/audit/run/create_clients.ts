/** The clients of an audit: registered within a budget, and removed at its end. @module */

import type { JsonObject } from "../../core/json.ts";
import { member, stringMember } from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { DEVICE_CODE } from "../../oauth/authorization/auth_mode.ts";
import { type ClientAuthMethod, isClientAuthMethod } from "../../oauth/client/client_auth.ts";
import { managementAccess } from "../../oauth/client/management_access.ts";
import { registrationBody } from "../../oauth/client/registration_request.ts";
import { offersDevice } from "../../oauth/token/device.ts";
import { isSuccess, jsonObject } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import { documentAt, documentsOf } from "../checks/client_document/visits.ts";
import type { Audit } from "../context/audit.ts";
import type { AttemptedRegistration, AuditClient, AuditClients } from "../context/clients.ts";
import { CheckEnd, doubtCheck, skipCheck } from "../context/end_check.ts";
import { noJudgement, observed } from "../judge/refusal.ts";
import { createPace, type RegistrationTimes } from "./registration_pace.ts";
import type { ClientResidue, Residue } from "./residue.ts";

/** The name that users see in a list of connected applications. */
const CLIENT_NAME = "mcpass conformance audit";

export interface ClientOptions {
  readonly redirectUri: string;
  readonly residue: Residue;
  readonly registrationTimes?: RegistrationTimes | undefined;
}

function clientOf(
  response: HttpResponse,
  requested: JsonObject,
  redirectUri: string,
  secrets: Audit["secrets"],
): AuditClient | undefined {
  const registration = jsonObject(response) ?? {};
  const clientId = stringMember(registration, "client_id");
  if (!isSuccess(response) || clientId === undefined) return undefined;
  const clientSecret = stringMember(registration, "client_secret");
  secrets.add(clientSecret);
  secrets.add(stringMember(registration, "registration_access_token"));
  const method = stringMember(registration, "token_endpoint_auth_method") ??
    stringMember(requested, "token_endpoint_auth_method") ?? "client_secret_basic";
  const management = managementAccess(registration, response.url).access;
  return {
    clientId,
    clientSecret,
    method: isClientAuthMethod(method) ? method : "none",
    redirectUri,
    response,
    registration,
    management,
  };
}

/** True if nobody may register; false if the scopes or redirect URIs of this client are refused. */
function isClosed(response: HttpResponse): boolean {
  const { status } = response;
  const { description = "" } = errorResponse(response);
  return (status === 401 || status === 403) && !/\bscopes?\b|redirect/i.test(description);
}

export function createClients(
  audit: Audit,
  { redirectUri, residue, registrationTimes }: ClientOptions,
): AuditClients {
  const { plan, discovery, secrets } = audit;
  const entries = new Map<string, ClientResidue>();
  const pace = createPace(audit.clock, audit.signal, registrationTimes);
  let registered = 0;
  /** Why no further registration is tried. */
  let ended: ReturnType<typeof skipCheck> | undefined;
  const shared = new Map<string, Promise<AttemptedRegistration>>();
  const documentClients = new Map<string, AuditClient>();

  async function register(changes: JsonObject = {}): Promise<AttemptedRegistration> {
    if (ended !== undefined) throw ended;
    const endpoint = discovery.metadata?.registrationEndpoint;
    if (endpoint === undefined) {
      throw skipCheck("not_advertised", "the metadata has no registration_endpoint");
    }
    if (plan.safe) throw skipCheck("safe_mode", "--safe registers no client");
    if (registered >= plan.registrations) {
      throw doubtCheck(
        "budget_spent",
        `the limit of ${registered} registrations is reached (--registrations)`,
      );
    }
    await pace(endpoint);
    const usual = registrationBody({
      clientName: CLIENT_NAME,
      redirectUri,
      grantTypes: [
        ...["authorization_code", "refresh_token"],
        ...plan.authMode === "device" && offersDevice(discovery.metadata ?? {})
          ? [DEVICE_CODE]
          : [],
      ],
      method: "none",
      scopes: undefined,
    });
    const body: JsonObject = { ...usual, ...changes };
    const entry = await residue.add<ClientResidue>({
      kind: "client",
      issuer: discovery.metadata?.issuer ?? "",
      endpoint,
      clientId: null,
      registrationUri: null,
      registrationToken: null,
    });
    const response = await audit.send({ purpose: "registration", url: endpoint, body });
    const client = clientOf(response, body, redirectUri, secrets);
    if (client === undefined) {
      // A refused registration leaves nothing to remove, and one without a client_id cannot be removed.
      await residue.delete(entry);
      if (registered === 0 && isClosed(response)) {
        ended = skipCheck("registration_closed", `registration is refused: ${observed(response)}`);
        throw ended;
      }
      const nothing = noJudgement(response);
      if (nothing !== undefined) {
        ended = doubtCheck("rate_limited", nothing.message);
        throw ended;
      }
      return { response, client };
    }
    registered += 1;
    entry.clientId = client.clientId;
    entry.registrationUri = client.management?.registrationUri ?? null;
    entry.registrationToken = client.management?.registrationToken ?? null;
    entries.set(client.clientId, entry);
    await residue.changed();
    return { response, client };
  }

  function attempt(name: string, changes: JsonObject): Promise<AttemptedRegistration> {
    const made = shared.get(name) ?? register(changes);
    shared.set(name, made);
    return made;
  }

  async function usual(name: string, changes: JsonObject): Promise<AuditClient> {
    if (discovery.metadata !== undefined && discovery.metadata.registrationEndpoint === undefined) {
      const message = "no client was given, and the metadata has no registration_endpoint";
      throw skipCheck("needs_client", message);
    }
    const { response, client } = await attempt(name, changes);
    if (client === undefined) {
      throw skipCheck("needs_client", `no client could be registered: ${observed(response)}`);
    }
    audit.cite(client.response);
    return client;
  }

  return {
    register,
    attempted: () => attempt("first", {}),
    async remove(client) {
      const { management } = client;
      if (management === undefined) return undefined;
      const response = await audit.send({
        purpose: "registration",
        method: "DELETE",
        url: management.registrationUri,
        headers: [["authorization", `Bearer ${management.registrationToken}`]],
      });
      const entry = entries.get(client.clientId);
      if (isSuccess(response) && entry !== undefined) await residue.delete(entry);
      return response;
    },
    first: firstClient,
    second: secondClient,
    ofDocument: (clientId) => given({ clientId, clientSecret: undefined, method: "none" }),
    async other({ clientId }) {
      const second = await secondClient();
      const found = second.clientId === clientId ? await firstClient() : second;
      if (found.clientId !== clientId) return found;
      throw skipCheck("needs_client", "each registration returns the same client_id");
    },
    spare: () => orFirst(secondClient),
    forRefusals: () => plan.client === undefined ? orFirst(thirdClient) : orFirst(secondClient),
    async confidential(method = secretMethod()) {
      const { client } = plan;
      return client !== undefined && client.clientSecret !== undefined
        ? given(client)
        : await usual(method, { token_endpoint_auth_method: method });
    },
  };

  /** A public client of the audit: registered, or known by a document. */
  async function publicClient(name: string): Promise<AuditClient> {
    if (plan.usesDocuments !== true) {
      // Some servers return the same client for the same metadata.
      const changes = name === "first" ? {} : { client_name: `${CLIENT_NAME}, ${name} client` };
      return await usual(name, changes);
    }
    const client = documentClients.get(name) ?? documentClient();
    documentClients.set(name, client);
    return client;
  }

  function documentClient(): AuditClient {
    const { url } = documentsOf(audit).publish((url) => documentAt(audit, url));
    return given({ clientId: url, clientSecret: undefined, method: "none" });
  }

  async function firstClient(): Promise<AuditClient> {
    return plan.client === undefined ? await publicClient("first") : given(plan.client);
  }

  function thirdClient(): Promise<AuditClient> {
    return publicClient("third");
  }

  async function orFirst(other: () => Promise<AuditClient>): Promise<AuditClient> {
    const isOnlyOne = plan.client !== undefined && plan.secondClient === undefined;
    if (isOnlyOne) return given(plan.client);
    try {
      return await other();
    } catch (error) {
      // These checks can also use the first client.
      if (!(error instanceof CheckEnd)) throw error;
      return await firstClient();
    }
  }

  async function secondClient(): Promise<AuditClient> {
    return plan.secondClient === undefined
      ? await publicClient("second")
      : given(plan.secondClient);
  }

  function given(client: NonNullable<typeof plan.client>): AuditClient {
    return { ...client, redirectUri, response: undefined, registration: {}, management: undefined };
  }

  function secretMethod(): ClientAuthMethod {
    const methods = member(discovery.serverDocument, "token_endpoint_auth_methods_supported");
    const listed: readonly unknown[] = Array.isArray(methods) ? methods : ["client_secret_basic"];
    const known = ["client_secret_basic", "client_secret_post"] as const;
    const method = known.find((it) => listed.includes(it));
    if (method === undefined) {
      throw skipCheck("not_advertised", "no method with a client secret is offered");
    }
    return method;
  }
}
