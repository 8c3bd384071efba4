import assert from "node:assert/strict";
import { clientDocument } from "../../../src/oauth/client/client_document.ts";
import {
  type DocumentFlow,
  judgeClientDocument,
} from "../../../src/oauth/client/client_document_judge.ts";
import {
  judgeDocumentResponse,
  judgeDocumentUrl,
} from "../../../src/oauth/client/client_document_url.ts";
import type { Judgement } from "../../../src/core/finding.ts";

const URL_ = "https://app.example/client.json";
const SOUND = await clientDocument({ url: URL_, clientName: "Example" });

async function newKey(): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return JSON.stringify({ kty, crv, x, y, d });
}

const KEY = await newKey();
const SIGNING = await clientDocument({ url: URL_, clientName: "Example", privateKey: KEY });

const codes = (judgements: readonly Judgement[]) =>
  judgements.map(({ severity, code }) => `${severity} ${code}`);

/** @param url Null where only the document itself says its URL. */
function judged(document: unknown, flow: DocumentFlow = {}, url: string | null = URL_) {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return codes(judgeClientDocument(text, url ?? undefined, flow).judgements);
}

Deno.test("a document that was made here has nothing wrong with it", () => {
  assert.deepEqual(judged(SOUND), []);
  assert.deepEqual(judged(SOUND, { redirectUri: "http://localhost:17823/callback" }), []);
  assert.deepEqual(judged(SIGNING, { privateKey: KEY }), []);
  assert.deepEqual(judged(SOUND, {}, null), []);
});

Deno.test("without a URL, the client_id of a document is judged as its URL", () => {
  const insecure = { ...SOUND, client_id: "http://app.example/client.json" };
  assert.deepEqual(judged(insecure, {}, null), ["error client_document_url"]);
  assert.deepEqual(judged("7", {}, null), ["error client_document_json"]);
  assert.deepEqual(judged(insecure), ["error client_document_id"]);
});

Deno.test("a key leaves no private half in the document, and a name of its own", () => {
  assert.equal(JSON.stringify(SIGNING).includes(JSON.parse(KEY).d), false);
  assert.equal(SIGNING["token_endpoint_auth_method"], "private_key_jwt");
  const { keys: [key] } = SIGNING["jwks"] as { keys: { kid: string; alg: string }[] };
  assert.match(key?.kid ?? "", /^[\w-]{43}$/);
  assert.equal(key?.alg, "ES256");
});

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(SOUND).filter(([name]) => !names.includes(name)));

const { jwks: _, ...KEYLESS } = SIGNING;

/** A client that no person signs in with. */
const MACHINE = { ...without("redirect_uris", "response_types"), grant_types: ["jwt-bearer"] };

const WEB = { application_type: "web", redirect_uris: ["https://app.example/cb"] };

