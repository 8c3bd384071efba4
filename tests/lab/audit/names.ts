/**
 * The identifiers of the lab's resources and issuers.
 *
 * @module
 */

import { switchesOf } from "./state.ts";
import type { Resource, Site } from "./state.ts";

/** Switches that change the names of the lab. */
export const NAME_SWITCHES = [
  "asm_issuer_identical",
  "asm_issuer_form",
  "prm_resource_fits",
  "prm_resource_form",
] as const;

/** A resource at a path. */
export function resourceAt(origin: string, path: string, broken: ReadonlySet<string>): Resource {
  const breaks = switchesOf({ broken }, NAME_SWITCHES);
  const url = origin + path;
  if (breaks("prm_resource_fits")) return { path, url, id: "https://elsewhere.invalid/mcp" };
  // An address has no letters: the scheme is in upper case
  return breaks("prm_resource_form")
    ? { path, url, id: url.replace(/^https?/, (scheme) => scheme.toUpperCase()) }
    : { path, url, id: url };
}

/** An issuer at a path. */
export function siteAt(origin: string, path: string, broken: ReadonlySet<string>): Site {
  const breaks = switchesOf({ broken }, NAME_SWITCHES);
  const identifier = origin + path;
  const issuer = breaks("asm_issuer_identical")
    ? `${identifier}/`
    : breaks("asm_issuer_form")
    ? `${identifier}?form=1`
    : identifier;
  return { origin, base: identifier.replace(/\/$/, ""), identifier, issuer };
}
