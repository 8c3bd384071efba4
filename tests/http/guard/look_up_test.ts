import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { createResolver, lookUp } from "../../../src/http/guard/ssrf_guard.ts";
import { handshakeError } from "../../../src/http/guard/dial.ts";
import { noResolver } from "../guard_support.ts";
import { failureOf, serveRaw } from "../support.ts";

type Resolve = Parameters<typeof lookUp>[2];

/** Looks a host up under public rules. */
function look(host: string, resolve: Resolve, rules = { allowPrivate: false }) {
  const { signal } = new AbortController();
  return lookUp(new URL(`https://${host}/`), rules, resolve, signal);
}

const byType = (a: string[], aaaa: string[]): Resolve => (_, type) =>
  Promise.resolve(type === "A" ? a : aaaa);

Deno.test("a name is asked with a dot at its end, and only under private rules without", async () => {
  const names: string[] = [];
  const resolve: Resolve = (name, type) => {
    names.push(`${type} ${name}`);
    return Promise.resolve(["192.0.2.1"]);
  };
  await look("mcp.example", resolve);
  await look("mcp.example", resolve, { allowPrivate: true });
  deepEqual(names, ["A mcp.example.", "AAAA mcp.example.", "A mcp.example", "AAAA mcp.example"]);
});

Deno.test("every address is judged, each once; one kind that fails leaves the other", async () => {
  const both = await look("a.example", byType(["8.8.8.8", "8.8.8.8"], ["2606:4700::1"]));
  equal(both.source, "dns");
  deepEqual(both.answers.map(({ address }) => address), ["8.8.8.8", "2606:4700::1"]);
  const half = await look(
    "a.example",
    (_, type) =>
      type === "A" ? Promise.resolve(["8.8.8.8"]) : Promise.reject(new Error("SERVFAIL")),
  );
  deepEqual(half.answers.map(({ address }) => address), ["8.8.8.8"]);
});

Deno.test("a name without an address, or without an answer, ends with the reason", async () => {
  const none = await failureOf(look("a.example", byType([], [])));
  equal(none.code, "network_dns");
  match(none.message, /it has no address/);
  const error = new Error("SERVFAIL");
  const failed = await failureOf(look("a.example", () => Promise.reject(error)));
  equal(failed.code, "network_dns");
  match(failed.message, /SERVFAIL/);
  equal(failed.cause, error);
});

Deno.test("when the time is up, what the resolver threw is thrown", async () => {
  const ended = AbortSignal.abort();
  const error = new Error("ended");
  const url = new URL("https://a.example/");
  const rules = { allowPrivate: false };
  await rejects(lookUp(url, rules, () => Promise.reject(error), ended), error);
  const found = await lookUp(url, rules, byType(["8.8.8.8"], []), ended);
  equal(found.answers.length, 1);
});

Deno.test("addresses and names of this machine are not looked up", async () => {
  const literal = await look("8.8.8.8", noResolver);
  deepEqual([literal.source, literal.answers.length], ["literal", 1]);
  const local = await look("localhost", noResolver, { allowPrivate: true });
  deepEqual([local.source, local.answers.map(({ address }) => address)], [
    "localhost",
    ["127.0.0.1", "::1"],
  ]);
});

Deno.test("a handshake that is asked for its reason ends with its signal", async () => {
  const abort = new AbortController();
  await using server = serveRaw(async (conn) => {
    await conn.read(new Uint8Array(1024));
    abort.abort();
    // The other side closes.
    await conn.read(new Uint8Array(1024)).catch(() => null);
  });
  const url = new URL(`https://mcp.example:${server.port}/`);
  const destination = { url, host: url.hostname, addresses: ["127.0.0.1"], caCerts: [] };
  const reason = await handshakeError(destination, abort.signal);
  equal(reason instanceof Error, true);
});

Deno.test("a name server that was not asked to the end has not said that there is no address", async () => {
  const resolve = createResolver({ ipAddr: "127.0.0.1", port: 9 });
  await rejects(resolve("a.example.", "A", AbortSignal.abort(new Error("enough"))));
});
