/** Services with an MCP server and an authorization server of their own. @module */

import {
  CHALLENGE,
  issuer,
  type Product,
  type ProductServer,
  resource,
  RESOURCE_URL,
  text,
} from "./product.ts";

const NO_TOKEN =
  'Bearer error="invalid_request", error_description="No access token was provided ' +
  'in this request"';

const GITHUB = "{as}/login/oauth";
const GITHUB_METADATA = issuer({
  authorization_endpoint: "{as}/login/oauth/authorize",
  token_endpoint: "{as}/login/oauth/access_token",
}, { issuer: GITHUB });
const GITHUB_LOGIN = "login --client-id known --client-secret-file {secret:known-known}";

const SNOWFLAKE = "/api/v2/databases/d/schemas/s/mcp-servers/m";
const SNOWFLAKE_RESOURCE = `{mcp}/.well-known/oauth-protected-resource${SNOWFLAKE}`;
const SALESFORCE = "/platform/mcp/v1/platform/sobject-reads";
const SALESFORCE_METADATA = {
  issuer: "{as}",
  authorization_endpoint: "{as}/services/oauth2/authorize",
  token_endpoint: "{as}/services/oauth2/token",
  revocation_endpoint: "{as}/services/oauth2/revoke",
  response_types_supported: ["code", "token"],
  token_endpoint_auth_methods_supported: [
    "client_secret_post",
    "client_secret_basic",
    "private_key_jwt",
  ],
};

const slack = (token: object): ProductServer => ({
  challenge: 'Bearer resource_metadata="{mcp}/.well-known/oauth-protected-resource"',
  documents: {
    "{mcp}/.well-known/oauth-protected-resource": {
      resource: "{mcp}",
      authorization_servers: ["{mcp}"],
      bearer_methods_supported: ["header", "form"],
      scopes_supported: ["search:read.public", "chat:write"],
    },
    "{mcp}/.well-known/oauth-authorization-server": {
      issuer: "{as}",
      authorization_endpoint: "{as}/oauth/v2_user/authorize",
      token_endpoint: "{as}/api/oauth.v2.user.access",
      scopes_supported: ["search:read.public", "chat:write"],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["client_secret_post"],
      code_challenge_methods_supported: ["S256"],
    },
  },
  clients: { "123.456": { secret: "slacksecret", methods: ["client_secret_post"] } },
  token: {
    ok: true,
    app_id: "A1",
    scope: "search:read.public,chat:write",
    expires_in: 43200,
    team: { id: "T1" },
    ...token,
  },
  rules: [
    { at: "mcp", when: { token: /^valid$/, method: /server\/discover/ }, answer: text("bad", 400) },
    {
      at: "token",
      when: { client_secret: /^(?!slacksecret$)/ },
      answer: { status: 200, body: { ok: false, error: "bad_client_secret" } },
    },
  ],
});

const SLACK_LOGIN =
  'login --client-id 123.456 --client-secret-file {secret:slacksecret} --trust-issuer "{mcp}={as}"';

