/** A lifetime that is not positive counts as unknown: the MCP server decides whether the token is valid. */
export function expiryOf(expiresIn: number | null, now: number): string | null {
  return expiresIn === null || expiresIn <= 0
    ? null
    : new Date(now + expiresIn * 1000).toISOString();
}

/** ISO 8601 with a zone. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text));
}
