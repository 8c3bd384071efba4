/** Open source projects and frameworks of which one deviation was reported. @module */

import {
  CHALLENGE,
  issuer,
  page,
  type Product,
  type ProductServer,
  resource,
  RESOURCE_URL,
  type Rule,
} from "./product.ts";

const METADATA = "{as}/.well-known/oauth-authorization-server";

const server = (rules: readonly Rule[], as: object = {}): ProductServer => ({
  challenge: CHALLENGE,
  documents: {
    [RESOURCE_URL]: resource(),
    [METADATA]: issuer({
      registration_endpoint: "{as}/register",
      scopes_supported: ["mcp"],
      ...as,
    }),
  },
  rules,
});

const withoutRegistration = (as?: object): ProductServer => ({
  challenge: CHALLENGE,
  documents: { [RESOURCE_URL]: resource(), [METADATA]: issuer(as) },
  clients: { "any-client": {} },
});

const detail = (message: string, ...place: string[]) => ({
  status: 422,
  body: { detail: [{ type: "x", loc: ["body", ...place], msg: message }] },
});

/** What the MCP server sends to a token that is not accepted any more. */
const stale = (name: string, source: string, answer: Rule["answer"]): Product => ({
  name,
  source,
  server: server([{ at: "mcp", when: { token: /^invalid$/ }, answer }]),
  steps: [
    "login",
    "revoked",
    {
      run: "list",
      status: 1,
      says: /token_may_be_refused.*mcpass refresh/,
      never: /--url \S+\/login/,
    },
    "refresh",
    "list",
  ],
});

/** A page for every path. */
const catchAll = (name: string): Product => ({
  name,
  source: "outline/outline#11572",
  server: { challenge: "Bearer", documents: {}, notFound: page("<div id=root></div>") },
  steps: [
    { run: "login", status: 1, says: /metadata_is_web_page/ },
    { run: "metadata", status: 1 },
  ],
});

export const PROJECT_ROWS: readonly Product[] = [
  ...["Single-page applications", "Outline", "Lightdash"].map(catchAll),
  stale("GitBook", "GitbookIO/gitbook#4280", {
    status: 307,
    headers: [["location", "/login?next=/mcp"]],
  }),
  stale("Meta Ads MCP", "pipeboard-co/meta-ads-mcp#61", {
    status: 500,
    body: { error: "server_error", error_description: "Internal Server Error" },
  }),
  {
    name: "Withings MCP",
    source: "withings-mcp#27",
    server: server([{
      at: "token",
      when: { grant_type: /refresh_token/ },
      answer: { status: 400, body: { error: "unsupported_grant_type" } },
    }]),
    steps: [
      "login",
      "expired",
      { run: "list", status: 4, says: /refresh_refused.*unsupported_grant_type/ },
    ],
  },
  {
    name: "FastAPI",
    source: "openhanako#1357",
    server: server([
      {
        at: "register",
        when: { application_type: /./ },
        answer: detail("Extra inputs are not permitted", "application_type"),
      },
    ]),
    steps: [{
      run: "login",
      says: /registration_member_refused.*Extra inputs are not permitted/,
      never: /not open/,
    }],
  },
  {
    name: "FastAPI",
    setup: "token endpoint",
    source: "mcp-memory-service#358",
    server: server([{ at: "token", answer: detail("Field required", "grant_type") }]),
    steps: [{ run: "login", status: 1, says: /Field required/ }],
  },
  {
    name: "Boardoil",
    source: "boardoil#11, geelen/mcp-remote#204",
    server: server([{
      at: "register",
      when: { scope: /^$/ },
      answer: {
        status: 400,
        body: {
          error: "invalid_client_metadata",
          error_description: "Only mcp:read and mcp:write scopes are supported.",
        },
      },
    }], { scopes_supported: ["mcp:read", "mcp:write"] }),
    steps: [{ run: "login", says: /registration_scope_required/ }, "list"],
  },
  {
    name: "WSO2 API Platform",
    source: "wso2/api-platform#2751",
    server: server([{
      at: "mcp",
      when: { token: /^valid$/, method: /tools\/call/ },
      answer: {
        status: 403,
        headers: [[
          "www-authenticate",
          `${CHALLENGE}, scope="booking:write", error="invalid_token"`,
        ]],
      },
    }]),
    steps: [
      "login",
      { run: "call", status: 4, says: /insufficient_scope.*booking:write/, never: /not asked/ },
    ],
  },
  {
    name: "OpenAuth",
    source: "OpenAuth documentation, issuer metadata",
    server: withoutRegistration({ code_challenge_methods_supported: undefined }),
    steps: [
      {
        run: "login",
        status: 1,
        says: [/pkce_not_advertised/, /registration_unavailable/, /--client-id '<id>'/],
      },
      "login --client-id any-client --trust-pkce {as}",
    ],
  },
  {
    name: "oauth2-mock-server",
    source: "oauth2-mock-server 8.2, openidConfigurationHandler and tokenHandler",
    server: withoutRegistration(),
    steps: [
      { run: "login", status: 1, says: /registration_unavailable.*--client-id '<id>'/ },
      "login --client-id any-client",
    ],
  },
  {
    name: "Glewlwyd",
    source: "Glewlwyd 2.7, the endpoint auth of the OpenID Connect plugin",
    server: server([{
      at: "authorize",
      when: { scope: /openid/, nonce: /^$/ },
      answer: { error: "invalid_request", error_description: "nonce required" },
    }], { scopes_supported: ["openid", "mcp:read"] }),
    steps: [
      {
        run: "login --scopes openid",
        status: 1,
        says: /authorization_error.*--authorize-param nonce=/,
      },
      "printed",
    ],
  },
];
