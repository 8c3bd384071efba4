/**
 * The only `fetch` that speaks to an MCP server with a token.
 *
 * @module
 */

/** A `fetch`, as the MCP client takes it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Where a token comes from, and who mends it when the MCP server refuses it. */
export interface TokenHolder {
  /** The token to send now. */
  token(): Promise<string>;
  /** Notes that the MCP server accepted this token. */
  accepted(token: string): void;
  /**
   * Answers a 401 or 403 of the MCP server.
   *
   * @returns True when there is another token to try the request with.
   */
  refused(response: Response, token: string): Promise<boolean>;
}

/**
 * Adds the holder's token to every request. A POST that is refused with 401 or 403, and so was not
 * executed, is sent again when the holder has another token.
 *
 * @param fetch The door's streaming fetch.
 */
export function authorizedFetch(fetch: Fetch, holder: TokenHolder): Fetch {
  return async (input, init) => {
    while (true) {
      const token = await holder.token();
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
