import { findProgram, searchPath } from "../../core/programs.ts";

export interface ChildOptions {
  readonly program: string;
  /** Never a secret: others can see them. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Standard input, the only way to pass a secret. */
  readonly input: string;
  readonly timeoutMs: number;
}

export interface ChildResult {
  /** Null if it was killed after `timeoutMs`. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects if the program cannot be started. */
export type RunChild = (run: ChildOptions) => Promise<ChildResult>;

/** Time limit after the signal, so that tokens that were just obtained can still be stored. */
const GRACE_MS = 300;

async function writeInput(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // The program ended without reading everything; its exit status says why.
  }
}

/** @throws The reason of `signal`, unless the program ends within {@link GRACE_MS} after it. */
export async function runChild(run: ChildOptions, signal?: AbortSignal): Promise<ChildResult> {
  const child = new Deno.Command(findProgram(run.program, searchPath(run.env)), {
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
    stopping = setTimeout(() => late.resolve("late"), GRACE_MS);
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  try {
    const output = child.output();
    writeInput(child.stdin, run.input);
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
