import { CA_STORES } from "../../core/certificate_authorities.ts";
import { flagGroup, list, toggle, value } from "../command/flag.ts";
import { proxyUrl, serverUrl } from "./url_value.ts";
import { header } from "./header_value.ts";
import { choice, megabytes, milliseconds, outputPath, path, text } from "./values.ts";

export const COMMON_GROUP = "Everywhere:";

/** Flags that are valid before and after the name of a command. */
export const COMMON_FLAGS = flagGroup(COMMON_GROUP, {
  quiet: toggle("say nothing on stderr but errors", { short: "-q" }),
  verbose: toggle("one line for each HTTP exchange on stderr", { short: "-v" }),
  noInput: toggle("never ask; name what is missing instead"),
  noColor: toggle("no colours (NO_COLOR does the same)"),
  caFile: value("<path>", "trust the certificates in this PEM file too", path, {
    stored: "path",
  }),
  caStore: value(
    "<store>",
    "system, bundled or both: certificate authorities to trust (default: both; bundled for an http " +
      "server)",
    choice(CA_STORES),
    { stored: "text" },
  ),
  proxy: value(
    "<url>",
    "proxy instead of HTTPS_PROXY etc.; never used for loopback",
    proxyUrl,
    { secret: true, stored: "text" },
  ),
});

export const RESULT_FLAGS = {
  ...flagGroup(COMMON_GROUP, {
    format: value(
      "<format>",
      "human or json (default: human on a terminal, else json)",
      choice(["human", "json"]),
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

export const PROGRESS_FLAG = flagGroup("Output:", {
  progress: value(
    "<form>",
    "text, or json: a JSON line on stderr for each event, and no question; see mcpass help events " +
      "(default: text)",
    choice(["text", "json"] as const),
  ),
});

export const REQUEST_FLAGS = {
  ...flagGroup("Output:", {
    debugOut: value("<path>", "write every exchange, secrets masked, to this file", outputPath),
  }),
  ...flagGroup("Protocol:", {
    stepTimeout: value("<ms>", "time limit of each request (default: 30000)", milliseconds),
  }),
};

export const SERVER_FLAGS = flagGroup("Server:", {
  url: value("<url>", "the server, instead of the argument", serverUrl),
  header: list(
    "<header>",
    '"Name: value" for the MCP server, never for an authorization server (repeatable)',
    header,
    { secret: true },
  ),
  maxResponseSize: value("<MB>", "largest response that is accepted (default: 64)", megabytes),
});