const DOCUMENTS: readonly (readonly [what: string, document: unknown, says: readonly string[]])[] =
  [
    ["no JSON", "<!doctype html>", ["error client_document_json"]],
    ["a list", "[]", ["error client_document_json"]],
    [
      "a member twice",
      JSON.stringify(SOUND).replace("{", '{"scope":"a","scope":"b",'),
      ["error client_document_json"],
    ],
    ["no client_id", without("client_id"), ["error client_document_id"]],
    ["a client_id with a slash more", { ...SOUND, client_id: `${URL_}/` }, [
      "error client_document_id",
    ]],
    ["an upper-case host", { ...SOUND, client_id: "https://APP.example/client.json" }, [
      "error client_document_id",
    ]],
    ["a secret", { ...SOUND, client_secret: "s3cret" }, ["error client_document_secret"]],
    ["its expiry", { ...SOUND, client_secret_expires_at: 0 }, ["error client_document_secret"]],
    ...["client_secret_basic", "client_secret_post", "client_secret_jwt"].map((method) =>
      [method, { ...SOUND, token_endpoint_auth_method: method }, [
        "error client_document_auth_method",
      ]] as const
    ),
    ["no method", without("token_endpoint_auth_method"), ["warning client_document_auth_method"]],
    ["no keys", KEYLESS, ["error client_document_keys", "error client_document_method_differs"]],
    ["keys twice", { ...SOUND, jwks: SIGNING["jwks"], jwks_uri: "https://app.example/jwks" }, [
      "error client_document_keys",
    ]],
    ["an empty key set", { ...SOUND, jwks: { keys: [] } }, ["error client_document_keys"]],
    ["keys over http", { ...SOUND, jwks_uri: "http://app.example/jwks" }, [
      "error client_document_keys",
    ]],
    ["a private key", { ...SOUND, jwks: { keys: [JSON.parse(KEY)] } }, [
      "error client_document_private_key",
    ]],
    ...["d", "p", "q", "dp", "dq", "qi", "oth", "k"].map((name) =>
      [
        `a key with "${name}"`,
        { ...SOUND, jwks: { keys: [{ kty: "RSA", n: "n", [name]: "x" }] } },
        [
          "error client_document_private_key",
        ],
      ] as const
    ),
    ["no name", without("client_name"), ["error client_document_name"]],
    ["a blank name", { ...SOUND, client_name: " " }, ["error client_document_name"]],
    ["no redirect URIs", without("redirect_uris"), ["error client_document_redirects"]],
    ["an empty list of them", { ...SOUND, redirect_uris: [] }, ["error client_document_redirects"]],
    [
      "a text in place of a list",
      { ...SOUND, redirect_uris: "http://127.0.0.1/callback" },
      [
        "error client_document_redirects",
      ],
    ],
    ...["/callback", "https://app.example/cb#x", "https://app.example/*", "http://app.example/cb"]
      .concat("javascript:alert(1)").map((uri) =>
        [uri, { ...SOUND, redirect_uris: [...SOUND["redirect_uris"] as string[], uri] }, [
          "error client_document_redirect_uri",
        ]] as const
      ),
    ["a number among the redirect URIs", { ...SOUND, redirect_uris: ["https://a.example", 1] }, [
      "error client_document_redirects",
      "error client_document_redirect_unlisted",
    ]],
    ["no redirect URIs and no person", MACHINE, []],
    ["an empty list of them and no person", { ...MACHINE, redirect_uris: [] }, []],
    ["a text instead of a list and no person", { ...MACHINE, redirect_uris: "x" }, [
      "error client_document_redirects",
    ]],
    ["a web client on https", { ...SOUND, ...WEB }, ["error client_document_redirect_unlisted"]],
    ["a web client at another address by http", {
      ...SOUND,
      ...WEB,
      redirect_uris: ["https://app.example/cb", "http://app.example/cb"],
    }, ["error client_document_redirect_uri", "error client_document_redirect_unlisted"]],
    ["a web client at an address that is not a URL", {
      ...SOUND,
      ...WEB,
      redirect_uris: ["https://app.example/cb", "/cb"],
    }, ["error client_document_redirect_uri", "error client_document_redirect_unlisted"]],
    ["one loopback form alone", { ...SOUND, redirect_uris: ["http://127.0.0.1/callback"] }, [
      "info client_document_loopback",
    ]],
    ["a web client on loopback", { ...SOUND, application_type: "web" }, [
      "warning client_document_application_type",
    ]],
    ["no application type", without("application_type"), [
      "warning client_document_application_type",
    ]],
    ["no refresh tokens", { ...SOUND, grant_types: ["authorization_code"] }, [
      "info client_document_grants",
    ]],
    ["no response type", { ...SOUND, response_types: [] }, ["error client_document_grants"]],
    ["scopes in a list", { ...SOUND, scope: ["a"] }, ["error client_document_member_type"]],
    ["a page over http", { ...SOUND, client_uri: "http://app.example" }, [
      "warning client_document_page",
    ]],
    ["more than 5 KB", { ...SOUND, software_id: "x".repeat(5120) }, [
      "warning client_document_size",
    ]],
  ];

for (const [what, document, says] of DOCUMENTS) {
  Deno.test(`in a document, ${what} is ${says.join(", ")}`, () => {
    assert.deepEqual(judged(document), says);
  });
}

Deno.test("one loopback redirect URI among others makes a client a native one", () => {
  const missing = (...redirect_uris: string[]) =>
    judged({ ...without("application_type"), redirect_uris })
      .includes("warning client_document_application_type");
  assert.equal(missing("https://app.example/cb", "http://127.0.0.1/callback"), true);
  assert.equal(missing("https://app.example/cb"), false);
  assert.equal(missing("https://127.0.0.1/cb"), false);
});

Deno.test("a key set at anything but an https URL is no key set", () => {
  const uri = "https://app.example/jwks";
  assert.ok(!judged({ ...KEYLESS, jwks_uri: uri }).includes("error client_document_keys"));
  for (const value of [[uri], "app.example", "http://127.0.0.1/jwks", ""]) {
    assert.ok(
      judged({ ...KEYLESS, jwks_uri: value }).includes("error client_document_keys"),
      JSON.stringify(value),
    );
  }
});

