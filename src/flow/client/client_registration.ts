/** Obtains a client id at an authorization server. @module */

import type { Consent } from "../../consent/consent.ts";
import { toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import {
  chooseAuthMethod,
  chooseRegistrationMethod,
  type ClientAuthMethod,
  needsCertificate,
} from "../../oauth/client/client_auth.ts";
import {
  chooseRegistration,
  judgeRegistration,
  registrationBody,
  type RegistrationJudgement,
  type RegistrationRequest,
  type RegistrationSources,
} from "../../oauth/client/registration.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import {
  discoveredIssuer,
  isKnownIssuer,
  type ServerMetadata,
} from "../../oauth/metadata/server_metadata.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import type { Client } from "../context/client.ts";
import type { LoginContext } from "../context/login_context.ts";
import { belongsToIssuer, type LoginPlan, secretSourceOf } from "../context/login_plan.ts";

/** True if a stored client can be used again at this server. */
export function isReusable(
  { plan }: LoginContext,
  known: Client,
  server: ServerMetadata,
  redirectUri: string | null,
): boolean {
  const offered = server.tokenEndpointAuthMethods;
  return isKnownIssuer(server, known) && known.redirectUri === redirectUri &&
    (offered === undefined || offered.includes(known.method)) &&
    (plan.tokenAuthMethod === undefined || plan.tokenAuthMethod === known.method) &&
    (plan.certificate !== undefined || !needsCertificate(known.method));
}

export function registrationSources(context: LoginContext): RegistrationSources {
  const { plan } = context;
  const { confidential, clientless } = AUTH_MODES[plan.authMode];
  return {
    wanted: clientless && plan.clientId === undefined ? "none" : plan.registration,
    hasClientId: plan.clientId !== undefined,
    clientMetadataUrl: plan.clientMetadataUrl,
    mayUseMetadataDocument: !confidential ||
      (plan.privateKey ?? plan.certificate) !== undefined,
  };
}

/** Throws if a server offers no way to obtain a client id. */
export function usableServer(
  context: LoginContext,
  redirectUri: string | null,
): (server: ServerMetadata) => void {
  return (server) => {
    chooseRegistration(registrationSources(context), server, context.rules, redirectUri);
  };
}

async function sendRegistration(
  context: LoginContext,
  endpoint: string,
  request: RegistrationRequest,
  body: Readonly<Record<string, unknown>>,
): Promise<RegistrationJudgement> {
  const { registrationToken } = context.plan;
  context.countRegistration();
  const answer = await context.deps.http.send({
    purpose: "registration",
    step: "registration",
    method: "POST",
    url: endpoint,
    headers: [
      ["content-type", "application/json"],
      ["accept", "application/json"],
      ...registrationToken === undefined
        ? []
        : [["authorization", `Bearer ${registrationToken}`] as const],
    ],
    body: JSON.stringify(body),
    certificate: context.plan.certificate,
    signal: context.deps.signal,
  });
  const judged = judgeRegistration(answer, request, Object.keys(body));
  if (judged.registered) judged.secrets.forEach((secret) => context.deps.secrets.add(secret));
  return judged;
}

