/**
 * GitHub Actions reads commands in the log of a step: `::error::…` at the start of a line, and
 * `##[error]…` anywhere. A server must not be able to write one. @module
 */

import type { Env } from "../../core/system.ts";
import type { Runtime } from "../command/runtime.ts";

const withoutCommands = (text: string): string =>
  text.replace(/^([^\S\r\n\u2028\u2029]*:)(?=:)/gm, "$1 ").replaceAll("##[", "## [");

/** A text for people, as the log of a workflow can have it. */
export function logText(text: string, env: Env): string {
  return env.get("GITHUB_ACTIONS") === "true" ? withoutCommands(text) : text;
}

/** The runtime with a stderr that has no commands. */
export function withoutCommandsOnStderr(runtime: Runtime): Runtime {
  const { io } = runtime;
  return { ...runtime, io: { ...io, err: (text) => io.err(withoutCommands(text)) } };
}
