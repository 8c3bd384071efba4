/** Registers clients within the budget of the plan, and records them for the clean-up. @module */

import { type JsonObject, stringMember } from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { DEVICE_CODE } from "../../oauth/authorization/auth_mode.ts";
import { isClientAuthMethod } from "../../oauth/client/client_auth.ts";
import { managementAccess } from "../../oauth/client/management_access.ts";
import { registrationBody } from "../../oauth/client/registration_request.ts";
import { isSuccess, jsonObject } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import { offersDevice } from "../../oauth/token/device.ts";
import type { Audit } from "../context/audit.ts";
import type { AttemptedRegistration, AuditClient, AuditClients } from "../context/clients.ts";
import { doubtCheck, skipCheck } from "../context/end_check.ts";
import { noJudgement, observed } from "../judge/refusal.ts";
import { createPace, type RegistrationTimes } from "./registration_pace.ts";
import type { ClientResidue, Residue } from "./residue.ts";

/** The name that users see in a list of connected applications. */
export const CLIENT_NAME = "mcpass conformance audit";

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

export function createRegistrar(
  audit: Audit,
  { redirectUri, residue, registrationTimes }: ClientOptions,
): Pick<AuditClients, "register" | "remove"> {
  const { plan, discovery, secrets } = audit;
  const entries = new Map<string, ClientResidue>();
  const pace = createPace(audit.clock, audit.signal, registrationTimes);
  let registered = 0;
  /** Why no further registration is tried. */
  let ended: ReturnType<typeof skipCheck> | undefined;

  /** @throws CheckEnd if no client may be registered. */
  function endpointOf(): string {
    if (ended !== undefined) throw ended;
    const endpoint = discovery.metadata?.registrationEndpoint;
    if (endpoint === undefined) {
      throw skipCheck("not_advertised", "the metadata has no registration_endpoint");
    }
    if (plan.safe) throw skipCheck("safe_mode", "--safe registers no client");
    if (registered < plan.registrations) return endpoint;
    throw doubtCheck(
      "budget_spent",
      `the limit of ${registered} registrations is reached (--registrations)`,
    );
  }

  function bodyWith(changes: JsonObject): JsonObject {
    const byDevice = plan.authMode === "device" && offersDevice(discovery.metadata ?? {});
    const usual = registrationBody({
      clientName: CLIENT_NAME,
      redirectUri,
      grantTypes: ["authorization_code", "refresh_token", ...byDevice ? [DEVICE_CODE] : []],
      method: "none",
      scopes: undefined,
    });
    return { ...usual, ...changes };
  }

  /** @throws CheckEnd if no further registration can succeed now. */
  function assertTriable(response: HttpResponse): void {
    const nothing = noJudgement(response);
    if (registered === 0 && isClosed(response)) {
      ended = skipCheck("registration_closed", `registration is refused: ${observed(response)}`);
    } else if (nothing !== undefined) ended = doubtCheck("rate_limited", nothing.message);
    if (ended !== undefined) throw ended;
  }

  return {
    async register(changes = {}): Promise<AttemptedRegistration> {
      const endpoint = endpointOf();
      await pace(endpoint);
      const body = bodyWith(changes);
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
        assertTriable(response);
        return { response, client };
      }
      registered += 1;
      entry.clientId = client.clientId;
      entry.registrationUri = client.management?.registrationUri ?? null;
      entry.registrationToken = client.management?.registrationToken ?? null;
      entries.set(client.clientId, entry);
      await residue.changed();
      return { response, client };
    },
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
  };
}