async function registerDynamically(
  context: LoginContext,
  server: ServerMetadata,
  redirectUri: string | null,
  scopes: readonly string[] | undefined,
  dpop: boolean,
): Promise<Client> {
  const { confidential, grantTypes } = AUTH_MODES[context.plan.authMode];
  const { certificate, registrationToken, softwareStatement, tokenAuthMethod } = context.plan;
  const method = chooseRegistrationMethod(
    server.tokenEndpointAuthMethods,
    confidential,
    tokenAuthMethod,
    certificate,
  );
  const certificateMembers = certificate &&
    (await import("../../oauth/client/client_certificate.ts")).certificateMetadata(
      method,
      certificate.facts,
    );
  const request: RegistrationRequest = {
    clientName: context.plan.clientName,
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
  if (!judged.registered && judged.refusedMember !== undefined) {
    const member = judged.refusedMember;
    context.judge([{
      code: "registration_member_refused",
      severity: "warning",
      message: `the registration was refused because of "${member}" and is tried once without it ` +
        `(${judged.failure.message})`,
      remedy: `Server: ignore client metadata that it does not know, such as "${member}"`,
      reference: "RFC 7591 §2",
    }]);
    const rest = Object.fromEntries(Object.entries(body).filter(([name]) => name !== member));
    judged = await sendRegistration(context, endpoint, request, rest);
  }
  if (!judged.registered) throw judged.failure;
  context.judge(judged.judgements);
  const { clientSecret } = judged.client;
  return {
    ...judged.client,
    issuer: server.issuer,
    approach: "dcr",
    redirectUri,
    certificate,
    assertionAlgorithm: await assertionAlgorithm(judged.client, server),
    clientSecretSource: clientSecret === undefined
      ? undefined
      : secretSourceOf(clientSecret, context.plan),
  };
}

/** The algorithm of a client that authenticates with a signature. */
async function assertionAlgorithm(
  { method, clientSecret, privateKey }: Pick<Client, "method" | "clientSecret" | "privateKey">,
  { assertionAlgorithms }: ServerMetadata,
): Promise<string | undefined> {
  if (method !== "private_key_jwt" && method !== "client_secret_jwt") return undefined;
  const key = method === "private_key_jwt" ? { jwk: privateKey ?? "" } : {
    secret: clientSecret ?? "",
  };
  const { chooseAlgorithm } = await import("../../oauth/common/signing.ts");
  const listedAs = "token_endpoint_auth_signing_alg_values_supported";
  return chooseAlgorithm(key, assertionAlgorithms, listedAs);
}

/**
 * Fails before a registration if the server requires signed authorization requests and there is no
 * key.
 *
 * @throws Failure `request_object_key_missing`.
 */
export async function assertSignable(
  { plan }: LoginContext,
  server: ServerMetadata,
): Promise<void> {
  const signed = server.signedRequestsRequired === true && AUTH_MODES[plan.authMode].codeGrant;
  if (!signed || plan.privateKey !== undefined) return;
  throw (await import("../../oauth/authorization/request_object.ts")).requestKeyFailure(
    server.issuer,
  );
}

/**
 * Throws if the credentials or the client belong to another issuer: one that this login used
 * before, or the issuer of a stored sign-in.
 */
async function bindToIssuer(
  context: LoginContext,
  server: ServerMetadata,
  approach: RegistrationApproach,
): Promise<void> {
  const { plan, deps: { storedClient } } = context;
  const earlier = context.clientInUse()?.server;
  if (earlier !== undefined && isKnownIssuer(server, earlier)) return;
  const stored = approach === "dcr" && storedClient !== undefined &&
      !isKnownIssuer(server, storedClient)
    ? storedClient
    : undefined;
  if (earlier === undefined && stored === undefined && !belongsToIssuer(plan)) return;
  const { confirmIssuer, moveToIssuer, otherStoredIssuer } = await import("./confirm_issuer.ts");
  await confirmIssuer(context, server, approach, earlier && [earlier]);
  const before = (earlier ?? stored)?.issuer ??
    await otherStoredIssuer(context, server, approach);
  if (before !== undefined) await moveToIssuer(context, server, approach, before);
}

/** The client of a plan that names one, and how it authenticates. */
export function givenClient(
  plan: LoginPlan,
  approach: "cimd" | "preregistered",
  { tokenEndpointAuthMethods }: ServerMetadata,
): {
  readonly credentials: Pick<Client, "clientId" | "clientSecret" | "privateKey" | "certificate">;
  readonly method: ClientAuthMethod;
} {
  const { certificate, clientId, clientMetadataUrl, privateKey, tokenAuthMethod } = plan;
  const isCimd = approach === "cimd";
  const clientSecret = isCimd ? undefined : plan.clientSecret;
  const id = (isCimd ? clientMetadataUrl : clientId) ?? "";
  const credentials = { clientId: id, clientSecret, privateKey, certificate };
  const isPublic = isCimd && (privateKey ?? certificate) === undefined;
  const method = isPublic
    ? tokenAuthMethod ?? "none"
    : chooseAuthMethod(credentials, tokenEndpointAuthMethods, tokenAuthMethod);
  return { credentials, method };
}

/**
 * Obtains a client: pre-registered, by metadata document, or registered now.
 *
 * @param redirectUri Null for a grant without one.
 * @throws Failure `registration_unavailable`, `registration_refused`, `client_secret_missing`, …
 */
export async function obtainClient(
  context: LoginContext,
  server: ServerMetadata,
  redirectUri: string | null,
  scopes: readonly string[] | undefined,
  { anew = false, dpop = false }: ObtainOptions = {},
): Promise<Client> {
  return await context.step("registration", async (detail) => {
    await assertSignable(context, server);
    const { plan, rules, deps: { storedClient } } = context;
    const sources = registrationSources(context);
    const approach = chooseRegistration(sources, server, rules, redirectUri);
    await bindToIssuer(context, server, approach);
    context.useClient({ approach, redirectUri, server });
    const { certificate } = plan;
    const base = { issuer: server.issuer, approach, redirectUri, certificate };
    if (approach === "none") {
      detail("the grant needs no client");
      return { ...base, clientId: "", clientSecret: undefined, method: "none" };
    }
    if (approach === "dcr") {
      if (!anew && storedClient && isReusable(context, storedClient, server, redirectUri)) {
        detail(`dcr: client ${quoted(storedClient.clientId, 60)}, registered before`);
        return { ...storedClient, isStored: true, certificate };
      }
      const client = await registerDynamically(context, server, redirectUri, scopes, dpop);
      detail(`dcr: client ${quoted(client.clientId, 60)}, ${client.method}`);
      return client;
    }
    const { credentials, method } = givenClient(plan, approach, server);
    detail(`${approach}: client ${quoted(credentials.clientId, 60)}, ${method}`);
    return {
      ...base,
      ...credentials,
      method,
      assertionAlgorithm: await assertionAlgorithm({ ...credentials, method }, server),
      clientSecretSource: credentials.clientSecret === undefined ? undefined : "given",
    };
  });
}

export interface ObtainOptions {
  /** True if the server refused the stored registration. */
  readonly anew?: boolean;
  /** True to register for tokens that are bound to a key. */
  readonly dpop?: boolean;
}

/** True if this login registers the client with a redirect URI that mcpass chooses. */
function getsOwnRedirectUri(
  context: LoginContext,
  server: ServerMetadata,
  redirectUri: string,
  { anew = false }: ObtainOptions,
): boolean {
  const { plan, rules, deps: { storedClient } } = context;
  if (plan.redirectUrl !== undefined) return false;
  if (
    !anew && storedClient !== undefined && isReusable(context, storedClient, server, redirectUri)
  ) {
    return false;
  }
  return chooseRegistration(registrationSources(context), server, rules, redirectUri) === "dcr";
}

/**
 * {@link obtainClient} for a consent. A client that this login registers gets another redirect URI at
 * each issuer: `/callback/<hash of the issuer>` (RFC 9700 §4.4). If the server refuses it, the redirect
 * URI of the consent is used.
 */
export async function obtainClientFor(
  context: LoginContext,
  server: ServerMetadata,
  consent: Consent | undefined,
  scopes: readonly string[] | undefined,
  how: ObtainOptions,
): Promise<Client> {
  const shared = consent?.redirectUri ?? null;
  if (shared === null || !getsOwnRedirectUri(context, server, shared, how)) {
    return await obtainClient(context, server, shared, scopes, how);
  }
  const path = `/callback/${sha256Hex(discoveredIssuer(server)).slice(0, 12)}`;
  try {
    return await obtainClient(context, server, new URL(path, shared).href, scopes, how);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.detail !== "invalid_redirect_uri") throw error;
    context.note(`registering again with another redirect URI: ${failure.message}`);
    return await obtainClient(context, server, new URL("/callback", shared).href, scopes, how);
  }
}
