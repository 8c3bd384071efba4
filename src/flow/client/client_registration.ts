import type { Consent } from "../../consent/consent.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { isAboutRedirect } from "../../oauth/authorization/authorization.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import {
  chooseAuthMethod,
  chooseRegistrationMethod,
  needsCertificate,
} from "../../oauth/client/client_auth.ts";
import {
  judgeRegistration,
  registrationBody,
  type RegistrationRequest,
} from "../../oauth/client/registration.ts";
import { chooseRegistration } from "../../oauth/client/registration_approach.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import {
  discoveredIssuer,
  isKnownIssuer,
  type ServerMetadata,
} from "../../oauth/metadata/server_metadata.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import type { Client } from "../context/client.ts";
import type { LoginContext, Repeats } from "../context/login_context.ts";
import { belongsToIssuer, type LoginPlan, secretSourceOf } from "../context/login_plan.ts";

interface ClientDemand {
  readonly server: ServerMetadata;
  readonly scopes: readonly string[] | undefined;
  readonly dpop: boolean;
  /** True if the server refused the stored registration. */
  readonly anew?: boolean;
}

/** The stored client if it can be used at this server. */
export function reusableClient(
  { plan, deps: { storedClient: known } }: LoginContext,
  server: ServerMetadata,
  redirectUri: string | null,
): Client | undefined {
  const offered = server.tokenEndpointAuthMethods;
  const fits = known !== undefined && isKnownIssuer(server, known) &&
    known.redirectUri === redirectUri &&
    (offered === undefined || offered.includes(known.method)) &&
    (plan.tokenAuthMethod === undefined || plan.tokenAuthMethod === known.method) &&
    (plan.certificate !== undefined || !needsCertificate(known.method));
  return fits ? known : undefined;
}

