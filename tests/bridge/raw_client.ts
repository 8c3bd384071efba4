/** A client that writes and reads texts of messages. @module */

import { linesOf, type Pipes } from "./stream_transport.ts";

export interface RawClient {
  readonly lines: readonly string[];
  /** Writes a line as it is. */
  write(line: string): Promise<void>;
  /** Sends a request, and waits for the response with its id. */
  ask(id: string, method: string, params?: unknown): Promise<string>;
  call(tool: string, id?: string): Promise<string>;
  /** Waits for a line. */
  find(isWanted: (line: string) => boolean): Promise<string>;
  /** Opens a session. */
  initialize(version?: string, capabilities?: object): Promise<string>;
  close(): Promise<void>;
}

const idOf = (line: string): string | undefined =>
  /"method"/.test(line.slice(0, 300)) && !/"(result|error)"/.test(line.slice(0, 300))
    ? undefined
    : /"id"\s*:\s*("(?:[^"\\]|\\.)*"|[-+\d.eE]+)/.exec(line)?.[1];

export function createRawClient({ input, output }: Pipes): RawClient {
  const writer = input.getWriter();
  const encoder = new TextEncoder();
  const lines: string[] = [];
  let more = Promise.withResolvers<void>();
  let hasEnded = false;
  const wake = () => {
    more.resolve();
    more = Promise.withResolvers();
  };
  const reading = (async () => {
    for await (const line of linesOf(output)) {
      lines.push(line);
      wake();
    }
    hasEnded = true;
    wake();
  })();
  const client: RawClient = {
    lines,
    write: (line) => writer.write(encoder.encode(`${line}\n`)),
    async find(isWanted) {
      for (let at = 0;; at += 1) {
        while (at >= lines.length) {
          if (hasEnded) throw new Error(`not received:\n${lines.join("\n").slice(0, 5000)}`);
          await more.promise;
        }
        const line = lines[at] ?? "";
        if (isWanted(line)) return line;
      }
    },
    async ask(id, method, params = {}) {
      await client.write(
        `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${JSON.stringify(params)}}`,
      );
      return await client.find((line) => idOf(line) === id);
    },
    call: (tool, id = JSON.stringify(tool)) => client.ask(id, "tools/call", { name: tool }),
    async initialize(protocolVersion = "2025-11-25", capabilities = {}) {
      const clientInfo = { name: "raw", version: "1" };
      const result = await client.ask("0", "initialize", {
        protocolVersion,
        capabilities,
        clientInfo,
      });
      await client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}');
      return result;
    },
    async close() {
      await writer.close().catch(() => {});
      await reading;
    },
  };
  return client;
}
