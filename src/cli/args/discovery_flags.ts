/** Flags about discovery: of a login, and of commands that only look at a server. @module */

import { flagGroup, type OptionsOf, type Parser, value } from "../command/flag.ts";
import { fileOrUrl, resource, secureUrl, trustedIssuer } from "./url_value.ts";

const relaxation = <T>(
  placeholder: string,
  about: string,
  parse: Parser<T>,
  stored?: { readonly stored: "path" },
) => value(placeholder, about, parse, { env: false, ...stored });

export const DISCOVERY_FLAGS = {
  ...flagGroup("Protocol:", {
    authorizationServer: value(
      "<issuer>",
      "use only this issuer: no secret, certificate or assertion is sent to another one",
      secureUrl,
      { stored: "text" },
    ),
    resourceMetadata: value(
      "<url>",
      "read the resource metadata only there, as resource_metadata of a challenge names it",
      secureUrl,
      { stored: "text" },
    ),
  }),
  ...flagGroup("Relaxations (never read from the environment):", {
    trustIssuer: relaxation(
      "<pair>",
      "<expected>=<announced>: accept exactly this issuer mismatch",
      trustedIssuer,
    ),
    authorizationServerMetadata: relaxation(
      "<source>",
      "file or URL with the metadata of an authorization server that publishes none",
      fileOrUrl,
      { stored: "path" },
    ),
    trustPkce: relaxation("<issuer>", "accept that this issuer does not announce PKCE", secureUrl),
    resource: relaxation(
      "<value>",
      "none, or a URL to send instead of the published one",
      resource,
    ),
  }),
};

export type DiscoveryOptions = OptionsOf<typeof DISCOVERY_FLAGS>;
