import assert from "node:assert/strict";
import type { Judgement } from "../../../src/core/finding.ts";
import type { MetadataSubject } from "../../../src/oauth/metadata/metadata_response_checks.ts";
import type { Check } from "../../../src/oauth/common/judgement.ts";
import {
  checksOf,
  judgeMetadata,
  reasonNotRead,
} from "../../../src/oauth/metadata/metadata_judge.ts";
import type { MetadataKind } from "../../../src/oauth/metadata/metadata_kind.ts";
import { revision, REVISION_IDS, type RevisionId } from "../../../src/oauth/mcp/revision.ts";
import { answerOf, INHERITED_NAMES, remedyOf } from "../support.ts";

type Members = Record<string, unknown>;

const ISSUER = "https://as.example";
const RESOURCE = "https://mcp.example/mcp";

/** A document without a fault of any kind. */
const SERVER: Members = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  registration_endpoint: `${ISSUER}/register`,
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["none"],
  scopes_supported: ["mcp:read"],
  authorization_response_iss_parameter_supported: true,
  client_id_metadata_document_supported: true,
};

const PROTECTED: Members = {
  resource: RESOURCE,
  resource_name: "Example",
  "resource_name#de-AT": "Beispiel",
  authorization_servers: [ISSUER],
  scopes_supported: ["mcp:read"],
  bearer_methods_supported: ["header"],
};

const URLS: Readonly<Record<MetadataKind, string>> = {
  protected_resource: "https://mcp.example/.well-known/oauth-protected-resource/mcp",
  authorization_server: `${ISSUER}/.well-known/oauth-authorization-server`,
  openid_configuration: `${ISSUER}/.well-known/openid-configuration`,
};

const HEADERS = { "content-type": "application/json", "cache-control": "max-age=3600" };

interface Case {
  readonly kind?: MetadataKind;
  /** Members in place of the good ones; undefined takes one away. */
  readonly members?: Members;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly subject?: Partial<MetadataSubject>;
  readonly version?: RevisionId;
  /** Codes with their severities, in the order of severity and code. */
  readonly says: readonly string[];
  /** Words that a message holds. */
  readonly words?: string;
}

function judged(given: Omit<Case, "says">): readonly Judgement[] {
  const { kind = "authorization_server", members = {}, headers = {}, version = "2026-07-28" } =
    given;
  const resource = kind === "protected_resource";
  const document = { ...resource ? PROTECTED : SERVER, ...members };
  const url = given.subject?.url ?? URLS[kind];
  const answer = answerOf(
    200,
    given.body ?? document,
    Object.fromEntries(Object.entries({ ...HEADERS, ...headers }).filter(([, it]) => it !== "")),
    url,
  );
  return judgeMetadata({
    ...{ kind, url, response: answer, source: "path", serverUrl: url },
    document: JSON.parse(answer.body),
    identifier: resource ? RESOURCE : ISSUER,
    rules: revision(version),
    ...given.subject,
  });
}

const said = (judgements: readonly Judgement[]) =>
  judgements.map(({ severity, code }) => `${severity} ${code}`).sort();

const PRM = "protected_resource";
const OIDC = "openid_configuration";
const OPENID = {
  jwks_uri: `${ISSUER}/jwks`,
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["ES256"],
};

