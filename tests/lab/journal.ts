/**
 * What a lab server received, so that tests can pin the exact request list of a login.
 *
 * @module
 */

import type { HeaderList } from "../../src/core/exchange.ts";

/** One request as a lab server received it; pushed when its head arrives, `body` is filled in after. */
export interface RecordedRequest {
  /** Tag of the server: `as`, `mcp`, or what a test named it. */
  readonly server: string;
  /** HTTP method. */
  readonly method: string;
  /** Request target: path and query, as sent. */
  readonly target: string;
  /** Path without the query. */
  readonly path: string;
  /** Decoded query parameters. */
  readonly query: URLSearchParams;
  /** Header fields in the order of arrival, repeated ones apart, names as sent. */
  readonly headers: HeaderList;
  /** Body text; empty until it has arrived whole. */
  body: string;
}

/** First value of a header field, names compared without case. */
export function headerOf(
  request: { readonly headers: HeaderList },
  name: string,
): string | undefined {
  const wanted = name.toLowerCase();
  return request.headers.find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** The body as form parameters. */
export function formOf(request: { readonly body: string }): URLSearchParams {
  return new URLSearchParams(request.body);
}

/** The JSON-RPC method in a body, when there is one. */
export function rpcMethodOf(request: { readonly body: string }): string | undefined {
  try {
    const method = JSON.parse(request.body)?.method;
    return typeof method === "string" ? method : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One line a request, for pinning: server, method, path, and the JSON-RPC method or `grant_type`
 * where the body has one, e.g. `mcp POST /mcp tools/list`, `as POST /token authorization_code`.
 */
export function sequence(requests: readonly RecordedRequest[]): string[] {
  return requests.map((request) => {
    const what = rpcMethodOf(request) ?? formOf(request).get("grant_type");
    const line = `${request.server} ${request.method} ${request.path}`;
    return what ? `${line} ${what}` : line;
  });
}

/** Makes an entry and pushes it to each list. */
export function record(
  lists: readonly RecordedRequest[][],
  entry: { server: string; method: string; target: string; headers: HeaderList },
): RecordedRequest {
  const cut = entry.target.indexOf("?");
  const request: RecordedRequest = {
    ...entry,
    path: cut === -1 ? entry.target : entry.target.slice(0, cut),
    query: new URLSearchParams(cut === -1 ? "" : entry.target.slice(cut + 1)),
    body: "",
  };
  for (const list of lists) list.push(request);
  return request;
}
