/** Checks whether a stored token is valid: asks its issuer, else the MCP server. @module */

import type { HeaderList } from "../../core/exchange.ts";
import { toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { HttpRequest, HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import {
  firstRequest,
  jsonRpcMessageArrives,
  judgeFirstResponse,
} from "../../oauth/mcp/first_request.ts";
import { LATEST, LATEST_INITIALIZE, type Revision } from "../../oauth/mcp/revision.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RequestEffects } from "../context/effects.ts";
import { judgeChallenge } from "../discovery/challenge_findings.ts";
import { CLIENT_INFO } from "../discovery/unauthenticated_request.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import { introspect } from "./revoke.ts";
import { certificateOf, tokenSigner } from "./stored_client.ts";

export interface TokenCheck {
  /** Who was asked; `nobody` without a token. */
  readonly by: "introspection" | "probe" | "nobody";
  /** Null if the response does not say. */
  readonly accepted: boolean | null;
  readonly detail: string;
}

async function sendWithToken(
  { http, signal }: RequestEffects,
  entry: StoredEntry,
  signer: DpopSigner | undefined,
  request: Pick<HttpRequest, "method" | "headers" | "body" | "enough">,
): Promise<HttpResponse> {
  const { serverUrl: url, tokens } = entry;
  const accessToken = tokens?.accessToken ?? "";
  const certificate = entry.certificateAtServer === true ? await certificateOf(entry) : undefined;
  const send = (...token: HeaderList) =>
    http.send({
      ...request,
      purpose: "mcp",
      step: "request",
      url,
      headers: [...request.headers ?? [], ...token],
      certificate,
      signal,
    });
  if (signer === undefined) return await send(["authorization", `Bearer ${accessToken}`]);
  return await signer.send(
    { audience: "resource_server", method: request.method, url, accessToken },
    (proof) => send(["authorization", `DPoP ${accessToken}`], ["dpop", proof]),
    ({ status }) => status === 401,
  );
}

async function endMcpSession(
  deps: RequestEffects,
  entry: StoredEntry,
  signer: DpopSigner | undefined,
  { headers }: HttpResponse,
): Promise<void> {
  const session = headers.get("mcp-session-id");
  if (session === null) return;
  deps.secrets.add(session);
  const request = { method: "DELETE", headers: [["mcp-session-id", session]] } as const;
  await sendWithToken(deps, entry, signer, request).catch(() => undefined);
}

async function probe(deps: RequestEffects, entry: StoredEntry): Promise<TokenCheck> {
  const by = "probe";
  const signer = await tokenSigner(entry, deps.secrets);
  const ask = ({ era, id }: Revision) =>
    sendWithToken(deps, entry, signer, {
      method: "POST",
      ...firstRequest(era, id, CLIENT_INFO),
      enough: () => jsonRpcMessageArrives(1),
    });
  let answer = await ask(LATEST);
  let verdict = await judgeFirstResponse(answer, LATEST.era);
  if (verdict.kind === "other_era") {
    answer = await ask(LATEST_INITIALIZE);
    verdict = await judgeFirstResponse(answer, LATEST_INITIALIZE.era);
    await endMcpSession(deps, entry, signer, answer);
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
        ? { by, accepted: true, detail: "the MCP server accepts it, and requires more scope" }
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
    return { by: "nobody", accepted: null, detail: "no token is stored" };
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
