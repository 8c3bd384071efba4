/** What the TypeScript SDK 1.x does, as MCP server and as authorization server. @module */

import { type Explanations, failed, inconclusive, linesOf, warning } from "./explanation.ts";

const sdk = linesOf("@modelcontextprotocol/sdk");
const BEARER = "dist/esm/server/auth/middleware/bearerAuth.js";
const AUTHORIZE = "dist/esm/server/auth/handlers/authorize.js";
const REGISTER = "dist/esm/server/auth/handlers/register.js";
const TOKEN = "dist/esm/server/auth/handlers/token.js";
const EXAMPLE = "dist/esm/examples/server/demoInMemoryOAuthProvider.js";

/** `requireBearerAuth` and the Streamable HTTP transport, whichever authorization server is used. */
export const MCP_SERVER: Explanations = {
  challenge_no_error: warning(
    "A request without a token is treated like one with an invalid token, so the challenge has an error code. Clients ignore it.",
    "Nothing: this is a note about RFC 6750 §3.1.",
    sdk(BEARER, "new InvalidTokenError('Missing Authorization header')"),
    sdk(BEARER, "let header = `Bearer error="),
  ),
  cors_preflight: warning(
    "The middleware asks every request for a token, also the preflight of a browser, which never has one.",
    "For clients in browsers, put a CORS middleware before requireBearerAuth.",
    sdk(BEARER, "const authHeader = req.headers.authorization;"),
  ),
  cors_expose: warning(
    "The 401 has no CORS headers, so a page of another origin cannot read the challenge.",
    "For clients in browsers, put a CORS middleware before requireBearerAuth that exposes WWW-Authenticate and Mcp-Session-Id.",
    sdk(BEARER, "res.set('WWW-Authenticate', buildWwwAuthHeader(error.errorCode, error.message));"),
  ),
  rs_malformed: warning(
    "The header is split at blanks, and only its first two parts are used: a third part is ignored.",
    "Nothing: the token that is used is checked.",
    sdk(BEARER, "const [type, token] = authHeader.split(' ');"),
  ),
  rs_session_bound: warning(
    "The transport compares the session identifier alone. The application, as in the examples of the SDK, finds the session by that identifier, with the token of any client.",
    "Store the client and the user of the token with the session, and respond with 404 to another one.",
    sdk("dist/esm/server/webStandardStreamableHttp.js", "if (sessionId !== this.sessionId) {"),
  ),
  rs_origin: warning(
    "The check of Host and Origin is off unless the application sets it.",
    "Set enableDnsRebindingProtection and allowedOrigins, or use createMcpExpressApp for a local server.",
    sdk(
      "dist/esm/server/webStandardStreamableHttp.js",
      "options.enableDnsRebindingProtection ?? false",
    ),
  ),
};

/** `mcpAuthRouter`, whichever provider is used. */
const AUTH_ROUTER: Explanations = {
  dcr_http_refused: failed(
    "Registration accepts every redirect URI but those with the schemes javascript:, data: and vbscript:. Plain http to another host is accepted, so a code can be read in the network.",
    "In registerClient of the clients store, refuse redirect URIs that are neither https nor http on a loopback address.",
    sdk("dist/esm/shared/auth.js", "u.protocol !== 'javascript:' && u.protocol !== 'data:'"),
    sdk("dist/esm/shared/auth.js", "redirect_uris: z.array(SafeUrlSchema),"),
  ),
  dcr_lookalike_refused: failed(
    "No rule looks at the host of an http redirect URI, so hosts that only look like a loopback address are accepted.",
    "The same as for dcr_http_refused: compare the parsed host name.",
    sdk("dist/esm/shared/auth.js", "redirect_uris: z.array(SafeUrlSchema),"),
  ),
  dcr_fragment_refused: warning(
    "The schema accepts a URL with a fragment.",
    "In registerClient of the clients store, refuse redirect URIs with #.",
    sdk("dist/esm/shared/auth.js", "redirect_uris: z.array(SafeUrlSchema),"),
  ),
  dcr_delete: warning(
    "The handler returns what it stored: no registration_client_uri, so a client cannot remove its registration.",
    "Delete clients that were not used for some time.",
    sdk(REGISTER, "res.status(201).json(clientInfo);"),
  ),
  authorize_error_state: failed(
    "The state is read after all parameters were validated. An error of the validation, such as an unknown response_type, is sent to the client without its state, so the client has to discard it.",
    "Update the SDK once it reads the state first; an application cannot change it.",
    sdk(AUTHORIZE, "state = parseResult.data.state;"),
    sdk(AUTHORIZE, "throw new InvalidRequestError(parseResult.error.message);"),
  ),
  authorize_redirect_tricks: failed(
    "Redirect URIs on a loopback address are compared after parsing, without user information and fragment and with dot segments removed. RFC 9700 §2.1 asks for an equal string, except for the port.",
    "In authorize of the provider, compare redirectUri with the registered ones as text, without the port.",
    sdk(AUTHORIZE, "req.hostname === reg.hostname && req.pathname === reg.pathname"),
  ),
};

export const WITH_PROVIDER: Explanations = { ...MCP_SERVER, ...AUTH_ROUTER };

