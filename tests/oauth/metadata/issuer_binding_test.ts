import assert from "node:assert/strict";
import {
  type GivenCredential,
  isSameParty,
  type IssuerVerdict,
  judgeIssuerBinding,
  sameRegistrableDomain,
} from "../../../src/oauth/metadata/issuer_binding.ts";
import {
  defaultServerMetadata,
  type KnownIssuer,
} from "../../../src/oauth/metadata/server_metadata.ts";

const SECRET: readonly GivenCredential[] = ["client secret"];
const KEY: readonly GivenCredential[] = ["private key"];

interface Row {
  readonly what: string;
  readonly server?: string;
  readonly issuer?: string;
  readonly lookupIssuer?: string;
  readonly named?: string;
  readonly known?: readonly KnownIssuer[];
  readonly credentials?: readonly GivenCredential[];
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly verdict: IssuerVerdict;
}

const MCP = "https://mcp.example.com/mcp";
const FOREIGN = "https://login.example.net";
const BEFORE = [{ issuer: FOREIGN, tokenEndpoint: `${FOREIGN}/token` }];

const ROWS: readonly Row[] = [
  { what: "nothing was given", credentials: [], verdict: "confirmed" },
  { what: "another site", verdict: "unconfirmed" },
  { what: "a named issuer", named: FOREIGN, verdict: "confirmed" },
  { what: "the stored issuer", known: BEFORE, verdict: "confirmed" },
  {
    what: "the stored issuer with another token endpoint",
    known: BEFORE,
    endpoints: { tokenEndpoint: "https://api.example.org/token" },
    verdict: "confirmed",
  },
  { what: "one of two stored issuers", known: [{ issuer: MCP }, ...BEFORE], verdict: "confirmed" },
  {
    what: "another issuer than stored",
    issuer: "https://new.example.org",
    known: BEFORE,
    verdict: "changed",
  },
  {
    what: "another issuer than stored, at the server's own site",
    issuer: "https://mcp.example.com",
    known: BEFORE,
    verdict: "changed",
  },
  {
    what: "another issuer than stored, and only a key",
    issuer: "https://new.example.org",
    known: BEFORE,
    credentials: KEY,
    verdict: "changed",
  },
  {
    what: "another issuer than stored, and named",
    issuer: "https://new.example.org",
    named: "https://new.example.org",
    known: BEFORE,
    verdict: "confirmed",
  },
  { what: "only a key", credentials: KEY, verdict: "bound" },
  {
    what: "a key and a certificate",
    credentials: ["private key", "client certificate"],
    verdict: "unconfirmed",
  },
  { what: "the same origin", issuer: "https://mcp.example.com", verdict: "confirmed" },
  { what: "the same site", issuer: "https://auth.example.com/tenant", verdict: "confirmed" },
  {
    what: "a site below co.uk",
    server: "https://mcp.one.co.uk/",
    issuer: "https://as.one.co.uk",
    verdict: "confirmed",
  },
  {
    what: "two sites below co.uk",
    server: "https://one.co.uk/",
    issuer: "https://two.co.uk",
    verdict: "unconfirmed",
  },
  {
    what: "two sites of a private suffix",
    server: "https://a.github.io/",
    issuer: "https://b.github.io",
    verdict: "unconfirmed",
  },
  {
    what: "one site of a private suffix",
    server: "https://m.a.github.io/",
    issuer: "https://s.a.github.io",
    verdict: "confirmed",
  },
  {
    what: "two buckets",
    server: "https://a.s3.amazonaws.com/",
    issuer: "https://b.s3.amazonaws.com",
    verdict: "unconfirmed",
  },
  {
    what: "a name that only begins alike",
    issuer: "https://example.com.evil.example",
    verdict: "unconfirmed",
  },
  {
    what: "one address",
    server: "https://192.0.2.1/",
    issuer: "https://192.0.2.1:8443",
    verdict: "confirmed",
  },
  {
    what: "two addresses",
    server: "https://192.0.2.1/",
    issuer: "https://192.0.2.2",
    verdict: "unconfirmed",
  },
  {
    what: "two IPv6 addresses",
    server: "https://[2001:db8::1]/",
    issuer: "https://[2001:db8::2]",
    verdict: "unconfirmed",
  },
  {
    what: "one single label",
    server: "https://intranet/mcp",
    issuer: "https://intranet:8443",
    verdict: "confirmed",
  },
  {
    what: "two single labels",
    server: "https://intranet/mcp",
    issuer: "https://login",
    verdict: "unconfirmed",
  },
  {
    what: "loopback both",
    server: "http://127.0.0.1:1/",
    issuer: "http://localhost:2",
    verdict: "confirmed",
  },
  { what: "a loopback server", server: "http://127.0.0.1:1/", verdict: "unconfirmed" },
  { what: "a loopback issuer", issuer: "https://localhost:8443", verdict: "unconfirmed" },
  {
    what: "an announced issuer at another site than its document",
    issuer: FOREIGN,
    lookupIssuer: "https://mcp.example.com",
    verdict: "unconfirmed",
  },
  {
    what: "a document of another site that announces the server's site",
    issuer: "https://mcp.example.com",
    lookupIssuer: FOREIGN,
    verdict: "unconfirmed",
  },
  {
    what: "a key, for an announced issuer that the document is not of",
    issuer: FOREIGN,
    lookupIssuer: "https://mcp.example.com",
    credentials: KEY,
    verdict: "unconfirmed",
  },
  {
    what: "a borrowed name with the stored token endpoint",
    lookupIssuer: "https://mcp.example.com",
    known: BEFORE,
    verdict: "confirmed",
  },
  {
    what: "a borrowed name with another token endpoint",
    lookupIssuer: "https://mcp.example.com",
    known: BEFORE,
    endpoints: { tokenEndpoint: "https://mcp.example.com/token" },
    verdict: "changed",
  },
  {
    what: "a borrowed name with another pushed request endpoint",
    lookupIssuer: "https://mcp.example.com",
    known: BEFORE,
    endpoints: { pushedRequestEndpoint: "https://mcp.example.com/par" },
    verdict: "changed",
  },
  {
    what: "a borrowed name with another registration endpoint",
    lookupIssuer: "https://mcp.example.com",
    known: BEFORE,
    endpoints: { registrationEndpoint: "https://mcp.example.com/register" },
    verdict: "changed",
  },
];

