import assert from "node:assert/strict";
import { isObject, parseJson } from "../../../src/core/json.ts";
import { revision, type RevisionId, REVISIONS } from "../../../src/oauth/mcp/revision.ts";
import {
  defaultServerMetadata,
  judgeServerMetadata,
  type ServerMetadata,
} from "../../../src/oauth/metadata/server_metadata.ts";
import type { MetadataTrust } from "../../../src/oauth/metadata/server_metadata_judgements.ts";
import { answerOf, remedyOf } from "../support.ts";

const ISSUER = "https://as.example/tenant";
const GOOD = {
  issuer: ISSUER,
  authorization_endpoint: "https://as.example/authorize",
  token_endpoint: "https://as.example/token",
  registration_endpoint: "https://as.example/register",
  response_types_supported: ["code"],
  code_challenge_methods_supported: ["S256"],
};

interface Options {
  readonly rules?: RevisionId;
  readonly trust?: MetadataTrust;
  readonly codeGrant?: boolean;
  readonly serverUrl?: string;
  readonly issuer?: string;
  readonly isDefault?: boolean;
}

function judge(body: unknown, options: Options = {}) {
  const answer = answerOf(200, body);
  const document = parseJson(answer.body);
  assert.ok(isObject(document));
  return judgeServerMetadata(answer, document, {
    issuer: options.issuer ?? ISSUER,
    serverUrl: options.serverUrl ?? "https://mcp.example/mcp",
    rules: revision(options.rules ?? "2026-07-28"),
    trust: options.trust ?? {},
    codeGrant: options.codeGrant ?? true,
    isDefault: options.isDefault ?? false,
  });
}

function saidOf(body: unknown, options?: Options): string[] {
  return judge(body, options).judgements.map(({ severity, code }) => `${severity} ${code}`);
}

Deno.test("a valid document has no findings in any revision", () => {
  for (const { id } of REVISIONS) assert.deepEqual(saidOf(GOOD, { rules: id }), []);
});

Deno.test("members are taken byte for byte, absent ones are undefined or false", () => {
  const endpoint = "HTTPS://AS.example:443/a?p=1";
  const { metadata } = judge({ ...GOOD, authorization_endpoint: endpoint });
  const expected: Partial<ServerMetadata> = {
    issuer: ISSUER,
    authorizationEndpoint: endpoint,
    tokenEndpoint: GOOD.token_endpoint,
    registrationEndpoint: GOOD.registration_endpoint,
    tokenEndpointAuthMethods: undefined,
    scopesSupported: undefined,
    issParameter: false,
    clientIdMetadataDocument: false,
    pushedRequestsRequired: false,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual(metadata[name as keyof ServerMetadata], value, name);
  }
});

Deno.test("flags are true only when they are true", () => {
  for (
    const [value, flag] of [[true, true], [false, false], ["true", false], [1, false], [
      null,
      false,
    ]] as const
  ) {
    const { metadata } = judge({
      ...GOOD,
      authorization_response_iss_parameter_supported: value,
      client_id_metadata_document_supported: value,
      require_pushed_authorization_requests: value,
    });
    assert.deepEqual(
      [metadata.issParameter, metadata.clientIdMetadataDocument, metadata.pushedRequestsRequired],
      [flag, flag, flag],
    );
  }
});

/** Spellings that a URL library would call equal, and others. */
const OTHER_ISSUERS = [
  `${ISSUER}/`,
  "https://as.example",
  "https://AS.example/tenant",
  "HTTPS://as.example/tenant",
  "https://as.example:443/tenant",
  "https://as.example/%74enant",
  "https://as.example/x/../tenant",
  "https://as.example/Tenant",
  "https://evil.example/tenant",
];

Deno.test("an issuer for several tenants is called a template, and --trust-issuer names the pair", () => {
  const issuer = "https://as.example/{tenantid}";
  const [judgement] = judge({ ...GOOD, issuer }).judgements;
  assert.equal(judgement?.code, "issuer_template");
  assert.equal(judgement?.severity, "error");
  assert.deepEqual(judgement.loginFlags, { trustIssuer: `${ISSUER}=${issuer}` });
  assert.doesNotMatch(judgement.remedy, /publish/);
  const pair = { expected: ISSUER, announced: issuer };
  assert.deepEqual(saidOf({ ...GOOD, issuer }, { trust: { issuer: pair } }), [
    "warning issuer_mismatch_trusted",
  ]);
});

