/** What oidc-provider does, with the MCP server of the tests. @module */

import { type Explanations, linesOf, warning } from "./explanation.ts";

const oidc = linesOf("oidc-provider");

const OF_THE_LAB =
  "This is about the MCP server of the tests, which has no rules for browsers; oidc-provider itself answers preflights and has CORS headers on its documents.";

export const STRICT: Explanations = {
  challenge_scope: warning(
    "The MCP server of the tests names no scope unless a test asks for it.",
    "Nothing in oidc-provider: it is a note about the MCP server.",
    { file: "tests/lab/mcp_server.ts" },
  ),
  cors_documents: warning(
    OF_THE_LAB,
    "Nothing in oidc-provider.",
    oidc("lib/helpers/initialize_app.js", "options('cors.discovery', oauthDiscoveryRoute,"),
  ),
  cors_preflight: warning(OF_THE_LAB, "Nothing in oidc-provider.", {
    file: "tests/lab/mcp_server.ts",
  }),
  cors_expose: warning(OF_THE_LAB, "Nothing in oidc-provider.", {
    file: "tests/lab/mcp_server.ts",
  }),
  cors_token: warning(
    "The token endpoint answers a preflight; registration has no route for OPTIONS.",
    "For clients in browsers that register, respond to OPTIONS in front of the provider.",
    oidc("lib/helpers/initialize_app.js", "options('cors.token', routes.token,"),
  ),
  dcr_http_refused: warning(
    "A client of the type web with the code flow may register plain http: only the implicit flow has to use https. Native clients are refused.",
    "Refuse http redirect URIs in extraClientMetadata.validator.",
    oidc(
      "lib/helpers/client_schema.js",
      "for web clients using implicit flow MUST only register URLs using the https scheme",
    ),
  ),
  authorize_framing: warning(
    "Error pages are rendered without headers against framing; the pages of an interaction are the application's.",
    "Add X-Frame-Options in a middleware of the provider (provider.use), and in renderError.",
    oidc("lib/helpers/defaults.js", "async function renderError(ctx, out, error) {"),
  ),
  authorize_referrer: warning(
    "Error pages are rendered without Referrer-Policy.",
    "Add Referrer-Policy in a middleware of the provider.",
    oidc("lib/helpers/defaults.js", "async function renderError(ctx, out, error) {"),
  ),
  revoke_cascades: warning(
    "Access tokens for a resource are JWTs here. They are not stored, and work until they expire.",
    "Use a short accessTokenTTL, or accessTokenFormat opaque with introspection.",
    oidc("lib/shared/reject_structured_tokens.js", "Structured JWT Tokens cannot be"),
  ),
  exchange_replay_revokes: warning(
    "The grant and its refresh token end when a code is sent again. The access token is a JWT, and works until it expires.",
    "Use a short accessTokenTTL, or accessTokenFormat opaque with introspection.",
    oidc("lib/helpers/revoke.js", ".map((model) => model?.revokeByGrantId(grantId))"),
    oidc("lib/shared/reject_structured_tokens.js", "Structured JWT Tokens cannot be"),
  ),
};
