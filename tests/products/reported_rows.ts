/** Products of which one or two deviations were reported; everything else is ordinary. @module */

import {
  CHALLENGE,
  issuer,
  type Product,
  type ProductServer,
  resource,
  RESOURCE_URL,
  text,
} from "./product.ts";

const AS_URL = "{as}/.well-known/oauth-authorization-server";
const REGISTRATION = { registration_endpoint: "{as}/register" };

/** An ordinary server with registration, and members of its documents changed. */
const ordinary = (
  { prm = {}, as = {}, ...more }: Partial<ProductServer> & { prm?: object; as?: object } = {},
): ProductServer => ({
  challenge: CHALLENGE,
  ...more,
  documents: {
    [RESOURCE_URL]: resource(prm),
    [AS_URL]: issuer({ ...REGISTRATION, ...as }),
    ...more.documents,
  },
});

const refusal = (status: number, error: string, description: string) => ({
  status,
  body: { error, error_description: description },
});

/** Its metadata announces an issuer on another host. */
const otherIssuer = (name: string, source: string): Product => ({
  name,
  source,
  server: ordinary({ as: { issuer: "{as-ip}" } }),
  steps: [
    { run: "login", status: 1, says: /issuer_mismatch/ },
    { run: "printed", says: /issuer_mismatch_trusted/ },
    "list",
  ],
});

/** It sends another `iss` than it announces. */
const otherIss = (name: string, source: string): Product => ({
  name,
  source,
  server: ordinary({
    as: { authorization_response_iss_parameter_supported: true },
    iss: "{as}/other",
  }),
  steps: [{ run: "login", status: 1, says: /iss_mismatch/, never: /--trust-iss/ }],
});

/** Its apps and their redirect URIs are entered by hand. */
const ownApp = (name: string, source: string, methods: readonly string[]): Product => ({
  name,
  source,
  server: {
    challenge: CHALLENGE,
    documents: {
      [RESOURCE_URL]: resource(),
      [AS_URL]: issuer({ token_endpoint_auth_methods_supported: methods }),
    },
    clients: { app: { secret: "app-secret-1", methods } },
  },
  steps: [
    { run: "login", status: 1, says: /registration_unavailable.*--client-id/ },
    { run: "metadata", says: /public_clients_not_listed/ },
    "login --client-id app --client-secret-file {secret:app-secret-1}",
    "list",
  ],
});

/** It lets only listed redirect URIs through. */
const redirectList = (name: string, source: string): Product => ({
  name,
  source,
  server: ordinary({
    rules: [{
      at: "authorize",
      when: { redirect_uri: /127\.0\.0\.1/ },
      answer: text("Invalid redirect_uri parameter", 400),
    }],
  }),
  steps: [
    { run: "login", status: 1, says: /Invalid redirect_uri.*--redirect-url/ },
    "login --redirect-url http://localhost:8080/callback",
    "list",
  ],
});

