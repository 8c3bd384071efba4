/** Errors without an id in a response: the client library accepts none. @module */

import { isObject, parseJson } from "../core/json.ts";
import type { StreamInit } from "../http/http_client.ts";

type Fetch = (input: string | URL | Request, init?: StreamInit) => Promise<Response>;

/** Characters of a body that can be an error; a longer one is not read twice. */
const MAX_LENGTH = 64 * 1024;

/**
 * A server that could not read a request, or refused it early, has no id for its error. In the response
 * to a POST, the error belongs to the request there.
 */
export function numberErrors(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const request = typeof init?.body === "string" ? parseJson(init.body) : undefined;
    const isJson = /^application\/json\b/i.test(response.headers.get("content-type") ?? "");
    const length = Number(response.headers.get("content-length") ?? 0);
    if (!response.ok || !isJson || length > MAX_LENGTH || !isObject(request)) return response;
    const text = await response.text();
    const message = text.length > MAX_LENGTH ? undefined : parseJson(text);
    const isUnnumbered = isObject(message) && isObject(message["error"]) &&
      (message["id"] ?? null) === null;
    const { status, statusText, headers, url } = response;
    const body = isUnnumbered ? JSON.stringify({ ...message, id: request["id"] }) : text;
    const made = new Response(body, { status, statusText, headers });
    return Object.defineProperty(made, "url", { value: url });
  };
}
