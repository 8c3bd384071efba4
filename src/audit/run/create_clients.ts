/** The clients of an audit, each for a purpose: registered, known by a document, or given. @module */

import { type JsonObject, member } from "../../core/json.ts";
import type { ClientAuthMethod } from "../../oauth/client/client_auth.ts";
import { documentAt, documentsOf } from "../checks/client_document/visits.ts";
import type { Audit } from "../context/audit.ts";
import type { AttemptedRegistration, AuditClient, AuditClients } from "../context/clients.ts";
import { CheckEnd, skipCheck } from "../context/end_check.ts";
import { observed } from "../judge/refusal.ts";
import { CLIENT_NAME, type ClientOptions, createRegistrar } from "./register_clients.ts";

/** A method with a secret that the server offers. */
function secretMethod({ discovery }: Audit): ClientAuthMethod {
  const methods = member(discovery.serverDocument, "token_endpoint_auth_methods_supported");
  const listed: readonly unknown[] = Array.isArray(methods) ? methods : ["client_secret_basic"];
  const known = ["client_secret_basic", "client_secret_post"] as const;
  const method = known.find((it) => listed.includes(it));
  if (method === undefined) {
    throw skipCheck("not_advertised", "no method with a client secret is offered");
  }
  return method;
}

export function createClients(
  audit: Audit,
  options: ClientOptions,
): AuditClients {
  const { plan, discovery } = audit;
  const { redirectUri } = options;
  const { register, remove } = createRegistrar(audit, options);
  const shared = new Map<string, Promise<AttemptedRegistration>>();
  const documentClients = new Map<string, AuditClient>();

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
    remove,
    attempted: () => attempt("first", {}),
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
    async confidential(method = secretMethod(audit)) {
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
}
