/** Checks whether a stored token is valid: asks its issuer, else the MCP server. @module */

import type { HeaderList } from "../../core/exchange.ts";
import { toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { HttpRequest, HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import {
  firstRequest,
  jsonRpcMessageArrives,
  judgeFirstResponse,
  judgeWithoutToken,
} from "../../oauth/mcp/first_request.ts";
import { asksForScope } from "../../oauth/mcp/challenge.ts";
import { LATEST, LATEST_INITIALIZE, type Revision } from "../../oauth/mcp/revision.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RequestEffects } from "../context/effects.ts";
import { judgeChallenge } from "../discovery/challenge_findings.ts";
import { CLIENT_INFO } from "../discovery/unauthenticated_request.ts";
import { introspect } from "./revoke.ts";
import { certificateOf, tokenSigner } from "./stored_client.ts";

export interface TokenCheck {
  /** Who was asked; `nobody` without a token. */
  readonly by: "introspection" | "probe" | "nobody";
  readonly accepted: boolean | null;
  readonly detail: string;
}

type TokenRequest = Pick<HttpRequest, "method" | "headers" | "body" | "enough">;

/** Sends requests to the MCP server with the token. */
async function tokenFetch({ http, secrets }: RequestEffects, entry: StoredEntry) {
  const { serverUrl: url, tokens } = entry;
  const accessToken = tokens?.accessToken ?? "";
  const signer = await tokenSigner(entry, secrets);
  const certificate = entry.certificateAtServer === true ? await certificateOf(entry) : undefined;
  return async (request: TokenRequest): Promise<HttpResponse> => {
    const send = (...token: HeaderList) => {
      const headers = [...request.headers ?? [], ...token];
      return http.send({ ...request, purpose: "mcp", step: "request", url, headers, certificate });
    };
    if (signer === undefined) return await send(["authorization", `Bearer ${accessToken}`]);
    return await signer.send(
      { audience: "resource_server", method: request.method, url, accessToken },
      (proof) => send(["authorization", `DPoP ${accessToken}`], ["dpop", proof]),
      ({ status }) => status === 401,
    );
  };
}

async function probe(deps: RequestEffects, entry: StoredEntry): Promise<TokenCheck> {
  const send = await tokenFetch(deps, entry);
  const ask = async ({ era, id }: Revision) => {
    const enough = () => jsonRpcMessageArrives(1);
    const answer = await send({ method: "POST", ...firstRequest(era, id, CLIENT_INFO), enough });
    return { answer, verdict: await judgeFirstResponse(answer, era) };
  };
  let rules: Revision = LATEST;
  let { answer, verdict } = await ask(rules);
  if (verdict.kind === "other_era") {
    rules = LATEST_INITIALIZE;
    ({ answer, verdict } = await ask(rules));
    const session = answer.headers.get("mcp-session-id");
    deps.secrets.add(session);
    if (session !== null) {
      await send({ method: "DELETE", headers: [["mcp-session-id", session]] }).catch(() => {});
    }
  }
  /** Whether the token may be the reason: what the server answers without it. */
  const withoutToken = async () => {
    const { era, id } = rules;
    const request = { method: "POST", ...firstRequest(era, id, CLIENT_INFO) } as const;
    const place = { purpose: "mcp", step: "request", url: entry.serverUrl } as const;
    const other = await deps.http.send({ ...request, ...place });
    const { kind } = await judgeWithoutToken(other, era);
    return kind === "unauthorized" ? "; without the token it asks for one" : "";
  };
  const { challenge } = judgeChallenge(answer.headers.get("www-authenticate"), true);
  const said = challenge?.error === undefined ? "" : ` ${quoted(challenge.error)}`;
  const by = "probe";
  const words = () => errorResponse(answer).said;
  switch (verdict.kind) {
    case "open":
      return { by, accepted: true, detail: "the MCP server accepted a request with it" };
    case "unauthorized":
      return { by, accepted: false, detail: `the MCP server answers 401${said}${words()}` };
    case "forbidden":
      return asksForScope(challenge, entry.grantedScope, entry.requestedScopes ?? [])
        ? { by, accepted: true, detail: "the MCP server accepts it, and requires more scope" }
        : {
          by,
          accepted: null,
          detail: `the MCP server answers 403${said}${words()}${await withoutToken()}`,
        };
    default: {
      const detail = `the MCP server answers HTTP ${answer.status} ${mediaType(answer)}`.trimEnd();
      return { by, accepted: null, detail: detail + words() + await withoutToken() };
    }
  }
}

/**
 * Asks without a refresh. The token is sent only to its issuer's introspection endpoint and to its
 * MCP server.
 *
 * @throws Failure `cancelled`.
 */
export async function checkToken(deps: RequestEffects, entry: StoredEntry): Promise<TokenCheck> {
  if (entry.tokens === null) {
    return { by: "nobody", accepted: null, detail: "no token is stored" };
  }
  const said = await introspect(deps, entry);
  if (said?.active !== undefined) {
    const { active: accepted } = said;
    const scope = accepted && said.scope !== undefined
      ? `, scope ${quoted(parseScope(said.scope).join(" "))}`
      : "";
    const detail = `its issuer says it is ${accepted ? "" : "not "}active${scope}`;
    return { by: "introspection", accepted, detail };
  }
  const first = said === undefined ? "" : ` (introspection failed: ${said.why})`;
  try {
    const check = await probe(deps, entry);
    return { ...check, detail: check.detail + first };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled") throw failure;
    return { by: "probe", accepted: null, detail: failure.message + first };
  }
}
