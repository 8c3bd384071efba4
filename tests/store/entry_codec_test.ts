import assert from "node:assert/strict";
import fc from "fast-check";
import { isObject } from "../../src/core/json.ts";
import { credentialsFile, readCredentials } from "../../src/flow/credentials/credentials_file.ts";
import { CLIENT_AUTH_METHODS } from "../../src/oauth/client/client_auth.ts";
import { AUTH_MODES } from "../../src/oauth/authorization/auth_mode.ts";
import { REGISTRATION_APPROACHES, REVISION_IDS } from "../../src/oauth/mcp/revision.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { splitEntry } from "../../src/store/entry_codec.ts";
import { readRecord, RECORD_VERSION } from "../../src/store/entry_record.ts";
import { parseCredentials, parseRecord } from "./sign_in_schema.ts";

/** What a reader makes of a document: a value, or a refusal. */
type Read = (document: unknown) => { readonly value: unknown } | "refused";

const byHand = (read: (document: unknown) => unknown): Read => (document) => {
  try {
    return { value: read(document) };
  } catch {
    return "refused";
  }
};

const SHAPES: Readonly<Record<string, readonly [hand: Read, schema: Read]>> = {
  "an entry's file": [
    byHand((document) => {
      assert.ok(isObject(document) && document.version === RECORD_VERSION);
      return readRecord(document);
    }),
    (document) => {
      const parsed = parseRecord(document);
      if (parsed === "refused") return parsed;
      const { version: _, ...record } = parsed.value as Record<string, unknown>;
      return { value: record };
    },
  ],
  "a credentials file": [
    byHand((document) => readCredentials(JSON.stringify(document), "file").entry),
    parseCredentials,
  ],
};

const url = fc.constantFrom(
  "https://as.example/token",
  "https://as.example:8443/a?b=c",
  "https://[::1]/x",
);
const secret = fc.string({ minLength: 1 });
const visible = fc.stringMatching(/^[!-~]{1,40}$/);
const showable = fc.constantFrom("client-1", "größe", "https://client.example/id.json");
const scope = fc.constantFrom("", "a", "a b", "read:x write");
const time = fc.constantFrom("2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05+02:00");
const path = fc.constantFrom("/a b", "relative", "C:\\x");
const jwk = fc.constant(JSON.stringify({ kty: "EC", crv: "P-256", x: "x", y: "y", d: "d" }));
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** A record without the members that are undefined. */
function object(members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  return fc.record(members).map((value) => JSON.parse(JSON.stringify(value)));
}

const VALID = object({
  serverUrl: fc.constantFrom("https://mcp.example/mcp", "https://mcp.example"),
  account: showable,
  issuer: fc.constantFrom("https://as.example", "https://as.example/tenant"),
  client: object({
    clientId: showable,
    clientSecret: some(secret),
    clientSecretSource: some(fc.constantFrom("given", "issued")),
    approach: fc.constantFrom(...REGISTRATION_APPROACHES),
    tokenAuthMethod: fc.constantFrom(...CLIENT_AUTH_METHODS),
    clientIdInForm: some(fc.boolean()),
    audienceIsEndpoint: some(fc.boolean()),
    privateKey: some(jwk),
    assertionAlgorithm: some(fc.constantFrom("ES256", "HS256")),
    certificate: some(object({ certFile: path, keyFile: path, passphraseFile: some(path) })),
    redirectUri: orNull(fc.constant("http://127.0.0.1:1/callback")),
    registeredScope: some(scope),
    registrationUri: some(url),
    registrationToken: some(visible),
  }),
  tokens: orNull(object({
    accessToken: visible,
    refreshToken: orNull(secret),
    idToken: some(secret),
    tokenType: fc.constantFrom("Bearer", "bearer", "DPoP"),
    obtainedAt: time,
    expiresAt: orNull(time),
  })),
  authMode: fc.constantFrom(...Object.keys(AUTH_MODES)),
  requestedScopes: orNull(fc.array(visible.map((it) => it.replace(/["\\]/g, "x")))),
  grantedScope: orNull(scope),
  resource: orNull(fc.constantFrom("https://mcp.example/mcp", "urn:x:y")),
  endpoints: object({
    token: fc.oneof(url, fc.constant("")),
    revocation: some(url),
    introspection: some(url),
  }),
  protocolVersion: fc.constantFrom("auto", ...REVISION_IDS),
  loginFlags: some(fc.dictionary(
    fc.constantFrom("dpop", "scopes", "authorizeParam"),
    fc.oneof(fc.constant(true), showable, fc.array(showable)),
  )),
  relaxations: object({
    trustIssuer: some(object({ expected: url, announced: showable })),
    trustPkce: some(showable),
    resource: some(fc.constantFrom("none", "https://mcp.example/x")),
  }),
  namedHosts: some(fc.array(fc.constantFrom("as.example", "127.0.0.1", "[::1]"))),
  headerNames: fc.array(fc.constantFrom("X-Tenant", "x-a")),
  grant: some(object({
    file: some(path),
    identityProvider: some(
      object({ issuer: url, clientId: showable, tokenEndpoint: some(url) }),
    ),
  })),
  refresh: some(object({
    withScope: some(fc.boolean()),
    withoutResource: some(fc.boolean()),
    refusedWith: some(showable),
  })),
  idpClientSecret: some(secret),
  idpIdToken: some(secret),
  idpRefreshToken: some(secret),
  dpopKey: some(jwk),
  certificateAtServer: some(fc.boolean()),
  journal: some(
    object({ startedAt: time, refreshTokenFingerprint: fc.constant("0a1b2c3d4e5f6a7b") }),
  ),
  moved: some(object({ at: time, to: showable })),
  received: some(object({
    at: time,
    from: showable,
    fingerprint: fc.constant("0a1b"),
    moves: some(fc.nat()),
  })),
}) as fc.Arbitrary<StoredEntry>;

const SEALED = {
  place: "keyring",
  helper: "secret-tool",
  id: "0123456789abcdef0123456789abcdef",
  sealed: { nonce: "AAAA", data: "AAAA" },
};

const DOCUMENTS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  "an entry's file": fc.tuple(VALID, fc.boolean()).map(([entry, sealed]) => {
    const { publicEntry, secrets: values } = splitEntry(entry);
    const secrets = sealed ? SEALED : { place: "file", values };
    return { version: RECORD_VERSION, entry: publicEntry, holds: Object.keys(values), secrets };
  }),
  "a credentials file": VALID.map((entry) => credentialsFile(entry)),
};

/** Values that no member should have, and some that one may have. */
const ODD: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, 0, 1, -1, true, false, "", " ", "x", [], {}, [null], [""], ["a", 1], "none", "dcr"],
    ...["\r\nX: y", "\x1b[31m", "a\u202eb", "ü", "\0", "https://", "http://evil.example/token"],
    ...["https://user:pw@as.example/", "https://as.example/#x", "https://as.example/?q"],
    ...["http://127.0.0.1/x", "http://localhost", "ftp://as.example/", "javascript:1", "1", "2026"],
    ...["2026-13-01T00:00:00Z", "2026-01-02T03:04:05", "bearer", "mac", "ES256", "ES999", "file"],
    ...["keyring", "constructor", "__proto__", "toString", "client_secret_basic", "interactive"],
    ...["{}", '{"kty":"EC","crv":"P-256","d":"d"}', '{"kty":"oct","k":"k"}', "auto", "2025-11-25"],
    ...[{ expected: "https://as.example", announced: "https://x.example" }, { other: 1 }],
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Every path to a value in a document. */
function pathsOf(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [at];
  const below = Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...at, name]));
  return [at, ...below];
}

