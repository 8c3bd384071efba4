/** Dynamic client registration: the request, and one more after a refusal. @module */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { isScopeToken, quoted } from "../../core/text.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { chooseRegistrationMethod } from "../../oauth/client/client_auth.ts";
import { judgeRegistration } from "../../oauth/client/registration.ts";
import type { RefusedRegistration } from "../../oauth/client/registration_refusal.ts";
import {
  registrationBody,
  type RegistrationRequest,
} from "../../oauth/client/registration_request.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { Client } from "../context/client.ts";
import type { LoginContext } from "../context/login_context.ts";
import { secretSourceOf } from "../context/login_plan.ts";

export interface ClientDemand {
  readonly server: ServerMetadata;
  readonly scopes: readonly string[] | undefined;
  readonly dpop: boolean;
  /** True if the server refused the stored registration. */
  readonly anew?: boolean;
}

/** Registrations in one login, at most. */
const MAX_REGISTRATIONS = 3;

async function sendRegistration(
  { deps: { http, secrets }, plan: { certificate, registrationToken }, state }: LoginContext,
  endpoint: string,
  request: RegistrationRequest,
  body: Readonly<Record<string, unknown>>,
) {
  state.registrations += 1;
  if (state.registrations > MAX_REGISTRATIONS) {
    throw new Failure(
      "registration_limit",
      `mcpass made ${MAX_REGISTRATIONS} registrations in this login, its limit, and needs another one`,
      {
        remedy: "Server: name one authorization server, and accept tokens of its clients",
        reference: "MCP authorization, Client Registration Approaches",
      },
    );
  }
  const token = registrationToken === undefined
    ? []
    : [["authorization", `Bearer ${registrationToken}`] as const];
  const answer = await http.send({
    purpose: "registration",
    step: "registration",
    method: "POST",
    url: endpoint,
    headers: [["content-type", "application/json"], ["accept", "application/json"], ...token],
    body: JSON.stringify(body),
    certificate,
  });
  const judged = judgeRegistration(answer, request, Object.keys(body));
  if (judged.registered) judged.secrets.forEach((secret) => secrets.add(secret));
  return judged;
}

interface OtherRequest {
  readonly finding: Judgement;
  readonly request: RegistrationRequest;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The request to send once after a refusal: without the members, or with the scope, that it names. */
function otherRequest(
  { refusedMembers, isScopeMissing, failure }: RefusedRegistration,
  request: RegistrationRequest,
  body: Readonly<Record<string, unknown>>,
  { scopesSupported = [] }: ServerMetadata,
): OtherRequest | undefined {
  if (refusedMembers.length > 0) {
    const names = refusedMembers.map((name) => `"${name}"`).join(", ");
    const rest = Object.entries(body).filter(([name]) => !refusedMembers.includes(name));
    return {
      request,
      body: Object.fromEntries(rest),
      finding: {
        code: "registration_member_refused",
        severity: "warning",
        message:
          `the registration was refused because of ${names}; mcpass sends it once more without ` +
          `that (${failure.message})`,
        remedy:
          `Authorization server: accept ${names} in a registration, or ignore what it does not support`,
        reference: "RFC 7591 §2, §3.2.1",
      },
    };
  }
  const scopes = scopesSupported.filter(isScopeToken);
  if (!isScopeMissing || scopes.length === 0) return undefined;
  const withScopes = { ...request, scopes };
  return {
    request: withScopes,
    body: registrationBody(withScopes),
    finding: {
      code: "registration_scope_required",
      severity: "info",
      message: "the registration was refused without a scope; mcpass sends it once more with the " +
        `scopes of the metadata, ${quoted(scopes.join(" "), 300)} (${failure.message})`,
      remedy: "Authorization server: register a client that names no scope with default scopes\n" +
        'Server: publish "scopes_supported" in the protected resource metadata',
      reference: "RFC 7591 §2",
    },
  };
}

export async function registerDynamically(
  context: LoginContext,
  { server, scopes, dpop }: ClientDemand,
  redirectUri: string | null,
): Promise<Client> {
  const { plan } = context;
  const { confidential, grantTypes } = AUTH_MODES[plan.authMode];
  const { certificate, clientName, registrationToken, softwareStatement } = plan;
  const offered = server.tokenEndpointAuthMethods;
  const method = chooseRegistrationMethod(offered, confidential, plan.tokenAuthMethod, certificate);
  const certificateMembers = certificate &&
    (await import("../../oauth/client/client_certificate.ts"))
      .certificateMetadata(method, certificate.facts);
  const request: RegistrationRequest = {
    clientName,
    redirectUri,
    grantTypes,
    scopes,
    dpop,
    method,
    certificateMembers,
    softwareStatement,
    withToken: registrationToken !== undefined,
  };
  const endpoint = server.registrationEndpoint ?? "";
  const first = registrationBody(request);
  let judged = await sendRegistration(context, endpoint, request, first);
  const other = judged.registered ? undefined : otherRequest(judged, request, first, server);
  if (other !== undefined) {
    context.judge([other.finding]);
    judged = await sendRegistration(context, endpoint, other.request, other.body);
  }
  if (!judged.registered) throw judged.failure;
  context.judge(judged.judgements);
  const { client } = judged;
  return {
    ...client,
    issuer: server.issuer,
    approach: "dcr",
    redirectUri,
    certificate,
    assertionAlgorithm: await assertionAlgorithm(client, server),
    clientSecretSource: client.clientSecret === undefined
      ? undefined
      : secretSourceOf(client.clientSecret, plan),
  };
}

export async function assertionAlgorithm(
  { method, clientSecret, privateKey }: Pick<Client, "method" | "clientSecret" | "privateKey">,
  { assertionAlgorithms }: ServerMetadata,
): Promise<string | undefined> {
  if (method !== "private_key_jwt" && method !== "client_secret_jwt") return undefined;
  const key = method === "private_key_jwt"
    ? { jwk: privateKey ?? "" }
    : { secret: clientSecret ?? "" };
  const { chooseAlgorithm } = await import("../../oauth/common/signing.ts");
  const listedAs = "token_endpoint_auth_signing_alg_values_supported";
  return chooseAlgorithm(key, assertionAlgorithms, listedAs);
}
