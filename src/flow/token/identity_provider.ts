/**
 * The identity provider of `--auth-mode enterprise`: it exchanges an ID token for an assertion that
 * the authorization server of the MCP server accepts (RFC 8693, ID-JAG). @module
 */

import type { Consent } from "../../consent/consent.ts";
import { Failure } from "../../core/failure.ts";
import { hostsOf } from "../../core/named_hosts.ts";
import type { StepId } from "../../core/step.ts";
import { quoted } from "../../core/text.ts";
import {
  type ExchangeParts,
  identityExchange,
  judgeExchange,
} from "../../oauth/token/assertion_grant.ts";
import { randomValue } from "../../oauth/authorization/authorization.ts";
import { chooseAuthMethod } from "../../oauth/client/client_auth.ts";
import { judgeIdToken, judgeRefreshedIdToken } from "../../oauth/token/id_token.ts";
import { judgeMetadataResponse } from "../../oauth/metadata/metadata_response.ts";
import { LATEST } from "../../oauth/mcp/revision.ts";
import { judgeServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { refreshGrant } from "../../oauth/token/token_grant.ts";
import { authorizationServerCandidates } from "../../oauth/mcp/well_known.ts";
import type { RequestEffects } from "../context/effects.ts";
import { failureOf, type LoginContext } from "../context/login_context.ts";
import type { IdentityProvider } from "../context/login_plan.ts";
import { obtainCode } from "./code_grant.ts";
import { postAsClient, requestToken, type TokenClient } from "./post_as_client.ts";

/** A user's sign-in at an identity provider. */
export interface Identity {
  readonly idToken: string;
  /** Obtains further assertions without the user. */
  readonly refreshToken: string | null;
}

export interface IdentityClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** Absent: as in the metadata. */
  readonly tokenEndpoint?: string | undefined;
}

/**
 * @throws Failure `identity_provider_metadata_missing`, `metadata_invalid`, `network_*`,
 * `cancelled`.
 */
async function findIdentityServer({ http }: RequestEffects, issuer: string, step: StepId) {
  const attempts: string[] = [];
  for (const url of authorizationServerCandidates(issuer, LATEST)) {
    const answer = await http.send({
      purpose: "authorization_server_metadata",
      step,
      method: "GET",
      url,
      headers: [["accept", "application/json"]],
      namedHosts: hostsOf(issuer),
    });
    const read = judgeMetadataResponse(answer, "authorization_server_metadata");
    if (read.verdict !== "found") {
      const { judgement, reason, verdict } = read;
      if (verdict === "refused" && judgement !== undefined) throw failureOf(judgement);
      attempts.push(`${quoted(url)}: ${reason}`);
      continue;
    }
    const { metadata, judgements } = judgeServerMetadata(answer, read.document, {
      issuer,
      serverUrl: issuer,
      rules: LATEST,
      trust: {},
      codeGrant: false,
    });
    const fatal = judgements.find(({ severity }) => severity === "error");
    if (fatal === undefined) return metadata;
    attempts.push(`${quoted(url)}: ${fatal.message}`);
  }
  const tried = attempts.join("; ");
  throw new Failure(
    "identity_provider_metadata_missing",
    `no usable metadata of the identity provider ${quoted(issuer)} was found (${tried})`,
    {
      remedy: "Check --idp-issuer, character by character, or pass an ID token and the endpoint: " +
        "--id-token-file <path> --idp-token-endpoint <url>",
      reference: "RFC 8414 §3.3",
    },
  );
}

async function clientAt(
  deps: RequestEffects,
  { issuer, clientId, clientSecret, tokenEndpoint }: IdentityClient,
  step: StepId,
): Promise<{ readonly endpoint: string; readonly client: TokenClient }> {
  const server = tokenEndpoint ? undefined : await findIdentityServer(deps, issuer, step);
  const credentials = { clientId, clientSecret, issuer };
  const method = chooseAuthMethod(credentials, server?.tokenEndpointAuthMethods);
  const namedHosts = hostsOf(issuer, tokenEndpoint);
  return {
    endpoint: tokenEndpoint ?? server?.tokenEndpoint ?? "",
    client: {
      ...credentials,
      method,
      namedHosts,
      attempts: {
        chosenBy: "mcpass",
        supported: server?.tokenEndpointAuthMethods,
        note: () => {},
      },
    },
  };
}

