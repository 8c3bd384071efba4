/** Set-ups of products that a setting or a flag puts right. @module */

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

const AS_URL = "{as}/.well-known/oauth-authorization-server";

const server = (rules: readonly Rule[], more: Partial<ProductServer> = {}): ProductServer => ({
  challenge: CHALLENGE,
  documents: {
    [RESOURCE_URL]: resource({ scopes_supported: ["mcp"] }),
    [AS_URL]: issuer({
      registration_endpoint: "{as}/register",
      device_authorization_endpoint: "{as}/device",
      scopes_supported: ["mcp", "offline_access"],
    }),
  },
  rules,
  ...more,
});

/** The tokens are for another audience than the MCP server accepts. */
const audience = (name: string, source: string): Product => ({
  name,
  setup: "audience",
  source,
  server: server([{
    at: "mcp",
    when: { token: /^valid$/ },
    answer: {
      status: 401,
      headers: [["www-authenticate", `${CHALLENGE}, error="invalid_token"`]],
    },
  }]),
  steps: [{ run: "login", status: 1, says: /fresh_token_rejected/ }],
});

/** The resource metadata lists the URL of a metadata document. */
const metadataUrl = (name: string, source: string): Product => ({
  name,
  setup: "metadata URL instead of an issuer",
  source,
  server: {
    challenge: CHALLENGE,
    documents: {
      [RESOURCE_URL]: resource({
        authorization_servers: ["{as}/x/.well-known/openid-configuration"],
      }),
      "{as}/x/.well-known/openid-configuration": issuer({}, { issuer: "{as}/x" }),
    },
  },
  steps: [{ run: "login", status: 1, says: /authorization_server_is_metadata_url.*\/x"/ }],
});

/** The device grant is not turned on for the client. */
const device = (name: string, source: string): Product => ({
  name,
  setup: "device grant",
  source,
  server: server([{
    at: "device",
    answer: { error: "unauthorized_client", error_description: "not enabled for this client" },
  }]),
  steps: [{ run: "device", status: 1, says: /device_request_refused.*not enabled/ }],
});

/** A refresh token is issued only if the scope or a parameter asks for it. */
const refreshIf = (
  name: string,
  source: string,
  conditions: ProductServer["refreshTokenIf"] & object,
  flags: string,
): Product => ({
  name,
  setup: "refresh token",
  source,
  server: server([], { refreshTokenIf: conditions }),
  steps: [
    "login --scopes mcp",
    { run: "refresh", status: 4, says: /no_refresh_token/ },
    `login ${flags}`,
    "refresh",
  ],
});

const OFFLINE = { scope: /offline_access/ };
const WITH_OFFLINE = '--scopes "mcp offline_access"';

export const SETTING_ROWS: readonly Product[] = [
  audience("Entra ID", "anthropics/claude-code#73460"),
  audience("Auth0", "Auth0 documentation, audience"),
  audience("AWS Cognito", "anthropics/claude-ai-mcp#946"),
  audience("Keycloak", "Keycloak documentation, audience mapper"),
  audience("Cloudflare workers-oauth-provider", "cloudflare/workers-oauth-provider#109"),
  metadataUrl("Entra ID", "several clients' trackers"),
  metadataUrl("Keycloak", "several clients' trackers"),
  {
    name: "Entra ID",
    setup: "template in the resource metadata",
    source: "several clients' trackers",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource({ authorization_servers: ["{as}/{tenantid}/v2.0"] }),
        "{as}/tenant-1/v2.0/.well-known/openid-configuration": issuer({}, {
          issuer: "{as}/tenant-1/v2.0",
        }),
      },
      clients: { app: {} },
    },
    steps: [
      {
        run: "login --client-id app",
        status: 1,
        says: /authorization_server_invalid.*template.*--authorization-server/,
      },
      "login --client-id app --authorization-server {as}/tenant-1/v2.0",
      "list",
    ],
  },
  device("Entra ID", "Microsoft identity platform documentation, public client flows"),
  device("Keycloak", "Keycloak documentation, device authorization grant"),
  device("Okta", "Okta documentation, device authorization grant"),
  refreshIf("Okta", "Okta documentation, offline access", OFFLINE, WITH_OFFLINE),
  refreshIf("Dex", "Dex documentation, offline access", OFFLINE, WITH_OFFLINE),
  refreshIf("Duende IdentityServer", "Duende documentation, refresh tokens", OFFLINE, WITH_OFFLINE),
  refreshIf("Auth0", "Auth0 documentation, refresh tokens", OFFLINE, WITH_OFFLINE),
  refreshIf("Entra ID", "Microsoft identity platform documentation", OFFLINE, WITH_OFFLINE),
  refreshIf(
    "Snowflake",
    "Snowflake documentation",
    { scope: /refresh_token/ },
    '--scopes "mcp refresh_token"',
  ),
  refreshIf(
    "Google",
    "Google documentation, web server applications",
    { access_type: /offline/ },
    "--authorize-param access_type=offline",
  ),
  refreshIf(
    "Logto",
    "logto-io/logto#9627",
    { prompt: /consent/, ...OFFLINE },
    `${WITH_OFFLINE} --authorize-param prompt=consent`,
  ),
  {
    name: "Google",
    setup: "device grant",
    source: "Google documentation, limited-input devices",
    server: server([{
      at: "device",
      answer: {
        body: {
          device_code: "device-code-1",
          user_code: "ABCD-EFGH",
          verification_url: "https://device.example/",
          expires_in: 900,
          interval: 1,
        },
      },
    }]),
    steps: [{ run: "device", says: /device_answer_deviates/ }],
  },
  {
    name: "Todoist",
    setup: "refresh token",
    source: "several clients' trackers",
    server: server([], { refreshTokenIf: { never: /./ } }),
    steps: ["login", { run: "refresh", status: 4, says: /no_refresh_token/ }],
  },
  {
    name: "GitHub",
    setup: "its own forms",
    source: "github/github-mcp-server#2901",
    server: {
      challenge: `${CHALLENGE}, error="invalid_request"`,
      documents: {
        [RESOURCE_URL]: {
          status: 200,
          headers: [["content-type", "application/json, application/json"]],
          body: {
            resource: "{mcp}/mcp/",
            authorization_servers: ["{as}"],
            scopes_supported: ["repo"],
          },
        },
        [AS_URL]: issuer({}),
      },
      clients: { app: {} },
      token: { scope: "repo,gist" },
      rules: [{
        at: "token",
        when: { client_id: /^$|other/ },
        answer: { status: 200, body: { error: "incorrect_client_credentials" } },
      }],
    },
    steps: [
      {
        run: "login --client-id app",
        says: [
          /resource_trailing_slash/,
          /metadata_content_type/,
          /token_scope_form/,
          /challenge_error_without_token/,
        ],
      },
    ],
  },
  {
    name: "GitHub",
    setup: "refused code",
    source: "github/github-mcp-server#2901",
    server: server([{
      at: "token",
      answer: { status: 200, body: { error: "bad_verification_code" } },
    }]),
    steps: [{ run: "login", status: 1, says: /token_error.*status 400/ }],
  },
  {
    name: "WorkOS AuthKit",
    setup: "resource at the token endpoint",
    source: "anthropics/claude-ai-mcp#271",
    server: server([{ at: "token", when: { resource: /./ }, answer: { error: "invalid_target" } }]),
    steps: [{ run: "login", status: 1, says: /token_error.*invalid_target/ }, "printed"],
  },
  {
    name: "Slack",
    setup: "nested token",
    source: "Slack documentation, oauth.v2.access",
    server: server([{
      at: "token",
      answer: { body: { ok: true, authed_user: { id: "U1", access_token: "xoxp-1" } } },
    }]),
    steps: [{ run: "login", status: 1, says: /token_answer_invalid/, never: /xoxp-1/ }],
  },
  {
    name: "WorkOS AuthKit",
    setup: "list of resources",
    source: "WorkOS documentation",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource(),
        [AS_URL]: issuer({ protected_resources: ["https://other.example/mcp"] }),
      },
    },
    steps: [{ run: "metadata", says: /resource_not_listed_by_server/ }],
  },
  {
    name: "Auth0",
    setup: "federated connection",
    source: "Auth0 documentation, resource parameter",
    server: server([{
      at: "authorize",
      when: { resource: /./ },
      answer: { error: "invalid_request", error_description: "resource is not supported" },
    }]),
    steps: [{ run: "login", status: 1, says: /authorization_error/ }, "printed"],
  },
  {
    name: "Databricks",
    setup: "scopes",
    source: "punkpeye/mcp-remote#172",
    server: server([{
      at: "authorize",
      when: { scope: /^(?!all-apis)/ },
      answer: { error: "invalid_scope", error_description: "scope is not assigned to this app" },
    }]),
    steps: [
      { run: "login", status: 1, says: /authorization_error.*--scopes/ },
      'login --scopes "all-apis offline_access"',
    ],
  },
  {
    name: "Okta",
    setup: "authentication method of the app",
    source: "Okta documentation, client authentication",
    server: server([], { clients: { app: { secret: "app-secret-1", methods: [] } } }),
    steps: [{
      run: "login --client-id app --client-secret-file {secret:app-secret-1}",
      status: 1,
      says: /token_error.*--token-auth-method/,
    }],
  },
  {
    name: "Sentry",
    setup: "resource of a project",
    source: "getsentry/sentry-mcp#955",
    server: server([{
      at: "authorize",
      when: { scope: /mcp/ },
      answer: { error: "invalid_target", error_description: "unknown resource" },
    }]),
    steps: [{ run: "login", status: 1, says: /authorization_error.*invalid_target/ }],
  },
  ...["Sentry", "Reverse proxies", "Cloudflare workers-oauth-provider"].map((name) => ({
    name,
    setup: "another resource",
    source: "several clients' trackers",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: { ...resource(), resource: "{mcp}/other" },
        [AS_URL]: issuer({}),
      },
    },
    steps: [{ run: "login", status: 1, says: /resource_mismatch/ }],
  })),
  {
    name: "MCP TypeScript SDK",
    source: "modelcontextprotocol/typescript-sdk, requireBearerAuth",
    server: server([], {
      challenge: `Bearer error="invalid_token", resource_metadata="${RESOURCE_URL}"`,
    }),
    steps: [{ run: "login", says: /challenge_error_without_token/ }, "list"],
  },
  {
    name: "Reverse proxies",
    source: "several clients' trackers",
    server: {
      documents: { [AS_URL]: issuer({}) },
      notFound: { status: 502, body: "Bad Gateway" },
    },
    steps: [
      { run: "login", status: 1, says: [/challenge_missing/, /metadata_unavailable/] },
    ],
  },
  {
    name: "API gateways",
    source: "several clients' trackers",
    server: {
      challenge: "Bearer",
      documents: {
        [RESOURCE_URL]: { status: 401, body: { error: "unauthorized" } },
        "{mcp}/.well-known/oauth-protected-resource": { error: "not_found" },
      },
    },
    steps: [{ run: "login", status: 1, says: [/metadata_not_public/, /metadata_invalid/] }],
  },
  {
    name: "Web application firewalls",
    source: "several clients' trackers",
    server: {
      documents: {},
      notFound: page("<h1>Checking your browser</h1>"),
      rules: [{ at: "mcp", answer: page("Access denied", 403) }],
    },
    steps: [{ run: "login", status: 1, says: [/access_refused/, /metadata_is_web_page/] }],
  },
];
