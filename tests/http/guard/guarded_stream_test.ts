import { deepEqual, equal, match } from "node:assert/strict";
import { holdTimers } from "../../held_timers.ts";
import { guardedFetch } from "../../../src/http/guard/guarded_request.ts";
import { noResolver, send } from "../guard_support.ts";
import { serve } from "../support.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A response whose first part is sent at once; its end when the client has left or `end` is called. */
function openBody(type: string, first: string) {
  const left = Promise.withResolvers<void>();
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes(first));
      end = () => controller.close();
    },
    cancel: () => left.resolve(),
  });
  return {
    response: new Response(body, { headers: { "content-type": type } }),
    end: () => end(),
    left: left.promise,
  };
}

/** Reads a stream until a part has `text`, and says when it began. */
function readingUntil(text: string, timeoutMs = 15_000) {
  const seen: string[] = [];
  return {
    seen,
    timeoutMs,
    begin: () => void seen.push("begin"),
    enough(chunk: Uint8Array) {
      const part = new TextDecoder().decode(chunk);
      seen.push(part);
      return part.includes(text);
    },
  };
}

Deno.test("an event stream is left when there is enough of it", async () => {
  const events = openBody("text/event-stream", "data: 1\n\n");
  await using server = serve(() => events.response);
  const stream = readingUntil("\n\n");
  const outcome = await send({ url: server.origin }, { stream });
  deepEqual([outcome.ended, outcome.text], ["enough", "data: 1\n\n"]);
  deepEqual(stream.seen, ["begin", "data: 1\n\n"]);
  equal(outcome.exchange.response?.truncated, true);
  equal(outcome.exchange.fault, null);
  await events.left;
});

Deno.test("an event stream is left at its own time limit, with what was received", async () => {
  using limit = holdTimers(15_000);
  const events = openBody("text/event-stream", "data: 1\n");
  await using server = serve(() => events.response);
  const stream = readingUntil("\n\n");
  const enough = stream.enough;
  // The time limit ends after the first part.
  stream.enough = (chunk) => {
    setTimeout(() => limit.fire());
    return enough(chunk);
  };
  const outcome = await send({ url: server.origin }, { stream, stepTimeoutMs: 600_000 });
  deepEqual([outcome.ended, outcome.text], ["time", "data: 1\n"]);
  await events.left;
});

Deno.test("the time limit of the request ends with the head of an event stream", async () => {
  using limit = holdTimers(20_000);
  const events = openBody("text/event-stream", "data: 1\n\n");
  await using server = serve(() => events.response);
  const stream = readingUntil("\n\n");
  stream.enough = () => {
    limit.fire();
    events.end();
    return false;
  };
  const outcome = await send({ url: server.origin }, { stream });
  deepEqual([outcome.ended, outcome.failure], ["complete", null]);
});

Deno.test("a stream that ends, and a body that is no stream, are complete", async () => {
  await using server = serve((request) =>
    new Response("data: 1\n", {
      headers: {
        "content-type": request.url.endsWith("/events") ? "text/event-stream" : "text/plain",
      },
    })
  );
  const events = readingUntil("\n\n");
  const ended = await send({ url: `${server.origin}/events` }, { stream: events });
  deepEqual([ended.ended, ended.exchange.response?.truncated], ["complete", false]);
  const plain = readingUntil("data");
  const whole = await send({ url: `${server.origin}/plain` }, { stream: plain });
  equal(whole.ended, "complete");
  deepEqual(plain.seen, []);
});

Deno.test("without a word on streams, one is read to its end", async () => {
  const events = openBody("text/event-stream", "data: 1\n\n");
  await using server = serve(() => {
    events.end();
    return events.response;
  });
  equal((await send({ url: server.origin })).ended, "complete");
});

const packed = await new Response(
  new Blob(["hello"]).stream().pipeThrough(new CompressionStream("gzip")),
).bytes();

Deno.test("a guarded fetch asks for no coding unless the request names one, and undoes what comes", async () => {
  await using server = serve((request) =>
    request.url.endsWith("/empty")
      ? new Response(null, { status: 204, headers: { "content-encoding": "gzip" } })
      : new Response(packed, { headers: { "content-encoding": "gzip" } })
  );
  const options = { rules: { allowPrivate: true }, resolve: noResolver, caCerts: [] };
  const fetch = guardedFetch(options);
  const { signal } = new AbortController();
  const init = { method: "GET", body: null, signal, redirect: "manual" } as const;
  const first = await fetch(new URL(server.origin), { ...init, headers: [["A", "b"]] });
  equal(await first.text(), "hello");
  const named: [string, string][] = [["A", "b"], ["Accept-Encoding", "gzip"]];
  await (await fetch(new URL(server.origin), { ...init, headers: named })).text();
  deepEqual(server.requests.map(({ headers }) => headers.get("accept-encoding")), [
    "identity",
    "gzip",
  ]);
  const empty = await fetch(new URL(`${server.origin}/empty`), { ...init, headers: [] });
  equal(empty.status, 204);
  equal(empty.body, null);
});

Deno.test("a guarded fetch sends the body of its request", async () => {
  await using server = serve((request) => new Response(request.body));
  const options = { rules: { allowPrivate: true }, resolve: noResolver, caCerts: [] };
  const { signal } = new AbortController();
  for (const body of ["é", "", null]) {
    const response = await guardedFetch(options)(new URL(server.origin), {
      method: "POST",
      headers: [],
      body,
      signal,
      redirect: "manual",
    });
    equal(await response.text(), body ?? "");
  }
});

Deno.test("TLS that fails is tried at no other address", async () => {
  await using server = serve(() => new Response("plain"));
  const { port } = new URL(server.origin);
  const { failure, observed } = await send({ url: `https://mcp.example:${port}/` }, {
    resolve: (_, type) => Promise.resolve(type === "A" ? ["127.0.0.1", "127.0.0.2"] : []),
  });
  match(failure?.code ?? "", /^network_tls/);
  deepEqual(observed.attempts.map(({ address }) => address), ["127.0.0.1"]);
});
