/**
 * Until when a token is good.
 *
 * @module
 */

/**
 * When a token that arrived now expires. A lifetime that is over on arrival is a server that means
 * something else by it: it counts as unknown, so that the MCP server decides.
 */
export function expiryOf(expiresIn: number | null, now: number): string | null {
  return expiresIn === null || expiresIn <= 0
    ? null
    : new Date(now + expiresIn * 1000).toISOString();
}
