/** A grant that is bound to a key, and requests with proofs (RFC 9449). @module */

import { Failure } from "../../../core/failure.ts";
import { stringMember } from "../../../core/json.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { type DpopSigner, newDpopSigner } from "../../../flow/token/dpop_signer.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import { dpopNonce } from "../../../oauth/token/dpop.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditClient } from "../../context/clients.ts";
import { challengeOf } from "../../judge/challenge.ts";
import { CheckEnd, skipCheck } from "../../context/end_check.ts";
import type { AuthorizationReply, Grant } from "../../context/grants.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import { type TokenAttempt, tryCredentials } from "../../judge/token_attempt.ts";
import { boundClient } from "./bound_client.ts";

export interface DpopGrant {
  readonly signer: DpopSigner;
  /** The exchange of a code without a proof; undefined if the client need not send any. */
  readonly unproved: HttpResponse | undefined;
  /** The exchange of a code with a proof. */
  readonly response: HttpResponse;
  readonly grant: Grant;
}

/** The algorithms for proofs. @throws CheckEnd `not_advertised`. */
export function dpopAlgorithms({ discovery }: Audit): readonly string[] {
  const listed = listMember(discovery.serverDocument, "dpop_signing_alg_values_supported");
  if (listed !== undefined) return listed;
  throw skipCheck("not_advertised", "the metadata has no dpop_signing_alg_values_supported");
}

async function openDpopGrant(audit: Audit): Promise<DpopGrant> {
  const { clock, grants, discovery, secrets } = audit;
  const atServer = challengeOf(discovery.opening?.answer.headers.get("www-authenticate") ?? null)
    ?.dpopAlgorithms;
  const algorithms = [dpopAlgorithms(audit), atServer].filter((it) => it !== undefined);
  const signer = await newDpopSigner(algorithms, secrets, clock.now).catch((error) => {
    if (!(error instanceof Failure) || error.code !== "no_common_dpop_algorithm") throw error;
    throw skipCheck("needs_control", error.message, "dpop_algs");
  });
  const client = await boundClient(audit.clients, { dpop_bound_access_tokens: true });
  const bound: AuditClient = { ...client, signer };
  let reply: AuthorizationReply = await grants.authorize({}, client);
  let unproved: HttpResponse | undefined;
  if (client.registration["dpop_bound_access_tokens"] === true) {
    unproved = await grants.exchange(reply);
    // The code is used up.
    if (isSuccess(unproved)) {
      await grants.read(unproved, client, reply);
      reply = await grants.authorize({}, client);
    }
  }
  let response = await grants.exchange(reply, {}, bound);
  // A server may end a code at the first wrong exchange.
  const hasEnded = unproved !== undefined && errorResponse(response).error === "invalid_grant";
  if (hasEnded) {
    reply = await grants.authorize({}, client);
    response = await grants.exchange(reply, {}, bound);
  }
  return { signer, unproved, response, grant: await grants.read(response, bound, reply) };
}

const opened = new WeakMap<Audit, Promise<DpopGrant>>();

/** The grant that the checks share. @throws CheckEnd. */
export async function dpopGrant(audit: Audit): Promise<DpopGrant> {
  const grant = opened.get(audit) ?? openDpopGrant(audit);
  opened.set(audit, grant);
  const { response, unproved } = await grant;
  audit.cite(unproved, response);
  return await grant;
}

/** {@link dpopGrant}, bound to the key. @throws CheckEnd `needs_control`. */
export async function boundGrant(audit: Audit): Promise<DpopGrant> {
  const found = await dpopGrant(audit);
  const type = stringMember(found.grant.document, "token_type") ?? "";
  if (type.toLowerCase() === "dpop") return found;
  throw skipCheck("needs_control", "there is no token that is bound to a key", "dpop_binds");
}

/** Makes the value of a `DPoP` header; a server may require its nonce in it. */
export type MakeProof = (nonce: string | undefined) => Promise<string> | string;

/** Sends a token with a proof, a second time if the server requires a nonce (RFC 9449 §9). */
export async function tryProof(
  audit: Audit,
  accessToken: string,
  makeProof: MakeProof,
): Promise<TokenAttempt> {
  const send = async (nonce: string | undefined) =>
    await tryCredentials(audit, [
      ["authorization", `DPoP ${accessToken}`],
      ["dpop", await makeProof(nonce)],
    ]);
  const attempt = await send(undefined);
  const nonce = dpopNonce(attempt.response.headers);
  return attempt.response.status === 401 && nonce !== undefined ? await send(nonce) : attempt;
}

/** @throws CheckEnd if the MCP server refuses a valid proof: it may not support DPoP. */
export function assertProofWorks({ response, isAccepted }: TokenAttempt): void {
  if (isAccepted) return;
  const nothing = noJudgement(response);
  throw nothing === undefined
    ? skipCheck(
      "needs_control",
      `the MCP server refuses a bound token with a valid proof: ${observed(response)}`,
      "dpop_binds",
    )
    : new CheckEnd(nothing);
}
