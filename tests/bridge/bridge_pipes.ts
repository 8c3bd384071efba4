/** A bridge in this process: the complete command, with two streams as its standard streams. @module */

import { type Ran, run, type Setup } from "../cli/fake_runtime.ts";
import type { Pipes } from "./stream_transport.ts";

export interface RunningBridge extends Pipes, AsyncDisposable {
  /** Settles when the command has ended. */
  readonly ended: Promise<Ran>;
  /** Aborted as by SIGTERM. */
  readonly interrupt: AbortController;
}

export interface BridgeSetup extends Omit<Setup, "pipeInput" | "pipeOutput" | "signal"> {
  /** Settles when the client has read a part of the output. */
  readonly onOutput?: (bytes: Uint8Array) => Promise<void>;
}

/** Runs `mcpass bridge <url>` with no stored sign-in. */
export function startBridge(
  url: string,
  args: readonly string[] = [],
  { onOutput, ...setup }: BridgeSetup = {},
): RunningBridge {
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const output = new TransformStream<Uint8Array, Uint8Array>();
  const writer = output.writable.getWriter();
  const interrupt = new AbortController();
  const ended = run(["bridge", url, ...args], {
    real: true,
    now: Date.now,
    ...setup,
    env: { MCPASS_HOME: "/nonexistent", MCPASS_STORE: "file", ...setup.env },
    signal: interrupt.signal,
    pipeInput: input.readable,
    async pipeOutput(bytes) {
      await onOutput?.(bytes);
      await writer.write(bytes);
    },
  }).finally(() => writer.close().catch(() => {}));
  return {
    input: input.writable,
    output: output.readable,
    ended,
    interrupt,
    async [Symbol.asyncDispose]() {
      interrupt.abort();
      await ended;
    },
  };
}