Deno.test("an issuer with http instead of https is explained by a proxy, and not trusted", () => {
  const issuer = ISSUER.replace("https:", "http:");
  const [judgement] = judge({ ...GOOD, issuer }).judgements;
  assert.equal(judgement?.code, "issuer_mismatch");
  assert.match(judgement.remedy, /X-Forwarded-Proto/);
  assert.equal(judgement.loginFlags, undefined);
});

Deno.test("an issuer that nobody named may end in a slash, and its metadata is used as announced", () => {
  const { judgements, metadata } = judge({ ...GOOD, issuer: `${ISSUER}/` }, { isDefault: true });
  assert.deepEqual(judgements, []);
  assert.equal(metadata.issuer, `${ISSUER}/`);
  assert.equal(metadata.lookupIssuer, undefined);
  assert.deepEqual(saidOf({ ...GOOD, issuer: `${ISSUER}//` }, { isDefault: true }), [
    "error issuer_mismatch",
  ]);
});

Deno.test("a missing issuer is named as such", () => {
  for (const issuer of [undefined, null, "", 42, [ISSUER]]) {
    assert.deepEqual(saidOf({ ...GOOD, issuer }), ["error issuer_missing"]);
  }
  const [judgement] = judge({ ...GOOD, issuer: 42 }).judgements;
  assert.match(judgement?.message ?? "", /"issuer": 42/);
});

for (const issuer of OTHER_ISSUERS) {
  Deno.test(`issuer ${issuer} is not ${ISSUER}: refused from 2025-06-18 on, tolerated before`, () => {
    for (const { id } of REVISIONS) {
      const expected = id === "2025-03-26"
        ? "warning issuer_mismatch_tolerated"
        : "error issuer_mismatch";
      assert.deepEqual(saidOf({ ...GOOD, issuer }, { rules: id }), [expected], id);
    }
  });

  Deno.test(`--trust-issuer admits ${issuer} for exactly this pair`, () => {
    const document = { ...GOOD, issuer };
    const pair = { expected: ISSUER, announced: issuer };
    assert.deepEqual(saidOf(document, { trust: { issuer: pair } }), [
      "warning issuer_mismatch_trusted",
    ]);
    for (
      const other of [
        { expected: `${ISSUER}/`, announced: issuer },
        { expected: issuer, announced: ISSUER },
        { expected: ISSUER, announced: `${issuer}x` },
        { expected: "", announced: "" },
      ]
    ) {
      assert.deepEqual(saidOf(document, { trust: { issuer: other } }), ["error issuer_mismatch"]);
    }
  });
}

Deno.test("a mismatch shows both issuers", () => {
  const [judgement] = judge({ ...GOOD, issuer: "https://evil.example" }).judgements;
  assert.match(
    judgement?.message ?? "",
    /"https:\/\/as\.example\/tenant".*"https:\/\/evil\.example"/,
  );
  assert.match(
    remedyOf(judgement),
    /login --trust-issuer https:\/\/as\.example\/tenant=https:\/\/evil\.example$/,
  );
});

Deno.test("a --trust-issuer of another pair is named as that", () => {
  const trusting = (issuer?: MetadataTrust["issuer"]) =>
    judge({ ...GOOD, issuer: "https://evil.example" }, issuer && { trust: { issuer } })
      .judgements[0]?.remedy ?? "";
  assert.match(
    trusting({ expected: `${ISSUER}/`, announced: "https://evil.example" }),
    /--trust-issuer names another pair. If you know/,
  );
  assert.doesNotMatch(trusting(), /names another pair/);
});

