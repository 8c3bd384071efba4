import assert from "node:assert/strict";
import { REVISIONS } from "../../../src/oauth/mcp/revision.ts";
import {
  authorizationBase,
  authorizationServerCandidates,
  resourceMetadataCandidates,
} from "../../../src/oauth/mcp/well_known.ts";

const PRM = "/.well-known/oauth-protected-resource";
const OAUTH = "/.well-known/oauth-authorization-server";
const OPENID = "/.well-known/openid-configuration";

const RESOURCES: readonly [mcpUrl: string, ...candidates: string[]][] = [
  [
    "https://example.com/public/mcp",
    `https://example.com${PRM}/public/mcp`,
    `https://example.com${PRM}`,
  ],
  ["https://example.com", `https://example.com${PRM}`],
  ["https://example.com/", `https://example.com${PRM}`],
  [
    "https://example.com:8443/mcp",
    `https://example.com:8443${PRM}/mcp`,
    `https://example.com:8443${PRM}`,
  ],
  [
    "https://example.com/mcp?tenant=7",
    `https://example.com${PRM}/mcp?tenant=7`,
    `https://example.com${PRM}`,
  ],
  ["https://example.com/mcp/", `https://example.com${PRM}/mcp/`, `https://example.com${PRM}`],
  ["https://example.com//mcp", `https://example.com${PRM}//mcp`, `https://example.com${PRM}`],
  ["https://example.com/a%2Fb", `https://example.com${PRM}/a%2Fb`, `https://example.com${PRM}`],
  ["https://EXAMPLE.com:443/mcp", `https://example.com${PRM}/mcp`, `https://example.com${PRM}`],
  ["https://example.com/mcp#part", `https://example.com${PRM}/mcp`, `https://example.com${PRM}`],
  ["https://me:pw@example.com/mcp", `https://example.com${PRM}/mcp`, `https://example.com${PRM}`],
  ["http://[::1]:9/mcp", `http://[::1]:9${PRM}/mcp`, `http://[::1]:9${PRM}`],
];

for (const [mcpUrl, ...expected] of RESOURCES) {
  Deno.test(`resource metadata of ${mcpUrl} is looked for path first, then at the root`, () => {
    const found = resourceMetadataCandidates(mcpUrl);
    assert.deepEqual(found.map(({ url }) => url), expected);
    assert.deepEqual(
      found.map(({ source }) => source),
      expected.length === 1 ? ["root"] : ["path", "root"],
    );
  });
}

const ISSUERS: readonly [issuer: string, inserted: string, ...openid: string[]][] = [
  [
    "https://github.com/login/oauth",
    `https://github.com${OAUTH}/login/oauth`,
    `https://github.com${OPENID}/login/oauth`,
    `https://github.com/login/oauth${OPENID}`,
  ],
  [
    "https://tenant.auth0.com/",
    `https://tenant.auth0.com${OAUTH}`,
    `https://tenant.auth0.com${OPENID}`,
  ],
  [
    "https://auth.example.com",
    `https://auth.example.com${OAUTH}`,
    `https://auth.example.com${OPENID}`,
  ],
  [
    "https://auth.example.com/tenant1",
    `https://auth.example.com${OAUTH}/tenant1`,
    `https://auth.example.com${OPENID}/tenant1`,
    `https://auth.example.com/tenant1${OPENID}`,
  ],
  [
    "https://auth.example.com/tenant1/",
    `https://auth.example.com${OAUTH}/tenant1`,
    `https://auth.example.com${OPENID}/tenant1`,
    `https://auth.example.com/tenant1${OPENID}`,
  ],
  [
    "https://auth.example.com:8443/a/b//",
    `https://auth.example.com:8443${OAUTH}/a/b/`,
    `https://auth.example.com:8443${OPENID}/a/b/`,
    `https://auth.example.com:8443/a/b/${OPENID}`,
  ],
];

for (const [issuer, ...expected] of ISSUERS) {
  Deno.test(`metadata of issuer ${issuer} is looked for in the order of each revision`, () => {
    for (const rules of REVISIONS) {
      const known = rules.metadataDocuments === "oauth" ? expected.slice(0, 1) : expected;
      assert.deepEqual(authorizationServerCandidates(issuer, rules), known, rules.id);
    }
  });
}

Deno.test("an issuer with a path is never looked for at the root", () => {
  for (const rules of REVISIONS) {
    for (const url of authorizationServerCandidates("https://auth.example.com/tenant1", rules)) {
      assert.ok(new URL(url).pathname.includes("tenant1"), url);
    }
  }
});

Deno.test("the authorization base of 2025-03-26 is the MCP URL without its path", () => {
  assert.equal(
    authorizationBase("https://mcp.example.com:8443/v1/mcp?x=1"),
    "https://mcp.example.com:8443",
  );
  assert.equal(authorizationBase("https://mcp.example.com"), "https://mcp.example.com");
});
