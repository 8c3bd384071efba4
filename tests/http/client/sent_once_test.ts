import assert from "node:assert/strict";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";

/** Answers GETs and keeps the connection; takes each POST and closes without a word. */
function closingServer(): { origin: string; posts: () => number; close: () => Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let posts = 0;
  const serve = async (connection: Deno.Conn): Promise<void> => {
    const buffer = new Uint8Array(65536);
    open.add(connection);
    try {
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) break;
        const text = new TextDecoder().decode(buffer.subarray(0, count));
        if (text.startsWith("POST ")) {
          posts += 1;
          break;
        }
        const body = "{}";
        await connection.write(new TextEncoder().encode(
          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
            `content-length: ${body.length}\r\n\r\n${body}`,
        ));
      }
    } finally {
      if (open.delete(connection)) connection.close();
    }
  };
  const served: Promise<void>[] = [];
  const open = new Set<Deno.Conn>();
  const accepting = (async () => {
    for await (const connection of listener) served.push(serve(connection).catch(() => {}));
  })().catch(() => {});
  return {
    origin: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    posts: () => posts,
    async close() {
      listener.close();
      await accepting;
      for (const connection of open) {
        open.delete(connection);
        connection.close();
      }
      await Promise.all(served);
    },
  };
}

Deno.test("a request that may have run and gets no answer left once, also on a reused connection", async (t) => {
  const rows = [
    ["token", "/token", "grant_type=authorization_code&code=once"],
    ["mcp", "/mcp", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}'],
    ["registration", "/register", "{}"],
  ] as const;
  for (const [purpose, path, body] of rows) {
    await t.step(purpose, async () => {
      const server = closingServer();
      const http = createHttpClient({
        serverUrl: `${server.origin}/mcp`,
        customHeaders: [],
        stepTimeoutMs: 10_000,
        emit: () => {},
        secrets: createSecrets(),
        clock: { now: Date.now },
        env: { get: () => undefined, toObject: () => ({}) },
        signal: new AbortController().signal,
      });
      const url = `${server.origin}/.well-known/oauth-authorization-server`;
      const step = "authorization_server_metadata";
      await http.send({ purpose: step, step, method: "GET", url });
      await assert.rejects(
        http.send({ purpose, step, method: "POST", url: server.origin + path, body }),
        { name: "Failure" },
      );
      await http.close();
      await server.close();
      assert.equal(server.posts(), 1);
    });
  }
});
