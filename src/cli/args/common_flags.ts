import { CA_STORES } from "../../core/certificate_authorities.ts";
import { type Flag, list, toggle, value } from "../command/flag.ts";
import { proxyUrl, secureUrl } from "./url_value.ts";
import { header } from "./header_value.ts";
import { choice, milliseconds, outputPath, path } from "./values.ts";

export const COMMON_GROUP = "Everywhere:";

/** Flags that are valid before and after the name of a command. */
export const COMMON_FLAGS = {
  quiet: toggle(COMMON_GROUP, "-q, --quiet", "say nothing on stderr but errors"),
  verbose: toggle(COMMON_GROUP, "-v, --verbose", "one line for each HTTP exchange on stderr"),
  noInput: toggle(COMMON_GROUP, "--no-input", "never ask; name what is missing instead"),
  noColor: toggle(COMMON_GROUP, "--no-color", "no colours (NO_COLOR does the same)"),
  caFile: value(
    COMMON_GROUP,
    "--ca-file <path>",
    "trust the certificates in this PEM file too",
    path,
  ),
  caStore: value(
    COMMON_GROUP,
    "--ca-store <store>",
    "system, bundled or both: certificate authorities to trust (default: both; bundled for an http " +
      "server)",
    choice(CA_STORES),
  ),
  proxy: value(
    COMMON_GROUP,
    "--proxy <url>",
    "proxy in place of HTTPS_PROXY and its kin; loopback never uses one",
    proxyUrl,
    { secret: true },
  ),
};

function formatFlag<T extends string>(formats: readonly T[]): Flag<T | undefined> {
  return value(
    COMMON_GROUP,
    "--format <format>",
    `${formats.join(" or ")} (default: human on a terminal, else json)`,
    choice(formats),
  );
}

export const RESULT_FLAGS = { format: formatFlag(["human", "json"]), ...COMMON_FLAGS };

export const REQUEST_FLAGS = {
  debugOut: value(
    "Output:",
    "--debug-out <path>",
    "write every exchange, secrets masked, to this file",
    outputPath,
  ),
  stepTimeout: value(
    "Protocol:",
    "--step-timeout <ms>",
    "time limit of each request (default: 30000)",
    milliseconds,
  ),
};

export const SERVER_FLAGS = {
  url: value("Server:", "--url <url>", "MCP server, https or http on loopback", secureUrl),
  header: list(
    "Server:",
    "--header <header>",
    '"Name: value" for the MCP server, never for an authorization server (repeatable)',
    header,
    { secret: true },
  ),
};
