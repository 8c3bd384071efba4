/**
 * What binds the access token of a login: a DPoP key (RFC 9449) or a client certificate (RFC 8705).
 *
 * @module
 */

import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { Client } from "../context/client.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { Contact } from "../discovery/unauthenticated_response.ts";
import type { Prover } from "../token/dpop_signer.ts";
import type { Run } from "../context/login_context.ts";

/** True if the MCP server accepts only tokens that are bound to a key. */
export function requiresKeyBinding(contact: Contact, { resourceMetadata }: Discovery): boolean {
  return contact.challenge?.scheme.toLowerCase() === "dpop" ||
    resourceMetadata?.dpopRequired === true;
}

/** A new key, with an algorithm that both servers accept. */
export async function newKeyBinding(
  run: Run,
  { challenge }: Contact,
  { server, resourceMetadata }: Discovery,
): Promise<Prover> {
  const { newProver } = await import("../token/dpop_signer.ts");
  const lists = [
    server.dpopAlgorithms,
    resourceMetadata?.dpopAlgorithms,
    challenge?.dpopAlgorithms,
  ];
  return await newProver(lists.filter((list) => list !== undefined), run.deps.secrets);
}

/** A new key if the server or a flag requires one. */
export async function keyBindingFor(
  run: Run,
  contact: Contact,
  discovery: Discovery,
): Promise<Prover | undefined> {
  if (run.plan.dpop !== true && !requiresKeyBinding(contact, discovery)) return undefined;
  return await newKeyBinding(run, contact, discovery);
}

/** The finding for a bearer token in response to a request with a DPoP proof. */
export function judgeUnboundToken({ server }: Discovery, isRequired: boolean): Judgement {
  return {
    code: "dpop_not_bound",
    severity: isRequired ? "error" : "warning",
    message: `${quoted(server.issuer)} issued a bearer token though the request carried a DPoP ` +
      "proof" + (isRequired ? ", and the MCP server takes only tokens bound to a key" : ""),
    remedy: "Authorization server: support DPoP, list dpop_signing_alg_values_supported, and " +
      'answer with "token_type": "DPoP"',
    reference: "RFC 9449 §5",
  };
}

/** The certificate for requests with the token: the token is bound to it, or TLS requires one. */
export async function certificateForToken(
  run: Run,
  { server, resourceMetadata }: Discovery,
  { certificate }: Client,
  token: string,
): Promise<ClientCertificate | undefined> {
  if (certificate === undefined) return undefined;
  const { judgeBinding } = await import("../../oauth/client/client_certificate.ts");
  const announced = server.certificateBoundTokens === true ||
    resourceMetadata?.certificateBoundTokens === true;
  const { bound, judgements } = judgeBinding(token, certificate.facts, server.issuer, announced);
  run.judge(judgements);
  if (bound) run.note("the token is bound to the client certificate, which goes along with it");
  return bound ? certificate : run.certificateAt(run.plan.serverUrl);
}
