import type { Consent } from "../../consent/consent.ts";
import { type Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { isAboutRedirect } from "../../oauth/authorization/authorization_refusal.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { chooseAuthMethod, needsCertificate } from "../../oauth/client/client_auth.ts";
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
import { belongsToIssuer, type LoginPlan } from "../context/login_plan.ts";
import {
  assertionAlgorithm,
  type ClientDemand,
  registerDynamically,
} from "./dynamic_registration.ts";

/** The stored client if it can be used at this server. */
export function reusableClient(
  { plan, deps: { storedClient: known } }: LoginContext,
  server: ServerMetadata,
  redirectUri: string | null,
): Client | undefined {
  const fits = known !== undefined && isKnownIssuer(server, known) &&
    known.redirectUri === redirectUri &&
    (plan.tokenAuthMethod === undefined || plan.tokenAuthMethod === known.method) &&
    (plan.certificate !== undefined || !needsCertificate(known.method));
  return fits ? known : undefined;
}

/** @throws Failure `registration_unavailable` if the server offers no way to obtain a client ID. */
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

/** `public client "x"`, or `confidential client "x" (client_secret_basic)`. */
function describeClient({ clientId, method }: Pick<Client, "clientId" | "method">): string {
  const id = quoted(clientId, 60);
  return method === "none" ? `public client ${id}` : `confidential client ${id} (${method})`;
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
      detail("this grant requires no client");
      return { ...base, clientId: "", clientSecret: undefined, method: "none" };
    }
    if (approach === "dcr") {
      const known = demand.anew ? undefined : reusableClient(context, server, redirectUri);
      if (known !== undefined) {
        detail(`registered before (DCR): ${describeClient(known)}`);
        return { ...known, isStored: true, certificate };
      }
      const client = await registerDynamically(context, demand, redirectUri);
      context.state.registered = { client, server };
      detail(`registered (DCR): ${describeClient(client)}`);
      return client;
    }
    const client = givenClient(plan, approach, server);
    const how = approach === "cimd" ? "metadata document (CIMD)" : "preregistered";
    detail(`${how}: ${describeClient(client)}`);
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
  const repeats = ({ detail, message }: Failure) =>
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
