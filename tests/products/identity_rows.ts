/** Authorization servers that other people's MCP servers use. @module */

import {
  CHALLENGE,
  issuer,
  type Product,
  type ProductServer,
  resource,
  RESOURCE_URL,
  text,
} from "./product.ts";

/** An MCP server whose resource metadata names one issuer. */
const protectedBy = (
  issuer: string,
  scopes: readonly string[] | undefined,
  documents: ProductServer["documents"],
  more: Partial<ProductServer> = {},
): ProductServer => ({
  challenge: CHALLENGE,
  documents: {
    [RESOURCE_URL]: resource({
      authorization_servers: [issuer],
      ...scopes && { scopes_supported: scopes },
    }),
    ...documents,
  },
  ...more,
});

const REALM = "{as}/realms/mcp";
const KEYCLOAK_POLICY = (policy: string, details: string) => ({
  status: 403,
  body: {
    error: "insufficient_scope",
    error_description: `Policy '${policy}' rejected request to client-registration service. ` +
      `Details: ${details}`,
  },
});

const keycloak = (rules: ProductServer["rules"] & object): ProductServer =>
  protectedBy(REALM, ["openid", "mcp:tools"], {
    [`${REALM}/.well-known/openid-configuration`]: issuer({
      authorization_endpoint: `${REALM}/protocol/openid-connect/auth`,
      registration_endpoint: `${REALM}/clients-registrations/openid-connect`,
      revocation_endpoint: `${REALM}/protocol/openid-connect/revoke`,
      code_challenge_methods_supported: ["plain", "S256"],
      token_endpoint_auth_methods_supported: [
        "private_key_jwt",
        "client_secret_basic",
        "client_secret_post",
        "tls_client_auth",
        "client_secret_jwt",
      ],
      authorization_response_iss_parameter_supported: true,
      scopes_supported: ["openid", "mcp:tools", "offline_access"],
    }, { issuer: REALM, base: `${REALM}/protocol/openid-connect` }),
  }, { iss: REALM, clients: { "hand-made": {} }, rules });

const OKTA = "{as}/oauth2/default";
const OKTA_METADATA = issuer({
  registration_endpoint: "{as}/oauth2/v1/clients",
  revocation_endpoint: `${OKTA}/v1/revoke`,
  scopes_supported: ["openid", "offline_access", "mcp:read"],
  token_endpoint_auth_methods_supported: [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
  ],
}, { issuer: OKTA, base: `${OKTA}/v1` });

const POOL = "{as}/us-east-1_AbC";
const AUTHENTIK = "{as}/application/o/mcp/";

