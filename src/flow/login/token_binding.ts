/**
 * What binds the access token of a login: a DPoP key (RFC 9449) or a client certificate (RFC 8705).
 * @module
 */

import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { Client } from "../context/client.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import type { LoginContext } from "../context/login_context.ts";

/** True if the MCP server accepts only tokens that are bound to a key. */
export function requiresKeyBinding({ response, resourceMetadata }: Discovery): boolean {
  return response.challenge?.scheme.toLowerCase() === "dpop" ||
    resourceMetadata?.dpopRequired === true;
}

/** A new key, with an algorithm that both servers accept. */
export async function newKeyBinding(
  { deps: { secrets } }: LoginContext,
  { response: { challenge }, server, resourceMetadata }: Discovery,
): Promise<DpopSigner> {
  const { newDpopSigner } = await import("../token/dpop_signer.ts");
  const lists = [
    server.dpopAlgorithms,
    resourceMetadata?.dpopAlgorithms,
    challenge?.dpopAlgorithms,
  ];
  return await newDpopSigner(lists.filter((list) => list !== undefined), secrets);
}

/** A new key if the server or a flag requires one. */
export async function keyBindingFor(
  context: LoginContext,
  discovery: Discovery,
): Promise<DpopSigner | undefined> {
  const isRequired = context.plan.dpop === true || requiresKeyBinding(discovery);
  return isRequired ? await newKeyBinding(context, discovery) : undefined;
}

export function judgeUnboundToken({ server }: Discovery, isRequired: boolean): Judgement {
  const required = ", and the MCP server accepts only tokens that are bound to a key";
  return {
    code: "dpop_not_bound",
    severity: isRequired ? "error" : "warning",
    message: `${quoted(server.issuer)} issued a bearer token although the request had a DPoP ` +
      `proof${isRequired ? required : ""}`,
    remedy: "Authorization server: support DPoP, list dpop_signing_alg_values_supported, and " +
      'answer with "token_type": "DPoP"',
    reference: "RFC 9449 §5",
  };
}

/** The certificate for requests with the token: the token is bound to it, or TLS requires one. */
export async function certificateForToken(
  context: LoginContext,
  { server, resourceMetadata }: Discovery,
  { certificate }: Client,
  token: string,
): Promise<ClientCertificate | undefined> {
  if (certificate === undefined) return undefined;
  const { judgeBinding } = await import("../../oauth/client/client_certificate.ts");
  const announced = server.certificateBoundTokens === true ||
    resourceMetadata?.certificateBoundTokens === true;
  const { bound, judgements } = judgeBinding(token, certificate.facts, server.issuer, announced);
  context.judge(judgements);
  if (bound) {
    context.note("the token is bound to the client certificate: mcpass uses both together");
  }
  return bound ? certificate : context.certificateAt(context.plan.serverUrl);
}