/** What RFC 8414 §2 lets no issuer be, whichever identifier was expected. */
const NO_ISSUERS = [
  "http://as.example/tenant",
  "http://127.0.0.1/tenant",
  "javascript:alert(1)",
  "as.example",
  `${ISSUER}?x=1`,
  `${ISSUER}?`,
  `${ISSUER}#x`,
  `${ISSUER}#`,
  "https://me:pw@as.example/tenant",
  "https://as.example\\tenant",
  "https://аs.example/tenant",
  "https://as.example/\u001b[2J",
];

for (const issuer of NO_ISSUERS) {
  Deno.test(`${JSON.stringify(issuer)} is no issuer, in any revision`, () => {
    for (const { id } of REVISIONS) {
      const { judgements } = judge({ ...GOOD, issuer }, { rules: id });
      assert.ok(judgements.some(({ severity }) => severity === "error"), id);
      for (const { remedy, message } of judgements) {
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(remedy + message, /\u001b/);
      }
      assert.ok(
        saidOf({ ...GOOD, issuer }, { rules: id, issuer }).includes("error issuer_invalid"),
        id,
      );
    }
  });
}

Deno.test("an issuer that is no URL is taken when the person names the pair", () => {
  const issuer = "accounts.example";
  const trust = { issuer: { expected: ISSUER, announced: issuer } };
  assert.deepEqual(saidOf({ ...GOOD, issuer }, { trust }), ["warning issuer_mismatch_trusted"]);
});

Deno.test("a remedy never offers a server's text as shell code", () => {
  const issuer = "https://as.example/$(id)`id`";
  const [mismatch] = judge({ ...GOOD, issuer }).judgements;
  assert.ok(remedyOf(mismatch).endsWith(`--trust-issuer '${ISSUER}=${issuer}'`));
  const document = { ...GOOD, issuer, code_challenge_methods_supported: undefined };
  const [pkce] = judge(document, { issuer }).judgements;
  assert.ok(remedyOf(pkce).endsWith(`--trust-pkce '${issuer}'`));
});

const PKCE: readonly [methods: unknown, newer: string | undefined, older: string | undefined][] = [
  [["S256"], undefined, undefined],
  [["plain", "S256"], undefined, undefined],
  [undefined, "error pkce_not_advertised", "warning pkce_not_advertised_tolerated"],
  [null, "error pkce_not_advertised", "warning pkce_not_advertised_tolerated"],
  [["plain"], "error pkce_s256_not_supported", "warning pkce_not_advertised_tolerated"],
  [[], "error pkce_s256_not_supported", "warning pkce_not_advertised_tolerated"],
  [["s256"], "error pkce_s256_not_supported", "warning pkce_not_advertised_tolerated"],
  [[["S256"]], "error pkce_s256_not_supported", "warning pkce_not_advertised_tolerated"],
];

for (const [methods, newer, older] of PKCE) {
  Deno.test(`code_challenge_methods_supported ${JSON.stringify(methods)}: ${newer ?? "good"}`, () => {
    const document = { ...GOOD, code_challenge_methods_supported: methods };
    for (const { id } of REVISIONS) {
      const expected = id < "2025-11-25" ? older : newer;
      assert.deepEqual(
        saidOf(document, { rules: id }),
        expected === undefined ? [] : [expected],
        id,
      );
    }
    assert.deepEqual(saidOf(document, { codeGrant: false }), [], "no code, no PKCE");
  });
}

Deno.test("a string is read as a list, and reported", () => {
  const document = {
    ...GOOD,
    code_challenge_methods_supported: "S256",
    scopes_supported: "mcp:read mcp:write",
    token_endpoint_auth_methods_supported: "none",
  };
  const { metadata, judgements } = judge(document);
  assert.deepEqual(metadata.scopesSupported, ["mcp:read", "mcp:write"]);
  assert.deepEqual(metadata.tokenEndpointAuthMethods, ["none"]);
  assert.deepEqual(judgements.map(({ code }) => code), Array(3).fill("member_type"));
  assert.equal(
    judgements[1]?.remedy,
    'Authorization server: publish "scopes_supported": ["mcp:read","mcp:write"]',
  );
});

