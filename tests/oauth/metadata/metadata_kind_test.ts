import assert from "node:assert/strict";
import {
  contentKind,
  expectedIdentifier,
  type MetadataKind,
  wellKnownLocation,
} from "../../../src/oauth/metadata/metadata_kind.ts";

const PLACES: readonly (readonly [
  url: string,
  kind: MetadataKind,
  identifier: string,
  source: "path" | "root",
  elsewhere?: string,
])[] = [
  [
    "https://a.example/.well-known/oauth-protected-resource",
    "protected_resource",
    "https://a.example",
    "root",
  ],
  [
    "https://a.example:8443/.well-known/oauth-protected-resource/public/mcp?tenant=7",
    "protected_resource",
    "https://a.example:8443/public/mcp?tenant=7",
    "path",
  ],
  [
    "https://a.example/.well-known/oauth-protected-resource/mcp/",
    "protected_resource",
    "https://a.example/mcp/",
    "path",
  ],
  [
    "https://a.example/mcp/.well-known/oauth-protected-resource",
    "protected_resource",
    "https://a.example/mcp",
    "path",
    "https://a.example/.well-known/oauth-protected-resource/mcp",
  ],
  [
    "https://a.example/.well-known/oauth-authorization-server/tenant1?x=1",
    "authorization_server",
    "https://a.example/tenant1",
    "path",
  ],
  [
    "https://a.example/tenant1/.well-known/oauth-authorization-server",
    "authorization_server",
    "https://a.example/tenant1",
    "path",
    "https://a.example/.well-known/oauth-authorization-server/tenant1",
  ],
  [
    "https://a.example/.well-known/openid-configuration",
    "openid_configuration",
    "https://a.example",
    "root",
  ],
  [
    "https://a.example/tenant1/.well-known/openid-configuration",
    "openid_configuration",
    "https://a.example/tenant1",
    "path",
  ],
];

for (const [url, kind, identifier, source, elsewhere] of PLACES) {
  Deno.test(`${url} stands for ${identifier}`, () => {
    assert.deepEqual(wellKnownLocation(url), { kind, identifier, source, elsewhere });
  });
}

for (
  const url of [
    "https://a.example/mcp",
    "https://a.example/.well-known/oauth-protected-resources",
    "https://a.example/.well-known/jwks.json",
    "https://a.example/?u=/.well-known/openid-configuration",
  ]
) {
  Deno.test(`${url} is no metadata URL`, () => {
    assert.equal(wellKnownLocation(url), undefined);
  });
}

const CONTENTS: readonly (readonly [document: Record<string, unknown>, kind?: MetadataKind])[] = [
  [{ resource: "https://a.example" }, "protected_resource"],
  [{ authorization_servers: [] }, "protected_resource"],
  [{ issuer: "https://a.example" }, "authorization_server"],
  [{ issuer: "https://a.example", resource: "https://a.example" }, "authorization_server"],
  [{ token_endpoint: "https://a.example/t" }, "authorization_server"],
  [{ issuer: "https://a.example", subject_types_supported: [] }, "openid_configuration"],
  [{ issuer: 1 }],
  [{ client_id: "https://a.example/c.json" }],
];

for (const [document, kind] of CONTENTS) {
  Deno.test(`${JSON.stringify(document)} reads like ${kind ?? "nothing known"}`, () => {
    assert.equal(contentKind(document), kind);
  });
}

Deno.test("an issuer may end in a slash that its URL cannot show, and no other difference is admitted", () => {
  const place = wellKnownLocation("https://a.example/.well-known/oauth-authorization-server/t");
  assert.ok(place);
  const expected = (issuer: string) => expectedIdentifier(place, { issuer });
  assert.equal(expected("https://a.example/t/"), "https://a.example/t/");
  assert.equal(expected("https://a.example/t//"), "https://a.example/t");
  assert.equal(expected("https://b.example/t/"), "https://a.example/t");
});

Deno.test("a root document may be about any resource of its origin, and of no other", () => {
  const place = wellKnownLocation("https://a.example/.well-known/oauth-protected-resource");
  assert.ok(place);
  const expected = (resource: string) => expectedIdentifier(place, { resource });
  assert.equal(expected("https://a.example/mcp"), "https://a.example/mcp");
  assert.equal(expected("https://b.example/mcp"), "https://a.example");
  assert.equal(expected("nonsense"), "https://a.example");
});

for (const name of ["subject_types_supported", "userinfo_endpoint", "claims_supported"]) {
  Deno.test(`a server document with "${name}" is an OpenID one, without a server's members none`, () => {
    assert.equal(contentKind({ issuer: "https://a.example", [name]: "x" }), "openid_configuration");
    assert.equal(contentKind({ token_endpoint: 7, [name]: "x" }), "openid_configuration");
    assert.equal(contentKind({ [name]: "x" }), undefined);
  });
}
