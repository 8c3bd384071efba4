import assert from "node:assert/strict";
import { matchingServers } from "../../src/store/matching_servers.ts";

const HOST = "https://h.example";

/** What a request to the URL may use: the stored servers, most specific first. */
const ROWS: readonly (readonly [url: string, ...servers: string[]])[] = [
  [`${HOST}/mcp`, `${HOST}/mcp`, HOST],
  [`${HOST}/mcp/`, `${HOST}/mcp/`, `${HOST}/mcp`, HOST],
  [`${HOST}/a/b`, `${HOST}/a/b`, `${HOST}/a/`, `${HOST}/a`, HOST],
  [HOST, HOST],
  [`${HOST}/`, HOST],
  ["HTTPS://H.Example/MCP", `${HOST}/MCP`, HOST],
  [`${HOST}:443/mcp`, `${HOST}/mcp`, HOST],
  [`${HOST}:8443/mcp`, `${HOST}:8443/mcp`, `${HOST}:8443`],
  ["http://h.example/mcp", "http://h.example/mcp", "http://h.example"],
  ["http://h.example:443/mcp", "http://h.example:443/mcp", "http://h.example:443"],
  [`${HOST}/mcp?a=1`, `${HOST}/mcp?a=1`, `${HOST}/mcp`, HOST],
  [`${HOST}?a=1`, `${HOST}?a=1`, HOST],
  ["https://[::1]:8080/mcp", "https://[::1]:8080/mcp", "https://[::1]:8080"],
  ["https://xn--bcher-kva.example/", "https://xn--bcher-kva.example"],
  ["https://h.example./mcp", "https://h.example./mcp", "https://h.example."],
  [`${HOST}/%6Dcp`, `${HOST}/%6Dcp`, HOST],
  // A server may read these paths as others: they belong only to themselves.
  [`${HOST}/mcp/../admin`, `${HOST}/mcp/../admin`],
  [`${HOST}/mcp/./x`, `${HOST}/mcp/./x`],
  [`${HOST}/mcp/..`, `${HOST}/mcp/..`],
  [`${HOST}/mcp/..;/admin`, `${HOST}/mcp/..;/admin`],
  [`${HOST}/mcp/%2e%2e/admin`, `${HOST}/mcp/%2e%2e/admin`],
  [`${HOST}/mcp/.%2E/admin`, `${HOST}/mcp/.%2E/admin`],
  [`${HOST}/mcp/..%2fadmin`, `${HOST}/mcp/..%2fadmin`],
  [`${HOST}/mcp/..%5cadmin`, `${HOST}/mcp/..%5cadmin`],
  [`${HOST}/mcp/%00`, `${HOST}/mcp/%00`],
  [`${HOST}//mcp`, `${HOST}//mcp`],
];

for (const [url, ...servers] of ROWS) {
  Deno.test(`a request to ${url} uses only the sign-ins of ${servers.join(", ")}`, () => {
    assert.deepEqual(matchingServers(url), servers);
  });
}

const UNSUPPORTED: readonly string[] = [
  ...["", "h.example/mcp", "//h.example/mcp", "ftp://h.example/mcp", "file:///etc/passwd"],
  ...["https://h.example@evil.example/mcp", "https://user:password@h.example/mcp"],
  ...[
    "https://h.example\\@evil.example/mcp",
    "https:\\\\h.example/mcp",
    `${HOST}/mcp#@evil.example`,
  ],
  ...["https://h.example%2fmcp", "https://%68.example/mcp", "https://h.example:0443/mcp"],
  ...["http://0x7f.1/mcp", "http://2130706433/mcp", "http://127.1/mcp", "https://[0:0::1]/mcp"],
  ...["https://bücher.example/", "https://h.exаmple/mcp", `${HOST}/mcp\u0000`, ` ${HOST}/mcp`],
  ...["https://h.example\t/mcp", "https:/h.example/mcp", "https://h.example:99999/mcp"],
  ...[`${HOST}/mc p`, "javascript:alert(1)", "unix:///run/mcp.sock"],
];

Deno.test("a URL that programs read differently is not supported", () => {
  assert.deepEqual(UNSUPPORTED.filter((url) => matchingServers(url) !== undefined), []);
});

Deno.test("no server is a text prefix of a request that ends inside a segment", () => {
  for (const url of [`${HOST}/mcpx`, `${HOST}/mc`, "https://h.example.evil.example/mcp"]) {
    assert.equal(matchingServers(url)?.includes(`${HOST}/mcp`), false, url);
    assert.equal(matchingServers(url)?.includes(HOST), url.startsWith(`${HOST}/`), url);
  }
});
