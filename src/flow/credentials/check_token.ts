/**
 * Checks whether a stored token is valid: asks its issuer, else the MCP server.
 *
 * @module
 */

import type { HeaderList } from "../../core/exchange.ts";
import { toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/answer.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import {
  firstRequest,
  jsonRpcMessageArrives,
  judgeFirstAnswer,
  type McpRequest,
} from "../../oauth/mcp/first_request.ts";
import { LATEST, LATEST_INITIALIZE } from "../../oauth/mcp/revision.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import { judgeChallenge } from "../discovery/challenge_findings.ts";
import type { RequestEffects } from "../context/effects.ts";
import { CLIENT_INFO } from "../discovery/unauthenticated_request.ts";
import type { DpopSigner, Proof } from "../token/dpop_signer.ts";
import { introspect } from "./revoke.ts";
import { certificateOf, tokenSigner } from "./stored_client.ts";

export interface TokenCheck {
  /** Who was asked; `nobody` without a token. */
  readonly by: "introspection" | "probe" | "nobody";
  /** Null if the response does not say. */
  readonly accepted: boolean | null;
  readonly detail: string;
}

async function proofFor(
  { serverUrl, tokens }: StoredEntry,
  method: string,
  signer: DpopSigner | undefined,
): Promise<Proof | undefined> {
  return await signer?.proof("resource_server", method, serverUrl, tokens?.accessToken);
}

function tokenFields({ tokens }: StoredEntry, proof: Proof | undefined): HeaderList {
  const token = tokens?.accessToken ?? "";
  return proof === undefined
    ? [["authorization", `Bearer ${token}`]]
    : [["authorization", `DPoP ${token}`], ["dpop", proof.field]];
}

async function certificateAtServer(entry: StoredEntry): Promise<ClientCertificate | undefined> {
  return entry.certificateAtServer === true ? await certificateOf(entry) : undefined;
}

async function sendWithToken(
  { http, signal }: RequestEffects,
  entry: StoredEntry,
  request: McpRequest,
  signer: DpopSigner | undefined,
): Promise<HttpResponse> {
  const certificate = await certificateAtServer(entry);
  const once = async () => {
    const proof = await proofFor(entry, "POST", signer);
    const answer = await http.send({
      purpose: "mcp",
      step: "request",
      method: "POST",
      url: entry.serverUrl,
      headers: [...request.headers, ...tokenFields(entry, proof)],
      body: request.body,
      enough: () => jsonRpcMessageArrives(1),
      certificate,
      signal,
    });
    const learned = proof !== undefined &&
      signer?.learn("resource_server", entry.serverUrl, answer.headers, proof) === true;
    return [answer, learned] as const;
  };
  const [answer, learned] = await once();
  return learned && answer.status === 401 ? (await once())[0] : answer;
}

/** Ends the session that an `initialize` opened. */
async function endMcpSession(
  deps: RequestEffects,
  entry: StoredEntry,
  answer: HttpResponse,
  signer: DpopSigner | undefined,
): Promise<void> {
  const session = answer.headers.get("mcp-session-id");
  if (session === null) return;
  deps.secrets.add(session);
  await deps.http.send({
    purpose: "mcp",
    step: "request",
    method: "DELETE",
    url: entry.serverUrl,
    headers: [
      ...tokenFields(entry, await proofFor(entry, "DELETE", signer)),
      ["mcp-session-id", session],
    ],
    certificate: await certificateAtServer(entry),
    signal: deps.signal,
  }).catch(() => undefined);
}

/** Sends the MCP server one request with the token. */
async function probe(deps: RequestEffects, entry: StoredEntry): Promise<TokenCheck> {
  const by = "probe";
  const signer = await tokenSigner(entry, deps.secrets);
  const first = firstRequest(LATEST.era, LATEST.id, CLIENT_INFO);
  let answer = await sendWithToken(deps, entry, first, signer);
  let verdict = judgeFirstAnswer(answer, LATEST.era);
  if (verdict.kind === "other_era") {
    const { era, id } = LATEST_INITIALIZE;
    answer = await sendWithToken(deps, entry, firstRequest(era, id, CLIENT_INFO), signer);
    verdict = judgeFirstAnswer(answer, era);
    await endMcpSession(deps, entry, answer, signer);
  }
  const header = answer.headers.get("www-authenticate");
  const challenge = header === null ? undefined : judgeChallenge(header, true).challenge;
  const said = challenge?.error === undefined ? "" : ` ${quoted(challenge.error)}`;
  switch (verdict.kind) {
    case "open":
      return { by, accepted: true, detail: "the MCP server answers a request with it" };
    case "unauthorized":
      return { by, accepted: false, detail: `the MCP server answers 401${said}` };
    case "forbidden":
      return challenge?.error === "insufficient_scope"
        ? { by, accepted: true, detail: "the MCP server takes it, and wants more scope" }
        : { by, accepted: null, detail: `the MCP server answers 403${said}` };
    default:
      return {
        by,
        accepted: null,
        detail: `the MCP server answers HTTP ${answer.status} ${mediaType(answer)}`.trimEnd(),
      };
  }
}

/**
 * Asks whether the token is valid, without refreshing it. The token is sent only to its issuer's
 * introspection endpoint and to its MCP server.
 *
 * @throws Failure `cancelled`.
 */
export async function checkToken(deps: RequestEffects, entry: StoredEntry): Promise<TokenCheck> {
  if (entry.tokens === null) {
    return { by: "nobody", accepted: null, detail: "there is no token to ask about" };
  }
  const said = await introspect(deps, entry);
  if (said?.active !== undefined) {
    const scope = said.active && said.scope !== undefined
      ? `, scope ${quoted(parseScope(said.scope).join(" "))}`
      : "";
    return {
      by: "introspection",
      accepted: said.active,
      detail: said.active
        ? `its issuer says it is active${scope}`
        : "its issuer says it is not active",
    };
  }
  const first = said === undefined ? "" : ` (its issuer did not say: ${said.why})`;
  try {
    const check = await probe(deps, entry);
    return { ...check, detail: check.detail + first };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled") throw failure;
    return { by: "probe", accepted: null, detail: failure.message + first };
  }
}
