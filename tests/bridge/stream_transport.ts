/** The stdio transport of a client over two byte streams, and the lines that cross it. @module */

import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";

export interface Pipes {
  /** To the server. */
  readonly input: WritableStream<Uint8Array>;
  /** From the server. */
  readonly output: ReadableStream<Uint8Array>;
}

export interface StreamTransport extends Transport {
  readonly sent: string[];
  readonly received: string[];
}

/** Lines of a byte stream, without their line feed. */
export async function* linesOf(output: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parts: string[] = [];
  for await (const chunk of output) {
    const pieces = decoder.decode(chunk, { stream: true }).split("\n");
    for (const piece of pieces.slice(0, -1)) {
      parts.push(piece);
      yield parts.join("");
      parts.length = 0;
    }
    parts.push(pieces.at(-1) ?? "");
  }
  if (parts.join("") !== "") throw new Error(`the output ends in a line: ${parts.join("")}`);
}

export function createStreamTransport({ input, output }: Pipes): StreamTransport {
  const writer = input.getWriter();
  const sent: string[] = [];
  const received: string[] = [];
  const encoder = new TextEncoder();
  let reading: Promise<void> | undefined;
  const transport: StreamTransport = {
    sent,
    received,
    start() {
      reading = (async () => {
        for await (const line of linesOf(output)) {
          received.push(line);
          transport.onmessage?.(JSON.parse(line) as JSONRPCMessage);
        }
        transport.onclose?.();
      })();
      return Promise.resolve();
    },
    async send(message) {
      const line = JSON.stringify(message);
      sent.push(line);
      await writer.write(encoder.encode(`${line}\n`));
    },
    async close() {
      await writer.close();
      await reading;
    },
  };
  return transport;
}