const CASES: Readonly<Record<string, Case>> = {
  "a sound server document": { says: [] },
  "a sound resource document, language tags among its names": { kind: PRM, says: [] },
  "a sound OpenID document": { kind: OIDC, members: OPENID, says: [] },

  "no issuer": {
    members: { issuer: undefined },
    says: ["error issuer_missing"],
    words: `has no "issuer"; expected "${ISSUER}"`,
  },
  "no issuer and no token endpoint": {
    members: { issuer: undefined, token_endpoint: undefined },
    says: ["error issuer_missing", "error endpoint_missing"],
  },
  "another issuer": {
    members: { issuer: "https://as.example.evil" },
    says: ["error issuer_mismatch"],
    words: 'expected "https://as.example", received "https://as.example.evil"; first ' +
      'difference at character 19: expected the end, found "."',
  },
  "another issuer, by the oldest revision": {
    members: { issuer: "https://other.example" },
    version: "2025-03-26",
    says: ["warning issuer_mismatch_tolerated"],
  },
  "an issuer in other letters": {
    members: { issuer: "https://AS.example" },
    says: ["error issuer_mismatch"],
    words: 'character 9: expected "a", found "A"',
  },
  "an issuer that ends in a slash": {
    members: { issuer: `${ISSUER}/` },
    subject: { identifier: `${ISSUER}/` },
    says: ["info issuer_trailing_slash"],
  },
  "an issuer for any tenant": {
    members: { issuer: "https://as.example/{tenantid}" },
    says: ["error issuer_template"],
  },
  "no endpoints": {
    members: { authorization_endpoint: undefined, token_endpoint: undefined },
    says: ["error endpoint_missing", "error endpoint_missing"],
  },
  "a token endpoint on http": {
    members: { token_endpoint: "http://as.example/token" },
    says: ["error endpoint_insecure"],
    words: '"token_endpoint" is "http://as.example/token"',
  },
  "keys on http": {
    members: { jwks_uri: "http://as.example/jwks" },
    says: ["error endpoint_insecure"],
  },
  "an alias for certificates on http": {
    members: { mtls_endpoint_aliases: { token_endpoint: "http://as.example/token" } },
    says: ["error endpoint_insecure"],
  },
  "http on loopback for a loopback server": {
    members: { jwks_uri: "http://127.0.0.1/jwks" },
    subject: { serverUrl: "http://127.0.0.1/" },
    says: [],
  },
  "an endpoint on another host": {
    members: { token_endpoint: "https://login.example/token" },
    says: ["info endpoint_on_other_host"],
    words: '"token_endpoint" on "login.example"',
  },
  "an authorization endpoint on another host": {
    members: { authorization_endpoint: "https://login.example/authorize" },
    says: ["info endpoint_on_other_host"],
    words: '"authorization_endpoint" on "login.example"',
  },
  "a registration endpoint on another port": {
    members: { registration_endpoint: `${ISSUER}:8443/register` },
    says: ["info endpoint_on_other_host"],
    words: '"registration_endpoint" on "as.example:8443"',
  },
  "no challenge methods": {
    members: { code_challenge_methods_supported: undefined },
    says: ["error pkce_not_advertised"],
  },
  "no challenge methods, by 2025-06-18": {
    members: { code_challenge_methods_supported: undefined },
    version: "2025-06-18",
    says: ["warning pkce_not_advertised_tolerated"],
  },
  "plain alone": {
    members: { code_challenge_methods_supported: ["plain"] },
    says: ["error pkce_s256_not_supported"],
  },
  "plain beside S256": {
    members: { code_challenge_methods_supported: ["plain", "S256"] },
    says: ["info pkce_plain_listed"],
  },
  "challenge methods as a text": {
    members: { code_challenge_methods_supported: "S256" },
    says: ["warning member_type"],
    words: 'is the string "S256", expected a list of strings; mcpass reads it as a list',
  },
  "no response types": {
    members: { response_types_supported: undefined },
    says: ["warning response_types_missing"],
  },
  "no code among the response types": {
    members: { response_types_supported: ["token"] },
    says: ["error code_flow_not_supported"],
  },
  "no query among the response modes": {
    members: { response_modes_supported: ["form_post"] },
    says: ["warning response_mode_query_missing"],
    words: '"form_post" and not "query"',
  },
  "grants for machines alone": {
    members: { grant_types_supported: ["client_credentials"] },
    says: ["info grant_refresh_not_listed", "warning grant_code_not_listed"],
  },
  "grants of another age": {
    members: { grant_types_supported: ["authorization_code", "refresh_token", "password"] },
    says: ["info grant_withdrawn"],
  },
  "no grants named": {
    members: { grant_types_supported: undefined },
    says: ["info grant_refresh_not_listed"],
    words: "which means authorization_code and implicit",
  },
  "no authentication named": {
    members: { token_endpoint_auth_methods_supported: undefined },
    says: ["info auth_methods_default", "warning cimd_without_auth_method"],
  },
  "clients with secrets alone": {
    members: { token_endpoint_auth_methods_supported: ["client_secret_post"] },
    says: ["info public_clients_not_listed", "warning cimd_without_auth_method"],
  },
  "clients with secrets alone, before there were metadata documents of clients": {
    members: { token_endpoint_auth_methods_supported: ["client_secret_post"] },
    version: "2025-06-18",
    says: ["info public_clients_not_listed"],
  },
  "assertions without algorithms": {
    members: {
      token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
      revocation_endpoint_auth_methods_supported: ["client_secret_jwt"],
    },
    says: ["warning auth_signing_algs_missing", "warning auth_signing_algs_missing"],
  },
  "assertions with algorithms": {
    members: {
      token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: ["ES256"],
    },
    says: [],
  },
  "assertions that nobody signed": {
    members: { token_endpoint_auth_signing_alg_values_supported: ["none", "ES256"] },
    says: ["warning signing_alg_none"],
  },
  "no way to a client identifier": {
    members: { registration_endpoint: undefined, client_id_metadata_document_supported: undefined },
    says: ["info cimd_not_offered", "warning registration_unavailable"],
  },
  "a way that 2025-06-18 does not know": {
    members: { registration_endpoint: undefined },
    version: "2025-06-18",
    says: ["warning registration_unavailable"],
  },
  "dynamic registration alone": {
    members: { client_id_metadata_document_supported: false },
    says: ["info cimd_not_offered"],
    words: "only dynamic registration",
  },
  "dynamic registration alone, by 2025-06-18": {
    members: { client_id_metadata_document_supported: false },
    version: "2025-06-18",
    says: [],
  },
  "a flag as a text": {
    members: { client_id_metadata_document_supported: "true" },
    says: ["info cimd_not_offered", "warning member_type"],
    words: 'is the string "true", expected true or false',
  },
  "no iss": {
    members: { authorization_response_iss_parameter_supported: undefined },
    says: ["info iss_not_advertised"],
  },
  "pushed requests alone": {
    members: { require_pushed_authorization_requests: true },
    says: ["warning pushed_requests_required"],
    words: 'there is no "pushed_authorization_request_endpoint"',
  },
  "no scopes": { members: { scopes_supported: undefined }, says: ["info scopes_not_listed"] },
  "an empty list": { members: { acr_values_supported: [] }, says: ["warning member_empty"] },
  "a list with a number in it": {
    members: { scopes_supported: ["a", 7] },
    says: ["warning member_type"],
    words: "is a list with 7 in it",
  },
  "null": { members: { service_documentation: null }, says: ["warning member_type"] },
  "a page that is a script": {
    members: { op_tos_uri: "javascript:alert(1)" },
    says: ["warning page_url_unsafe"],
  },
  "a resource that the server does not list": {
    members: { protected_resources: ["https://mcp.example"] },
    subject: { resource: RESOURCE },
    says: ["warning resource_not_listed_by_server"],
  },
  "a resource that the server lists": {
    members: { protected_resources: [RESOURCE] },
    subject: { resource: RESOURCE },
    says: [],
  },
  "signed metadata": {
    members: { signed_metadata: "e30.e30." },
    says: ["info signed_metadata_not_verified"],
  },
  "OpenID members missing": {
    kind: OIDC,
    members: { jwks_uri: `${ISSUER}/jwks` },
    says: ["info openid_members_missing"],
    words: "subject_types_supported, id_token_signing_alg_values_supported",
  },
  "names that nobody knows": {
    members: { x_vendor: 1, y_vendor: 2 },
    says: ["info member_unknown"],
    words: '"x_vendor", "y_vendor"',
  },
  "a member of the other document": {
    members: { bearer_methods_supported: ["header"] },
    says: ["warning member_of_other_document"],
  },
  "a name twice": {
    body: JSON.stringify(SERVER).replace("{", `{"issuer":"https://evil.example",`),
    says: ["warning json_member_repeated"],
  },
  "a name twice, spelt with an escape": {
    body: JSON.stringify(SERVER).replace("{", String.raw`{"\u0069ssuer":"https://evil.example",`),
    says: ["warning json_member_repeated"],
    words: '"issuer"',
  },

  "no resource": {
    kind: PRM,
    members: { resource: undefined },
    says: ["warning resource_missing"],
  },
  "another resource": {
    kind: PRM,
    members: { resource: "https://mcp.example/mcpx" },
    says: ["error resource_mismatch"],
    words: 'first difference at character 24: expected the end, found "x"',
  },
  "a resource of another origin": {
    kind: PRM,
    members: { resource: "https://evil.example/mcp" },
    says: ["error resource_mismatch"],
    words: "another origin; first difference at character 9",
  },
  "a resource that is a parent": {
    kind: PRM,
    members: { resource: "https://mcp.example" },
    says: ["warning resource_is_parent"],
  },
  "a resource with a slash": {
    kind: PRM,
    members: { resource: `${RESOURCE}/` },
    says: ["warning resource_trailing_slash"],
  },
  "a resource with a query": {
    kind: PRM,
    members: { resource: `${RESOURCE}?a=1` },
    subject: { identifier: `${RESOURCE}?a=1` },
    says: ["info resource_has_query"],
  },
  "a root document about a path": {
    kind: PRM,
    subject: {
      source: "root",
      url: "https://mcp.example/.well-known/oauth-protected-resource",
    },
    says: ["info resource_of_root_document"],
    words: "https://mcp.example/.well-known/oauth-protected-resource/mcp",
  },
  "a root document about its origin": {
    kind: PRM,
    members: { resource: "https://mcp.example" },
    subject: {
      source: "root",
      identifier: "https://mcp.example",
      url: "https://mcp.example/.well-known/oauth-protected-resource",
    },
    says: [],
  },
  "no authorization servers": {
    kind: PRM,
    members: { authorization_servers: undefined },
    says: ["warning authorization_servers_missing"],
  },
  "no authorization servers in a list": {
    kind: PRM,
    members: { authorization_servers: [] },
    says: ["warning authorization_servers_missing"],
  },
  "authorization servers that are none": {
    kind: PRM,
    members: { authorization_servers: ["as.example", ISSUER, ISSUER] },
    says: ["info authorization_servers_repeated", "warning authorization_server_invalid"],
  },
  "a metadata URL in place of an issuer": {
    kind: PRM,
    members: { authorization_servers: [URLS.authorization_server] },
    says: ["warning authorization_server_is_metadata_url"],
  },
  "no header among the bearer methods": {
    kind: PRM,
    members: { bearer_methods_supported: ["query"] },
    says: ["warning bearer_header_not_listed"],
  },
  "no scopes and no name": {
    kind: PRM,
    members: {
      scopes_supported: undefined,
      resource_name: undefined,
      "resource_name#de-AT": undefined,
    },
    says: ["info resource_name_missing", "info scopes_not_listed"],
  },
  "scopes in one text": {
    kind: PRM,
    members: { scopes_supported: ["mcp:read mcp:write"] },
    says: ["warning scope_malformed"],
  },
  "offline_access among the scopes of a resource": {
    kind: PRM,
    members: { scopes_supported: ["offline_access"] },
    says: ["warning offline_access_published"],
  },
  "offline_access, before it was said not to be there": {
    kind: PRM,
    members: { scopes_supported: ["offline_access"] },
    version: "2025-11-25",
    says: [],
  },
  "bound tokens alone": {
    kind: PRM,
    members: {
      dpop_bound_access_tokens_required: true,
      tls_client_certificate_bound_access_tokens: true,
    },
    says: ["warning dpop_required", "info mtls_supported"],
  },
  "signatures that nobody made": {
    kind: PRM,
    members: { resource_signing_alg_values_supported: ["none"] },
    says: ["warning signing_alg_none"],
  },
  "keys in the document": {
    kind: PRM,
    members: { jwks: { keys: [] } },
    says: ["warning member_of_other_document"],
  },
  "a language tag where there is none": {
    kind: PRM,
    members: { "resource#de": "x" },
    says: ["info member_unknown"],
  },
  "pages for people, by language": {
    kind: PRM,
    members: {
      resource_documentation: "https://mcp.example/docs",
      "resource_documentation#de": "https://mcp.example/de",
      "resource_policy_uri#de": "https://mcp.example/policy",
      "resource_tos_uri#de": "https://mcp.example/tos",
    },
    says: [],
  },
  "a page for people that is no page": {
    kind: PRM,
    members: { "resource_documentation#de": "javascript:alert(1)" },
    says: ["warning page_url_unsafe"],
  },
  "a language tag that is none": {
    kind: PRM,
    members: { "resource_name#": "x" },
    says: ["warning member_misspelt"],
  },

  "HTML's content type": {
    headers: { "content-type": "text/html" },
    says: ["warning metadata_content_type"],
  },
  "no content type": {
    headers: { "content-type": "" },
    says: ["warning metadata_content_type"],
  },
  "a content type twice": {
    headers: { "content-type": "application/json, application/json" },
    says: ["warning metadata_content_type"],
  },
  "a content type with a charset": {
    headers: { "content-type": "Application/JSON; charset=utf-8" },
    says: [],
  },
  "nothing about caching": { headers: { "cache-control": "" }, says: ["info metadata_caching"] },
  "never cached": { headers: { "cache-control": "no-store" }, says: ["info metadata_caching"] },
  "cached for a year": {
    headers: { "cache-control": "public, max-age=31536000" },
    says: ["info metadata_caching"],
    words: "365 days",
  },
  "cached for a day": { headers: { "cache-control": "max-age=86400" }, says: [] },
  "cached for a second more": {
    headers: { "cache-control": "max-age=86401" },
    says: ["info metadata_caching"],
  },
  "an entity tag": { headers: { "cache-control": "", "etag": '"1"' }, says: [] },
  "a cookie": { headers: { "set-cookie": "a=1" }, says: ["info metadata_sets_cookie"] },
  "70 kB": {
    members: { x_padding: "x".repeat(70_000) },
    says: ["info member_unknown", "warning metadata_large"],
  },
  "a URL where no client looks": {
    subject: { url: `${ISSUER}/t/.well-known/oauth-authorization-server` },
    says: ["warning metadata_place_unusual"],
    words: `look for the document at "${ISSUER}/.well-known/oauth-authorization-server/t"`,
  },
  "a server document at a resource's URL": {
    subject: { url: URLS.protected_resource },
    says: ["error metadata_kind_unexpected"],
  },
};

