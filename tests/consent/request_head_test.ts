import assert from "node:assert/strict";
import { PAGES } from "../../src/consent/page.ts";
import { LONGEST_HEAD, readHead } from "../../src/consent/request_head.ts";

/** Reads what arrives in these parts, and then the end of the connection. */
function headOf(...parts: string[]) {
  return readHead((into) => {
    const part = parts.shift();
    if (part === undefined) return Promise.resolve(null);
    return Promise.resolve(new TextEncoder().encodeInto(part, into).written);
  });
}

const GET = "GET /cb?a=b HTTP/1.1\r\n";
const HOST = "Host: 127.0.0.1:1\r\n";

Deno.test("a head is read from any parts, up to its empty line", async () => {
  const expected = { method: "GET", target: "/cb?a=b", hosts: ["127.0.0.1:1"] };
  assert.deepEqual(await headOf(`${GET}${HOST}\r\n`), expected);
  assert.deepEqual(await headOf(...`${GET}${HOST}\r\n`), expected);
  assert.deepEqual(await headOf(`${GET}${HOST}\r\nbody: x\r\n\r\n`), expected);
  assert.deepEqual(await headOf(`${GET}A:\r\nhOsT:\t 127.0.0.1:1 \t\r\nB: c d\r\n\r\n`), expected);
  assert.deepEqual(await headOf(`OPTIONS * HTTP/1.0\r\n${HOST}Host: LOCALHOST\r\n\r\n`), {
    method: "OPTIONS",
    target: "*",
    hosts: ["127.0.0.1:1", "localhost"],
  });
});

Deno.test("a client that says nothing gets no answer, one that stops in between a refusal", async () => {
  assert.equal(await headOf(), null);
  assert.equal(await headOf("G"), PAGES.malformed);
  assert.equal(await headOf(GET, HOST), PAGES.malformed);
});

const MALFORMED: Readonly<Record<string, string>> = {
  "TLS": "\x16\x03\x01",
  "a method in small letters": "get / HTTP/1.1\r\n",
  "a method of 21 letters": `${"A".repeat(21)} / HTTP/1.1\r\n\r\n`,
  "no target": "GET  HTTP/1.1\r\n\r\n",
  "a space in the target": "GET /a b HTTP/1.1\r\n\r\n",
  "a target beyond ASCII": "GET /é HTTP/1.1\r\n\r\n",
  "another protocol": "GET / HTTP/1.2\r\n\r\n",
  "text after the version": "GET / HTTP/1.1 \r\n\r\n",
  "text before the method": "X GET / HTTP/1.1\r\n\r\n",
  "a field without a colon": `${GET}Host\r\n\r\n`,
  "a field without a name": `${GET}: x\r\n\r\n`,
  "a space in a field's name": `${GET}Ho st: x\r\n\r\n`,
  "a folded field": `${GET}${HOST} x: y\r\n\r\n`,
};

for (const [what, text] of Object.entries(MALFORMED)) {
  Deno.test(`a request with ${what} is malformed`, async () => {
    assert.equal(await headOf(text), PAGES.malformed);
  });
}

Deno.test("a method may have 20 letters", async () => {
  const method = "A".repeat(20);
  assert.deepEqual(await headOf(`${method} / HTTP/1.1\r\n\r\n`), {
    method,
    target: "/",
    hosts: [],
  });
});

Deno.test("a head may have 16 KiB; of a longer one the part that is too long is named", async () => {
  const padded = (start: string, length: number) => `${start}${"a".repeat(length - start.length)}`;
  const fits = `${padded(`${GET}X: `, LONGEST_HEAD - 4)}\r\n\r\n`;
  assert.equal(fits.length, LONGEST_HEAD);
  assert.deepEqual(await headOf(fits), { method: "GET", target: "/cb?a=b", hosts: [] });
  assert.equal(await headOf(`${padded(`${GET}X: `, LONGEST_HEAD - 3)}\r\n\r\n`), PAGES.longHead);
  assert.equal(await headOf(padded("GET /", LONGEST_HEAD)), PAGES.longTarget);
  assert.equal(await headOf(padded("GET /", LONGEST_HEAD - 1)), PAGES.malformed);
});
