import assert from "node:assert/strict";
import { openHttpListener } from "../../../src/bridge/listen/http_listener.ts";
import type { Serve } from "../../../src/consent/loopback_server.ts";

Deno.test("a listener that the runtime ended is opened again at its port", async () => {
  const lost = Promise.withResolvers<void>();
  const again = Promise.withResolvers<void>();
  const servers: Deno.HttpServer<Deno.NetAddr>[] = [];
  const serve: Serve = (options, handler) => {
    const server = Deno.serve(options, handler);
    servers.push(server);
    if (servers.length > 1) again.resolve();
    return servers.length > 1 ? server : {
      addr: server.addr,
      finished: lost.promise,
      shutdown: () => server.shutdown(),
      ref: () => {},
      unref: () => {},
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  };
  const events: string[] = [];
  const listener = await openHttpListener({
    address: { kind: "tcp", hostname: "127.0.0.1", port: 0 },
    pathSecret: "secret",
    bearerToken: undefined,
    targets: new Map([["mcp", undefined as never]]),
    log: (event) => events.push(event),
    uid: Deno.uid(),
    serve,
  });
  const [url = ""] = listener.urls;
  await servers[0]?.shutdown();
  lost.reject(new Error("too many open files"));
  await again.promise;
  const response = await fetch(new URL("/healthz", url));
  assert.equal(await response.text(), "ok\n");
  assert.deepEqual(events, ["listener_lost"]);
  await listener.close();
});