for (const [name, given] of Object.entries(CASES)) {
  Deno.test(`${name}: ${given.says.join(", ") || "nothing to say"}`, () => {
    const judgements = judged(given);
    assert.deepEqual(said(judgements), [...given.says].sort());
    if (given.words !== undefined) {
      const messages = judgements.map(({ message }) => message).join("\n");
      assert.ok(messages.includes(given.words), messages);
    }
    for (const { code, message, remedy, reference } of judgements) {
      assert.match(code, /^[a-z0-9_]+$/);
      assert.doesNotMatch(message, /\.$/);
      assert.ok(remedy !== "" && reference !== "", code);
    }
  });
}

Deno.test("every judgement reads as it is written down", async (t) => {
  const lines = Object.entries(CASES).flatMap(([name, given]) =>
    judged(given).map((judgement) => {
      const { code, severity, message, reference } = judgement;
      return [`${name}: ${severity} ${code}`, message, remedyOf(judgement), reference].join("\n  ");
    })
  );
  await t.assertSnapshot(lines.join("\n"));
});

Deno.test("a document of the wrong kind is said before anything else about it", () => {
  const members = { issuer: "https://other.example", response_types_supported: ["token"], x: 1 };
  const found = judged({ members, subject: { url: URLS.protected_resource } });
  assert.equal(found[0]?.code, "metadata_kind_unexpected");
  assert.ok(found.length >= 3, said(found).join());
});

