/** Microsoft Entra ID. @module */

import type { Answer } from "../lab/scripted_server.ts";
import {
  CHALLENGE,
  page,
  type Product,
  type ProductServer,
  resource,
  RESOURCE_URL,
} from "./product.ts";

const TENANT = "11111111-2222-3333-4444-555555555555";
const APP = "api://aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const SCOPE = `${APP}/mcp.invoke`;
const V2 = `{as}/${TENANT}/v2.0`;
const NOT_OF_SCOPES = {
  error: "invalid_target",
  error_description:
    "AADSTS9010010: The resource parameter provided in the request doesn't match " +
    "with the requested scopes. Trace ID: x",
};
const WRONG_REDIRECT = page(
  "Sorry, but we are having trouble signing you in. AADSTS50011: The redirect URI specified in the " +
    "request does not match the redirect URIs configured for the application.",
  400,
);
const OTHER_RESOURCE = { resource: new RegExp(`^(?!${APP}$).+`) };

/** What `<tenant>/v2.0/.well-known/openid-configuration` returns. */
const openId = (tenant: string, issuer: string, more: object = {}) => ({
  token_endpoint: `{as}/${tenant}/oauth2/v2.0/token`,
  token_endpoint_auth_methods_supported: [
    "client_secret_post",
    "private_key_jwt",
    "client_secret_basic",
  ],
  jwks_uri: `{as}/${tenant}/discovery/v2.0/keys`,
  response_modes_supported: ["query", "fragment", "form_post"],
  subject_types_supported: ["pairwise"],
  id_token_signing_alg_values_supported: ["RS256"],
  response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
  scopes_supported: ["openid", "profile", "email", "offline_access"],
  issuer,
  authorization_endpoint: `{as}/${tenant}/oauth2/v2.0/authorize`,
  device_authorization_endpoint: `{as}/${tenant}/oauth2/v2.0/devicecode`,
  tenant_region_scope: "EU",
  cloud_instance_name: "microsoftonline.com",
  ...more,
});

/** An MCP server that names `<tenant>/v2.0` as its issuer. */
const entra = (more: Partial<ProductServer>, tenant = TENANT): ProductServer => ({
  challenge: CHALLENGE,
  documents: {
    [RESOURCE_URL]: resource({
      authorization_servers: [`{as}/${tenant}/v2.0`],
      scopes_supported: [SCOPE],
    }),
    [`{as}/${TENANT}/v2.0/.well-known/openid-configuration`]: openId(TENANT, V2),
  },
  clients: {
    app: { redirect: /^http:\/\/(localhost|127\.0\.0\.1):\d+\/(callback)?$/ },
    portal: { redirect: /^http:\/\/localhost(:\d+)?\/?$/ },
  },
  refreshTokenIf: { scope: /offline_access/ },
  token: {
    // The response never has offline_access in its scope.
    scope: SCOPE,
    access_token: { aud: APP.slice(6), iss: V2, scp: "mcp.invoke", tid: TENANT, ver: "2.0" },
  },
  notFound: page("not found", 404),
  ...more,
  rules: [
    ...more.rules ?? [],
    {
      at: "authorize",
      when: { client_id: /^portal$/, redirect_uri: /^(?!http:\/\/localhost(:\d+)?\/?$)/ },
      answer: WRONG_REDIRECT,
    },
    { at: "authorize", when: OTHER_RESOURCE, answer: NOT_OF_SCOPES },
    { at: "token", when: OTHER_RESOURCE, answer: NOT_OF_SCOPES },
    { at: "token", when: { grant_type: /refresh_token/, scope: /^$/ }, answer: SCOPE_REQUIRED },
  ],
});

/** claude-code#89862, mcp-remote#357. */
const SCOPE_REQUIRED: Answer = {
  status: 400,
  body: {
    error: "invalid_request",
    error_description: "AADSTS90009: Application is requesting a token for itself. This scenario " +
      "is supported only if resource is specified using the GUID based App Identifier.",
    error_codes: [90009],
  },
};

const COMMON = "{as}/common/v2.0";
const V1 = `{as}/${TENANT}`;
const STS = `http://localhost:9/${TENANT}/`;
const RELAXED = `--trust-pkce ${V2} --resource none`;

