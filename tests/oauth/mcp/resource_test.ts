import assert from "node:assert/strict";
import { remedyOf } from "../support.ts";
import { canonicalResource, judgeResource } from "../../../src/oauth/mcp/resource.ts";

const CANONICAL: readonly [typed: string, canonical: string][] = [
  ["https://mcp.example/mcp", "https://mcp.example/mcp"],
  ["HTTPS://MCP.Example/Mcp", "https://mcp.example/Mcp"],
  ["https://mcp.example:443/mcp", "https://mcp.example/mcp"],
  ["https://mcp.example:8443/mcp", "https://mcp.example:8443/mcp"],
  ["http://127.0.0.1:80/mcp", "http://127.0.0.1/mcp"],
  ["https://mcp.example", "https://mcp.example"],
  ["https://mcp.example/", "https://mcp.example"],
  ["https://mcp.example/mcp/", "https://mcp.example/mcp/"],
  ["https://mcp.example/mcp?tenant=7", "https://mcp.example/mcp?tenant=7"],
  ["https://mcp.example/mcp#part", "https://mcp.example/mcp"],
  ["https://mcp.example/#part", "https://mcp.example"],
  ["https://mcp.example/a%2fb/%7Ec", "https://mcp.example/a%2fb/%7Ec"],
  ["http://[::1]:8080/mcp", "http://[::1]:8080/mcp"],
];

for (const [typed, canonical] of CANONICAL) {
  Deno.test(`the canonical resource of ${typed} is ${canonical}`, () => {
    assert.equal(canonicalResource(typed), canonical);
  });
}

Deno.test("the canonical resource keeps the path behind a backslash", () => {
  assert.notEqual(canonicalResource("https://mcp.example\\mcp"), "https://mcp.example");
});

const MCP = "https://mcp.example/public/mcp";