Deno.test("of many unknown names twelve are shown, and how many more there are", () => {
  const message = (count: number) => {
    const members = Object.fromEntries(Array.from({ length: count }, (_, at) => [`x_${at}_y`, 1]));
    return judged({ members })[0]?.message ?? "";
  };
  assert.ok(message(12).includes('"x_11_y"') && !message(12).includes(" more"), message(12));
  assert.ok(message(13).includes('"x_11_y" and 1 more'), message(13));
  assert.ok(!message(13).includes('"x_12_y"'));
});

Deno.test("a document of more than 64 KiB is large", () => {
  const of = (bytes: number) => {
    const members = { op_policy_uri: "https://as.example/" };
    const length = JSON.stringify({ ...SERVER, ...members }).length;
    members.op_policy_uri += "x".repeat(bytes - length);
    return said(judged({ members }));
  };
  assert.deepEqual(of(65_536), []);
  assert.deepEqual(of(65_537), ["warning metadata_large"]);
});

Deno.test("every check of the tables has a case that meets it", () => {
  const met = new Set(Object.values(CASES).flatMap(({ says }) => says));
  const tables = (["protected_resource", "authorization_server"] as const).map(checksOf);
  const due = tables.flatMap(Object.entries<Check<MetadataSubject>>)
    .map(([code, { severity }]) => `${severity} ${code}`);
  const elsewhere = ["warning metadata_redirected", "warning member_misspelt"];
  assert.deepEqual(due.filter((row) => !met.has(row) && !elsewhere.includes(row)), []);
});

