import assert from "node:assert/strict";
import { createCookieJar } from "../../src/http/cookie_jar.ts";

const ORIGIN = "https://as.example";

/** The `Cookie` field at each path after an answer of `from` set cookies. */
function sent(from: string, fields: readonly string[], ...paths: string[]) {
  const cookies = createCookieJar();
  cookies.store(ORIGIN + from, new Headers(fields.map((field) => ["set-cookie", field])));
  return paths.map((path) => cookies.header(ORIGIN + path));
}

Deno.test("a cookie without a path goes back to the folder that it was set in", () => {
  assert.deepEqual(sent("/a/b", ["n=v"], "/a/c", "/a", "/a/", "/ab", "/"), [
    "n=v",
    "n=v",
    "n=v",
    null,
    null,
  ]);
  assert.deepEqual(sent("/a", ["n=v"], "/x"), ["n=v"]);
  assert.deepEqual(sent("/a", ["n=v", "n=w; Path=/"], "/x"), ["n=w"]);
  assert.deepEqual(sent("/a/", ["n=v"], "/a/x", "/x"), ["n=v", null]);
});

Deno.test("a path covers itself and what is below, and one that is no path is not used", () => {
  assert.deepEqual(sent("/", ["n=v; PATH=/a/"], "/a/", "/a/b", "/a"), ["n=v", "n=v", null]);
  assert.deepEqual(sent("/a/b", ["n=v; Path=x"], "/a/c", "/"), ["n=v", null]);
  assert.deepEqual(sent("/a/b", ["n=v; Path=x/a/c"], "/a/c", "/"), ["n=v", null]);
  assert.deepEqual(sent("/", ["n=v; Path=/a"], "/b/a/", "/a/b"), [null, "n=v"]);
  assert.deepEqual(sent("/", ["n=v;  Path= /a "], "/a", "/b"), ["n=v", null]);
});

Deno.test("a cookie that is set to end is gone, by Max-Age before Expires", () => {
  const past = "Thu, 01 Jan 1970 00:00:00 GMT";
  const future = "Fri, 01 Jan 2100 00:00:00 GMT";
  const cases: [attributes: string, there: boolean][] = [
    ["Max-Age=1", true],
    ["Max-Age=0", false],
    ["Max-Age=-1", false],
    [`Expires=${past}`, false],
    [`expires = ${past}`, true],
    [`Expires=${future}`, true],
    [`Expires=${past}; Max-Age=5`, true],
    [`Expires=${future}; Max-Age=0`, false],
    ["Expires=never", true],
  ];
  for (const [attributes, there] of cases) {
    assert.deepEqual(sent("/", [`n=v; ${attributes}`], "/"), [there ? "n=v" : null], attributes);
  }
  assert.deepEqual(sent("/", ["n=v", "n=x; Max-Age=0"], "/"), [null]);
});

Deno.test("a cookie is replaced by name, path and origin together", () => {
  const cookies = createCookieJar();
  const take = (origin: string, field: string) =>
    cookies.store(`${origin}/`, new Headers([["set-cookie", field]]));
  take(ORIGIN, "n=1");
  take(ORIGIN, "n=2; Path=/a");
  take(ORIGIN, "m=3");
  take("https://id.example", "n=4");
  take(ORIGIN, " n = 5 ");
  assert.equal(cookies.header(`${ORIGIN}/a`), "n=2; m=3; n=5");
  assert.equal(cookies.header("https://id.example/a"), "n=4");
  assert.equal(cookies.header("http://as.example/a"), null);
  assert.equal(cookies.header(`${ORIGIN}:8443/a`), null);
});

Deno.test("a cookie needs a name and may have an equals sign in its value", () => {
  assert.deepEqual(sent("/", ["=v", "v", "n=", "m=a=b"], "/"), ["n=; m=a=b"]);
});

Deno.test("a cookie ends while it is in the jar", async () => {
  const cookies = createCookieJar();
  cookies.store(`${ORIGIN}/`, new Headers([["set-cookie", "n=v; Max-Age=1"]]));
  assert.equal(cookies.header(`${ORIGIN}/`), "n=v");
  while (cookies.header(`${ORIGIN}/`) !== null) await new Promise((done) => setTimeout(done, 20));
});

Deno.test("a Secure cookie is stored from https and from loopback only", () => {
  for (
    const [url, stored] of [
      ["https://as.example/", true],
      ["http://127.0.0.1:8080/", true],
      ["http://localhost/", true],
      ["http://as.example/", false],
    ] as const
  ) {
    const cookies = createCookieJar();
    cookies.store(url, new Headers([["set-cookie", "n=v; SECURE ; HttpOnly"]]));
    assert.equal(cookies.header(url), stored ? "n=v" : null, url);
  }
});

Deno.test("a server cannot fill the jar, or put into it what no field can have", () => {
  const fields = Array.from({ length: 80 }, (_, at) => `n${at}=v`);
  assert.equal(sent("/", fields, "/")[0]?.split("; ").length, 50);
  assert.deepEqual(sent("/", [`n=${"v".repeat(5000)}`, "m=\x01", "o=v"], "/"), ["o=v"]);
});
