/** How a command ended, in one line. @module */

import type { Artifact } from "../trace/artifact.ts";
import { stepName } from "./format.ts";

/** `oauth login failed at token`. */
export function headline({ outcome: { completed, error }, command, steps }: Artifact): string {
  if (completed) return `${command.name} completed`;
  if (error?.code === "cancelled") return `${command.name} was cancelled`;
  const last = steps.findLast(({ status }) => status === "failed" || status === "running");
  return `${command.name} failed${
    last === undefined ? "" : ` at ${stepName(last.step).toLowerCase()}`
  }`;
}
