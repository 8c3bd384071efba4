/**
 * The real program in a process of its own, which a test ends by a signal.
 *
 * @module
 */

import { assertDocument } from "./document_faults.ts";
import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";

/** A run of the program that a test ends by a signal. */
export interface Started extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** Its empty home, which also is its current folder. */
  readonly home: string;
  /** Sends the signal and waits for the end; `stdout` is what was not read before. */
  end(signal: Deno.Signal): Promise<{ readonly code: number; readonly stdout: string }>;
}

interface StartOptions {
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A text, then its end. */
  readonly stdin?: string;
  /** A module to load before the program. */
  readonly preload?: string;
  /** False where the test leaves standard output unread. */
  readonly reads?: boolean;
}

/** Starts the program. */
export async function start(args: readonly string[], options: StartOptions = {}): Promise<Started> {
  const own = options.home ?? await Deno.makeTempDir();
  const preload = options.preload === undefined ? [] : ["--preload", options.preload];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", ...preload, `${ROOT}main.ts`, ...args],
    env: { MCPASS_HOME: own, MCPASS_STORE: "file", NO_COLOR: "1", ...options.env },
    cwd: own,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.stdin !== undefined) {
    await new Response(options.stdin).body?.pipeTo(child.stdin);
  }
  const stdout = options.reads === false ? undefined : new Response(child.stdout).text();
  let ended = false;
  return {
    child,
    home: own,
    async end(signal) {
      try {
        child.kill(signal);
      } catch (error) {
        // It has ended: its exit status tells.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
      const { code } = await child.status;
      ended = true;
      if (!child.stderr.locked) await child.stderr.cancel();
      const text = await stdout ?? "";
      await assertDocument(args, { code, stdout: text });
      return { code, stdout: text };
    },
    async [Symbol.asyncDispose]() {
      if (!ended) {
        child.kill("SIGKILL");
        await child.status;
        await Promise.allSettled([child.stdout.cancel(), child.stderr.cancel(), stdout]);
      }
      if (options.home === undefined) await Deno.remove(own, { recursive: true });
    },
  };
}

/** Waits until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** One document that says so, and the artifact. */
export async function assertCancelled(
  { code, stdout }: { readonly code: number; readonly stdout: string },
  home?: string,
): Promise<void> {
  assert.equal(code, 130, stdout.slice(0, 2000));
  assert.equal(JSON.parse(stdout).error.code, "cancelled");
  if (home === undefined) return;
  const artifact = JSON.parse(await Deno.readTextFile(`${home}/debug.json`));
  assert.equal(artifact.outcome.exitStatus, 130);
}
