/**
 * The flags of `oauth metadata`.
 *
 * @module
 */

import { REVISION_IDS, type RevisionId } from "../oauth/revision.ts";
import { COMMON_FLAGS, formatFlag } from "./common_flags.ts";
import { list, type OptionsOf, value } from "./flag.ts";
import { header } from "./header_value.ts";
import { secureUrl } from "./url_value.ts";
import { choice, milliseconds } from "./values.ts";

const VERSIONS: readonly (RevisionId | "auto")[] = [...REVISION_IDS, "auto"];

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
    choice(VERSIONS),
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
