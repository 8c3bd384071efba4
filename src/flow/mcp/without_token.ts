/** What an MCP server answers to the same request without a token. @module */

import { toFailure } from "../../core/failure.ts";
import { isObject, parseJson } from "../../core/json.ts";
import { mayBeSentAgain } from "../../http/client/resend.ts";
import type { HttpClient, StreamInit } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import { speaksOfAuthorization } from "../../oauth/mcp/authorization_words.ts";
import { judgeWithoutToken, NAMELESS_PARAMS } from "../../oauth/mcp/first_request.ts";

export interface AnswerWithoutToken {
  readonly status: number;
  /** True if the server asks for a token. */
  readonly asksForToken: boolean;
}

/** Undefined if the request could do something, or if no response was received. */
export type AskWithoutToken = () => Promise<AnswerWithoutToken | undefined>;

const CREDENTIALS = ["authorization", "dpop", "cookie"];

/** The request without credentials; it names no tool, prompt or resource, so that nothing can run. */
function withoutCredentials({ signal: _, ...init }: StreamInit): StreamInit | undefined {
  const headers = new Headers(init.headers);
  for (const name of CREDENTIALS) headers.delete(name);
  if (init.opensSession === true) return { ...init, headers, withoutCookies: true };
  const text = typeof init.body === "string" ? init.body : "";
  const message = parseJson(text);
  if (!isObject(message)) return undefined;
  const nameless = NAMELESS_PARAMS.get(message["method"]);
  const isReadOnly = mayBeSentAgain({ purpose: "mcp", method: "POST", body: text });
  if (nameless === undefined && !isReadOnly) return undefined;
  if (nameless !== undefined && headers.has("mcp-name")) headers.set("mcp-name", "");
  const params = isObject(message["params"]) ? message["params"] : {};
  // The response is found by this id.
  const asked = { ...message, id: 1, ...nameless && { params: { ...params, ...nameless } } };
  return { ...init, headers, body: JSON.stringify(asked), withoutCookies: true };
}

export async function askWithoutToken(
  fetch: ReturnType<HttpClient["streaming"]>,
  input: string | URL | Request,
  given: StreamInit = {},
): Promise<AnswerWithoutToken | undefined> {
  const init = withoutCredentials(given);
  if (init === undefined) return undefined;
  try {
    const response = await fetch(input, init);
    const { headers, ok, status, url } = response;
    const empty = { url, status, headers, body: "" };
    if (ok && mediaType(empty) === "text/event-stream") {
      await response.body?.cancel();
      return { status, asksForToken: false };
    }
    const verdict = await judgeWithoutToken(
      { ...empty, body: await response.text() },
      "initialize",
    );
    const asksForToken = verdict.kind === "unauthorized" ||
      (verdict.kind === "unexpected" && speaksOfAuthorization(verdict.errorMessage ?? ""));
    return { status, asksForToken };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || failure.code === "internal_error") throw error;
    return undefined;
  }
}
