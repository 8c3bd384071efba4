/**
 * The `resource` parameter (RFC 8707).
 *
 * @module
 */

import type { AuditState, Resource } from "./state.ts";

/** The resource that the parameters name; undefined if none is known by all of the names. */
export function resourceNamed(state: AuditState, names: readonly string[]): Resource | undefined {
  return [state.resource, state.otherResource].find((resource) =>
    names.length > 0 && names.every((name) => isNameOf(resource, name))
  );
}

/** Whether a name is a resource's. Host and scheme may be in upper case. */
function isNameOf({ id, url }: Resource, name: string): boolean {
  if (name === id || name === url) return true;
  return URL.canParse(name) && !name.includes("#") && new URL(name).href === url;
}