Deno.test("every judgement of a document reads as it is written down", async (t) => {
  const lines = DOCUMENTS.flatMap(([what, document]) => {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    return judgeClientDocument(text, URL_, {}).judgements.map((judgement) => {
      const { code, severity, message, remedy, reference } = judgement;
      return [`${what}: ${severity} ${code}`, message, remedy, reference].join("\n  ");
    });
  });
  await t.assertSnapshot(lines.join("\n").replaceAll(JSON.parse(KEY).d, "<d>"));
});

const MEMBERS = [
  ...["client_name", "scope", "software_id", "software_version", "application_type"],
  ...["token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks_uri", "client_uri"],
  ...["logo_uri", "tos_uri", "policy_uri", "jwks", "contacts", "grant_types", "response_types"],
  "dpop_bound_access_tokens",
];

for (const name of MEMBERS) {
  Deno.test(`in a document, a number as ${name} is of the wrong type`, () => {
    const text = JSON.stringify({ ...SOUND, [name]: 7 });
    const found = judgeClientDocument(text, URL_, {}).judgements
      .filter(({ code }) => code === "client_document_member_type");
    assert.equal(found.length, 1);
    assert.ok(found[0]?.message.startsWith(`"${name}" is `), found[0]?.message);
  });
}

Deno.test("a document of more than 5 KB is too large for some servers", () => {
  const of = (bytes: number) => {
    const document = { ...SOUND, software_id: "" };
    document.software_id = "x".repeat(bytes - JSON.stringify(document).length);
    return judged(document);
  };
  assert.deepEqual(of(5120), []);
  assert.deepEqual(of(5121), ["warning client_document_size"]);
});

const SERVER = {
  issuer: "https://as.example",
  client_id_metadata_document_supported: true,
  token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
  token_endpoint_auth_signing_alg_values_supported: ["ES256"],
};

/** Values of another type than the member has. */
const MISTYPED: Readonly<Record<string, unknown>> = {
  client_name: 7,
  scope: ["a"],
  software_id: 7,
  software_version: 2,
  token_endpoint_auth_method: null,
  application_type: true,
  token_endpoint_auth_signing_alg: ["ES256"],
  client_uri: {},
  logo_uri: 7,
  tos_uri: 7,
  policy_uri: 7,
  jwks_uri: [],
  grant_types: "authorization_code",
  response_types: ["code", 7],
  contacts: "a@app.example",
  jwks: [],
  dpop_bound_access_tokens: "true",
};

for (const [name, value] of Object.entries(MISTYPED)) {
  Deno.test(`a member ${name} of another type is an error that names it`, () => {
    const text = JSON.stringify({ ...SOUND, [name]: value });
    const { judgements } = judgeClientDocument(text, URL_, {});
    const messages = judgements.filter(({ code }) => code === "client_document_member_type")
      .map(({ message, severity }) => `${severity} ${message}`);
    assert.equal(messages.length, 1);
    assert.match(messages[0] ?? "", new RegExp(`^error .*"${name}"`));
  });
}

for (const uri of ["data:text/html,x", "file:///cb", "vbscript:x", "about:blank", "blob:x"]) {
  Deno.test(`a redirect URI ${uri} is refused for its scheme`, () => {
    const redirect_uris = [...SOUND["redirect_uris"] as string[], uri];
    assert.deepEqual(judged({ ...SOUND, redirect_uris }), ["error client_document_redirect_uri"]);
  });
}

for (const name of ["client_uri", "logo_uri", "tos_uri", "policy_uri"]) {
  Deno.test(`a page for people at ${name} has to be https`, () => {
    const at = (url: string) => judged({ ...SOUND, [name]: url });
    assert.deepEqual(at("http://app.example/x"), ["warning client_document_page"]);
    assert.deepEqual(at("https://app.example/x"), []);
  });
}