export const IDENTITY_ROWS: readonly Product[] = [
  {
    name: "Keycloak",
    setup: "Trusted Hosts",
    source: "Keycloak documentation, client registration policies",
    server: keycloak([
      { at: "register", answer: KEYCLOAK_POLICY("Trusted Hosts", "Host not trusted.") },
      {
        at: "authorize",
        when: { scope: /not-mine/ },
        answer: { error: "invalid_scope", error_description: "Invalid scopes: not-mine" },
      },
    ]),
    steps: [
      { run: "login", status: 1, says: /registration_refused.*Trusted Hosts/ },
      {
        run: "login --client-id hand-made --scopes not-mine",
        status: 1,
        says: /authorization_error.*invalid_scope.*--scopes/,
      },
      { run: "metadata", says: /public_clients_not_listed/, never: /need a secret or a key/ },
      "login --client-id hand-made",
      "list",
    ],
  },
  {
    name: "Keycloak",
    setup: "Allowed Client Scopes",
    source: "keycloak/keycloak#43654",
    server: keycloak([{
      at: "register",
      when: { scope: /openid/ },
      answer: KEYCLOAK_POLICY(
        "Allowed Client Scopes",
        "Not permitted to use specified clientScope",
      ),
    }]),
    steps: [
      "login --scopes mcp:tools",
      "list",
      {
        run: 'login --account other --scopes "mcp:tools openid"',
        says: /registration_member_refused.*Allowed Client Scopes.*accept "scope"/,
        never: [/not open/, /does not know/],
      },
    ],
  },
  {
    name: "Okta",
    source: "envoyproxy/ai-gateway#2074",
    server: protectedBy(OKTA, ["mcp:read"], {
      [`${OKTA}/.well-known/oauth-authorization-server`]: OKTA_METADATA,
      [`${OKTA}/.well-known/openid-configuration`]: OKTA_METADATA,
    }, {
      clients: { "0oaNative": {} },
      refreshTokenIf: { scope: /offline_access/ },
      rules: [{
        at: "register",
        answer: {
          status: 403,
          body: {
            errorCode: "E0000005",
            errorSummary: "Invalid session",
            errorLink: "E0000005",
            errorId: "oae",
            errorCauses: [],
          },
        },
      }],
    }),
    steps: [
      {
        run: "login",
        status: 1,
        says: [/registration_refused/, /Invalid session/],
        never: /not open/,
      },
      "login --client-id 0oaNative",
      "expired",
      "token",
    ],
  },
  {
    name: "AWS Cognito",
    setup: "behind an AgentCore gateway",
    source: "awslabs/agentcore-samples#1056",
    server: {
      challenge: 'Bearer resource_metadata="{mcp}/.well-known/oauth-protected-resource"',
      documents: {
        "{mcp}/.well-known/oauth-protected-resource": {
          authorization_servers: [POOL],
          resource: "{mcp}/mcp",
        },
        [`${POOL}/.well-known/openid-configuration`]: {
          authorization_endpoint: "{as-ip}/oauth2/authorize",
          id_token_signing_alg_values_supported: ["RS256"],
          issuer: POOL,
          jwks_uri: `${POOL}/.well-known/jwks.json`,
          response_types_supported: ["code", "token"],
          revocation_endpoint: "{as}/oauth2/revoke",
          scopes_supported: ["openid", "email", "phone", "profile"],
          subject_types_supported: ["public"],
          token_endpoint: "{as}/oauth2/token",
          token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        },
      },
      clients: { cog1: { redirect: /^http:\/\/localhost:1755\d\/callback$/ } },
      notFound: text("", 400),
      rules: [{
        at: "authorize",
        when: { redirect_uri: /127\.0\.0\.1/ },
        answer: {
          status: 302,
          headers: [["location", "/error?error=redirect_mismatch&client_id=cog1"]],
        },
      }],
    },
    steps: [
      { run: "dry-run", status: 1, says: [/registration_unavailable/, /pkce_not_advertised/] },
      { run: "metadata", status: 1, says: /public_clients_not_listed/ },
      {
        run: `login --client-id cog1 --trust-pkce ${POOL}`,
        status: 1,
        says: /redirect_mismatch.*give it with --redirect-url/,
        never: /--resource none/,
      },
      { run: "login --client-id cog1", status: 1, says: /pkce_not_advertised.*--trust-pkce/ },
      `login --client-id cog1 --trust-pkce ${POOL} --redirect-url http://localhost:17551/callback`,
      {
        run: `login --client-id cog1 --trust-pkce ${POOL} --resource none --redirect-url ` +
          "http://localhost:17551/callback",
        says: /resource_omitted/,
      },
      "list",
      "forgotten",
      { run: "list", status: 4, says: /--redirect-url http:\/\/localhost:17551\/callback/ },
      "printed",
    ],
  },
  {
    name: "Dex",
    source: "Dex documentation, public clients",
    server: protectedBy("{as}/dex", ["openid", "groups", "mcp:read"], {
      "{as}/dex/.well-known/openid-configuration": {
        issuer: "{as}/dex",
        authorization_endpoint: "{as}/dex/auth",
        token_endpoint: "{as}/dex/token",
        jwks_uri: "{as}/dex/keys",
        userinfo_endpoint: "{as}/dex/userinfo",
        device_authorization_endpoint: "{as}/dex/device/code",
        grant_types_supported: [
          "authorization_code",
          "refresh_token",
          "urn:ietf:params:oauth:grant-type:device_code",
        ],
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        code_challenge_methods_supported: ["S256", "plain"],
        scopes_supported: ["openid", "email", "groups", "profile", "offline_access"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      },
    }, {
      clients: { dexcli: {} },
      refreshTokenIf: { scope: /offline_access/ },
      notFound: text("404 page not found", 404),
      rules: [{
        at: "authorize",
        when: { scope: /mcp:read/ },
        answer: { error: "invalid_scope", error_description: 'Unrecognized scope(s) ["mcp:read"]' },
      }],
    }),
    steps: [
      { run: "dry-run", status: 1, says: /registration_unavailable/ },
      { run: "metadata", says: /public_clients_not_listed/ },
      { run: "login --client-id dexcli", status: 1, says: /invalid_scope.*--scopes/ },
      'login --client-id dexcli --scopes "openid offline_access"',
      "list",
    ],
  },
  {
    name: "Authentik",
    source: "authentik documentation, OAuth2 provider",
    server: protectedBy(AUTHENTIK, ["openid"], {
      [`${AUTHENTIK}.well-known/openid-configuration`]: issuer({
        scopes_supported: ["openid", "profile", "email", "offline_access"],
        token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
        code_challenge_methods_supported: ["plain", "S256"],
      }, { issuer: AUTHENTIK, base: "{as}/application/o" }),
    }, { clients: { public: {} }, refreshTokenIf: { scope: /offline_access/ } }),
    steps: [
      { run: "metadata", says: [/public_clients_not_listed/, /issuer_trailing_slash/] },
      "login --client-id public",
      "expired",
      "token",
    ],
  },
  {
    name: "Logto",
    source: "logto-io/logto#9627",
    server: protectedBy("{as}/oidc", ["read"], {
      "{as}/oidc/.well-known/openid-configuration": issuer({
        registration_endpoint: "{as}/oidc/register",
        scopes_supported: ["openid", "offline_access", "profile"],
        authorization_response_iss_parameter_supported: true,
        prompt_values_supported: ["login", "consent", "none"],
      }, { issuer: "{as}/oidc" }),
    }, {
      iss: "{as}/oidc",
      refreshTokenIf: { prompt: /consent/, scope: /offline_access/ },
    }),
    steps: [
      "login",
      {
        run: "doctor",
        says: /offline_access was granted, and no refresh token.*prompt=consent/,
        never: /--scopes/,
      },
      "login --authorize-param prompt=consent",
      "expired",
      "token",
      "forgotten",
      { run: "list", status: 4, says: /--authorize-param prompt=consent/ },
      "printed",
      "expired",
      "token",
    ],
  },
  {
    name: "Duende IdentityServer",
    source: "Duende documentation, resource isolation",
    server: protectedBy("{as}", ["mcp:tools"], {
      "{as}/.well-known/openid-configuration": issuer({
        registration_endpoint: "{as}/connect/dcr",
        revocation_endpoint: "{as}/connect/revocation",
        scopes_supported: ["openid", "profile", "mcp:tools", "offline_access"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        code_challenge_methods_supported: ["plain", "S256"],
        authorization_response_iss_parameter_supported: true,
        require_pushed_authorization_requests: false,
      }, { issuer: "{as}", base: "{as}/connect" }),
    }, {
      iss: "{as}",
      refreshTokenIf: { scope: /offline_access/ },
      rules: [{
        at: "authorize",
        when: { resource: /./ },
        answer: { error: "invalid_target", error_description: "Invalid resource indicator" },
      }],
    }),
    steps: [
      {
        run: "login",
        status: 1,
        says: /invalid_target.*Invalid resource indicator.*--resource none/,
      },
      "login --resource none",
      "list",
    ],
  },
  {
    name: "Spring Authorization Server",
    source: "Spring Security documentation, protected resource metadata",
    server: {
      challenge: CHALLENGE,
      documents: {
        [RESOURCE_URL]: resource({
          scopes_supported: ["mcp.read"],
          tls_client_certificate_bound_access_tokens: true,
        }),
        "{as}/.well-known/oauth-authorization-server": issuer({
          registration_endpoint: "{as}/oauth2/register",
          revocation_endpoint: "{as}/oauth2/revoke",
          token_endpoint_auth_methods_supported: [
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "tls_client_auth",
            "self_signed_tls_client_auth",
          ],
          tls_client_certificate_bound_access_tokens: true,
          dpop_signing_alg_values_supported: ["RS256", "ES256"],
        }, { issuer: "{as}", base: "{as}/oauth2" }),
      },
      rules: [{
        at: "register",
        when: { authorization: /^(?!Bearer initial$)/ },
        answer: { status: 401, headers: [["www-authenticate", "Bearer"]] },
      }],
    },
    steps: [
      { run: "metadata", says: /mtls_supported/, never: /needed/ },
      { run: "login", status: 1, says: /registration_refused/ },
      "login --registration-token-file {secret:initial}",
      "list",
    ],
  },
  ...([undefined, ["mcp"]] as const).map((scopes): Product => ({
    name: "Supabase Auth",
    setup: scopes === undefined ? "without scopes" : "with scopes",
    source: "supabase/auth#2820",
    server: protectedBy("{as}/auth/v1", scopes, {
      "{as}/.well-known/oauth-authorization-server/auth/v1": issuer({
        registration_endpoint: "{as}/auth/v1/oauth/clients/register",
        scopes_supported: ["openid", "profile", "email", "phone", "offline_access"],
      }, { issuer: "{as}/auth/v1", base: "{as}/auth/v1/oauth" }),
    }, {
      rules: ["resource", "scope"].map((name) => ({
        at: "authorize" as const,
        when: { [name]: name === "scope" ? /offline_access/ : /./ },
        answer: {
          status: 400,
          body: {
            code: 400,
            error_code: "validation_failed",
            msg: "authorization request cannot be processed",
          },
        },
      })),
    }),
    steps: [
      { run: "login", status: 1, says: /cannot be processed.*--resource none/ },
      ...scopes === undefined ? [] : [{
        run: "printed",
        status: 1,
        says: /scope offline_access.*--resource none --scopes mcp/,
      }],
      "printed",
    ],
  })),
];
