import { COMMON_FLAGS, SERVER_FLAGS } from "../../args/common_flags.ts";
import { milliseconds } from "../../args/values.ts";
import { flagGroup, type OptionsOf, value } from "../../command/flag.ts";
import { ACCESS_TOKEN_FLAGS } from "../../shared/credential_source.ts";

export const BRIDGE_FLAGS = {
  ...SERVER_FLAGS,
  ...ACCESS_TOKEN_FLAGS,
  ...flagGroup("Bridge:", {
    drain: value(
      "<ms>",
      "time for open requests after the end of the input (default: 5000)",
      milliseconds,
    ),
  }),
  ...flagGroup("Protocol:", {
    stepTimeout: value(
      "<ms>",
      "time limit for each request of mcpass itself (default: 30000)",
      milliseconds,
    ),
  }),
  ...COMMON_FLAGS,
};

export type BridgeOptions = OptionsOf<typeof BRIDGE_FLAGS>;