/** @throws Failure `registration_unavailable` if the server offers no way to obtain a client id. */
export function chooseApproach(
  { plan, rules }: LoginContext,
  server: ServerMetadata,
  redirectUri: string | null,
): RegistrationApproach {
  const { certificate, clientId, clientMetadataUrl, privateKey } = plan;
  const { confidential, clientless } = AUTH_MODES[plan.authMode];
  const sources = {
    wanted: clientless && clientId === undefined ? "none" as const : plan.registration,
    hasClientId: clientId !== undefined,
    clientMetadataUrl,
    mayUseMetadataDocument: !confidential || (privateKey ?? certificate) !== undefined,
  };
  return chooseRegistration(sources, server, rules, redirectUri);
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
      `${MAX_REGISTRATIONS} registrations were made in this login, and another one is wanted`,
      {
        remedy: "Server: name one authorization server, and accept its clients",
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

async function registerDynamically(
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
  const body = registrationBody(request);
  let judged = await sendRegistration(context, endpoint, request, body);
  if (!judged.registered && judged.refusedMembers.length > 0) {
    const { refusedMembers, failure } = judged;
    const names = refusedMembers.map((name) => `"${name}"`).join(", ");
    context.judge([{
      code: "registration_member_refused",
      severity: "warning",
      message: `the registration was refused because of ${names} and is tried once without it ` +
        `(${failure.message})`,
      remedy: `Server: ignore client metadata that it does not know, such as ${names}`,
      reference: "RFC 7591 §2",
    }]);
    const rest = Object.entries(body).filter(([name]) => !refusedMembers.includes(name));
    judged = await sendRegistration(context, endpoint, request, Object.fromEntries(rest));
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

async function assertionAlgorithm(
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

/** @throws Failure `request_object_key_missing` if requests must be signed, and there is no key. */
export async function assertSignable(
  { plan }: LoginContext,
  { issuer, signedRequestsRequired }: ServerMetadata,
): Promise<void> {
  const signed = signedRequestsRequired === true && AUTH_MODES[plan.authMode].codeGrant;
  if (!signed || plan.privateKey !== undefined) return;
  const { requestKeyFailure } = await import("../../oauth/authorization/request_object.ts");
  throw requestKeyFailure(issuer);
}

/**
 * Throws if the credentials or the client belong to another issuer: one that this login used
 * before, or the issuer of a stored sign-in.
 */
export async function bindToIssuer(
  context: LoginContext,
  server: ServerMetadata,
  approach: RegistrationApproach,
): Promise<void> {
  const { plan, deps: { storedClient } } = context;
  const earlier = context.state.client?.server;
  if (earlier !== undefined && isKnownIssuer(server, earlier)) return;
  const isMoved = !plan.dryRun && approach === "dcr" && storedClient !== undefined &&
    !isKnownIssuer(server, storedClient);
  const moved = isMoved ? storedClient.issuer : undefined;
  if (earlier === undefined && moved === undefined && !belongsToIssuer(plan)) return;
  const { confirmIssuer } = await import("./confirm_issuer.ts");
  await confirmIssuer(context, server, approach, earlier, moved);
}

export function givenClient(
  plan: LoginPlan,
  approach: "cimd" | "preregistered",
  { tokenEndpointAuthMethods }: ServerMetadata,
): Pick<Client, "clientId" | "clientSecret" | "privateKey" | "certificate" | "method"> {
  const { certificate, privateKey, tokenAuthMethod } = plan;
  const isCimd = approach === "cimd";
  const clientSecret = isCimd ? undefined : plan.clientSecret;
  const clientId = (isCimd ? plan.clientMetadataUrl : plan.clientId) ?? "";
  const credentials = { clientId, clientSecret, privateKey, certificate };
  const { confidential } = AUTH_MODES[plan.authMode];
  const method = chooseAuthMethod(
    credentials,
    tokenEndpointAuthMethods,
    tokenAuthMethod,
    confidential,
  );
  return { ...credentials, method };
}

/**
 * @param redirectUri Null for a grant without one.
 * @throws Failure `registration_unavailable`, `registration_refused`, `client_secret_missing`, …
 */
export async function obtainClient(
  context: LoginContext,
  demand: ClientDemand,
  redirectUri: string | null,
  repeats?: Repeats,
): Promise<Client> {
  const { plan } = context;
  const { server } = demand;
  return await context.step("registration", async (detail) => {
    await assertSignable(context, server);
    const approach = chooseApproach(context, server, redirectUri);
    await bindToIssuer(context, server, approach);
    context.state.client = { approach, redirectUri, server };
    const { certificate } = plan;
    const base = { issuer: server.issuer, approach, redirectUri, certificate };
    if (approach === "none") {
      detail("the grant needs no client");
      return { ...base, clientId: "", clientSecret: undefined, method: "none" };
    }
    if (approach === "dcr") {
      const known = demand.anew ? undefined : reusableClient(context, server, redirectUri);
      if (known !== undefined) {
        detail(`dcr: client ${quoted(known.clientId, 60)}, registered before`);
        return { ...known, isStored: true, certificate };
      }
      const client = await registerDynamically(context, demand, redirectUri);
      detail(`dcr: client ${quoted(client.clientId, 60)}, ${client.method}`);
      return client;
    }
    const client = givenClient(plan, approach, server);
    detail(`${approach}: client ${quoted(client.clientId, 60)}, ${client.method}`);
    return {
      ...base,
      ...client,
      assertionAlgorithm: await assertionAlgorithm(client, server),
      clientSecretSource: client.clientSecret === undefined ? undefined : "given",
    };
  }, repeats);
}

/** True if this login registers the client with a redirect URI that mcpass chooses. */
function getsOwnRedirectUri(
  context: LoginContext,
  { server, anew }: ClientDemand,
  redirectUri: string,
): boolean {
  if (context.plan.redirectUrl !== undefined) return false;
  if (!anew && reusableClient(context, server, redirectUri) !== undefined) return false;
  return chooseApproach(context, server, redirectUri) === "dcr";
}

/**
 * {@link obtainClient} for a consent. A client that this login registers gets another redirect URI at
 * each issuer: `/callback/<hash of the issuer>` (RFC 9700 §4.4). If the server refuses it, the redirect
 * URI of the consent is used.
 */
export async function obtainClientFor(
  context: LoginContext,
  demand: ClientDemand,
  consent: Consent | undefined,
): Promise<Client> {
  const shared = consent?.redirectUri ?? null;
  if (shared === null || !getsOwnRedirectUri(context, demand, shared)) {
    return await obtainClient(context, demand, shared);
  }
  const path = `/callback/${sha256Hex(discoveredIssuer(demand.server)).slice(0, 12)}`;
  const repeats: Repeats = ({ detail, message }) =>
    detail === "invalid_redirect_uri" ||
      isAboutRedirect(message.split("; the server says ")[1] ?? "")
      ? `${message}; repeated with the redirect URI "${new URL("/callback", shared).href}"`
      : undefined;
  try {
    return await obtainClient(context, demand, new URL(path, shared).href, repeats);
  } catch (error) {
    if (repeats(toFailure(error)) === undefined) throw error;
    return await obtainClient(context, demand, new URL("/callback", shared).href);
  }
}
