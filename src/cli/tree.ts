/**
 * The commands by name. A command's module is loaded when it is needed.
 *
 * @module
 */

import type { Command } from "./command.ts";
import type { FlagTable } from "./flag.ts";

/** One command, not loaded yet. */
export interface CommandEntry {
  /** The words after `mcpass`. */
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** Loads it. */
  load(): Promise<Command<FlagTable>>;
}

const login = async () => (await import("./login_command.ts")).LOGIN_COMMAND;

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: "login", summary: "short for oauth login", load: login },
  {
    name: "oauth login",
    summary: "discover, register, authorize, exchange, verify; print credentials",
    load: login,
  },
  {
    name: "oauth proxy",
    summary: "send one HTTP request under the safety rules of a hosted service",
    load: async () => (await import("./proxy_command.ts")).PROXY_COMMAND,
  },
  {
    name: "oauth debug-proxy",
    summary: "the same, and show everything that can be observed about it",
    load: async () => (await import("./debug_proxy_command.ts")).DEBUG_PROXY_COMMAND,
  },
  {
    name: "version",
    summary: "show the version",
    load: async () => (await import("./version_command.ts")).VERSION_COMMAND,
  },
  {
    name: "help",
    summary: "show the help of a command",
    load: async () => (await import("./help_command.ts")).HELP_COMMAND,
  },
];
