/**
 * Running a helper program to its end.
 *
 * @module
 */

import { findProgram, pathOf } from "../core/find_program.ts";

/** A program to run. */
export interface ChildRun {
  /** Name or path. */
  readonly program: string;
  /** One item an argument; never a secret. */
  readonly args: readonly string[];
  /** The whole environment it gets. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads on standard input: the only way in for a secret. */
  readonly input: string;
  /** Milliseconds after which it is ended. */
  readonly timeoutMs: number;
}

/** How it ended. */
export interface ChildEnd {
  /** Exit status; null when it was ended for taking too long. */
  readonly status: number | null;
  /** Standard output: may hold a secret. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Runs a program; rejects when it cannot be started. */
export type RunChild = (run: ChildRun) => Promise<ChildEnd>;

/** Milliseconds that a program has to end after the signal. */
const LAST_MS = 300;

async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // It ended without reading all of it; its exit status says why.
  }
}

/**
 * Runs a program for real, without a shell.
 *
 * @param signal Ends it, unless it ends soon: what was obtained just now can still be stored.
 * @throws The reason of `signal` when it is aborted.
 */
export async function runChild(run: ChildRun, signal?: AbortSignal): Promise<ChildEnd> {
  const child = new Deno.Command(findProgram(run.program, pathOf(run.env)), {
    args: [...run.args],
    env: { ...run.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), run.timeoutMs);
  let stopping: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    stopping = setTimeout(() => late.resolve("late"), LAST_MS);
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  try {
    const output = child.output();
    feed(child.stdin, run.input);
    const end = await Promise.race([output, late.promise]);
    if (end === "late") {
      child.kill("SIGKILL");
      // A grandchild may hold the pipes open, so the output is not waited for.
      output.catch(() => {});
      signal?.throwIfAborted();
      return { status: null, stdout: "", stderr: "" };
    }
    const decoder = new TextDecoder();
    return {
      status: end.code,
      stdout: decoder.decode(end.stdout),
      stderr: decoder.decode(end.stderr),
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(stopping);
    signal?.removeEventListener("abort", onAbort);
  }
}