const MISSPELT: readonly (readonly [name: string, meant: string])[] = [
  ["code_challenge_method_supported", "code_challenge_methods_supported"],
  ["codeChallengeMethodsSupported", "code_challenge_methods_supported"],
  ["code_challenge_methods", "code_challenge_methods_supported"],
  ["authorisation_endpoint", "authorization_endpoint"],
  ["token-endpoint", "token_endpoint"],
  ["registration_endpont", "registration_endpoint"],
  ["scope_supported", "scopes_supported"],
  ["Issuer", "issuer"],
  ["jwks_url", "jwks_uri"],
];

for (const [name, meant] of MISSPELT) {
  Deno.test(`"${name}" is met with "${meant}"`, () => {
    const found = judged({ members: { [name]: SERVER[meant] ?? `${ISSUER}/x` } });
    const words = found.filter(({ code }) => code === "member_misspelt").map((it) => it.message);
    assert.deepEqual(words, [
      `"${name}" is not a member of this document; did you mean "${meant}"?`,
    ]);
  });
}

Deno.test("a misspelt authorization_servers is named beside what is missing", () => {
  const { authorization_servers: servers } = PROTECTED;
  const members = { authorization_servers: undefined, authorization_server: servers };
  assert.deepEqual(said(judged({ kind: "protected_resource", members })), [
    "warning authorization_servers_missing",
    "warning member_misspelt",
  ]);
});

