/**
 * Helpers of the scripts: output, running programs, and folders.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const encoder = new TextEncoder();

/** The repository's folder, with a trailing slash. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** Writes one line to standard error. */
export function say(line: string): void {
  Deno.stderr.writeSync(encoder.encode(`${line}\n`));
}

/** Writes one line to standard output. */
export function print(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

/** How to run a program. */
export interface RunOptions {
  /** Working folder; the repository's by default. */
  readonly cwd?: string;
  /** Variables in addition to the inherited ones. */
  readonly env?: Record<string, string>;
  /** Inherit only the variables that a program may need to start. */
  readonly clearEnv?: boolean;
  /** Milliseconds after which the program is killed. */
  readonly timeoutMs?: number;
}

/** The result of a program. */
export interface RunResult {
  /** Exit status 0. */
  readonly success: boolean;
  /** Exit status; 128 and more after a signal. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
  /** True when the time limit ended it. */
  readonly timedOut: boolean;
}

const NEEDED_TO_START = Object.fromEntries(
  Object.entries(Deno.env.toObject()).filter(([name]) =>
    /^(SystemRoot|LD_LIBRARY_PATH)$/i.test(name)
  ),
);

/** Runs a program without a terminal and collects what it wrote. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const limit = options.timeoutMs === undefined
    ? undefined
    : AbortSignal.timeout(options.timeoutMs);
  const output = await new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd ?? ROOT,
    env: { NO_COLOR: "1", ...(options.clearEnv ? NEEDED_TO_START : {}), ...options.env },
    clearEnv: options.clearEnv ?? false,
    stdin: "null",
    ...(limit === undefined ? {} : { signal: limit }),
  }).output();
  const decoder = new TextDecoder();
  return {
    success: output.success,
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
    timedOut: limit?.aborted === true && !output.success,
  };
}

/**
 * Runs a program that must succeed.
 *
 * @param failure The message otherwise; the program's standard error follows.
 * @throws Error if it fails.
 */
export async function runOrThrow(
  failure: string,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  const { success, timedOut, stderr } = await run(program, args, options);
  if (success) return;
  const reason = timedOut ? `not finished after ${(options.timeoutMs ?? 0) / 1000} s` : stderr;
  throw new Error(`${failure}:\n${reason}`);
}

/** Lower-case hexadecimal SHA-256 of some bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Paths of all files below a folder, relative to it, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await Array.fromAsync(Deno.readDir(folder), async ({ name, isDirectory }) => {
    if (!isDirectory) return [name];
    return (await filesBelow(`${folder}/${name}`)).map((path) => `${name}/${path}`);
  });
  return found.flat().sort();
}

/** Creates a folder, or empties an existing one. */
export async function emptyFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(path, { recursive: true });
}

/** Ignores that a file does not exist; throws any other error. */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