type Mutation = readonly [where: number, what: "replace" | "remove" | "add", name: string, unknown];

const NAMES = ["__proto__", "constructor", "other", "trustIssuer", "secrets", "tokens.accessToken"];

const MUTATION: fc.Arbitrary<Mutation> = fc.tuple(
  fc.nat(),
  fc.constantFrom("replace", "replace", "remove", "add"),
  fc.constantFrom(...NAMES),
  ODD,
);

function mutated(document: unknown, [where, what, name, odd]: Mutation): unknown {
  const paths = pathsOf(document);
  const path = paths[where % paths.length] ?? [];
  const copy = structuredClone({ document }) as Record<string, unknown>;
  let holder: Record<string, unknown> = copy;
  const all = ["document", ...path];
  for (const step of all.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  const last = all.at(-1) ?? "document";
  const target = holder[last];
  if (what === "replace") holder[last] = odd;
  else if (what === "remove" && Array.isArray(holder)) holder.splice(Number(last), 1);
  else if (what === "remove") delete holder[last];
  else if (isObject(target)) {
    Object.defineProperty(target, name, { value: odd, enumerable: true, configurable: true });
  }
  return JSON.parse(JSON.stringify(copy.document ?? null));
}

for (const [shape, [hand, schema]] of Object.entries(SHAPES)) {
  const documents = DOCUMENTS[shape];
  assert.ok(documents !== undefined);

  Deno.test(`${shape}: both readers accept every valid document and give the same value`, () => {
    fc.assert(
      fc.property(documents, (document) => {
        const read = hand(document);
        assert.notEqual(read, "refused", JSON.stringify(document));
        assert.deepEqual(read, schema(document));
      }),
      { numRuns: 300 },
    );
  });

  Deno.test(`${shape}: both readers refuse the same changed documents`, () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(
        documents,
        fc.array(MUTATION, { minLength: 1, maxLength: 3 }),
        (first, changes) => {
          const document = changes.reduce(mutated, first);
          const read = hand(document);
          assert.deepEqual(read, schema(document), JSON.stringify(document));
          seen[read === "refused" ? "refused" : "accepted"] += 1;
        },
      ),
      { numRuns: 3000 },
    );
    assert.ok(seen.accepted > 100 && seen.refused > 100, JSON.stringify(seen));
  });

  Deno.test(`${shape}: both readers refuse the same odd shapes`, () => {
    fc.assert(
      fc.property(
        fc.oneof(ODD, fc.dictionary(fc.constantFrom("version", "entry", ...NAMES), ODD)),
        (odd) => {
          assert.deepEqual(hand(odd), "refused");
          assert.deepEqual(schema(odd), "refused");
        },
      ),
      { numRuns: 500 },
    );
  });
}

Deno.test("what a file says is what was written into it", () => {
  fc.assert(
    fc.property(VALID, (entry) => {
      const document = credentialsFile(entry);
      const read = readCredentials(JSON.stringify(document), "file").entry;
      assert.deepEqual(credentialsFile(read), document);
      if (entry.tokens === null) return;
      const { moved: _, received: __, ...inFile } = entry;
      assert.deepEqual(read, { ...inFile, account: "default" });
    }),
    { numRuns: 300 },
  );
});

Deno.test("a file has no member for what a sign-in does not have", () => {
  fc.assert(
    fc.property(VALID, (entry) => {
      const document = credentialsFile(entry);
      assert.deepEqual(document, JSON.parse(JSON.stringify(document)));
      assert.equal("relaxed" in document, Object.keys(entry.relaxations).length > 0);
      for (const name of ["accessToken", "refreshToken", "tokenType", "obtainedAt", "expiresAt"]) {
        assert.ok(name in document, name);
      }
    }),
    { numRuns: 100 },
  );
});