Deno.test("a document reached by a redirect says where it was found", () => {
  const url = URLS.authorization_server;
  const answer = answerOf(200, SERVER, HEADERS, "https://as.example/elsewhere");
  const found = judged({ subject: { url, response: answer } });
  assert.deepEqual(said(found), ["warning metadata_redirected"]);
  assert.ok(found[0]?.message.includes("https://as.example/elsewhere"));
});

Deno.test("names that every object inherits are unknown members like others", () => {
  const body = `{${INHERITED_NAMES.map((name) => `${JSON.stringify(name)}:1`).join(",")},${
    JSON.stringify(SERVER).slice(1)
  }`;
  const found = judged({ body });
  assert.deepEqual(said(found), ["info member_unknown"]);
  for (const name of INHERITED_NAMES) assert.ok(found[0]?.message.includes(`"${name}"`), name);
});

Deno.test("text of a document reaches a message without control characters", () => {
  const evil = "\u001b[2J\u202e";
  const found = judged({ members: { [evil]: evil, issuer: evil, op_tos_uri: evil } });
  for (const { message, remedy } of found) assert.ok(!`${message}${remedy}`.includes("\u001b"));
  assert.ok(found.length >= 3);
});

Deno.test("each revision reads the documents that it knows", () => {
  const readers = (kind: MetadataKind, identifier: string) =>
    REVISION_IDS.filter((id) => reasonNotRead(kind, identifier, revision(id)) === undefined);
  assert.deepEqual(readers("protected_resource", RESOURCE), REVISION_IDS.slice(1));
  assert.deepEqual(readers("openid_configuration", ISSUER), REVISION_IDS.slice(2));
  assert.deepEqual(readers("authorization_server", ISSUER), REVISION_IDS);
  assert.deepEqual(readers("authorization_server", `${ISSUER}/t`), REVISION_IDS.slice(1));
});

Deno.test("an answer without a document has what the login says of it, or nothing", () => {
  const of = (status: number, body: string) => {
    const answer = answerOf(status, body, HEADERS, URLS[PRM]);
    return said(judged({ kind: PRM, subject: { response: answer } }));
  };
  const whole = said(judged({ kind: PRM }));
  assert.deepEqual(of(404, ""), whole);
  assert.deepEqual(of(410, ""), ["warning metadata_answer_unusable"]);
  assert.ok(of(500, "").some((it) => it.endsWith("metadata_unavailable")));
});

Deno.test("a server that lists no resources is not asked for one", () => {
  const unlisted = (members: Members) =>
    said(judged({ members, subject: { resource: RESOURCE } }))
      .filter((it) => it.includes("resource_not_listed"));
  assert.deepEqual(unlisted({}), []);
  assert.deepEqual(unlisted({ protected_resources: [RESOURCE] }), []);
  assert.deepEqual(unlisted({ protected_resources: [] }), [
    "warning resource_not_listed_by_server",
  ]);
});

Deno.test("two wrong letters are a misspelling in a name of eight, and one in a shorter name", () => {
  const codes = (name: string) => said(judged({ members: { [name]: 1 } }));
  assert.deepEqual(codes("jwxs_yri"), ["warning member_misspelt"]);
  assert.deepEqual(codes("isuer"), ["warning member_misspelt"]);
  assert.deepEqual(codes("isxer"), ["info member_unknown"]);
});
