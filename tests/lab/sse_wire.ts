/**
 * The transport of 2024-11-05, HTTP+SSE, around a server of the SDK.
 *
 * @module
 */

import type { JSONRPCMessage, Server, Transport } from "@modelcontextprotocol/server";
import type { Wires } from "./mcp_wires.ts";

/** Options of {@link openSseWire}. */
export interface SseOptions {
  /** Status of a POST outside of a session; default 405. */
  readonly postStatus?: number;
  /** The data of the first event; default a path with a session id. */
  readonly endpoint?: (path: string) => string;
}

/** Opens it: a GET begins a session, and its messages are posted to `?sessionId=`. */
export function openSseWire(
  makeServer: () => Server,
  { postStatus = 405, endpoint = (path) => path }: SseOptions,
): Wires {
  const sessions = new Map<string, Transport>();

  async function begin({ pathname }: URL): Promise<Response> {
    const id = crypto.randomUUID();
    const encoder = new TextEncoder();
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    const event = (name: string, data: string) =>
      controller?.enqueue(encoder.encode(`event: ${name}\ndata: ${data}\n\n`));
    const end = () => {
      sessions.delete(id);
      controller = undefined;
    };
    const body = new ReadableStream<Uint8Array>({
      start: (it) => void (controller = it),
      cancel: end,
    });
    const transport: Transport = {
      start: () => Promise.resolve(),
      send(message) {
        event("message", JSON.stringify(message));
        return Promise.resolve();
      },
      close() {
        controller?.close();
        end();
        return Promise.resolve();
      },
    };
    sessions.set(id, transport);
    event("endpoint", endpoint(`${pathname}?sessionId=${id}`));
    await makeServer().connect(transport);
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  return {
    async answer({ method, url }, body) {
      const target = new URL(url);
      if (method === "GET") return await begin(target);
      const id = target.searchParams.get("sessionId");
      if (id === null) return new Response("no", { status: postStatus });
      const transport = sessions.get(id);
      if (transport === undefined) return new Response("Could not find session", { status: 404 });
      transport.onmessage?.(JSON.parse(body) as JSONRPCMessage);
      return new Response("Accepted", { status: 202 });
    },
    async close() {
      for (const transport of [...sessions.values()]) await transport.close();
    },
  };
}
