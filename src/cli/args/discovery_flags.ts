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
      "issuer to use; mcpass sends no secret, certificate or assertion to any other",
      secureUrl,
      { stored: "text" },
    ),
    resourceMetadata: value(
      "<url>",
      "URL of the protected resource metadata, instead of the one in the challenge",
      secureUrl,
      { stored: "text" },
    ),
  }),
  ...flagGroup("Relaxations (never read from the environment):", {
    trustIssuer: relaxation(
      "<pair>",
      "accept exactly this issuer mismatch: <expected>=<announced>",
      trustedIssuer,
    ),
    authorizationServerMetadata: relaxation(
      "<source>",
      "file or URL with metadata for an authorization server that publishes none",
      fileOrUrl,
      { stored: "path" },
    ),
    trustPkce: relaxation(
      "<issuer>",
      "accept that this issuer does not announce PKCE support",
      secureUrl,
    ),
    resource: relaxation(
      "<value>",
      "resource parameter to send instead of the published one, or none",
      resource,
    ),
  }),
};

export type DiscoveryOptions = OptionsOf<typeof DISCOVERY_FLAGS>;