export const SERVICE_ROWS: readonly Product[] = [
  {
    name: "Slack",
    setup: "bearer tokens",
    source: "hermes-agent#111964",
    server: slack({ token_type: "Bearer", enterprise: null }),
    steps: [
      { run: "login --client-id 123.456", status: 1, says: /issuer_mismatch.*--trust-issuer/ },
      {
        run: SLACK_LOGIN.replace(":slacksecret}", ":wrong-secret}"),
        status: 1,
        says: /token_error.*bad_client_secret/,
      },
      { run: SLACK_LOGIN, says: /token_scope_form/ },
      "list",
      { run: "doctor", says: /issuer_mismatch_trusted/, never: /does not work/ },
    ],
  },
  {
    name: "Slack",
    setup: "user tokens",
    source: "vscode#293533",
    server: slack({ token_type: "user", authed_user: { id: "U1" } }),
    steps: [{ run: SLACK_LOGIN, says: /token_type_unknown/ }, "list"],
  },
  {
    name: "Salesforce",
    source: "mcp-hosted#24",
    server: {
      path: SALESFORCE,
      challenge: "Bearer",
      documents: {
        [`{mcp}/.well-known/oauth-authorization-server${SALESFORCE}`]: {
          ...SALESFORCE_METADATA,
          scopes_supported: ["mcp_api", "refresh_token"],
        },
        "{as}/.well-known/openid-configuration": {
          ...SALESFORCE_METADATA,
          registration_endpoint: "{as}/services/oauth2/register",
          scopes_supported: ["api", "refresh_token", "mcp_api"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["RS256"],
          jwks_uri: "{as}/id/keys",
        },
      },
      clients: { "3MVG9": {} },
      token: { scope: "mcp_api refresh_token", instance_url: "{as}", issued_at: "1700000000000" },
      tokenWithout: ["expires_in"],
      rules: [{
        at: "register",
        answer: {
          status: 401,
          body: { error: "invalid_token", error_description: "invalid initial access token" },
        },
      }],
    },
    steps: [
      { run: "login --client-id 3MVG9", status: 1, says: /--authorization-server/ },
      {
        run: "login --client-id 3MVG9 --authorization-server {as}",
        status: 1,
        says: /pkce_not_advertised/,
      },
      {
        run: "login --authorization-server {as} --trust-pkce {as}",
        status: 1,
        says: /registration_refused/,
      },
      {
        run: "login --client-id 3MVG9 --authorization-server {as} --trust-pkce {as} " +
          "--token-auth-method none",
        says: /expires_in_missing/,
      },
      "list",
      { run: "doctor", says: /authorization_server_given/, never: /does not work/ },
    ],
  },
  {
    name: "Snowflake",
    source: "claude-code#42419",
    server: {
      path: SNOWFLAKE,
      challenge: `Bearer resource_metadata="${SNOWFLAKE_RESOURCE}", scope="session:role:all"`,
      documents: {
        [SNOWFLAKE_RESOURCE]: resource({
          authorization_servers: ["{mcp}"],
          scopes_supported: ["session:role:all"],
        }, SNOWFLAKE),
        "{mcp}/.well-known/oauth-authorization-server": issuer({
          authorization_endpoint: "{as}/oauth/authorize",
          token_endpoint: "{as}/oauth/token-request",
          token_endpoint_auth_methods_supported: ["client_secret_basic"],
          scopes_supported: ["refresh_token", "session:role:all"],
        }, { issuer: "{mcp}" }),
      },
      clients: { "SF=": { secret: "s/=+", methods: ["client_secret_basic"] } },
      token: { expires_in: 600, username: "u", scope: "refresh_token session:role:ANALYST" },
      refreshTokenIf: { scope: /refresh_token/ },
      rules: [{
        at: "authorize",
        when: { scope: /session:role:all/ },
        answer: { error: "invalid_scope", error_description: "The requested scope is invalid." },
      }],
    },
    steps: [
      { run: "dry-run", status: 1, says: /registration_unavailable/ },
      {
        run: "login --client-id SF= --client-secret-file {secret:s/=+}",
        status: 1,
        says: /invalid_scope.*Published scopes: "session:role:all refresh_token".*--scopes/,
      },
      'login --client-id SF= --client-secret-file {secret:s/=+} --scopes "refresh_token ' +
      'session:role:ANALYST"',
      "list",
      "expired",
      "token",
      "forgotten",
      { run: "list", status: 4, says: /--scopes 'refresh_token session:role:ANALYST'/ },
      "printed",
    ],
  },
  {
    name: "Figma",
    source: "hermes-agent#73141",
    server: {
      challenge: 'Bearer resource_metadata="{mcp}/.well-known/oauth-protected-resource",' +
        'scope="mcp:connect",authorization_uri="{as}/.well-known/oauth-authorization-server"',
      documents: {
        "{mcp}/.well-known/oauth-protected-resource": resource({
          scopes_supported: ["mcp:connect"],
        }),
        "{as}/.well-known/oauth-authorization-server": issuer({
          registration_endpoint: "{as}/v1/oauth/mcp/register",
          scopes_supported: ["mcp:connect"],
          token_endpoint_auth_methods_supported: [
            "client_secret_basic",
            "client_secret_post",
            "none",
          ],
          require_state_parameter: true,
        }),
      },
      registration: { client_secret: "figsecret" },
      rules: [
        {
          at: "register",
          when: { client_name: /^(?!Listed App$)/ },
          answer: text("Forbidden", 403),
        },
        {
          at: "token",
          when: { auth: /none/ },
          answer: {
            status: 400,
            body: { error: "invalid_request", error_description: "Client secret is required" },
          },
        },
      ],
    },
    steps: [
      { run: "login", status: 1, says: /registration_refused/ },
      { run: 'login --client-name "Listed App"', says: /client_auth_method_refused/ },
      "list",
      "expired",
      { run: "token", never: /authenticating again/ },
    ],
  },
  {
    name: "Supabase",
    source: "supabase-community/supabase-mcp#338",
    server: {
      path: "/mcp?project_ref=abc&read_only=true",
      challenge: `${NO_TOKEN}, resource_metadata="${RESOURCE_URL}"`,
      documents: {
        [RESOURCE_URL]: resource({ scopes_supported: ["projects:read", "database:read"] }),
        "{as}/.well-known/oauth-authorization-server": issuer({
          registration_endpoint: "{as}/platform/oauth/apps/register",
          token_endpoint_auth_methods_supported: [
            "client_secret_basic",
            "client_secret_post",
            "none",
          ],
        }),
      },
      rules: [{
        at: "authorize",
        when: { resource: /^(?!http:\/\/localhost:\d+\/mcp$)/ },
        answer: {
          status: 400,
          body: { message: "resource: Resource must be a valid MCP endpoint" },
        },
      }],
    },
    steps: [
      { run: "metadata", never: /resource_is_parent|publish "resource"/ },
      "login",
      "list",
    ],
  },
  {
    name: "HubSpot",
    source: "hermes-agent#52138",
    server: {
      path: "/",
      challenge: "{mcp}/.well-known/oauth-authorization-server",
      documents: {
        "{mcp}/.well-known/oauth-authorization-server": {
          issuer: "{mcp}",
          authorization_endpoint: "{as}/oauth/authorize/user",
          token_endpoint: "{as}/oauth/v3/token",
          grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
          token_endpoint_auth_methods_supported: ["client_secret_post"],
          code_challenge_methods_supported: ["S256"],
        },
      },
      clients: { hs1: { secret: "hssec-hssec", methods: ["client_secret_post"] } },
      token: { token_type: "bearer", hub_id: 1, scopes: ["oauth"], expires_in: 1800 },
    },
    steps: [
      {
        run: "metadata",
        says: [
          /challenge_names_server_metadata/,
          /challenge_malformed/,
          /mcpass login \S+ --client-id '<id>' --redirect-url \S+/,
        ],
        never: [/challenge_metadata_missing/, /metadata_invalid/],
      },
      {
        run: "doctor",
        status: 4,
        says: /no sign-in is stored.*mcpass login \S+ --client-id '<id>' --redirect-url/,
        never: /mcpass login http:\/\/localhost:\d+\/ [^-]/,
      },
      {
        run: "login --client-id hs1 --client-secret-file {secret:hssec-hssec}",
        never: /older_request_sequence/,
      },
      "list",
    ],
  },
  {
    name: "Zomato",
    source: "modelcontextprotocol/python-sdk#1919",
    server: {
      challenge: 'Bearer error="invalid_token", error_description="Authentication required"',
      documents: {
        "{mcp}/.well-known/oauth-authorization-server": issuer({
          registration_endpoint: "{as}/register",
          token_endpoint_auth_methods_supported: ["client_secret_post"],
        }, { issuer: "{mcp}/", base: "{as}" }),
      },
    },
    steps: [
      ...["metadata", "probe", "login", "list"],
      { run: "doctor", never: /issuer_mismatch|not the expected one/ },
    ],
  },
  {
    name: "GitHub Enterprise",
    setup: "without metadata",
    source: "microsoft/vscode#259251",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource({ authorization_servers: [GITHUB] }),
        "{mcp}/saved-metadata": GITHUB_METADATA,
      },
      clients: { known: { secret: "known-known" } },
    },
    files: {
      metadata: GITHUB_METADATA,
      "other issuer": { ...GITHUB_METADATA, issuer: "{as}" },
      "no issuer": { ...GITHUB_METADATA, issuer: undefined },
      "no PKCE": { ...GITHUB_METADATA, code_challenge_methods_supported: undefined },
    },
    steps: [
      {
        run: GITHUB_LOGIN,
        status: 1,
        says: [
          /server_metadata_missing/,
          /code_challenge_methods_supported": mcpass (?:\S+ )?login .*--authorization-server-metadata '<file>'/,
        ],
      },
      {
        run: `${GITHUB_LOGIN} --authorization-server-metadata {file:metadata}`,
        says: /server_metadata_given/,
      },
      "list",
      { run: "doctor", says: /server_metadata_given/, never: /server_metadata_missing/ },
      { run: "metadata --authorization-server-metadata {file:metadata}" },
      "forgotten",
      { run: "list", status: 4, says: /--authorization-server-metadata/ },
      "printed",
      "list",
      `${GITHUB_LOGIN} --authorization-server-metadata {mcp}/saved-metadata`,
      {
        run: `${GITHUB_LOGIN} --authorization-server-metadata "{file:other issuer}"`,
        status: 1,
        says: /issuer_mismatch/,
      },
      {
        run: `${GITHUB_LOGIN} --authorization-server-metadata "{file:no issuer}"`,
        status: 1,
        says: /issuer_missing.*[Cc]orrect "file:/,
      },
      {
        run: `${GITHUB_LOGIN} --authorization-server-metadata "{file:no PKCE}"`,
        status: 1,
        says: /pkce_not_advertised/,
      },
      {
        run: `${GITHUB_LOGIN} --authorization-server-metadata {mcp}/nothing`,
        status: 1,
        says:
          /names a URL without metadata: \S+nothing": HTTP 404.*Check the URL.*server_metadata_missing/,
        never: /publish the metadata at one|write a JSON file/,
      },
    ],
  },
  {
    name: "Laravel MCP",
    source: "laravel/mcp#85",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource(),
        "{as}/.well-known/oauth-authorization-server": issuer({
          registration_endpoint: "{as}/oauth/register",
        }),
      },
      registration: { client_id: 42 },
    },
    steps: [{ run: "login", says: /number_instead_of_string/ }, "list"],
  },
  {
    name: "mcp-auth-proxy",
    source: "sigbit/mcp-auth-proxy#173",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource(),
        "{as}/.well-known/oauth-authorization-server": issuer({
          registration_endpoint: "{as}/.idp/register",
        }),
      },
      registration: {
        grant_types: null,
        response_types: null,
        token_endpoint_auth_method: "",
        client_secret: "s3cr3t+/=",
        registration_client_uri: "/.idp/register/x",
      },
    },
    steps: [{ run: "login", says: /registration_echo_missing/ }, "list"],
  },
  {
    name: "GitHub Enterprise",
    source: "github/copilot-cli#4408",
    server: {
      path: "/mcp/readonly",
      challenge: `${NO_TOKEN}, ` +
        'resource_metadata="{as}/.well-known/oauth-protected-resource/mcp/readonly"',
      documents: {
        "{as}/.well-known/oauth-protected-resource/mcp/readonly": {
          resource: "{as}/mcp/readonly",
          authorization_servers: ["{as}/login/oauth"],
        },
        "{as}/.well-known/oauth-authorization-server/login/oauth": issuer({}, {
          issuer: "{as}/login/oauth",
        }),
      },
    },
    steps: [
      {
        run:
          "login --client-id known --client-secret-file {secret:known-known} --header 'X-Key: x' " +
          "--trust-pkce https://as.example",
        status: 1,
        says: /resource_mismatch.*another origin.*that server: mcpass login \S+\/mcp\/readonly RFC/,
      },
      {
        run: "doctor",
        status: 1,
        says: /mcpass login http:\S+\/mcp\/readonly/,
        never: [/Sign in Try: mcpass/, /<id>/],
      },
    ],
  },
];
