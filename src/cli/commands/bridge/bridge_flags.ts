import { COMMON_FLAGS, REQUEST_FLAGS, SERVER_FLAGS } from "../../args/common_flags.ts";
import { choice, milliseconds, outputPath, path, text } from "../../args/values.ts";
import {
  flagGroup,
  list,
  optionalValue,
  type OptionsOf,
  type Parsed,
  problem,
  toggle,
  value,
} from "../../command/flag.ts";
import { type ListenAddress, parseListenAddress } from "../../../bridge/listen/listen_address.ts";
import { quoted } from "../../../core/text.ts";
import { ACCESS_TOKEN_FLAGS } from "../../shared/sign_in/credential_source.ts";

/** From the most verbose to the least (MCP, *Logging*). */
const LOG_LEVELS = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;

const ON_AUTH = ["auto", "wait", "elicit", "fail"] as const;

function listenAddress(text: string): Parsed<ListenAddress> {
  const value = parseListenAddress(text);
  return value === undefined
    ? problem(
      `${quoted(text, 200)} is not an address`,
      "Use an address such as 127.0.0.1:8080, a port, or unix:<path> with at most 107 bytes",
    )
    : { value };
}

export const BRIDGE_FLAGS = {
  ...SERVER_FLAGS,
  ...ACCESS_TOKEN_FLAGS,
  ...flagGroup("Bridge:", {
    onAuth: value(
      "<how>",
      "if a person has to sign in: auto, wait (opens a browser tab), elicit (asks in the client) or " +
        "fail (default: auto)",
      choice(ON_AUTH),
    ),
    initTimeout: value(
      "<ms>",
      "how long the client waits for initialize (default: known for some clients, else 25000)",
      milliseconds,
    ),
    listen: optionalValue(
      "[<address>]",
      "serve HTTP instead, at a port of 127.0.0.1, an address such as 127.0.0.1:8080, or unix:<path>",
      listenAddress,
      (word) => /^unix:|^:?\d+$|^[^/]*:\d+$|^\d+(?:\.\d+){3}$|^\[/.test(word),
    ),
    listenTokenFile: value(
      "<path>",
      "with --listen: clients must send the bearer token in this file; required if other machines can connect",
      path,
    ),
    drain: value(
      "<ms>",
      "time for open requests after the end of the input (default: 400)",
      milliseconds,
    ),
    idleTimeout: value(
      "<ms>",
      "end after this time without a message and without an open request (default: never)",
      milliseconds,
    ),
    allowTool: list(
      "<pattern>",
      "only tools with these names; * is any text (repeatable)",
      text,
    ),
    denyTool: list(
      "<pattern>",
      "no tools with these names, also if --allow-tool names them (repeatable)",
      text,
    ),
  }),
  ...flagGroup("Output:", {
    logFile: value(
      "<path>",
      "append a line for each message and event, without their contents; a file of 10 MB becomes <path>.1",
      outputPath,
    ),
    record: value("<path>", "the same as --debug-out", outputPath),
  }),
  ...REQUEST_FLAGS,
  ...flagGroup("Protocol:", {
    era: value(
      "<era>",
      "map: offer MCP 2026-07-28 to each client, also if the server is older (default: same)",
      choice(["same", "map"] as const),
    ),
    logLevel: value(
      "<level>",
      "log messages that a stateless server sends to an older client that chose no level: debug, " +
        "info, notice, warning, error, critical, alert or emergency (default: none)",
      choice(LOG_LEVELS),
    ),
    retryCalls: toggle("send a tool call again if its response is lost, whatever the tool does"),
  }),
  ...COMMON_FLAGS,
};

export type BridgeOptions = OptionsOf<typeof BRIDGE_FLAGS>;
