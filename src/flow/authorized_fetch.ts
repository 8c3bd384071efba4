/**
 * The only `fetch` that speaks to an MCP server with a token.
 *
 * @module
 */

import type { SessionHolder } from "./session.ts";

/** A `fetch`, as the MCP client takes it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Adds the session's token to every request. A POST that is refused with 401 or 403, and so was not
 * executed, is sent again when the session could be mended.
 *
 * @param fetch The door's streaming fetch.
 */
export function authorizedFetch(fetch: Fetch, holder: SessionHolder): Fetch {
  return async (input, init) => {
    while (true) {
      const token = holder.current().token.accessToken;
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
      headers.set("authorization", `Bearer ${token}`);
      const response = await fetch(input, { ...init, headers });
      if (response.status !== 401 && response.status !== 403) {
        if (response.ok) holder.accepted(token);
        return response;
      }
      const method = init?.method ?? (input instanceof Request ? input.method : "GET");
      if (method.toUpperCase() !== "POST" || !await holder.refused(response, token)) {
        return response;
      }
      await response.body?.cancel();
    }
  };
}
