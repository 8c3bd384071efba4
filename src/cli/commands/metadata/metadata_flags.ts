/**
 * The flags of `oauth metadata`.
 *
 * @module
 */

import { COMMON_FLAGS, formatFlag } from "../../args/common_flags.ts";
import { list, type OptionsOf, value } from "../../command/flag.ts";
import { header } from "../../args/header_value.ts";
import { secureUrl } from "../../args/url_value.ts";
import { milliseconds } from "../../args/values.ts";
import { protocolVersion, VERSIONS } from "../../args/version_value.ts";

const WHAT = "What to look at:";

/** The table. */
export const METADATA_FLAGS = {
  url: value(
    WHAT,
    "--url <url>",
    "a metadata document, an MCP server, or an issuer; https, or http on loopback",
    secureUrl,
  ),
  protocolVersion: value(
    WHAT,
    "--protocol-version <v>",
    `${VERSIONS.join(", ")} (default: auto, the newest one's checks and a verdict of each)`,
    protocolVersion,
  ),
  header: list(
    WHAT,
    "--header <header>",
    '"Name: value" for the MCP server and its metadata, never for an authorization server ' +
      "(repeatable)",
    header,
    { secret: true },
  ),
  stepTimeout: value(
    WHAT,
    "--step-timeout <ms>",
    "time limit of each request (default: 30000)",
    milliseconds,
  ),
  format: formatFlag(["human", "json"]),
  ...COMMON_FLAGS,
};

/** The options of `oauth metadata`. */
export type MetadataOptions = OptionsOf<typeof METADATA_FLAGS>;
