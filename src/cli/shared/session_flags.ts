/**
 * What the commands about kept sign-ins share: their flags.
 *
 * @module
 */

import { COMMON_FLAGS } from "../args/common_flags.ts";
import { KEPT_FLAGS } from "./credential_source.ts";
import { type Flag, value } from "../command/flag.ts";
import { secureUrl } from "../args/url_value.ts";
import { milliseconds } from "../args/values.ts";

/** `--url`. */
export const URL_FLAG: Flag<string | undefined> = value(
  "Server:",
  "--url <url>",
  "MCP server that was signed in to",
  secureUrl,
);

/** `--step-timeout`. */
export const TIMEOUT_FLAG: Flag<number | undefined> = value(
  "Protocol:",
  "--step-timeout <ms>",
  "time limit of each request (default: 30000)",
  milliseconds,
);

/** The flags of a command about one kept sign-in. */
export const SESSION_FLAGS = {
  url: URL_FLAG,
  ...KEPT_FLAGS,
  stepTimeout: TIMEOUT_FLAG,
  ...COMMON_FLAGS,
};
