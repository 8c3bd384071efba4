import type { Env, Io } from "../../core/system.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import { openOutput, writeToPipe } from "./output_stream.ts";
import { chooseAuthorities } from "../../core/certificate_authorities.ts";
import { styleFor } from "../terminal/style.ts";
import { readLimited } from "../../core/input_file.ts";
import { EXIT_LIMIT_MS } from "../../core/abort.ts";
import type { Pipe, Runtime } from "../command/runtime.ts";

const DEFAULT_COLUMNS = 80;

function columns(): number {
  try {
    const { columns } = Deno.consoleSize();
    return columns > 0 ? columns : DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

const encoder = new TextEncoder();

/** True once a result was written that is stored nowhere else. */
let isOnlyCopy = false;

/** @throws Failure `output_not_written`, e.g. for a full disk. */
function throwOutputNotWritten(error: unknown): void {
  const isPipeClosed = error instanceof Deno.errors.BrokenPipe;
  // A reader such as `head` has read enough.
  if (isPipeClosed && !isOnlyCopy) return;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `cannot write the result to standard output: ${reason}`;
  const remedy = "The operation itself may have succeeded; only its output is lost. " +
    `${
      isPipeClosed ? "Pipe it to a program that reads all output" : "Free disk space"
    }, then run the command again`;
  throw new Failure("output_not_written", message, { remedy, cause: error });
}

/** If stderr is broken there is no other channel for messages; the exit status still has the outcome. */
function ignoreStderrFailure(): void {}

const output = openOutput();

const terminal: Omit<Io, "readStdin"> = {
  out(text, nowhereElse = false) {
    isOnlyCopy ||= nowhereElse;
    output.write(Deno.stdout, encoder.encode(text), throwOutputNotWritten);
  },
  err: (text) => output.write(Deno.stderr, encoder.encode(text), ignoreStderrFailure),
  flush: () => output.flush(),
  stdinIsTerminal: Deno.stdin.isTerminal(),
  stdoutIsTerminal: Deno.stdout.isTerminal(),
  stderrIsTerminal: Deno.stderr.isTerminal(),
  columns,
};

const env: Env = { get: (name) => Deno.env.get(name), toObject: () => Deno.env.toObject() };

/** Rejects when the signal aborts. */
function readStdin(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  if (signal.aborted) return Promise.reject(cancelledFailure());
  const stopped = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => stopped.reject(cancelledFailure()));
  return Promise.race([readLimited(Deno.stdin.readable), stopped.promise]);
}

const PARENT_MS = 300;

/** A descendant of the client may keep the pipe open after its end. */
function watchParent(): AbortSignal {
  const ended = new AbortController();
  const ppid = Deno.ppid;
  const timer = setInterval(() => {
    if (Deno.ppid === ppid) return;
    clearInterval(timer);
    ended.abort(cancelledFailure());
  }, PARENT_MS);
  return ended.signal;
}

const CHUNK_BYTES = 64 * 1024;

/** The stream of the runtime allocates a buffer for each read. */
async function* readChunks(): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) return;
    yield buffer.slice(0, length);
  }
}

function openPipe(): Pipe {
  let last: Promise<void> = Promise.resolve();
  return {
    clientEnded: watchParent(),
    input: readChunks(),
    write(bytes) {
      return last = last.then(() => writeToPipe(Deno.stdout, bytes));
    },
  };
}

/** The real runtime; `signal` is aborted by SIGINT and SIGTERM. */
export function denoRuntime(signal: AbortSignal): Runtime {
  return {
    io: { ...terminal, readStdin: async () => new TextDecoder().decode(await readStdin(signal)) },
    openPipe,
    bytes: {
      out: (bytes) => output.write(Deno.stdout, bytes, throwOutputNotWritten),
      readStdin: () => readStdin(signal),
    },
    env,
    clock: { now: () => Date.now() },
    signal,
    beforeExit: [],
    exitLimit: { ms: EXIT_LIMIT_MS },
    chooseAuthorities,
    prompter: async ({ noColor } = { noColor: false }) => {
      const style = styleFor(terminal.stderrIsTerminal, env, noColor);
      const surface = { signal, style, columns, write: terminal.err };
      return env.get("TERM") === "dumb"
        ? (await import("../prompt/plain_prompter.ts")).createPlainPrompter(surface)
        : (await import("../prompt/prompter.ts")).createPrompter(surface);
    },
    load: (module) => module(),
  };
}

const WRITERS = ["log", "debug", "info", "warn", "error", "trace", "dir", "table"] as const;

export function silenceConsole(scope: { readonly console: object }): void {
  const silent = WRITERS.map((name) => [name, () => {}] as const);
  Object.assign(scope.console, Object.fromEntries(silent));
}
