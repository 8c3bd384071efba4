import assert from "node:assert/strict";
import {
  defaultServerMetadata,
  discoveredIssuer,
  isKnownIssuer,
  type ServerMetadata,
} from "../../../src/oauth/metadata/server_metadata.ts";

const AT = "https://as.example";
const SERVER: ServerMetadata = defaultServerMetadata(AT);
/** Found by one identifier, announces another. */
const RENAMED: ServerMetadata = { ...SERVER, lookupIssuer: "https://mcp.example" };
const KNOWN = { issuer: AT, tokenEndpoint: `${AT}/token` };

Deno.test("an issuer is judged by the identifier that led to its document", () => {
  assert.equal(discoveredIssuer(SERVER), AT);
  assert.equal(discoveredIssuer(RENAMED), "https://mcp.example");
});

Deno.test("the issuer that was used before is known, wherever its endpoints are now", () => {
  assert.equal(isKnownIssuer(SERVER, { issuer: AT }), true);
  const moved = { ...SERVER, tokenEndpoint: "https://evil.example/token" };
  assert.equal(isKnownIssuer(moved, KNOWN), true);
  assert.equal(isKnownIssuer(SERVER, { ...KNOWN, issuer: `${AT}/` }), false);
  assert.equal(isKnownIssuer(RENAMED, { issuer: "https://mcp.example" }), true);
});

Deno.test("an announced name is known with the same token endpoint and endpoints at its origins", () => {
  assert.equal(isKnownIssuer(RENAMED, KNOWN), true);
  assert.equal(isKnownIssuer(RENAMED, { issuer: AT }), false);
  assert.equal(isKnownIssuer(RENAMED, { ...KNOWN, tokenEndpoint: `${AT}/other` }), false);
  const withoutToken = { ...RENAMED, tokenEndpoint: undefined };
  assert.equal(isKnownIssuer(withoutToken, { issuer: AT }), true);
  const apart = { ...RENAMED, tokenEndpoint: "https://tokens.example/token" };
  const at = { issuer: AT, tokenEndpoint: "https://tokens.example/token" };
  assert.equal(isKnownIssuer(apart, at), true);
  assert.equal(
    isKnownIssuer({ ...apart, revocationEndpoint: "https://tokens.example/revoke" }, at),
    true,
  );
});

for (
  const name of [
    "deviceEndpoint",
    "introspectionEndpoint",
    "pushedRequestEndpoint",
    "registrationEndpoint",
    "revocationEndpoint",
  ] as const
) {
  Deno.test(`an announced name with ${name} elsewhere is not known`, () => {
    assert.equal(isKnownIssuer({ ...RENAMED, [name]: `${AT}/x` }, KNOWN), true);
    for (const url of ["https://evil.example/x", "http://as.example/x", "not a URL"]) {
      assert.equal(isKnownIssuer({ ...RENAMED, [name]: url }, KNOWN), false, url);
    }
  });
}
