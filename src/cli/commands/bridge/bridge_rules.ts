import { isExposed } from "../../../bridge/listen/listen_address.ts";
import { exclusive, requires } from "../../args/flag_rules.ts";
import type { FlagRule } from "../../command/command.ts";
import type { BRIDGE_FLAGS } from "./bridge_flags.ts";

export const BRIDGE_RULES: readonly FlagRule<typeof BRIDGE_FLAGS>[] = [
  requires("listenTokenFile", ["listen"], {
    message: "--listen-token-file requires --listen",
    remedy: "Add --listen",
  }),
  {
    options: ["listen", "listenTokenFile"],
    broken: ({ listen, listenTokenFile }) =>
      listen !== undefined && listenTokenFile === undefined && isExposed(listen),
    message: () => "--listen at an address that other machines can reach requires a bearer token",
    remedy: "Add --listen-token-file <path>, or use 127.0.0.1",
  },
  exclusive(["listen", "onAuth"], {
    when: ({ onAuth }) => onAuth === "elicit",
    message: "--listen cannot ask in the client (--on-auth elicit)",
    remedy: "Use --on-auth auto, wait or fail",
  }),
];
