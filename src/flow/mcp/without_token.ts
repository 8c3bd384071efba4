/** What an MCP server answers to the same request without a token. @module */

import { toFailure } from "../../core/failure.ts";
import { isObject, parseJson } from "../../core/json.ts";
import { mayBeSentAgain } from "../../http/client/resend.ts";
import type { HttpClient, StreamInit } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import { speaksOfAuthorization } from "../../oauth/mcp/authorization_words.ts";
import {
  jsonRpcMessageArrives,
  judgeWithoutToken,
  NAMELESS_PARAMS,
} from "../../oauth/mcp/first_request.ts";

export interface AnswerWithoutToken {
  readonly status: number;
  /** True if the server asks for a token. */
  readonly asksForToken: boolean;
}

/** Undefined if the request could do something, or if no response was received. */
export type AskWithoutToken = () => Promise<AnswerWithoutToken | undefined>;

const FIRST_MESSAGE_MS = 5000;

/** Characters of an event stream that are read. */
const MAX_FIRST_MESSAGE = 64 * 1024;

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

/** The start of an event stream, up to the response; a silent stream is not waited for. */
async function firstMessage(response: Response): Promise<string> {
  const isComplete = await jsonRpcMessageArrives(1);
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())
    .getReader();
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), FIRST_MESSAGE_MS);
  let text = "";
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += read.value;
      if (isComplete(text) || text.length > MAX_FIRST_MESSAGE) break;
    }
    return text;
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => undefined);
  }
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
    const isStream = ok && mediaType(empty) === "text/event-stream";
    if (isStream && init.opensSession === true) {
      await response.body?.cancel();
      return { status, asksForToken: false };
    }
    const body = isStream ? await firstMessage(response) : await response.text();
    const verdict = await judgeWithoutToken({ ...empty, body }, "initialize");
    const asksForToken = verdict.kind === "unauthorized" ||
      (verdict.kind === "unexpected" && speaksOfAuthorization(verdict.errorMessage ?? ""));
    return { status, asksForToken };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || failure.code === "internal_error") throw error;
    return undefined;
  }
}
