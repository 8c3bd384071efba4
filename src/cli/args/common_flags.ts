/**
 * The flags that every command has. They are declared on each command, never on the root: a root
 * flag with choices would refuse a subcommand's own values.
 *
 * @module
 */

import type { Io } from "../../core/deps.ts";
import { CA_STORES } from "../../core/authorities.ts";
import type { Format } from "../command/command.ts";
import { type Flag, toggle, value } from "../command/flag.ts";
import { proxyUrl } from "./url_value.ts";
import { choice, path } from "./values.ts";

/** Heading of the flags that every command has. */
export const EVERYWHERE = "Everywhere:";

/** The flags that are understood before a command as well as after it. */
export const COMMON_FLAGS = {
  quiet: toggle(EVERYWHERE, "-q, --quiet", "say nothing on stderr but errors"),
  verbose: toggle(EVERYWHERE, "-v, --verbose", "one line for each HTTP exchange on stderr"),
  noInput: toggle(EVERYWHERE, "--no-input", "never ask; name what is missing instead"),
  noColor: toggle(EVERYWHERE, "--no-color", "no colours (NO_COLOR does the same)"),
  caFile: value(
    EVERYWHERE,
    "--ca-file <path>",
    "trust the certificates in this PEM file too",
    path,
  ),
  caStore: value(
    EVERYWHERE,
    "--ca-store <store>",
    "system, bundled or both: certificate authorities to trust (default: both; bundled for an http " +
      "server)",
    choice(CA_STORES),
  ),
  proxy: value(
    EVERYWHERE,
    "--proxy <url>",
    "proxy in place of HTTPS_PROXY and its kin; loopback never uses one",
    proxyUrl,
    { secret: true },
  ),
};

/** Declares `--format` with a command's own formats; the first is for terminals. */
export function formatFlag<T extends string>(formats: readonly T[]): Flag<T | undefined> {
  return value(
    EVERYWHERE,
    "--format <format>",
    `${formats.join(" or ")} (default: human on a terminal, else json)`,
    choice(formats),
  );
}

/** The format that holds when none was asked for. */
export function defaultFormat(io: Io): Format {
  return io.stdoutIsTerminal ? "human" : "json";
}