const FLOWS: readonly (readonly [string, unknown, DocumentFlow, readonly string[]])[] = [
  ["its redirect URI is not listed", SOUND, { redirectUri: "http://127.0.0.1:5000/cb" }, [
    "error client_document_redirect_unlisted",
  ]],
  ["its port is not", SOUND, { redirectUri: "http://127.0.0.1:5000/callback" }, [
    "warning client_document_redirect_unlisted",
  ]],
  [
    "the usual one is not",
    { ...SOUND, redirect_uris: ["https://app.example/cb"], application_type: "web" },
    {},
    ["error client_document_redirect_unlisted"],
  ],
  ["a key is used and none is named", SOUND, { privateKey: KEY }, [
    "error client_document_method_differs",
  ]],
  ["none is used and a key is named", SIGNING, {}, ["error client_document_method_differs"]],
  ["another key is used", SIGNING, { privateKey: await newKey() }, [
    "error client_document_key_unlisted",
  ]],
  ["the server takes documents", SOUND, { server: SERVER }, []],
  [
    "the server does not announce them",
    SOUND,
    { server: { ...SERVER, client_id_metadata_document_supported: "true" } },
    ["error cimd_not_offered"],
  ],
  [
    "the server takes no public clients",
    SOUND,
    { server: { ...SERVER, token_endpoint_auth_methods_supported: undefined } },
    ["error client_document_method_refused"],
  ],
  [
    "the server wants another algorithm",
    SIGNING,
    {
      privateKey: KEY,
      server: { ...SERVER, token_endpoint_auth_signing_alg_values_supported: ["RS256"] },
    },
    ["error client_document_method_refused"],
  ],
];

for (const [what, document, flow, says] of FLOWS) {
  Deno.test(`of a login, ${what}: ${says.join(", ") || "nothing"}`, () => {
    assert.deepEqual(judged(document, flow), says);
  });
}

Deno.test("where a key is used and none is named, or the reverse, the remedy names the change", () => {
  const remedyOf = (document: unknown, flow: DocumentFlow) =>
    judgeClientDocument(JSON.stringify(document), URL_, flow).judgements
      .map(({ remedy }) => remedy).join();
  assert.match(
    remedyOf(SOUND, { privateKey: KEY }),
    /^Add the public key to the document, or/,
  );
  assert.match(remedyOf(SIGNING, {}), /^Give the key$/);
});

const URLS: readonly (readonly [url: string, says: readonly string[]])[] = [
  [URL_, []],
  ["https://app.example:8443/a/client", []],
  ["https://app.example", ["error client_document_url"]],
  ["https://app.example/", ["error client_document_url"]],
  ["https://app.example/?client", ["error client_document_url"]],
  ["http://app.example/client.json", ["error client_document_url"]],
  ["https://app.example/client.json#x", ["error client_document_url"]],
  ["https://u:p@app.example/client.json", ["error client_document_url"]],
  ["https://app.example/a/../client.json", ["error client_document_url"]],
  ["https://app.example/%2e/client.json", ["error client_document_url"]],
  ["https://app.example\\client.json", ["error client_document_url"]],
  ["client.json", ["error client_document_url"]],
  ["urn:app.example:client", ["error client_document_url"]],
  ["https:app.example/client.json", ["error client_document_url"]],
  ["http://127.0.0.1:8080/client.json", ["warning client_document_url"]],
  ["https://app.example/client.json?v=2", ["warning client_document_query"]],
  ...["172.16.0.1", "172.31.0.1", "169.254.1.1", "192.168.0.1", "[fe80::1]", "[fc00::1]", "a.lan"]
    .concat("a.local", "a.localdomain", "a.home.arpa", "[febf::1]").map((host) =>
      [`https://${host}/client.json`, ["warning client_document_host"]] as const
    ),
  ...["172.15.0.1", "172.32.0.1", "11.0.0.1", "192.169.0.1", "[2606:4700::1]", "a.lantern.example"]
    .map((host) => [`https://${host}/client.json`, []] as const),
  ...["localhost", "10.1.2.3", "[::1]", "[fd00::1]", "box.internal", "intranet"].map((host) =>
    [`https://${host}/client.json`, ["warning client_document_host"]] as const
  ),
];

for (const [url, says] of URLS) {
  Deno.test(`as a client identifier, ${url} is ${says.join(", ") || "fine"}`, () => {
    assert.deepEqual(codes(judgeDocumentUrl(url)), says);
  });
}

Deno.test("a document is served with 200 and as JSON, or it is not there", () => {
  const served = (status: number, contentType: string | null, location: string | null = null) =>
    codes(judgeDocumentResponse({ status, contentType, location }));
  assert.deepEqual(served(200, "application/json"), []);
  assert.deepEqual(served(200, "application/oauth-client+json; charset=utf-8"), []);
  assert.deepEqual(served(200, "text/html"), ["warning client_document_media_type"]);
  assert.deepEqual(served(200, null), ["warning client_document_media_type"]);
  const [untyped] = judgeDocumentResponse({ status: 200, contentType: null, location: null });
  assert.doesNotMatch(untyped?.message ?? "", /""/);
  assert.deepEqual(served(302, null, "/login"), ["error client_document_status"]);
  assert.deepEqual(served(404, "application/json"), ["error client_document_status"]);
  assert.deepEqual(served(203, "application/json"), ["error client_document_status"]);
});
