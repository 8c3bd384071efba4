import assert from "node:assert/strict";
import { readerOf } from "../../src/http/response_body.ts";

const CONTENT = new Uint8Array(200_000).map((_, at) => at % 251);

async function read(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = readerOf(body);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) return await new Blob(parts).bytes();
    parts.push(value.slice());
  }
}

Deno.test("a body is read completely into one buffer, whatever its parts are", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response(CONTENT);
  });
  try {
    const { body } = await fetch(`http://127.0.0.1:${server.addr.port}`);
    assert.deepEqual(await read(body ?? assert.fail()), CONTENT);
  } finally {
    await server.shutdown();
  }
});

Deno.test("a stream that has chunks of its own is read as well", async () => {
  const chunks = [CONTENT.subarray(0, 70_000), CONTENT.subarray(70_000)];
  assert.deepEqual(await read(ReadableStream.from(chunks)), CONTENT);
});

Deno.test("a body that fails rejects, and a cancelled one is cancelled", async () => {
  const failing = new ReadableStream({ type: "bytes", pull: (it) => it.error(new Error("cut")) });
  await assert.rejects(read(failing), /cut/);
  let reason: unknown = "none";
  const endless = new ReadableStream({ type: "bytes", cancel: (it) => void (reason = it) });
  await readerOf(endless).cancel();
  assert.equal(reason, undefined);
});
