import { equal, throws } from "node:assert/strict";
import { requestUrl, shownUrl } from "../../src/http/request_url.ts";

for (
  const url of [
    "https://mcp.example/a?b=c",
    "http://127.0.0.1:1/",
    "http://[::1]/",
    "http://localhost/",
  ]
) {
  Deno.test(`a request may go to ${url}`, () => equal(requestUrl(url).href, url));
}

const REFUSED: readonly (readonly [url: string, why: RegExp])[] = [
  ["mcp.example", /not an absolute URL/],
  ["http://mcp.example/", /neither https nor http on loopback/],
  ["ftp://127.0.0.1/", /neither https nor http on loopback/],
  ["https://user@mcp.example/", /user info/],
  ["https://:CANARY@mcp.example/", /user info/],
];

for (const [url, why] of REFUSED) {
  Deno.test(`no request goes to ${url}`, () => {
    throws(() => requestUrl(`${url}?x=CANARY`), (error: Error & { code?: string }) => {
      equal(error.code, "unsendable_url");
      equal(why.test(error.message), true, error.message);
      equal(url.includes("/") && error.message.includes("CANARY"), false);
      return true;
    });
  });
}

Deno.test("a URL is shown without user info, query and fragment", () => {
  equal(shownUrl("https://u:p@a.example:8443/b?c#d"), "https://a.example:8443/b");
  equal(shownUrl("not a URL"), '"not a URL"');
});
