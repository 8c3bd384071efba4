import { REQUEST_FLAGS } from "../args/common_flags.ts";
import { secureUrl } from "../args/url_value.ts";
import { type Flag, value } from "../command/flag.ts";
import { STORED_FLAGS } from "./credential_source.ts";

export const URL_FLAG: Flag<string | undefined> = value(
  "Server:",
  "--url <url>",
  "MCP server that was signed in to",
  secureUrl,
);

export const STORED_SIGN_IN_FLAGS = { url: URL_FLAG, ...STORED_FLAGS, ...REQUEST_FLAGS };
