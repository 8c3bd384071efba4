/**
 * Flags of the commands that talk to an MCP server.
 *
 * @module
 */

import { usageFailure } from "../../core/failure.ts";
import type { Given } from "../command/command.ts";
import { COMMON_FLAGS, formatFlag } from "../args/common_flags.ts";
import { SOURCE_FLAGS } from "./credential_source.ts";
import { type FlagTable, list, type OptionsOf, value } from "../command/flag.ts";
import { header } from "../args/header_value.ts";
import { secureUrl } from "../args/url_value.ts";
import { milliseconds, outputPath } from "../args/values.ts";
import { protocolVersion, VERSIONS } from "../args/version_value.ts";

const SERVER = "Server:";
const OUTPUT = "Output:";
const CONTROL = "Protocol:";

/** Which server, and how it is asked. */
export const SERVER_FLAGS = {
  url: value(SERVER, "--url <url>", "MCP server, https or http on loopback", secureUrl),
  header: list(
    SERVER,
    "--header <header>",
    '"Name: value" for the MCP server, never for an authorization server (repeatable)',
    header,
    { secret: true },
  ),
};

/** How it goes about, and what it writes. */
export const RUN_FLAGS = {
  debugOut: value(
    OUTPUT,
    "--debug-out <path>",
    "write every exchange, secrets masked, to this file",
    outputPath,
  ),
  stepTimeout: value(
    CONTROL,
    "--step-timeout <ms>",
    "time limit of each request (default: 30000)",
    milliseconds,
  ),
  format: formatFlag(["human", "json"]),
  ...COMMON_FLAGS,
};

/** The flags of a command that uses a token. */
export const CONSUMER_FLAGS = {
  ...SERVER_FLAGS,
  protocolVersion: value(
    SERVER,
    "--protocol-version <v>",
    `${VERSIONS.join(", ")} (default: auto)`,
    protocolVersion,
  ),
  ...SOURCE_FLAGS,
  ...RUN_FLAGS,
};

/** What every command here has. */
export type ServerOptions = OptionsOf<typeof SERVER_FLAGS & typeof RUN_FLAGS>;

/** What every command with a token has. */
export type ConsumerOptions = OptionsOf<typeof CONSUMER_FLAGS>;

/** What is said to whoever gave a token on the command line. */
export function tokenWarnings<F extends FlagTable>({ sources }: Given<F>): string[] {
  return ["accessToken", "oauthAccessToken"].some((name) => sources.get(name) === "flag")
    ? [
      "a token on the command line stands in the shell's history and in the list of processes; " +
      "MCPASS_ACCESS_TOKEN and mcpass login do not leave it there",
    ]
    : [];
}

/**
 * The server's URL.
 *
 * @throws Failure `missing_options` (usage) when there is none.
 */
export function requiredUrl({ url }: Pick<ServerOptions, "url">): string {
  if (url !== undefined) return url;
  throw usageFailure(
    "missing_options",
    "missing --url",
    "Give --url (or MCPASS_URL): the address of the MCP server",
  );
}