for (const value of [7, "", null, ["https://as.example/authorize"]]) {
  Deno.test(`an endpoint ${JSON.stringify(value)} is not called absent`, () => {
    const [judgement] = judge({ ...GOOD, authorization_endpoint: value }).judgements;
    assert.equal(judgement?.code, "endpoint_missing");
    assert.match(judgement.message, /has (an empty )?"authorization_endpoint"/);
  });
}

Deno.test("the proxy that ends TLS is named only if the issuer differs in http", () => {
  const remedy = (issuer: string, announced: string) =>
    remedyOf(judge({ ...GOOD, issuer: announced }, { issuer }).judgements[0]);
  for (const announced of ["http://as.example", "http://as.example/"]) {
    assert.match(remedy("https://as.example", announced), /X-Forwarded-Proto/);
  }
  for (
    const [issuer, announced] of [
      ["https://as.example", "https://as.example/"],
      ["http://127.0.0.1:7001", "http://127.0.0.1:7001/"],
    ] as const
  ) {
    assert.doesNotMatch(remedy(issuer, announced), /X-Forwarded-Proto/);
    assert.match(remedy(issuer, announced), /--trust-issuer/);
  }
});

Deno.test("--trust-pkce admits a missing list for its issuer, and never one without S256", () => {
  const silent = { ...GOOD, code_challenge_methods_supported: undefined };
  assert.deepEqual(saidOf(silent, { trust: { pkce: ISSUER } }), [
    "warning pkce_not_advertised_trusted",
  ]);
  assert.deepEqual(saidOf(silent, { trust: { pkce: `${ISSUER}/` } }), [
    "error pkce_not_advertised",
  ]);
  assert.deepEqual(saidOf(silent, { trust: { pkce: "" } }), ["error pkce_not_advertised"]);
  // A tolerated issuer is trusted by either of its names.
  const pair = { expected: ISSUER, announced: `${ISSUER}/` };
  for (const pkce of [pair.expected, pair.announced]) {
    const said = saidOf({ ...silent, issuer: pair.announced }, { trust: { pkce, issuer: pair } });
    assert.deepEqual(said, [
      "warning issuer_mismatch_trusted",
      "warning pkce_not_advertised_trusted",
    ]);
  }
  const plain = { ...GOOD, code_challenge_methods_supported: ["plain"] };
  assert.deepEqual(saidOf(plain, { trust: { pkce: ISSUER } }), ["error pkce_s256_not_supported"]);
});

const LOCAL = "http://127.0.0.1:3000/mcp";

const INSECURE = "error endpoint_insecure";
const INVALID = "error endpoint_invalid";

const ENDPOINTS: readonly [value: string, serverUrl: string, said?: string][] = [
  ["https://elsewhere.example/a", "https://mcp.example/mcp"],
  ["https://as.example/a?p=B2C_1", "https://mcp.example/mcp"],
  ["http://127.0.0.1:9000/a", LOCAL],
  ["http://as.example/a", "https://mcp.example/mcp", INSECURE],
  ["http://as.example/a", LOCAL, INSECURE],
  ["http://127.0.0.1:9000/a", "https://mcp.example/mcp", INSECURE],
  ["file:///etc/passwd", "https://mcp.example/mcp", INVALID],
  ["javascript:alert(1)", "https://mcp.example/mcp", INVALID],
  ["/authorize", "https://mcp.example/mcp", INVALID],
  ["https://as.example/a#x", "https://mcp.example/mcp", INVALID],
  ["https://as.example/a#", "https://mcp.example/mcp", INVALID],
  ["https://me@as.example/a", "https://mcp.example/mcp", INVALID],
  ["https://:pw@as.example/a", "https://mcp.example/mcp", INVALID],
  ["https://as.example\\@evil.example/a", "https://mcp.example/mcp", INVALID],
  ["https://аs.example/a", "https://mcp.example/mcp", INVALID],
  ["https://as.example/\u001b[2J", "https://mcp.example/mcp", INVALID],
  ["https://as.ex ample/a", "https://mcp.example/mcp", INVALID],
  ["https://as.example/a\tb", "https://mcp.example/mcp", INVALID],
  ["http://as.example/a b", "https://mcp.example/mcp", INVALID],
  ["https://as.example/a?q=x y", "https://mcp.example/mcp", "warning endpoint_invalid"],
  [" https://as.example/a ", "https://mcp.example/mcp", "warning endpoint_invalid"],
];

