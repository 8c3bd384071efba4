/**
 * Coming to a client identifier at an authorization server.
 *
 * @module
 */

import { quoted } from "../core/text.ts";
import {
  chooseAuthMethod,
  chooseRegistrationMethod,
  type ClientAuthMethod,
} from "../oauth/client_auth.ts";
import {
  chooseRegistration,
  judgeRegistration,
  registrationBody,
  type RegistrationJudgement,
  type RegistrationRequest,
  type RegistrationSources,
} from "../oauth/registration.ts";
import type { RegistrationApproach } from "../oauth/revision.ts";
import type { ServerMetadata } from "../oauth/server_metadata.ts";
import type { Run } from "./run.ts";

/** A client at one issuer; never used at another. */
export interface Client {
  /** The issuer it belongs to. */
  readonly issuer: string;
  /** How it was come by. */
  readonly approach: RegistrationApproach;
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when it has one. */
  readonly clientSecret: string | undefined;
  /** Token endpoint authentication. */
  readonly method: ClientAuthMethod;
  /** Redirect URI it was registered or is used with; null for a grant without one. */
  readonly redirectUri: string | null;
  /** True for a kept registration; the server may have forgotten it. */
  readonly kept?: boolean;
}

/** True when a client that was registered before can be used again at this server. */
function fits(
  { plan }: Run,
  known: Client,
  server: ServerMetadata,
  redirectUri: string | null,
): boolean {
  const offered = server.tokenEndpointAuthMethods;
  return known.issuer === server.issuer && known.redirectUri === redirectUri &&
    (offered === undefined || offered.includes(known.method)) &&
    (plan.tokenAuthMethod === undefined || plan.tokenAuthMethod === known.method);
}

/** What the choice of an approach rests on. */
export function registrationSources(run: Run): RegistrationSources {
  const { plan } = run;
  return {
    wanted: plan.registration,
    hasClientId: plan.clientId !== undefined,
    clientMetadataUrl: plan.clientMetadataUrl,
    mayUseMetadataDocument: plan.authMode !== "client_credentials",
  };
}

async function sendRegistration(
  run: Run,
  endpoint: string,
  request: RegistrationRequest,
  body: Readonly<Record<string, unknown>>,
): Promise<RegistrationJudgement> {
  run.countRegistration();
  const answer = await run.deps.http.send({
    purpose: "registration",
    step: "registration",
    method: "POST",
    url: endpoint,
    headers: [["content-type", "application/json"], ["accept", "application/json"]],
    body: JSON.stringify(body),
    signal: run.deps.signal,
  });
  const judged = judgeRegistration(answer, request, Object.keys(body));
  if (judged.registered) judged.secrets.forEach((secret) => run.deps.secrets.add(secret));
  return judged;
}

async function registerDynamically(
  run: Run,
  server: ServerMetadata,
  redirectUri: string | null,
  scopes: readonly string[] | undefined,
): Promise<Client> {
  const request: RegistrationRequest = {
    clientName: run.plan.clientName,
    redirectUri,
    scopes,
    method: chooseRegistrationMethod(
      server.tokenEndpointAuthMethods,
      redirectUri === null,
      run.plan.tokenAuthMethod,
    ),
  };
  const endpoint = server.registrationEndpoint ?? "";
  const body = registrationBody(request);
  let judged = await sendRegistration(run, endpoint, request, body);
  if (!judged.registered && judged.refusedMember !== undefined) {
    const member = judged.refusedMember;
    run.judge([{
      code: "registration_member_refused",
      severity: "warning",
      message: `the registration was refused because of "${member}" and is tried once without it ` +
        `(${judged.failure.message})`,
      remedy: `Server: ignore client metadata that it does not know, such as "${member}"`,
      reference: "RFC 7591 §2",
    }]);
    const rest = Object.fromEntries(Object.entries(body).filter(([name]) => name !== member));
    judged = await sendRegistration(run, endpoint, request, rest);
  }
  if (!judged.registered) throw judged.failure;
  run.judge(judged.judgements);
  return { issuer: server.issuer, approach: "dcr", redirectUri, ...judged.client };
}

/**
 * Comes to a client: pre-registered, by metadata document, or registered now.
 *
 * @param redirectUri Null for a grant without one.
 * @param anew True when a kept registration was refused and another is needed.
 * @throws Failure `registration_unavailable`, `registration_refused`, `client_secret_missing`, …
 */
export async function obtainClient(
  run: Run,
  server: ServerMetadata,
  redirectUri: string | null,
  scopes: readonly string[] | undefined,
  anew = false,
): Promise<Client> {
  return await run.step("registration", async (detail) => {
    const { plan, deps: { knownClient } } = run;
    const approach = chooseRegistration(registrationSources(run), server, run.rules, redirectUri);
    run.register(approach);
    if (approach === "dcr" && !anew && knownClient && fits(run, knownClient, server, redirectUri)) {
      detail(`dcr: client ${quoted(knownClient.clientId, 60)}, registered before`);
      return { ...knownClient, kept: true };
    }
    if (approach === "dcr") {
      const client = await registerDynamically(run, server, redirectUri, scopes);
      detail(`dcr: client ${quoted(client.clientId, 60)}, ${client.method}`);
      return client;
    }
    const credentials = approach === "cimd"
      ? { clientId: plan.clientMetadataUrl ?? "", clientSecret: undefined }
      : { clientId: plan.clientId ?? "", clientSecret: plan.clientSecret };
    const method = approach === "cimd"
      ? plan.tokenAuthMethod ?? "none"
      : chooseAuthMethod(credentials, server.tokenEndpointAuthMethods, plan.tokenAuthMethod);
    detail(`${approach}: client ${quoted(credentials.clientId, 60)}, ${method}`);
    return { issuer: server.issuer, approach, redirectUri, ...credentials, method };
  });
}
