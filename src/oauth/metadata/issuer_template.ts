/** Microsoft's metadata for several tenants announces `…/{tenantid}/v2.0`. @module */

const PLACEHOLDER = /\{[^{}]*\}/;

export function isTemplate(issuer: string): boolean {
  return PLACEHOLDER.test(issuer);
}

/** True if a token with this `iss` fits an announced issuer, which may be a template. */
export function fitsIssuer(iss: string, announced: string): boolean {
  const [start = "", end] = announced.split(PLACEHOLDER);
  return end === undefined ? iss === announced : iss.startsWith(start) && iss.endsWith(end);
}
