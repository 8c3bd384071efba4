import assert from "node:assert/strict";
import { parsePaste } from "../../src/consent/pasted_callback.ts";
import {
  describeMismatch,
  headlessRedirectUri,
  matchesRedirectUri,
} from "../../src/consent/redirect_url.ts";

const SENT = "https://as.example/authorize?state=s1";
const PUSHED = "https://as.example/authorize?client_id=c&request_uri=urn%3Ax";

const REASONS: readonly (readonly [sentTo: string, query: string, why: RegExp])[] = [
  [SENT, "code=c", /no "state"/],
  [SENT, "code=c&state=s1&state=s1", /"state" more than once/],
  [SENT, "code=c&state=s2", /not the one of this sign-in/],
  [SENT, "state=s1", /neither "code" nor "error"/],
  [SENT, "code=c&state=s1", /is not a response to this sign-in/],
  [SENT, "error=e&state=s1", /is not a response to this sign-in/],
  [PUSHED, "code=c&state=s2", /is not a response to this sign-in/],
  [PUSHED, "state=s2", /neither "code" nor "error"/],
  ["not a URL", "code=c&state=s2", /is not a response to this sign-in/],
];

for (const [sentTo, query, why] of REASONS) {
  Deno.test(`after ${sentTo}, ${query} is refused as ${why.source}`, () => {
    assert.match(describeMismatch(sentTo, [...new URLSearchParams(query)]), why);
  });
}

Deno.test("a URL arrives where scheme, host, port and path are those of the redirect URI", () => {
  const at = (url: string) => matchesRedirectUri(new URL(url), "http://127.0.0.1:4711/cb?app=1");
  for (const url of ["http://127.0.0.1:4711/cb", "http://127.0.0.1:4711/cb?code=c#x"]) {
    assert.equal(at(url), true, url);
  }
  for (
    const url of [
      "https://127.0.0.1:4711/cb",
      "http://127.0.0.1:4712/cb",
      "http://localhost:4711/cb",
      "http://127.0.0.1:4711/cb/",
      "http://u@127.0.0.1:4711/cb",
      "http://:p@127.0.0.1:4711/cb",
    ]
  ) assert.equal(at(url), false, url);
});

Deno.test("a redirect URI is compared as a browser sends it", () => {
  const uri = "http://LOCALHOST:80/a b?c";
  assert.ok(matchesRedirectUri(new URL("http://localhost/a%20b?c&code=d"), uri));
  const paste = { parameters: [["c", ""], ["code", "d"]], bare: false };
  assert.deepEqual(parsePaste("localhost/a%20b?c&code=d", uri), paste);
});

Deno.test("without a listener the redirect URL may be https anywhere or http on loopback", () => {
  for (
    const url of [
      "https://app.example/cb",
      "http://127.0.0.1/cb",
      "http://[::1]:1",
      "http://localhost",
    ]
  ) {
    assert.equal(headlessRedirectUri(url), url);
  }
  const free = headlessRedirectUri(undefined);
  assert.match(free, /^http:\/\/127\.0\.0\.1:\d{5}\/callback$/);
  assert.ok(Number(new URL(free).port) >= 49152);
  for (const url of ["http://app.example/cb", "app:/cb", "ftp://127.0.0.1/", "//x", ""]) {
    assert.throws(() => headlessRedirectUri(url), {
      code: "redirect_url_invalid",
      message: /neither https nor http on loopback/,
    });
  }
});

for (const name of ["code", "state", "iss", "error", "error_description", "error_uri"]) {
  Deno.test(`a redirect URL with "${name}" in its query is refused`, () => {
    assert.throws(() => headlessRedirectUri(`https://app.example/?a=b&${name}=`), {
      code: "redirect_url_invalid",
      message: new RegExp(`"${name}"`),
    });
  });
}

Deno.test("a redirect URL with a fragment, also an empty one, is refused", () => {
  for (const url of ["https://app.example/#", "https://app.example/?a#b"]) {
    assert.throws(() => headlessRedirectUri(url), { message: /fragment/ });
  }
});
