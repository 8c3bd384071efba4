/**
 * Which process runs a refresh, so that another process on the same machine can see that it has
 * ended. Another machine cannot: it waits. @module
 */

import { isObject, parseJson, stringMember } from "../../core/json.ts";

function readProc(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return undefined;
  }
}

/** Processes with the same text see each other in `/proc`; undefined where that is unknown. */
function processSpace(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const boot = readProc("/proc/sys/kernel/random/boot_id");
    return boot && `${boot} ${Deno.readLinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

/** The time when a process started, so that another one with its ID is not mistaken for it. */
function startOf(processId: number): string | undefined {
  // The name in parentheses may have spaces.
  return readProc(`/proc/${processId}/stat`)?.replace(/^.*\)/s, "").trim().split(" ")[19];
}

export function thisProcess(instance: string): string {
  const started = startOf(Deno.pid);
  return JSON.stringify({ instance, space: processSpace(), process: String(Deno.pid), started });
}

/** True if it is this store, or the process has provably ended. */
export function processHasEnded(text: string, instance: string): boolean {
  const found = parseJson(text);
  if (!isObject(found)) return false;
  if (found["instance"] === instance) return true;
  const space = processSpace();
  if (space === undefined || found["space"] !== space) return false;
  // A system may hide the processes of other users, whose absence then proves nothing.
  if (startOf(1) === undefined) return false;
  const processId = Number(stringMember(found, "process"));
  return startOf(processId) !== stringMember(found, "started");
}
