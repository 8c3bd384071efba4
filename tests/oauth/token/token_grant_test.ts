import assert from "node:assert/strict";
import { expiryOf } from "../../../src/oauth/common/issued_token.ts";
import { clientCredentialsGrant, refreshGrant } from "../../../src/oauth/token/token_grant.ts";

Deno.test("a client credentials request has scopes and a resource where they are asked for", () => {
  assert.equal(String(clientCredentialsGrant(undefined, null)), "grant_type=client_credentials");
  assert.equal(String(clientCredentialsGrant([], null)), "grant_type=client_credentials");
  assert.equal(
    String(clientCredentialsGrant(["a", "b"], "r")),
    "grant_type=client_credentials&scope=a+b&resource=r",
  );
});

Deno.test("a refresh has no scope", () => {
  assert.equal(String(refreshGrant("t", null)), "grant_type=refresh_token&refresh_token=t");
  assert.equal(
    String(refreshGrant("t", "r")),
    "grant_type=refresh_token&refresh_token=t&resource=r",
  );
});

Deno.test("a lifetime above zero gives the time of expiry, any other is unknown", () => {
  const now = Date.UTC(2030, 0, 1);
  assert.equal(expiryOf(1, now), "2030-01-01T00:00:01.000Z");
  assert.equal(expiryOf(3600, now), "2030-01-01T01:00:00.000Z");
  for (const none of [0, -1, null]) assert.equal(expiryOf(none, now), null);
});
