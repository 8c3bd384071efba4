/**
 * The identity provider of `--auth-mode enterprise`: an ID token is exchanged there for an assertion
 * that the MCP server's authorization server takes (RFC 8693, ID-JAG).
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import type { StepId } from "../core/step.ts";
import { type ExchangeParts, identityExchange, judgeExchange } from "../oauth/assertion_grant.ts";
import { chooseAuthMethod } from "../oauth/client_auth.ts";
import { stringListMember, stringMember } from "../core/json.ts";
import { LATEST } from "../oauth/revision.ts";
import { findDocument, judgeEndpoint } from "../oauth/server_metadata.ts";
import { authorizationServerCandidates } from "../oauth/well_known.ts";
import { postAsClient, type TokenDeps } from "./token_request.ts";

/** The client at the identity provider. */
export interface IdentityClient {
  /** Issuer of the identity provider. */
  readonly issuer: string;
  /** The client that the ID token was issued to. */
  readonly clientId: string;
  /** Its secret there, when it has one. */
  readonly clientSecret?: string | undefined;
  /** Token endpoint; absent: as the metadata says. */
  readonly tokenEndpoint?: string | undefined;
}

interface Endpoint {
  readonly url: string;
  readonly authMethods: readonly string[] | undefined;
}

/** The token endpoint that the metadata of the identity provider names. */
async function discoverEndpoint(
  { http, signal }: TokenDeps,
  issuer: string,
  step: StepId,
): Promise<Endpoint> {
  const attempts: string[] = [];
  for (const url of authorizationServerCandidates(issuer, LATEST)) {
    const answer = await http.send({
      purpose: "authorization_server_metadata",
      step,
      method: "GET",
      url,
      headers: [["accept", "application/json"]],
      signal,
    });
    const found = findDocument(answer);
    if (!found.found) {
      attempts.push(`${quoted(url)}: ${found.reason}`);
      continue;
    }
    const { document } = found;
    const endpoint = stringMember(document, "token_endpoint") ?? "";
    const announced = stringMember(document, "issuer") ?? "";
    if (announced !== issuer) {
      attempts.push(`${quoted(url)}: it is the metadata of ${quoted(announced)}`);
      continue;
    }
    if (judgeEndpoint("token_endpoint", endpoint, new URL(issuer)) !== undefined) {
      attempts.push(`${quoted(url)}: its token_endpoint is no https URL`);
      continue;
    }
    return {
      url: endpoint,
      authMethods: stringListMember(document, "token_endpoint_auth_methods_supported"),
    };
  }
  throw new Failure(
    "identity_provider_metadata_missing",
    `no usable metadata of the identity provider ${quoted(issuer)} was found (${
      attempts.join("; ")
    })`,
    {
      remedy: "Check --idp-issuer, character by character, or give --idp-token-endpoint <url>",
      reference: "RFC 8414 §3.3",
    },
  );
}

/**
 * Exchanges an ID token for a new ID-JAG; each is good for one token request.
 *
 * @throws Failure `identity_provider_metadata_missing`, `identity_exchange_refused`,
 * `identity_exchange_invalid`, `network_*`, `cancelled`.
 */
export async function exchangeIdentity(
  deps: TokenDeps,
  { issuer, clientId, clientSecret, tokenEndpoint }: IdentityClient,
  parts: ExchangeParts,
  step: StepId = "token",
): Promise<string> {
  deps.secrets.add(parts.idToken);
  const endpoint: Endpoint = tokenEndpoint === undefined
    ? await discoverEndpoint(deps, issuer, step)
    : { url: tokenEndpoint, authMethods: undefined };
  const client = { clientId, clientSecret, issuer };
  const method = chooseAuthMethod(client, endpoint.authMethods);
  const answer = await postAsClient(
    deps,
    endpoint.url,
    { ...client, method },
    identityExchange(parts),
    step,
  );
  const assertion = judgeExchange(answer);
  deps.secrets.add(assertion);
  return assertion;
}