export const ENTRA_ROWS: readonly Product[] = [
  {
    name: "Entra ID",
    source: "modelcontextprotocol/inspector#685",
    server: entra({}),
    steps: [
      { run: "metadata", status: 1, says: /2025-03-26 not_tried/ },
      { run: "login --client-id app", status: 1, says: /pkce_not_advertised.*--trust-pkce/ },
      { run: "printed", status: 1, says: /AADSTS9010010.*--resource none/ },
      "printed",
      {
        run: `login --client-id portal ${RELAXED}`,
        status: 1,
        says: /AADSTS50011.*use it: mcpass (?:\S+ )?login .*--redirect-url http:\/\/localhost\b/,
      },
      "printed",
      { run: `login --client-id app ${RELAXED}`, never: /scope_reduced/ },
      "list",
      "expired",
      { run: "token", says: /with the granted scope.*AADSTS90009/ },
      "expired",
      { run: "token", never: /AADSTS90009/ },
      {
        run: "doctor",
        says: [/pkce_not_advertised_trusted/, /the sign-in sent no "resource"/],
        never: [/does not work/, /put the "resource"/],
      },
      { run: "probe", says: /pkce_not_advertised_trusted/ },
      { run: "metadata", says: /pkce_not_advertised_trusted/ },
      "forgotten",
      { run: "doctor", status: 4, never: /no sign-in is stored|Connection: the refresh token/ },
      { run: "doctor", status: 4, says: /refused or revoked/, never: /no sign-in is stored|<id>/ },
      { run: "list", status: 4, says: /--trust-pkce \S+ --resource none/ },
      "printed",
      "list",
    ],
  },
  {
    name: "Entra ID",
    setup: "all tenants",
    source: "openai/codex#38973",
    server: entra({
      documents: {
        [RESOURCE_URL]: resource({
          authorization_servers: [COMMON],
          scopes_supported: [SCOPE],
        }),
        [`${COMMON}/.well-known/openid-configuration`]: openId("common", "{as}/{tenantid}/v2.0"),
      },
    }),
    steps: [
      {
        run: "login --client-id app",
        status: 1,
        says: [/issuer_template.*--trust-issuer/, /pkce_not_advertised.*--trust-pkce/],
        never: /[Pp]ublish "issuer"/,
      },
      {
        run: `login --client-id app --trust-issuer "${COMMON}={as}/{tenantid}/v2.0" --trust-pkce ` +
          `${COMMON} --resource none`,
        says: /issuer_mismatch_trusted.*list the issuer of one tenant/,
        never: /[Pp]ublish "issuer"|name "\S*\{tenantid\}/,
      },
      "list",
      {
        run: "doctor",
        says: /list the issuer of one tenant/,
        never: [/the token's issuer is/, /[Pp]ublish "issuer"/],
      },
    ],
  },
  {
    name: "Entra ID",
    setup: "App ID URI as resource",
    source: "anthropics/claude-code#76096",
    server: entra({
      documents: {
        [RESOURCE_URL]: {
          resource: APP,
          authorization_servers: [V2],
          scopes_supported: [SCOPE],
        },
        [`${V2}/.well-known/openid-configuration`]: openId(TENANT, V2),
      },
    }),
    steps: [
      {
        run: "login --client-id app",
        status: 1,
        says: /resource_not_server_url.*App ID URI/,
        never: /not https/,
      },
      {
        run: "dry-run --client-id app",
        status: 1,
        says: [/resource_not_server_url/, /pkce_not_advertised/, /--resource api:.* --trust-pkce/],
      },
      {
        run: `login --client-id app --resource ${APP} --trust-pkce ${V2}`,
        says: /resource_pinned/,
      },
      "list",
    ],
  },
  {
    name: "Entra ID",
    setup: "v1 addresses",
    source: "Microsoft identity platform documentation, v1.0 endpoints",
    server: entra({
      documents: {
        [RESOURCE_URL]: resource({
          authorization_servers: [V1],
          scopes_supported: [SCOPE],
        }),
        [`${V1}/.well-known/openid-configuration`]: openId(TENANT, STS, {
          authorization_endpoint: `${V1}/oauth2/authorize`,
          token_endpoint: `${V1}/oauth2/token`,
        }),
      },
      token: { scope: "mcp.invoke", expires_in: "3599", ext_expires_in: "3599", resource: APP },
    }),
    steps: [
      {
        run: "dry-run",
        status: 1,
        says: [
          /issuer_mismatch/,
          /pkce_not_advertised/,
          /registration_unavailable/,
          /--trust-issuer \S+ --trust-pkce \S+ --client-id '<id>' --redirect-url/,
        ],
      },
      {
        run: "dry-run --client-id app",
        status: 1,
        says: [/issuer_mismatch.*--trust-issuer/, /pkce_not_advertised.*--trust-pkce/],
      },
      {
        run: `login --client-id app --trust-issuer "${V1}=${STS}" --trust-pkce ${STS} ` +
          "--resource none",
        says: /expires_in_string/,
      },
      "list",
    ],
  },
];