/**
 * Obtains a new ID-JAG, which is valid for one token request.
 *
 * @throws Failure `identity_provider_metadata_missing`, `identity_exchange_refused`,
 * `identity_exchange_invalid`, `network_*`, `cancelled`.
 */
export async function exchangeIdentity(
  deps: RequestEffects,
  provider: IdentityClient,
  parts: ExchangeParts,
  step: StepId = "token",
): Promise<string> {
  deps.secrets.add(parts.subject.token);
  const { endpoint, client } = await clientAt(deps, provider, step);
  const answer = await postAsClient(deps, endpoint, client, identityExchange(parts), step);
  const assertion = judgeExchange(answer);
  deps.secrets.add(assertion);
  return assertion;
}

/** @throws Failure as `requestToken`, and `id_token_missing`, `id_token_invalid`. */
export async function refreshIdentity(
  deps: RequestEffects,
  provider: IdentityClient,
  { idToken, refreshToken }: { readonly idToken: string; readonly refreshToken: string },
  now: number,
): Promise<Identity> {
  deps.secrets.add(refreshToken);
  const { endpoint, client } = await clientAt(deps, provider, "token");
  const token = await requestToken(deps, endpoint, client, refreshGrant(refreshToken, null));
  const { issuer, clientId } = provider;
  const next = judgeRefreshedIdToken(token.idToken, { issuer, clientId, idToken, now });
  return { idToken: next, refreshToken: token.refreshToken ?? refreshToken };
}

/**
 * Obtains the ID token of a login: the given one, or one of a sign-in at the identity provider.
 *
 * @throws Failure `identity_provider_metadata_missing`, `id_token_missing`, `id_token_invalid`, and
 * as `obtainCode` and `requestToken`.
 */
export async function identityOf(
  context: LoginContext,
  provider: IdentityProvider,
  consent: Consent | undefined,
): Promise<Identity> {
  const { clientId, clientSecret, idToken, issuer } = provider;
  if (idToken !== undefined) return { idToken: idToken.text, refreshToken: null };
  if (consent === undefined) throw new RangeError("the sign-in needs a consent");
  const { deps } = context;
  return await context.step("identity_login", async (detail) => {
    detail(issuer);
    const found = await findIdentityServer(deps, issuer, "identity_login");
    const server = { ...found, tokenEndpoint: provider.tokenEndpoint ?? found.tokenEndpoint };
    if (server.authorizationEndpoint === undefined) {
      throw new Failure(
        "identity_provider_metadata_missing",
        `the metadata of the identity provider ${quoted(issuer)} has no ` +
          "authorization_endpoint",
        {
          remedy: "Use an ID token that you obtained another way: --id-token-file <path>",
          reference: "RFC 8414 §2",
        },
      );
    }
    const credentials = { clientId, clientSecret, issuer: server.issuer };
    const method = chooseAuthMethod(credentials, server.tokenEndpointAuthMethods);
    const attempts = {
      chosenBy: "mcpass",
      supported: server.tokenEndpointAuthMethods,
      note: context.note,
    } as const;
    const client = { ...credentials, method, attempts };
    const offline = server.scopesSupported?.includes("offline_access") === true;
    const scopes = offline ? ["openid", "offline_access"] : ["openid"];
    const nonce = randomValue();
    const request = { server, client, consent, nonce, resource: null, scopes };
    const body = await obtainCode(context, request);
    const token = await requestToken(deps, server.tokenEndpoint ?? "", client, body);
    context.judge(token.judgements);
    const expected = { issuer: server.issuer, clientId, nonce, now: deps.clock.now() };
    const signedIn = judgeIdToken(token.idToken, expected);
    return { idToken: signedIn, refreshToken: token.refreshToken };
  });
}
