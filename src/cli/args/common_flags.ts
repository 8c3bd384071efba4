import { CA_STORES } from "../../core/certificate_authorities.ts";
import { flagGroup, list, toggle, value } from "../command/flag.ts";
import { proxyUrl, serverUrl } from "./url_value.ts";
import { header } from "./header_value.ts";
import { choice, megabytes, milliseconds, outputPath, path, text } from "./values.ts";

export const COMMON_GROUP = "Everywhere:";

/** Flags that are valid before and after the name of a command. */
export const COMMON_FLAGS = flagGroup(COMMON_GROUP, {
  quiet: toggle("print only errors on stderr", { short: "-q" }),
  verbose: toggle("print each HTTP exchange on stderr", { short: "-v" }),
  noInput: toggle("never prompt; fail if something is missing"),
  noColor: toggle("no colours (or set NO_COLOR)"),
  caFile: value("<path>", "also trust the certificate authorities in this PEM file", path, {
    stored: "path",
  }),
  caStore: value(
    "<store>",
    "certificate authorities: system, bundled or both (default: both; bundled for an http server)",
    choice(CA_STORES),
    { stored: "text" },
  ),
  proxy: value(
    "<url>",
    "proxy to use instead of HTTPS_PROXY etc.; never used for loopback",
    proxyUrl,
    { secret: true, stored: "text" },
  ),
});

export const FORMATS = choice(["human", "json"] as const);

export const RESULT_FLAGS = {
  ...flagGroup(COMMON_GROUP, {
    format: value(
      "<format>",
      "output format: human or json (default: human on a terminal, else json)",
      FORMATS,
    ),
    field: value(
      "<path>",
      "print one member of the JSON document, such as error.code (mcpass help json)",
      text,
      { env: false },
    ),
  }),
  ...COMMON_FLAGS,
};

/** For a command whose result is text, also when piped. */
export const TEXT_RESULT_FLAGS = {
  ...RESULT_FLAGS,
  ...flagGroup(COMMON_GROUP, {
    format: value("<format>", "output format: human or json (default: human)", FORMATS, {
      env: false,
    }),
  }),
};

export const PROGRESS_FLAG = flagGroup("Output:", {
  progress: value(
    "<form>",
    "progress on stderr: text, or json for one JSON line per event and no prompts (default: text); " +
      "see mcpass help events",
    choice(["text", "json"] as const),
  ),
});

export const REQUEST_FLAGS = {
  ...flagGroup("Output:", {
    debugOut: value(
      "<path>",
      "write a trace of every request to this file (secrets masked)",
      outputPath,
    ),
  }),
  ...flagGroup("Protocol:", {
    stepTimeout: value("<ms>", "time limit for each request (default: 30000)", milliseconds),
  }),
};

export const SERVER_FLAGS = flagGroup("Server:", {
  url: value("<url>", "the server: the same as the argument <server>", serverUrl),
  header: list(
    "<header>",
    '"Name: value" to send to the MCP server, never to an authorization server (repeatable)',
    header,
    { secret: true },
  ),
  maxResponseSize: value("<MB>", "maximum size of a response (default: 64)", megabytes),
});
