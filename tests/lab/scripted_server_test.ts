import assert from "node:assert/strict";
import * as misbehaviour from "./misbehaviour.ts";
import { startScriptedServer } from "./scripted_server.ts";
import type { Routes } from "./scripted_server.ts";

/** Runs a test against routes, with connections of its own. */
async function withRoutes(
  routes: Routes,
  run: (get: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
): Promise<void> {
  await using server = startScriptedServer({ routes });
  using client = Deno.createHttpClient({});
  await run((path, init = {}) => fetch(server.origin + path, { ...init, client }));
}

/** Resolves when the first bytes of a body have come; leaves then. */
async function firstBytes(response: Response): Promise<number> {
  const reader = response.body?.getReader();
  const { value } = await reader?.read() ?? {};
  await reader?.cancel();
  return value?.length ?? 0;
}

Deno.test("routes answer by method and path, the rest is 404, and queries do not matter", async () => {
  await withRoutes({
    "GET /a": { body: "got" },
    "POST /a": (request) => ({ status: 201, body: { echo: request.body } }),
  }, async (get) => {
    assert.equal(await (await get("/a?x=1")).text(), "got");
    const posted = await get("/a", { method: "POST", body: "hello" });
    assert.equal(posted.status, 201);
    assert.deepEqual(await posted.json(), { echo: "hello" });
    const missing = await get("/b");
    assert.equal(missing.status, 404);
    assert.equal(await missing.text(), "not found");
    const head = await get("/a", { method: "HEAD" });
    assert.equal(head.status, 404);
    await head.body?.cancel();
  });
});

Deno.test("a recording keeps the target, repeated headers and chunked bodies", async () => {
  await using server = startScriptedServer({ name: "x", routes: { "*": { body: "ok" } } });
  const { hostname } = new URL(server.origin);
  const conn = await Deno.connect({ hostname, port: server.port });
  const request = [
    "POST /p?q=a%20b HTTP/1.1",
    "X-Twice: 1",
    "x-twice: 2",
    "Transfer-Encoding: chunked",
    "",
    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
  ].join("\r\n");
  await conn.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(1024);
  const n = await conn.read(answer) ?? 0;
  assert.match(new TextDecoder().decode(answer.subarray(0, n)), /^HTTP\/1\.1 200 .*\r\n\r\nok$/s);
  conn.close();
  const [recorded] = server.requests;
  assert.equal(recorded?.server, "x");
  assert.equal(recorded?.target, "/p?q=a%20b");
  assert.equal(recorded?.query.get("q"), "a b");
  assert.equal(recorded?.body, "abcde");
  assert.deepEqual(recorded?.headers.slice(0, 2), [["X-Twice", "1"], ["x-twice", "2"]]);
});

Deno.test("several servers can write one journal", async () => {
  const journal: ReturnType<typeof startScriptedServer>["requests"][number][] = [];
  await using one = startScriptedServer({ name: "one", journal, routes: { "*": {} } });
  await using two = startScriptedServer({ name: "two", journal, routes: { "*": {} } });
  for (const { origin } of [one, two, one]) await (await fetch(origin)).body?.cancel();
  assert.deepEqual(journal.map(({ server }) => server), ["one", "two", "one"]);
});

Deno.test("bodies can be huge or endless", async () => {
  await withRoutes({
    "/huge": misbehaviour.hugeBody(3_000_000),
    "/silent": misbehaviour.hugeBody(3_000_000, false),
    "/endless": misbehaviour.endlessBody(),
    "/slow": misbehaviour.slowLoris(1),
  }, async (get) => {
    assert.equal((await (await get("/huge")).text()).length, 3_000_000);
    assert.equal((await (await get("/silent")).text()).length, 3_000_000);
    assert.ok(await firstBytes(await get("/endless")) > 0);
    assert.ok(await firstBytes(await get("/slow")) > 0);
  });
});

Deno.test("connections can be cut or speak no HTTP", async () => {
  await withRoutes({
    "/midway": misbehaviour.closesMidway(),
    "/at-once": misbehaviour.closesAtOnce(),
    "/no-http": misbehaviour.notHttp(),
  }, async (get) => {
    await assert.rejects(async () => await (await get("/midway")).text());
    await assert.rejects(get("/at-once"));
    await assert.rejects(get("/no-http"));
  });
});

Deno.test("streams stay open and silence is kept until the client leaves", async () => {
  await withRoutes({
    "/stream": misbehaviour.openStream(() => ['{"a":1}']),
    "/head": misbehaviour.headOnly(),
    "/never": misbehaviour.neverAnswers(),
  }, async (get) => {
    assert.ok(await firstBytes(await get("/stream")) > 0);
    const leave = new AbortController();
    const head = await get("/head", { signal: leave.signal });
    assert.equal(head.status, 200);
    const never = get("/never", { signal: leave.signal });
    leave.abort();
    await assert.rejects(head.text());
    await assert.rejects(never);
  });
});

Deno.test("pages and redirects are sent as told", async () => {
  await withRoutes({
    "/page": misbehaviour.html(),
    "/away": misbehaviour.redirect("https://other.example/token"),
  }, async (get) => {
    const page = await get("/page");
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    await page.body?.cancel();
    const away = await get("/away", { redirect: "manual" });
    assert.equal(away.status, 307);
    assert.equal(away.headers.get("location"), "https://other.example/token");
    await away.body?.cancel();
  });
});

Deno.test("closing ends what is under way", async () => {
  const server = startScriptedServer({ routes: { "*": misbehaviour.neverAnswers() } });
  using client = Deno.createHttpClient({});
  const waiting = assert.rejects(fetch(server.origin, { client }));
  while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve));
  await server.close();
  await waiting;
});

Deno.test("a mistake in a handler comes out at the close", async () => {
  const server = startScriptedServer({
    routes: {
      "*": () => {
        throw new TypeError("oops");
      },
    },
  });
  using client = Deno.createHttpClient({});
  await assert.rejects(fetch(server.origin, { client }));
  await assert.rejects(server.close(), AggregateError);
});
