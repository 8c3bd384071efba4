import assert from "node:assert/strict";
import { contradiction } from "../../src/store/entry_codec.ts";

type LinkedMembers = Parameters<typeof contradiction>[0];

const SOUND: LinkedMembers = {
  serverUrl: "https://mcp.example/mcp",
  issuer: "https://as.example",
  endpoints: { token: "https://as.example/token" },
  relaxations: {},
  client: {},
};

const AT = "https://as.example";

const ACCEPTED: Readonly<Record<string, Partial<LinkedMembers>>> = {
  "every endpoint": {
    endpoints: { token: `${AT}/t`, revocation: `${AT}/r`, introspection: `${AT}/i` },
    client: { registrationUri: `${AT}/c` },
  },
  "no issuer and no token endpoint": { issuer: "", endpoints: { token: "" } },
  "a loopback issuer of a loopback server": {
    serverUrl: "http://127.0.0.1:1/mcp",
    issuer: "http://127.0.0.1:2",
    endpoints: { token: "http://127.0.0.1:2/token" },
  },
  "an issuer that the person named": {
    issuer: "not a URL",
    relaxations: { trustIssuer: { expected: AT, announced: "not a URL" } },
  },
};

for (const [what, parts] of Object.entries(ACCEPTED)) {
  Deno.test(`a stored sign-in with ${what} contradicts nothing`, () => {
    assert.equal(contradiction({ ...SOUND, ...parts }), undefined);
  });
}

const REFUSED: Readonly<Record<string, readonly [parts: Partial<LinkedMembers>, found: string]>> = {
  "issuer": [{ issuer: "http://as.example" }, "http://as.example"],
  "endpoints.token": [{ endpoints: { token: "http://as.example/t" } }, "http://as.example/t"],
  "endpoints.revocation": [
    { endpoints: { token: `${AT}/t`, revocation: "http://127.0.0.1/r" } },
    "http://127.0.0.1/r",
  ],
  "endpoints.introspection": [
    { endpoints: { token: `${AT}/t`, introspection: `${AT}/i#f` } },
    `${AT}/i#f`,
  ],
  "client.registrationUri": [
    { client: { registrationUri: "ftp://as.example" } },
    "ftp://as.example",
  ],
};

for (const [member, [parts, found]] of Object.entries(REFUSED)) {
  Deno.test(`a stored "${member}" that its server may not name is refused`, () => {
    const unfit = contradiction({ ...SOUND, ...parts });
    assert.deepEqual([unfit?.member, unfit?.found], [member, found]);
    assert.ok(unfit?.expected);
  });
}

Deno.test("another issuer than the one that the person named is refused", () => {
  const relaxations = { trustIssuer: { expected: AT, announced: "http://other.example" } };
  const unfit = contradiction({ ...SOUND, issuer: "http://as.example", relaxations });
  assert.equal(unfit?.member, "issuer");
});