for (const row of ROWS) {
  Deno.test(`given credentials, ${row.what}: ${row.verdict}`, async () => {
    const { credentials = SECRET, endpoints, lookupIssuer, issuer = FOREIGN, known = [], named } =
      row;
    const verdict = await judgeIssuerBinding({
      serverUrl: row.server ?? MCP,
      server: {
        ...defaultServerMetadata(issuer),
        ...(lookupIssuer === undefined ? {} : { lookupIssuer }),
        ...endpoints,
      },
      ...{ named, known, credentials },
    });
    assert.equal(verdict, row.verdict);
  });
}

Deno.test("the public suffix list is asked only where the hosts do not decide", async () => {
  const asked: string[] = [];
  const ask = (one: string, other: string) => {
    asked.push(`${one} ${other}`);
    return Promise.resolve(true);
  };
  await isSameParty("https://a.example/x", "https://a.example:8443/y", ask);
  await isSameParty("http://127.0.0.1:1", "http://localhost:2", ask);
  await isSameParty("http://127.0.0.1:1", "https://a.example", ask);
  assert.deepEqual(asked, []);
  assert.equal(await isSameParty("https://a.example", "https://b.example", ask), true);
  assert.deepEqual(asked, ["a.example b.example"]);
});

Deno.test("a public suffix is no site", async () => {
  assert.equal(await sameRegistrableDomain("github.io", "github.io"), false);
  assert.equal(await sameRegistrableDomain("a.example.com.", "b.example.com"), true);
});
