/** A `fetch` under the SSRF guard, for hosted mode. @module */

import type { PlainFetch } from "../http_client.ts";
import { decompression } from "../response_body.ts";
import { type GuardOptions, nothingObserved, openGuarded } from "./guarded_request.ts";

const NO_BODY = new Set([204, 205, 304]);

/**
 * A `fetch` that connects only to addresses that the guard allows, and never follows a redirect.
 *
 * It throws a `Failure` `url_refused`, `address_refused` or `network_dns`, and what the runtime throws.
 */
export function guardedFetch(options: GuardOptions): PlainFetch {
  return async (url, { method, headers, body, signal }) => {
    const fields = [...headers];
    if (!headers.some(([name]) => name.toLowerCase() === "accept-encoding")) {
      fields.push(["accept-encoding", "identity"]);
    }
    const request = {
      method,
      url: url.href,
      headers: fields,
      body: body === null ? null : new TextEncoder().encode(body),
    };
    const response = await openGuarded(request, options, nothingObserved(), signal);
    const received = new Headers();
    for (const [name, value] of response.headers) received.append(name, value);
    const { status, statusText, body: stream } = response;
    const init = { status, statusText, headers: received };
    if (NO_BODY.has(status)) {
      await stream.cancel();
      return new Response(null, init);
    }
    const transform = decompression(received.get("content-encoding"));
    return new Response(transform === undefined ? stream : stream.pipeThrough(transform), init);
  };
}
