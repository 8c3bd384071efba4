/** Identifiers of requests that mcpass sends itself, as JSON text; no client uses them. */
export function createOwnIds(): () => string {
  const prefix = crypto.getRandomValues(new Uint8Array(4)).toHex();
  let count = 0;
  return () => `"mcpass-${prefix}-${count += 1}"`;
}
