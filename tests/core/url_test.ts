import assert from "node:assert/strict";
import {
  isLoopbackHost,
  isSecureFrom,
  isSecureUrl,
  parsePlainUrl,
  parseUrl,
  portOf,
} from "../../src/core/url.ts";

const HOSTS: readonly [url: string, loopback: boolean][] = [
  ["http://localhost/", true],
  ["http://LOCALHOST./", true],
  ["http://app.localhost/", true],
  ["http://127.0.0.1/", true],
  ["http://127.255.0.9/", true],
  ["http://127.1/", true],
  ["http://2130706433/", true],
  ["http://0x7f.1/", true],
  ["http://[::1]/", true],
  ["http://[0:0:0:0:0:0:0:1]/", true],
  ["http://localhost.example/", false],
  ["http://notlocalhost/", false],
  ["http://127.0.0.1.example/", false],
  ["http://128.0.0.1/", false],
  ["http://0.0.0.0/", false],
  ["http://[::]/", false],
  ["http://[::ffff:127.0.0.1]/", false],
  ["http://localhost@evil.example/", false],
  ["http://lоcalhost/", false],
];

for (const [text, loopback] of HOSTS) {
  Deno.test(`${text} is ${loopback ? "" : "not "}on loopback`, () => {
    const url = new URL(text);
    assert.equal(isLoopbackHost(url.hostname), loopback);
    assert.equal(isSecureUrl(url), loopback, "plain http");
    assert.equal(isSecureFrom(url, new URL("http://127.0.0.1:3000/mcp")), loopback);
    assert.equal(isSecureFrom(url, new URL("https://mcp.example/mcp")), false, "from elsewhere");
  });
}

Deno.test("https is secure from everywhere, other schemes from nowhere", () => {
  for (const from of ["https://mcp.example", "http://127.0.0.1"]) {
    assert.equal(isSecureFrom(new URL("https://as.example"), new URL(from)), true);
    for (
      const text of [
        "javascript:alert(1)",
        "data:,x",
        "file:///x",
        "ws://localhost",
        "ftp://localhost",
      ]
    ) {
      assert.equal(isSecureFrom(new URL(text), new URL(from)), false, text);
      assert.equal(isSecureUrl(new URL(text)), false, text);
    }
  }
});

Deno.test("the port of a URL is the one it names, or its scheme's", () => {
  const ports = ["https://a.example", "http://a.example", "https://a.example:80", "http://[::1]:8"]
    .map((text) => portOf(new URL(text)));
  assert.deepEqual(ports, [443, 80, 80, 8]);
});

Deno.test("text that is no URL parses to undefined", () => {
  for (const text of ["", "/x", "x", "http://", "https://[", "https://a b/"]) {
    assert.equal(parseUrl(text), undefined, text);
  }
});

const PLAIN: readonly [text: string, plain: boolean][] = [
  ["https://as.example", true],
  ["HTTPS://AS.example:443/a?b=c#d", true],
  ["https://as.example/{tenantid}", true],
  ["https://as.example/%20@x", true],
  ["http://[::1]:8080/", true],
  ["https://xn--80ak6aa92e.example/", true],
  ["https://аpple.example/", false],
  ["https://as.example/ä", false],
  ["https://me@as.example/", false],
  ["https://me:pw@as.example/", false],
  ["https://:pw@as.example/", false],
  ["https://@as.example/", false],
  ["https://as.example\\x", false],
  ["https:\\\\as.example", false],
  ["https:as.example", false],
  ["https:/as.example", false],
  ["https:///as.example", false],
  [" https://as.example", false],
  ["https://as.example/\n", false],
  ["https://as.exa\tmple/", false],
  ["https://as.example/\u0000", false],
  ["https://as.example/\u202e", false],
  ["as.example", false],
  ["", false],
];

for (const [text, plain] of PLAIN) {
  Deno.test(`${JSON.stringify(text)} is ${plain ? "" : "not "}a plain URL`, () => {
    assert.equal(parsePlainUrl(text) !== undefined, plain);
  });
}
