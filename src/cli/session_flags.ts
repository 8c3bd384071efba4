/**
 * What the commands about kept sign-ins share: their flags, and the server's URL.
 *
 * @module
 */

import { usageFailure } from "../core/failure.ts";
import { COMMON_FLAGS } from "./common_flags.ts";
import { KEPT_FLAGS, type SourceWorld } from "./credential_source.ts";
import { type Flag, value } from "./flag.ts";
import { secureUrl } from "./url_value.ts";
import { milliseconds } from "./values.ts";

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

/**
 * The server's URL, asked for on a terminal.
 *
 * @throws Failure `missing_options` where nobody can be asked.
 */
export async function serverUrlOf(
  { url, noInput }: { readonly url: string | undefined; readonly noInput: boolean },
  { io, prompter }: SourceWorld,
): Promise<string> {
  if (url !== undefined) return url;
  if (noInput || !io.stdinIsTerminal || !io.stderrIsTerminal) {
    throw usageFailure("missing_options", "missing --url", "Give --url (or MCPASS_URL)");
  }
  return await (await prompter()).ask({
    message: "MCP server URL",
    example: "https://server.example/mcp",
    secret: false,
    check(answer) {
      const parsed = secureUrl(answer);
      return "problem" in parsed ? parsed.problem : undefined;
    },
  });
}