export const WITH_EXAMPLE: Explanations = {
  ...MCP_SERVER,
  ...AUTH_ROUTER,
  authorize_redirect_tricks: failed(
    "The router accepts a loopback redirect URI with user information. The provider of the example refuses it, and its refusal is sent to that URI.",
    "In authorize of your provider, throw before the response can be redirected, or compare as text.",
    sdk(AUTHORIZE, "req.hostname === reg.hostname && req.pathname === reg.pathname"),
    sdk(AUTHORIZE, "res.redirect(302, createErrorRedirect(redirect_uri, error, state));"),
  ),
  authorize_resource_unknown: warning(
    "The example does not look at the resource of an authorization request, unless it is started as strict.",
    "In authorize of your provider, throw InvalidTargetError for an unknown resource.",
    sdk(EXAMPLE, "async authorize(client, params, res) {"),
  ),
  authorize_port_free: failed(
    "The router accepts any port of a loopback redirect URI, but the example compares the URI again, as text. A command-line client whose port changed cannot sign in.",
    "Leave the comparison to the router.",
    sdk(EXAMPLE, "if (!client.redirect_uris.includes(params.redirectUri)) {"),
  ),
  callback_exact: failed(
    "The example replaces the query of the redirect URI instead of adding to it.",
    "Use searchParams.set, as in createErrorRedirect of the SDK.",
    sdk(EXAMPLE, "targetUrl.search = searchParams.toString();"),
  ),
  exchange_invented_code: warning(
    "The example throws an Error that is not an OAuthError, and the handler turns it into HTTP 500.",
    "Throw InvalidGrantError in your provider.",
    sdk(EXAMPLE, "throw new Error('Invalid authorization code');"),
    sdk(TOKEN, "const serverError = new ServerError('Internal Server Error');"),
  ),
  exchange_query_ignored: inconclusive(
    "An invented code in the form leads to the HTTP 500 of exchange_invented_code, so nothing can be compared.",
    "Throw InvalidGrantError in your provider.",
    sdk(EXAMPLE, "throw new Error('Invalid authorization code');"),
  ),
  exchange_wrong_client: warning(
    "The same HTTP 500 for a code of another client.",
    "Throw InvalidGrantError in your provider.",
    sdk(EXAMPLE, "Authorization code was not issued to this client"),
  ),
  exchange_single_use: warning(
    "The same HTTP 500 for a code that was used before.",
    "Throw InvalidGrantError in your provider.",
    sdk(EXAMPLE, "throw new Error('Invalid authorization code');"),
  ),
  exchange_wrong_redirect: warning(
    "The handler gives the redirect URI of the token request to the provider; the example has no parameter for it.",
    "Compare redirectUri in exchangeAuthorizationCode of your provider.",
    sdk(EXAMPLE, "_codeVerifier) {"),
  ),
  exchange_other_resource: warning(
    "The handler gives the resource of the token request to the provider; the example has no parameter for it.",
    "Compare resource in exchangeAuthorizationCode of your provider.",
    sdk(EXAMPLE, "_codeVerifier) {"),
  ),
  exchange_replay_revokes: warning(
    "The example forgets a used code, and does not know which tokens it gave.",
    "Store used codes with their tokens, and end the tokens when a code is sent again.",
    sdk(EXAMPLE, "this.codes.delete(authorizationCode);"),
  ),
  rs_invented: warning(
    "The example throws an Error for an unknown token, and requireBearerAuth turns it into HTTP 500. Clients do not refresh their token after it.",
    "Throw InvalidTokenError in verifyAccessToken of your provider.",
    sdk(EXAMPLE, "throw new Error('Invalid or expired token');"),
    sdk(BEARER, "const serverError = new ServerError('Internal Server Error');"),
  ),
  rs_malformed: warning(
    "Two header fields are joined to one unknown token, which leads to the HTTP 500 of rs_invented; a third part of the header is ignored.",
    "Throw InvalidTokenError in verifyAccessToken of your provider.",
    sdk(EXAMPLE, "throw new Error('Invalid or expired token');"),
    sdk(BEARER, "const [type, token] = authHeader.split(' ');"),
  ),
  rs_large_token: warning(
    "A large token is unknown too, and leads to the HTTP 500 of rs_invented.",
    "Throw InvalidTokenError in verifyAccessToken of your provider.",
    sdk(EXAMPLE, "throw new Error('Invalid or expired token');"),
  ),
};

const sdk2 = linesOf("@modelcontextprotocol/server");
const BEARER_2 = "dist/mcp-oHn3ureC.mjs";
const NO_TOKEN = sdk2(
  BEARER_2,
  'new OAuthError(OAuthErrorCode.InvalidToken, "Missing Authorization header")',
);

/** The helpers of version 2, in front of the MCP server of the tests. */
export const VERSION_2: Explanations = {
  challenge_no_error: warning(
    "A request without a token is treated like one with an invalid token, so the challenge has an error code. Clients ignore it.",
    "Nothing: this is a note about RFC 6750 §3.1.",
    NO_TOKEN,
    sdk2(BEARER_2, "let header = `Bearer error="),
  ),
  cors_preflight: warning(
    "requireBearerAuth asks every request for a token, also the preflight of a browser, which never has one.",
    "For clients in browsers, respond to OPTIONS before requireBearerAuth.",
    NO_TOKEN,
  ),
  cors_expose: warning(
    "The 401 has no CORS headers, so a page of another origin cannot read the challenge.",
    "For clients in browsers, add CORS headers that expose WWW-Authenticate.",
    sdk2(BEARER_2, "let header = `Bearer error="),
  ),
  rs_malformed: warning(
    "The header is split at commas and blanks, and a second token is ignored.",
    "Nothing: the token that is used is checked.",
    sdk2(
      BEARER_2,
      'const [authorizationHeader] = (request.headers.get("authorization") ?? "").split(",");',
    ),
    sdk2(BEARER_2, 'const [type, token] = authorizationHeader.split(" ");'),
  ),
  rs_origin: warning(
    "The check of Origin is a helper of its own, which the application has to call.",
    "Call originValidationResponse before requireBearerAuth.",
    sdk2("dist/index.mjs", "function originValidationResponse(req, allowedOriginHostnames) {"),
  ),
};
