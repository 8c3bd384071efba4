/**
 * Where an issuer's metadata stands.
 *
 * @module
 */

import type { WellKnown } from "./authorization_server_options.ts";

/** The paths of an issuer's well-known documents. */
export function wellKnownPaths(issuer: string): Readonly<Record<WellKnown, string>> {
  const path = new URL(issuer).pathname.replace(/\/$/, "");
  return {
    oauth: `/.well-known/oauth-authorization-server${path}`,
    oidc: `/.well-known/openid-configuration${path}`,
    oidc_appended: `${path}/.well-known/openid-configuration`,
  };
}
