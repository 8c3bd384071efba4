import { printable } from "./text.ts";

/** As a store records it, so that it can be shown as it is. */
export function processNameOf(machine: string, processId: number): string {
  return `${printable(machine, 60) || "an unnamed machine"} (process ${processId})`;
}

/** Empty if the system does not say it. */
export function machineName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}

/**
 * This process for a person who looks for it: `web-7 (process 41)`. Stores record
 * it as the author of a change; it has no user name and no path.
 */
export function processName(): string {
  return processNameOf(machineName(), Deno.pid);
}
