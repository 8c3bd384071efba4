/** The client's side on standard input and output: one message on each line. @module */

import type { Relay } from "../relay/relay.ts";
import { readLines } from "../message/lines.ts";
import { readMessage } from "../message/message.ts";

interface StdioOptions {
  readonly relay: Relay;
  readonly input: ReadableStream<Uint8Array>;
  /** Milliseconds for open requests after the end of the input. */
  readonly drainMs: number;
  readonly signal: AbortSignal;
}

/** Milliseconds for the end of the session. */
const CLOSE_MS = 500;

/** Ends when the input ends, or the signal. */
export async function runStdio(
  { relay, input, drainMs, signal }: StdioOptions,
): Promise<void> {
  const open = new Set<Promise<void>>();
  const ended = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => ended.resolve());
  const reading = (async () => {
    for await (const line of readLines(input)) {
      const message = readMessage(line);
      if (message === undefined) continue;
      const sending = relay.send(message).finally(() => open.delete(sending));
      open.add(sending);
    }
    const late = new Promise((resolve) => setTimeout(resolve, drainMs));
    await Promise.race([Promise.all(open), late]);
  })();
  await Promise.race([reading, ended.promise]);
  await relay.close(AbortSignal.timeout(CLOSE_MS));
}
