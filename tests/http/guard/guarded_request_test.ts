import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import {
  type GuardedRequest,
  nothingObserved,
  openGuarded,
  PHASES,
} from "../../../src/http/guard/guarded_request.ts";
import { AUTHORITY, noResolver, TLS } from "../guard_support.ts";
import { readHead, serveRaw, untilClosed, write } from "../support.ts";

/** Opens a request that may go anywhere, and what is observed of it. */
async function open(request: Partial<GuardedRequest> & { readonly url: string }) {
  const observed = nothingObserved();
  const options = { rules: { allowPrivate: true }, resolve: noResolver, caCerts: [AUTHORITY] };
  const whole = { method: "GET", headers: [], body: null, ...request };
  const answer = openGuarded(whole, options, observed, new AbortController().signal);
  return { observed, answer: await answer.catch((error: unknown) => ({ error })) };
}

const isPhase = (text: string) => PHASES.some((phase) => phase === text);

const OK = "HTTP/1.1 200 Fine\r\nA: 1\r\nA: 2\r\ncontent-length: 2\r\n\r\nhi";

Deno.test("the head is observed as it was written, without the body, and the answer as it came", async () => {
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, OK);
  });
  const { observed, answer } = await open({
    method: "POST",
    url: `${server.origin}/a?b=c`,
    headers: [["X-One", "1"]],
    body: new TextEncoder().encode("CANARY\r\n\r\nCANARY"),
  });
  ok("status" in answer);
  deepEqual([answer.status, answer.statusText], [200, "Fine"]);
  deepEqual(answer.headers, [["A", "1"], ["A", "2"], ["content-length", "2"]]);
  equal(await new Response(answer.body).text(), "hi");
  match(observed.sentHead ?? "", /^POST \/a\?b=c HTTP\/1\.1\r\n/);
  match(observed.sentHead ?? "", /\r\nX-One: 1\r\n/);
  match(observed.sentHead ?? "", /[^\r\n]\r\n$/);
  ok(!observed.sentHead?.includes("CANARY"));
  equal(observed.tls, null);
  equal(observed.address, "127.0.0.1");
  deepEqual(observed.attempts, [{ address: "127.0.0.1", error: null }]);
  deepEqual(Object.keys(observed.ends), ["start", "dns", "connect", "send", "wait", "body"]);
  const times = Object.values(observed.ends);
  deepEqual(times, times.toSorted((a, b) => a - b));
});

Deno.test("over TLS the handshake has an end of its own, and its certificate is known", async () => {
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, OK);
  }, Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...TLS }));
  const { observed, answer } = await open({ url: `https://127.0.0.1:${server.port}/` });
  ok("status" in answer);
  await new Response(answer.body).text();
  ok(observed.tls?.certificate?.fingerprint256);
  equal("tls" in observed.ends, observed.tls.version !== null);
  deepEqual(Object.keys(observed.ends).filter((it) => it !== "start" && !isPhase(it)), []);
  equal("note" in observed.tls, observed.tls.version === null || observed.tls.cipher === null);
});

Deno.test("a body that nobody reads ends the connection at a few megabytes", async () => {
  const left = Promise.withResolvers<void>();
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, `HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 40}\r\n\r\n`);
    const chunk = new Uint8Array(256 * 1024);
    try {
      for (;;) await write(conn, chunk);
    } catch {
      left.resolve();
    }
  });
  const { answer } = await open({ url: server.origin });
  ok("body" in answer);
  await left.promise;
  await rejects(new Response(answer.body).text(), /the body is not read/);
});

Deno.test("a body that waits for its reader may have four megabytes", async () => {
  const length = 4 * 1024 * 1024;
  const complete = Promise.withResolvers<void>();
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`);
    await write(conn, new Uint8Array(length));
    await untilClosed(conn);
    complete.resolve();
  });
  const observed = nothingObserved();
  Object.defineProperty(observed.ends, "body", { set: () => complete.resolve() });
  const options = { rules: { allowPrivate: true }, resolve: noResolver, caCerts: [] };
  const request = { method: "GET", url: server.origin, headers: [], body: null };
  const { body } = await openGuarded(request, options, observed, new AbortController().signal);
  await complete.promise;
  equal((await new Response(body).bytes()).length, length);
});

Deno.test("an interim response is not the response", async () => {
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, `HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${OK}`);
  });
  const { answer } = await open({ url: server.origin });
  ok("status" in answer);
  equal(answer.status, 200);
  equal(await new Response(answer.body).text(), "hi");
});

Deno.test("an attempt that fails is observed with its reason", async () => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  const refused = await open({ url: `http://127.0.0.1:${port}/` });
  ok("error" in refused.answer && refused.answer.error instanceof Error);
  equal(refused.observed.attempts.length, 1);
  match(refused.observed.attempts[0]?.error ?? "", /refused/i);
  equal(refused.observed.address, null);

  await using plain = serveRaw(async (conn) => {
    await write(conn, "this is not TLS\r\n\r\n");
    await untilClosed(conn);
  });
  const handshake = await open({ url: `https://127.0.0.1:${plain.port}/` });
  ok("error" in handshake.answer);
  equal(handshake.observed.address, "127.0.0.1");
  equal(handshake.observed.attempts.length, 1);
  ok(handshake.observed.attempts[0]?.error);
  equal(/the TLS handshake failed/.test(handshake.observed.attempts[0]?.error ?? ""), false);
});

Deno.test("a request that is ended ends with the signal's reason, before and after its answer began", async () => {
  for (const head of ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegin"]) {
    const asked = Promise.withResolvers<void>();
    await using server = serveRaw(async (conn) => {
      await readHead(conn);
      if (head !== "") await write(conn, head);
      asked.resolve();
      await untilClosed(conn);
    });
    const ending = new AbortController();
    const reason = new Error("enough");
    const options = { rules: { allowPrivate: true }, resolve: noResolver, caCerts: [] };
    const request = { method: "GET", url: server.origin, headers: [], body: null };
    const opening = openGuarded(request, options, nothingObserved(), ending.signal);
    if (head === "") {
      await Promise.race([asked.promise, opening]);
      ending.abort(reason);
      await rejects(opening, reason);
    } else {
      const { body } = await opening;
      const reading = new Response(body).text();
      ending.abort(reason);
      await rejects(reading, reason);
    }
  }
});

Deno.test("a request that was ended before connects to nothing", async () => {
  let connections = 0;
  await using server = serveRaw(() => {
    connections += 1;
    return Promise.resolve();
  });
  const options = { rules: { allowPrivate: true }, resolve: noResolver, caCerts: [] };
  const request = { method: "GET", url: server.origin, headers: [], body: null };
  const reason = new Error("enough");
  const opening = openGuarded(request, options, nothingObserved(), AbortSignal.abort(reason));
  await rejects(opening, reason);
  equal(connections, 0);
});