/** Verdicts: `good`, or the code of a warning or of an error. */
const VERDICTS: readonly [
  published: string | undefined,
  serverUrl: string,
  source: "challenge" | "path" | "root",
  verdict: string,
][] = [
  [MCP, MCP, "path", "good"],
  [MCP, MCP, "root", "good"],
  [MCP, MCP, "challenge", "good"],
  ["HTTPS://MCP.EXAMPLE/public/mcp", MCP, "path", "good"],
  ["https://mcp.example:443/public/mcp", MCP, "path", "good"],
  ["https://mcp.example", "https://mcp.example/", "root", "good"],
  ["https://mcp.example/", "https://mcp.example", "root", "good"],
  ["https://mcp.example", MCP, "root", "good"],
  ["https://mcp.example/", MCP, "root", "good"],
  [`${MCP}?tenant=7`, `${MCP}?tenant=7`, "path", "good"],
  ["http://127.0.0.1:3000/mcp", "http://127.0.0.1:3000/mcp", "path", "good"],
  [`${MCP}/`, MCP, "path", "warning resource_trailing_slash"],
  [MCP, `${MCP}/`, "path", "warning resource_trailing_slash"],
  ["https://mcp.example", MCP, "path", "warning resource_is_parent"],
  ["https://mcp.example", MCP, "challenge", "warning resource_is_parent"],
  ["https://mcp.example/public", MCP, "path", "warning resource_is_parent"],
  ["https://mcp.example/public/", MCP, "path", "warning resource_is_parent"],
  [MCP, `${MCP}?tenant=7`, "path", "good"],
  [`${MCP}/`, `${MCP}?tenant=7`, "path", "warning resource_trailing_slash"],
  ["https://mcp.example/public", `${MCP}?tenant=7`, "path", "warning resource_is_parent"],
  [undefined, MCP, "path", "warning resource_missing"],
  ["https://mcp.example/pub", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example/public/mc", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example/public/mcpx", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example/public/mcp/x", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example/other", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example/Public/mcp", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example/public/%6dcp", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example/public/../public/mcp", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example//", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example?tenant=7", MCP, "root", "error resource_mismatch"],
  ["https://mcp.example/public?tenant=7", MCP, "path", "error resource_mismatch"],
  [`${MCP}?tenant=8`, `${MCP}?tenant=7`, "path", "error resource_mismatch"],
  [`${MCP}?a`, `${MCP}?a/b`, "path", "error resource_mismatch"],
  ["https://evil.example/public/mcp", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example.evil.example/public/mcp", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example:8443/public/mcp", MCP, "path", "error resource_mismatch"],
  ["https://mcp.example./public/mcp", MCP, "path", "error resource_mismatch"],
  ["https://127.0.0.1:3000/mcp", "http://127.0.0.1:3000/mcp", "path", "error resource_mismatch"],
  ["http://localhost:3000/mcp", "http://127.0.0.1:3000/mcp", "path", "error resource_mismatch"],
  ["http://mcp.example/public/mcp", MCP, "path", "error resource_not_https"],
  ["http://127.0.0.1/public/mcp", MCP, "path", "error resource_not_https"],
  ["urn:example:mcp", MCP, "path", "error resource_not_server_url"],
  ["api://aaaa-bbbb", MCP, "challenge", "error resource_not_server_url"],
  ["api://aaaa-bbbb#x", MCP, "path", "error resource_invalid"],
  ["api://aaaa bbbb", MCP, "path", "error resource_invalid"],
  ["localhost:3000/mcp", MCP, "path", "error resource_invalid"],
  [`${MCP}#part`, MCP, "path", "error resource_invalid"],
  [`${MCP}#`, MCP, "path", "error resource_invalid"],
  ["/public/mcp", MCP, "path", "error resource_invalid"],
  ["mcp.example/public/mcp", MCP, "path", "error resource_invalid"],
  ["https:mcp.example/public/mcp", MCP, "path", "error resource_invalid"],
  ["https:///mcp.example", "https://mcp.example/mcp.example/x", "path", "error resource_invalid"],
  ["https://me@mcp.example/public/mcp", MCP, "path", "error resource_invalid"],
  ["https://:pw@mcp.example/public/mcp", MCP, "path", "error resource_invalid"],
  ["https://mcp.example\\public\\mcp", MCP, "path", "error resource_invalid"],
  ["https://mcp.example\\@evil.example/", MCP, "root", "error resource_invalid"],
  [" https://mcp.example/public/mcp", MCP, "path", "error resource_invalid"],
  ["https://mcp.exam\nple/public/mcp", MCP, "path", "error resource_invalid"],
  ["https://mcp.example/public/mcp\t", MCP, "path", "error resource_invalid"],
  ["https://ｍcp.example/public/mcp", MCP, "path", "error resource_invalid"],
  ["", MCP, "path", "error resource_invalid"],
];

for (const [published, serverUrl, source, verdict] of VERDICTS) {
  const name = JSON.stringify(published) ?? "no resource";
  Deno.test(`${name} in the ${source} document of ${serverUrl}: ${verdict}`, () => {
    const judgement = judgeResource(published, serverUrl, source);
    const said = judgement === undefined ? "good" : `${judgement.severity} ${judgement.code}`;
    assert.equal(said, verdict);
  });
}

Deno.test("a difference in a trailing slash names the URL to use and the resource to publish", () => {
  const { remedy = "" } = judgeResource(MCP, `${MCP}/`, "path") ?? {};
  assert.ok(remedy.includes(`"${MCP}" works too, use that URL`), remedy);
  assert.ok(remedy.includes(`"resource": "${MCP}/"`), remedy);
});

Deno.test("--resource admits the published resource on another path, exactly, and no other origin", () => {
  const other = "https://mcp.example/other";
  const pinned = judgeResource(other, MCP, "path", other);
  assert.equal(`${pinned?.severity} ${pinned?.code}`, "warning resource_pinned");
  assert.equal(judgeResource(other, MCP, "path", `${other}/`)?.severity, "error");
  assert.equal(judgeResource(other, MCP, "path", "none")?.severity, "error");
  const elsewhere = "https://evil.example/public/mcp";
  assert.equal(judgeResource(elsewhere, MCP, "path", elsewhere)?.severity, "error");
});

Deno.test("a mismatch names the first differing character and both strings", () => {
  const judgement = judgeResource("https://mcp.example/public/mcq", MCP, "path");
  assert.match(
    judgement?.message ?? "",
    /"https:\/\/mcp\.example\/public\/mcq".*"https:\/\/mcp\.example\/public\/mcp"/s,
  );
  assert.match(judgement?.message ?? "", /first difference at character 30/);
});

Deno.test("a remedy never offers a server's text as shell code", () => {
  const judgement = judgeResource("https://mcp.example/$(id)`id`'\"", MCP, "path");
  const command = /--resource (.*)$/s.exec(remedyOf(judgement))?.[1];
  assert.equal(command, `'https://mcp.example/$(id)\`id\`'\\''"'`);
});

Deno.test("an identifier of another kind is named as such, and --resource accepts it exactly", () => {
  const id = "api://aaaa-bbbb";
  const refused = judgeResource(id, MCP, "path");
  assert.match(refused?.message ?? "", /App ID URI/);
  assert.doesNotMatch(refused?.message ?? "", /https/);
  assert.deepEqual(refused?.loginFlags, { resource: id });
  assert.equal(judgeResource(id, MCP, "path", `${id}x`)?.severity, "error");
  const pinned = judgeResource(id, MCP, "path", id);
  assert.equal(`${pinned?.severity} ${pinned?.code}`, "warning resource_pinned");
});

Deno.test("no remedy asks the server to publish the query of the person", () => {
  for (const published of [undefined, "https://mcp.example", `${MCP}/`, `${MCP}?tenant=8`, "x"]) {
    const judgement = judgeResource(published, `${MCP}?tenant=7`, "path");
    assert.doesNotMatch(judgement?.remedy ?? "?tenant", /tenant=7/, published);
  }
});