Deno.test("an endpoint with a placeholder ends the login only where it is needed", () => {
  const value = "https://as.example/{tenant}/a";
  assert.deepEqual(saidOf({ ...GOOD, authorization_endpoint: value }), [INVALID]);
  assert.deepEqual(saidOf({ ...GOOD, token_endpoint: value }), [INVALID]);
  assert.deepEqual(saidOf({ ...GOOD, revocation_endpoint: value }), ["warning endpoint_invalid"]);
});

for (const [value, serverUrl, expected] of ENDPOINTS) {
  Deno.test(`endpoint ${JSON.stringify(value)} for ${serverUrl}: ${expected ?? "good"}`, () => {
    for (const name of ["authorization_endpoint", "token_endpoint", "registration_endpoint"]) {
      for (const { id } of REVISIONS) {
        const said = saidOf({ ...GOOD, [name]: value }, { rules: id, serverUrl });
        assert.deepEqual(said, expected === undefined ? [] : [expected], `${name} ${id}`);
      }
    }
  });
}

Deno.test("spaces in an endpoint are encoded, and the finding says where they are defined", () => {
  const value = "https://as.example/a?scope=x y";
  const { judgements: [judgement], metadata } = judge({ ...GOOD, authorization_endpoint: value });
  assert.equal(metadata.authorizationEndpoint, "https://as.example/a?scope=x%20y");
  assert.match(judgement?.message ?? "", /spaces \(%20 in a URL, RFC 3986 §2\)/);
  assert.doesNotMatch(judgement?.message ?? "", /https URL/);
});

Deno.test("an endpoint that the grant needs may not be missing", () => {
  for (const value of [undefined, null, "", 7, ["https://as.example/a"], {}]) {
    assert.deepEqual(saidOf({ ...GOOD, authorization_endpoint: value }), [
      "error endpoint_missing",
    ]);
    assert.deepEqual(saidOf({ ...GOOD, authorization_endpoint: value }, { codeGrant: false }), []);
    assert.deepEqual(saidOf({ ...GOOD, token_endpoint: value }), ["error endpoint_missing"]);
    assert.deepEqual(saidOf({ ...GOOD, registration_endpoint: value }), []);
  }
});

Deno.test("a server without the code flow is refused for it, and only for it", () => {
  const implicit = { ...GOOD, response_types_supported: ["token"] };
  assert.deepEqual(saidOf(implicit), ["error code_flow_not_supported"]);
  assert.deepEqual(saidOf(implicit, { codeGrant: false }), []);
  assert.deepEqual(saidOf({ ...GOOD, response_types_supported: undefined }), []);
});

Deno.test("a member that occurs twice is named", () => {
  const body = JSON.stringify(GOOD).replace("{", '{"token_endpoint":"https://evil.example/token",');
  assert.deepEqual(saidOf(body), ["warning json_member_repeated"]);
});

Deno.test("lists of any size and kind are read", () => {
  const scopes = Array.from(
    { length: 50_000 },
    (_, index) => index % 2 === 0 ? `s${index}` : index,
  );
  const { metadata } = judge({
    ...GOOD,
    scopes_supported: scopes,
    token_endpoint_auth_methods_supported: { length: 1, 0: "none" },
  });
  assert.equal(metadata.scopesSupported?.length, 25_000);
  assert.equal(metadata.tokenEndpointAuthMethods, undefined);
});

Deno.test("the default endpoints of 2025-03-26 stand at the base URL", () => {
  const { issuer, authorizationEndpoint, tokenEndpoint, registrationEndpoint } =
    defaultServerMetadata(
      "https://mcp.example:8443",
    );
  assert.deepEqual([issuer, authorizationEndpoint, tokenEndpoint, registrationEndpoint], [
    "https://mcp.example:8443",
    "https://mcp.example:8443/authorize",
    "https://mcp.example:8443/token",
    "https://mcp.example:8443/register",
  ]);
});