export const REPORTED_ROWS: readonly Product[] = [
  otherIssuer("Atlassian", "atlassian/atlassian-mcp-server#148"),
  otherIssuer("Okta", "modelcontextprotocol/modelcontextprotocol#695"),
  otherIssuer("Descope", "agentgateway/agentgateway#2376"),
  otherIssuer("Supabase", "several clients' trackers"),
  otherIssuer("Auth0", "Auth0 documentation, issuer"),
  otherIssuer("Clerk", "several clients' trackers"),
  otherIssuer("Context7", "several clients' trackers"),
  otherIssuer("Namecheap", "openai/codex#38944"),
  otherIssuer("Stytch", "Stytch documentation, custom domains"),
  otherIss("Meta", "higgsfield#67"),
  otherIss("Higgsfield", "higgsfield#68"),
  otherIss("Monday", "mondaycom/mcp#453"),
  otherIss("Namecheap", "openai/codex#38944"),
  ownApp("Asana", "mcpc#384", ["client_secret_basic", "client_secret_post"]),
  ownApp("GitHub", "github/github-mcp-server#2901", ["client_secret_post"]),
  ownApp("Databricks", "punkpeye/mcp-remote#172", ["client_secret_basic"]),
  redirectList("Intercom", "several clients' trackers"),
  redirectList("Square", "several clients' trackers"),
  redirectList("ClickUp", "several clients' trackers"),
  redirectList("Cal.com", "several clients' trackers"),
  redirectList("Asana", "anthropics/claude-code#58091"),
  redirectList("Atlassian", "atlassian/atlassian-mcp-server#246"),
  redirectList("Plane", "several clients' trackers"),
  redirectList("Google", "Google documentation, web applications"),
  redirectList("AWS Cognito", "awslabs/agentcore-samples#1056"),
  {
    name: "Atlassian",
    setup: "/v1/mcp",
    source: "atlassian/atlassian-mcp-server#205",
    server: {
      path: "/v1/mcp",
      challenge: "Bearer",
      documents: {
        "{mcp}/.well-known/oauth-authorization-server": issuer(REGISTRATION, { issuer: "{mcp}" }),
      },
      rules: [{
        at: "register",
        when: { redirect_uris: /127/ },
        answer: refusal(400, "invalid_redirect_uri", "not registered"),
      }],
    },
    steps: [
      {
        run: "login",
        status: 1,
        says: /older_request_sequence.*registration_refused|registration_refused/,
      },
      "login --redirect-url http://localhost:8080/callback",
    ],
  },
  {
    name: "AWS sign-in",
    source: "chatcli#1308",
    server: ordinary(),
    steps: ["login", "reset", { run: "login", says: /registration_renewed/ }],
  },
  {
    name: "Miro",
    source: "several clients' trackers",
    server: ordinary(),
    steps: ["login", "forgotten", { run: "list", status: 4, says: /refresh_token_refused/ }],
  },
  {
    name: "Google",
    setup: "its own MCP servers",
    source: "github/copilot-cli#4606",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource({ authorization_servers: ["{as}/"] }),
        "{as}/.well-known/openid-configuration": issuer({
          token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
        }),
      },
      clients: { desktop: { secret: "desktop-secret" }, web: { secret: "web-secret-1" } },
      refreshTokenIf: { access_type: /offline/ },
    },
    steps: [
      { run: "login", status: 1, says: /issuer_mismatch/ },
      { run: 'login --trust-issuer "{as}/={as}"', status: 1, says: /registration_unavailable/ },
      'login --client-id web --client-secret-file {secret:web-secret-1} --trust-issuer "{as}/={as}" ' +
      "--authorize-param access_type=offline",
      "expired",
      "token",
    ],
  },
  {
    name: "Auth0",
    source: "Auth0 documentation, issuer with a slash",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource({ authorization_servers: ["{as}/"] }),
        "{as}/.well-known/openid-configuration": issuer({
          ...REGISTRATION,
          scopes_supported: ["openid", "offline_access"],
        }, { issuer: "{as}/", base: "{as}" }),
      },
      rules: [{ at: "register", times: 1, answer: refusal(403, "access_denied", "not enabled") }],
    },
    steps: [
      { run: "login", status: 1, says: /registration_refused.*not enabled/ },
      { run: "metadata", says: /issuer_trailing_slash/ },
      "login",
      "list",
    ],
  },
  {
    name: "WorkOS AuthKit",
    source: "anthropics/claude-ai-mcp#271",
    server: ordinary({
      rules: [{
        at: "authorize",
        when: { resource: /./ },
        answer: { error: "invalid_target", error_description: "unknown resource" },
      }],
    }),
    steps: [{ run: "login", status: 1, says: /authorization_error.*invalid_target/ }, "printed"],
  },
  {
    name: "Descope",
    source: "agentgateway/agentgateway#2376",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource({ authorization_servers: ["{as}/v1/apps/agentic/P1/M1"] }),
        "{as}/v1/apps/agentic/P1/M1/.well-known/openid-configuration": issuer(REGISTRATION, {
          issuer: "{as}/v1/apps/agentic/P1/M1",
        }),
      },
    },
    steps: ["login", "list"],
  },
  {
    name: "GitLab",
    source: "anthropics/claude-code#55954",
    server: ordinary({
      prm: { scopes_supported: ["mcp", "api", "sudo", "admin_mode"] },
      rules: [{
        at: "authorize",
        when: { scope: /sudo/ },
        answer: {
          error: "invalid_scope",
          error_description: "The requested scope is invalid, unknown, or malformed.",
        },
      }],
    }),
    steps: [
      { run: "login", status: 1, says: /authorization_error.*--scopes/ },
      "login --scopes mcp",
    ],
  },
  {
    name: "PostHog",
    source: "PostHog/posthog#55307",
    server: ordinary({
      prm: { scopes_supported: ["project:read", "mcp:none"] },
      rules: [{
        at: "authorize",
        when: { scope: /mcp:none/ },
        answer: { error: "invalid_scope", error_description: "unknown scope mcp:none" },
      }],
    }),
    steps: [
      { run: "login", status: 1, says: /authorization_error.*--scopes/ },
      "login --scopes project:read",
    ],
  },
  {
    name: "Railway",
    source: "can1357/oh-my-pi#10299",
    server: ordinary({ as: { authorization_endpoint: "{as}/authorize?resource=https://other" } }),
    steps: [{ run: "login", status: 1, says: /authorization_endpoint_conflict.*--resource/ }],
  },
  {
    name: "Sentry",
    source: "getsentry/sentry-mcp#939",
    server: ordinary({
      challenge: `${CHALLENGE}, resource_metadata="${RESOURCE_URL}/x"`,
      rules: [{
        at: "token",
        when: { resource: /^(?!http:\/\/localhost:\d+\/mcp$)/ },
        answer: { error: "invalid_target" },
      }],
    }),
    steps: [{ run: "login", says: /challenge_repeats_metadata/ }, "list"],
  },
  {
    name: "Stripe",
    source: "turbodiff#111",
    server: ordinary({
      as: { token_endpoint_auth_methods_supported: ["none"] },
      rules: [{
        at: "register",
        when: { client_name: /^(?!Acme)/ },
        answer: refusal(400, "invalid_client_metadata", "client_name is not allowed"),
      }],
    }),
    steps: [{ run: "login", status: 1, says: /registration_refused/ }, "login --client-name Acme"],
  },
  {
    name: "Notion",
    source: "onyx#12874",
    server: ordinary({
      rules: [{
        at: "register",
        when: { token_endpoint_auth_method: /^$/ },
        answer: refusal(400, "invalid_client_metadata", "token_endpoint_auth_method is required"),
      }],
    }),
    steps: ["login", "expired", "token", "list"],
  },
  {
    name: "Linear",
    source: "anthropics/claude-code#85236",
    server: ordinary({
      rules: [{
        at: "token",
        when: { grant_type: /refresh_token/ },
        answer: { error: "invalid_grant", error_description: "Grant not found" },
      }],
    }),
    steps: ["login", "expired", { run: "list", status: 4, says: /Grant not found/ }],
  },
  {
    name: "Obot",
    source: "several clients' trackers",
    server: ordinary({
      rules: [{
        at: "token",
        when: { grant_type: /refresh_token/ },
        answer: { error: "invalid_request", error_description: "refresh token expired" },
      }],
    }),
    steps: ["login", "expired", { run: "list", status: 4, says: /refresh token expired/ }],
  },
  {
    name: "Todoist",
    source: "several clients' trackers",
    server: ordinary({
      tokenWithout: ["expires_in"],
      refreshTokenIf: { never: /./ },
    }),
    steps: [{ run: "login", says: /expires_in_missing/ }, "list"],
  },
  {
    name: "Swiggy",
    source: "several clients' trackers",
    server: ordinary({
      challenge: 'Bearer resource_metadata="{mcp}/nothing"',
      as: { issuer: "{as-ip}" },
    }),
    steps: [
      { run: "login", status: 1, says: [/challenge_metadata_missing/, /issuer_mismatch/] },
      "printed",
    ],
  },
  {
    name: "Cloudflare workers-oauth-provider",
    source: "cloudflare/workers-oauth-provider#108",
    server: ordinary({ prm: { resource: "{mcp}" } }),
    steps: [{ run: "login", says: /resource_is_parent/ }, "reset", "login", "list"],
  },
  {
    name: "Fastmail",
    source: "openai/codex#20503",
    server: ordinary({
      as: { scopes_supported: ["mcp", "offline_access"] },
      rules: [{
        at: "register",
        when: { scope: /^$/ },
        answer: refusal(400, "invalid_request", "invalid_request no scope"),
      }],
    }),
    steps: ["login", "list"],
  },
];
