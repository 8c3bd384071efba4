/** What better-auth, workers-oauth-provider, FastMCP and providers without registration do. @module */

import { type Explanations, failed, inconclusive, lacks, linesOf, warning } from "./explanation.ts";
import { MCP_SERVER } from "./typescript_sdk.ts";

const better = linesOf("@better-auth/oauth-provider");
const betterCore = linesOf("@better-auth/core");
const AUTHORIZE = "dist/authorize-riRRCSbC.mjs";
const CHALLENGE = "dist/resource-challenge-Damwi0Or.mjs";

const ERROR_PAGE =
  "The request is refused by a redirect to the error page of better-auth, and a valid one is redirected to the sign-in page: without a person, both are redirects to a page of the application.";

export const BETTER_AUTH: Explanations = {
  challenge_scope: warning(
    "The challenge has a scope only if the application names the scopes that a request needs, and the resource metadata lists none.",
    "Name the scopes of the MCP server in the options of the plugin.",
    better(CHALLENGE, 'challengeScope && `scope="'),
  ),
  cors_documents: warning(
    "better-auth adds no CORS headers.",
    "For clients in browsers, add them to the responses of auth.handler and of the metadata.",
    lacks("@better-auth/oauth-provider", AUTHORIZE, "Access-Control-Allow"),
  ),
  cors_preflight: warning(
    "requireMcpAuth asks every request for a token, also a preflight.",
    "For clients in browsers, respond to OPTIONS before requireMcpAuth.",
    better(CHALLENGE, 'new APIError$1("UNAUTHORIZED"'),
  ),
  cors_expose: warning(
    "The 401 has no CORS headers.",
    "For clients in browsers, expose WWW-Authenticate.",
    better(CHALLENGE, 'new APIError$1("UNAUTHORIZED"'),
  ),
  cors_token: warning(
    "better-auth has no OPTIONS at these endpoints.",
    "For clients in browsers, respond to OPTIONS before auth.handler.",
    lacks("@better-auth/oauth-provider", AUTHORIZE, "Access-Control-Allow"),
  ),
  dcr_delete: warning(
    "Registration has no management by the client (RFC 7592).",
    "Delete clients that were not used for some time.",
    lacks("@better-auth/oauth-provider", AUTHORIZE, "registration_client_uri"),
  ),
  dcr_wildcard_refused: inconclusive(
    `Redirect URIs with * are registered as they are. ${ERROR_PAGE} They are compared as text, so * has no meaning.`,
    "Nothing.",
    better(AUTHORIZE, "findRegisteredRedirectUri(client.redirectUris, query.redirect_uri)"),
  ),
  authorize_unknown_client: inconclusive(
    ERROR_PAGE,
    "Nothing: the client is refused.",
    better(AUTHORIZE, 'getErrorURL(ctx, "invalid_client", "client_id is required")'),
  ),
  authorize_port_free: inconclusive(
    `${ERROR_PAGE} Ports of loopback addresses are not compared.`,
    "Nothing.",
    better(AUTHORIZE, "return stripLoopbackRedirectPort(url) === requestedWithoutPort;"),
  ),
  refresh_old_refused: inconclusive(
    "The plugin accepts a replaced refresh token for 30 seconds, so that a lost response can be repeated; the audit does not wait that long here.",
    "Nothing, or set refreshTokenReuseInterval to 0; audit with --max-wait 35.",
    linesOf("@better-auth/mcp")("dist/index.mjs", "refreshTokenReuseInterval = 30"),
  ),
  authorize_foreign_redirect: inconclusive(
    ERROR_PAGE,
    "Nothing: the redirect URI is refused.",
    better(AUTHORIZE, 'getErrorURL(ctx, "invalid_redirect", "invalid redirect uri")'),
  ),
  exchange_unknown_client: warning(
    "The code is looked up before the client, so the refusal of an unknown client with an unknown code is about the code.",
    "Nothing: the request is refused.",
    better("dist/introspect-njKASm3q.mjs", 'error_description: "invalid code"'),
  ),
  exchange_error_shape: warning(
    "A wrong or missing code_verifier is refused with HTTP 401 and invalid_request. RFC 7636 §4.6 names invalid_grant, and RFC 6749 §5.2 has HTTP 401 for invalid_client alone.",
    "Nothing: the request is refused.",
    better("dist/introspect-njKASm3q.mjs", 'error_description: "code verification failed"'),
  ),
  rs_challenge_again: warning(
    "The challenge after an invalid token is the same as without a token: it has resource_metadata, and no error.",
    "Nothing: clients find the metadata and sign in again.",
    better(CHALLENGE, "`resource_metadata="),
  ),
  rs_origin: warning(
    "requireMcpAuth does not look at Origin; that is left to the MCP server behind it.",
    "Refuse unknown origins with 403 in the MCP handler.",
    better(CHALLENGE, "function buildBearerChallenge("),
  ),
  dpop_stale: warning(
    "A proof may be at most 5 seconds ahead of the clock of the server. A client whose clock is 10 seconds fast is refused.",
    "Synchronise the clock of the server.",
    betterCore("dist/oauth2/dpop.mjs", "iat > nowSeconds + 5"),
  ),
  revoke_unknown: warning(
    "An unknown token is an error. RFC 7009 §2.2 has HTTP 200 for it.",
    "Nothing: the token is unknown anyway; clients may show the error after a logout.",
    better(AUTHORIZE, 'error_description: "token not found"'),
  ),
  revoke_cascades: warning(
    "Access tokens are JWTs, which nobody asks the database about: they work until they expire.",
    "Set a short accessTokenExpiresIn.",
    better(AUTHORIZE, "A JWT access token is self-contained and never stored"),
  ),
  exchange_replay_revokes: warning(
    "The tokens of the code are revoked, but access tokens are JWTs and work until they expire.",
    "Set a short accessTokenExpiresIn.",
    better(
      "dist/introspect-njKASm3q.mjs",
      "await revokeTokensIssuedForAuthorizationCode(ctx, authorizationCodeId);",
    ),
  ),
};

const workers = linesOf("@cloudflare/workers-oauth-provider");
const PROVIDER = "dist/oauth-provider.js";

export const WORKERS: Explanations = {
  dcr_delete: warning(
    "Registration returns no registration_client_uri: clients cannot remove themselves.",
    "Set clientRegistrationTTL, or call deleteClient for clients that were not used for some time.",
    workers(PROVIDER, "client_id_issued_at: clientInfo.registrationDate"),
    lacks("@cloudflare/workers-oauth-provider", PROVIDER, "registration_client_uri"),
  ),
  authorize_repeated_parameter: inconclusive(
    "The first of two equal parameters is read, and the consent page appears; whether a code is given is seen only after consent.",
    "Nothing.",
    workers(PROVIDER, 'const scope = (url.searchParams.get("scope") || "")'),
  ),
  authorize_redirect_tricks: inconclusive(
    "Redirect URIs on a loopback address are compared after parsing, so dot segments lead to the consent page. User information, fragments and other queries are refused.",
    "Nothing: the response is sent to a path that was registered.",
    workers(PROVIDER, "reqUrl.hostname === regUrl.hostname && reqUrl.pathname === regUrl.pathname"),
  ),
  authorize_referrer: warning(
    "beginConsent gives headers against framing, and none about the referrer.",
    "Add Referrer-Policy: no-referrer to the response of your consent page.",
    workers(PROVIDER, '"Content-Security-Policy": "frame-ancestors \'none\'"'),
  ),
  rs_origin: warning(
    "The library reads Origin for CORS headers alone; it refuses no origin.",
    "Refuse unknown origins with 403 in the API handler.",
    workers(PROVIDER, 'const origin = request.headers.get("Origin");'),
  ),
  refresh_reuse_ends_family: warning(
    "The previous refresh token continues to work until its replacement is used, so that a lost response can be repeated. A token that is older is refused, and the grant continues.",
    "Nothing: this is the documented design.",
    workers("docs/authorization-server.md", "The immediately previous token remains valid"),
    workers(
      PROVIDER,
      "const isPreviousToken = grantData.previousRefreshTokenId === providedTokenHash;",
    ),
  ),
};

const fastmcp = linesOf("fastmcp");
const proxy = linesOf("mcp-proxy");
const OAUTH = "dist/chunk-YRIK6EIY.js";
const SERVER = "dist/chunk-ZNPHP74O.js";
const TRANSPORT = "dist/startStdioServer-DHm0KcPu.mjs";

export const FASTMCP: Explanations = {
  challenge_no_error: warning(
    "A request without a token is treated like one with an invalid token. Clients ignore the error.",
    "Nothing: this is a note about RFC 6750 §3.1.",
    proxy(TRANSPORT, 'error: "invalid_token"'),
  ),
  prm_resource_fits: warning(
    "The resource is the origin of the server, without /mcp: tokens are valid for everything there.",
    "Serve the protected resource metadata yourself, with the URL of the MCP endpoint.",
    fastmcp(OAUTH, "resource: this.config.baseUrl,"),
  ),
  asm_no_plain: warning(
    "plain is listed where allowPlainPkce is on, which is the default.",
    "Set allowPlainPkce to false.",
    fastmcp(OAUTH, "allowPlainPkce: true,"),
    fastmcp(OAUTH, 'this.config.allowPlainPkce ? ["S256", "plain"] : ["S256"]'),
  ),
  asm_public_clients: warning(
    "Only methods with a secret are listed, although the proxy asks nobody for one.",
    "Nothing: clients that register obtain a secret.",
    fastmcp(OAUTH, "tokenEndpointAuthMethodsSupported: ["),
  ),
  cors_expose: warning(
    "The exposed headers are Mcp-Session-Id alone.",
    "Set cors.exposedHeaders to WWW-Authenticate and Mcp-Session-Id.",
    proxy(TRANSPORT, 'exposedHeaders: ["Mcp-Session-Id"],'),
  ),
  dcr_needless_secret: warning(
    "Each registration gets a secret, whatever method was asked for.",
    "Nothing: clients ignore it.",
    fastmcp(OAUTH, "const proxyClientSecret = randomBytes4(32)"),
  ),
  dcr_loopback_names: warning(
    "Redirect URIs are compared with allowedRedirectUriPatterns, whose default has no [::1].",
    "Add http://[::1]:* to allowedRedirectUriPatterns.",
    fastmcp(OAUTH, "const patterns = this.config.allowedRedirectUriPatterns;"),
  ),
  dcr_delete: warning(
    "Registration has no management by the client (RFC 7592).",
    "Nothing.",
    lacks("fastmcp", OAUTH, "registration_client_uri"),
  ),
  authorize_pkce: inconclusive(
    "The consent page appears before a code is given. The source has no rule: a code without challenge is exchanged without a verifier, except for clients with a metadata document.",
    "Refuse authorization requests without code_challenge in front of the server.",
    fastmcp(OAUTH, 'if (registeredClient.source === "cimd" && !clientCode.codeChallenge) {'),
  ),
  authorize_error_redirect: warning(
    "Errors are thrown and sent as JSON, also those of a registered client.",
    "Nothing: a person sees the error in the browser.",
    fastmcp(OAUTH, "\"Only 'code' response type is supported\""),
  ),
  authorize_resource_unknown: inconclusive(
    "The consent page appears before a code is given. The proxy does not read resource.",
    "Nothing: the tokens are for this server alone.",
    fastmcp(OAUTH, 'if (params.response_type !== "code") {'),
  ),
  authorize_repeated_parameter: inconclusive(
    "The consent page appears before a code is given.",
    "Nothing.",
    fastmcp(OAUTH, 'if (params.response_type !== "code") {'),
  ),
  authorize_port_free: failed(
    "The redirect URI is compared as text, port included. A command-line client whose port changed has to register again.",
    "Clients: register for each sign-in, or use a fixed port.",
    fastmcp(OAUTH, "if (!registeredClient.redirectUris.includes(params.redirect_uri)) {"),
  ),
  authorize_framing: warning(
    "The consent page has a content type, and no header against framing.",
    "Add X-Frame-Options in front of the server, or write a consent page of your own.",
    fastmcp(OAUTH, '"Content-Type": "text/html; charset=utf-8"'),
    lacks("fastmcp", OAUTH, "X-Frame-Options"),
  ),
  authorize_referrer: warning(
    "The consent page has no Referrer-Policy.",
    "Add Referrer-Policy: no-referrer in front of the server.",
    fastmcp(OAUTH, '"Content-Type": "text/html; charset=utf-8"'),
    lacks("fastmcp", OAUTH, "Referrer-Policy"),
  ),
  authorize_no_cors: warning(
    "CORS headers with the origin * are added to all responses, also at the authorization endpoint, which browsers open and scripts never need.",
    "Set cors.origin to the origins of your clients.",
    proxy(TRANSPORT, 'origin: "*"'),
  ),
  exchange_jwt_profile: warning(
    "Access tokens have the type JWT, and no sub.",
    "Nothing: only this server reads them.",
    fastmcp(OAUTH, 'typ: "JWT"'),
  ),
  exchange_wrong_redirect: warning(
    "The redirect URI of the token request is read, and never compared.",
    "Nothing: PKCE protects the code.",
    fastmcp(SERVER, 'redirect_uri: params.get("redirect_uri") || ""'),
  ),
  exchange_other_resource: warning(
    "The resource of the token request is not read.",
    "Nothing: the tokens are for this server alone.",
    fastmcp(SERVER, 'grant_type: "authorization_code",'),
  ),
  exchange_client_auth: failed(
    "The secret of the request is passed on, and never compared with the registered one.",
    "Do not rely on client secrets; PKCE protects the code.",
    fastmcp(SERVER, "client_secret: clientSecret,"),
    fastmcp(OAUTH, "if (clientCode.clientId !== request.client_id) {"),
  ),
  exchange_unasked_verifier: warning(
    "The verifier is compared only if the code has a challenge.",
    "Refuse authorization requests without code_challenge in front of the server.",
    fastmcp(OAUTH, "if (clientCode.codeChallenge) {"),
  ),
  rs_scheme_case: warning(
    "The scheme is compared as text: bearer and BEARER are refused.",
    "Nothing: clients send Bearer.",
    fastmcp(OAUTH, 'if (!authHeader || !authHeader.startsWith("Bearer ")) {'),
  ),
  rs_refresh_token: failed(
    "Access and refresh tokens are JWTs of the same key, and the MCP server accepts either: it verifies the token and looks up the tokens behind it. A refresh token works as a long-lived access token.",
    "In authenticate, refuse tokens whose lifetime is that of a refresh token, until FastMCP distinguishes the two.",
    fastmcp(OAUTH, "const upstreamTokens = await this.proxy.loadUpstreamTokens(token);"),
    fastmcp(OAUTH, "async loadUpstreamTokens(fastmcpToken) {"),
  ),
  rs_session_bound: warning(
    "Each request is authenticated, but the session is found by its identifier alone.",
    "Compare the client of the token with that of the session in the tools that have state.",
    proxy(
      TRANSPORT,
      "const authenticateRequest = async ({ authenticate, body, oauth, req, res }) => {",
    ),
  ),
  rs_get_with_token: inconclusive(
    "A GET with a token and a session is a stream, whose headers are sent with its first message.",
    "Nothing.",
    proxy(
      TRANSPORT,
      'if (req.method === "GET" && new URL(req.url, "http://localhost").pathname === endpoint) {',
    ),
  ),
  rs_origin: warning(
    "Every origin is allowed by default.",
    "Set cors.origin, and refuse other origins in authenticate.",
    proxy(TRANSPORT, 'origin: "*"'),
  ),
  refresh_wrong_client: failed(
    "The client of a refresh request is not compared with that of the refresh token.",
    "Clients: store refresh tokens like passwords; the proxy does not bind them.",
    fastmcp(OAUTH, "return await this.handleSwapModeRefresh(request);"),
  ),
  refresh_client_auth: failed(
    "The secret of a refresh request is not compared with the registered one.",
    "The same as for exchange_client_auth.",
    fastmcp(OAUTH, "return await this.handleSwapModeRefresh(request);"),
  ),
  refresh_reuse_ends_family: warning(
    "A refresh token that was replaced is refused, and its successors continue to work.",
    "Nothing in the server can be configured.",
    fastmcp(OAUTH, "async handleSwapModeRefresh("),
  ),
  exchange_replay_revokes: warning(
    "A code that was used before is refused, and the tokens that it gave continue to work.",
    "Nothing in the server can be configured.",
    fastmcp(OAUTH, '"Authorization code already used"'),
  ),
};

const openauth = linesOf("@openauthjs/openauth");
const ISSUER = "dist/esm/issuer.js";
const METADATA = 'response_types_supported: ["code", "token"]';

const NO_REGISTRATION =
  "There is no registration, and no client ID metadata document: a client identifier has to be agreed on.";

const SIGN_IN_FIRST = "The page of the sign-in provider appears first.";

const { rs_session_bound: _, ...ONE_CLIENT } = MCP_SERVER;

export const OPENAUTH: Explanations = {
  ...ONE_CLIENT,
  challenge_scope: warning(
    "OpenAuth has no scopes, so the MCP server names none.",
    "Nothing.",
    openauth(ISSUER, METADATA),
  ),
  asm_no_implicit: warning(
    "The metadata lists the response type token, and the implicit flow works.",
    "In allow, you cannot see the response type; refuse response_type=token in front of the server.",
    openauth(ISSUER, METADATA),
    openauth(ISSUER, 'if (authorization.response_type === "token") {'),
  ),
  asm_s256: failed(
    "The metadata has five members, and code_challenge_methods_supported is not one of them. MCP clients have to refuse to continue, although a challenge is verified.",
    'Serve the metadata yourself, with code_challenge_methods_supported: ["S256"].',
    openauth(ISSUER, METADATA),
    openauth(ISSUER, "validatePKCE(codeVerifier, payload.pkce.challenge, payload.pkce.method)"),
  ),
  asm_public_clients: warning(
    "Without token_endpoint_auth_methods_supported, the default is client_secret_basic. The server asks for no secret.",
    'Serve the metadata yourself, with token_endpoint_auth_methods_supported: ["none"].',
    openauth(ISSUER, METADATA),
  ),
  asm_client_route: warning(
    NO_REGISTRATION,
    "Tell people the client identifier that they have to enter.",
    openauth(ISSUER, METADATA),
  ),
  asm_refresh_listed: warning(
    "Refresh tokens are issued, and the metadata has no grant_types_supported, whose default has no refresh_token.",
    "Serve the metadata yourself, with grant_types_supported.",
    openauth(ISSUER, METADATA),
  ),
  cors_token: warning(
    "The token endpoint allows every origin for POST, but there is no response to OPTIONS.",
    "For clients in browsers, respond to OPTIONS in front of the server.",
    openauth(ISSUER, 'allowMethods: ["POST"],'),
  ),
  authorize_pkce: inconclusive(
    `${SIGN_IN_FIRST} The source has no rule: without a challenge, none is stored and no verifier is asked for.`,
    "Refuse authorization requests without code_challenge in front of the server.",
    openauth(ISSUER, "pkce: code_challenge && code_challenge_method ? {"),
  ),
  authorize_implicit: inconclusive(
    `${SIGN_IN_FIRST} The source has the implicit flow, with a refresh token in the fragment.`,
    "Refuse response_type=token in front of the server.",
    openauth(ISSUER, 'if (authorization.response_type === "token") {'),
  ),
  authorize_error_redirect: inconclusive(
    `${SIGN_IN_FIRST} The response type is looked at after the sign-in.`,
    "Nothing.",
    openauth(ISSUER, "Unsupported response_type: ${authorization.response_type}"),
  ),
  authorize_error_state: inconclusive(
    `${SIGN_IN_FIRST} The redirect of an error has no state in the source.`,
    "Nothing can be configured; clients discard such an error.",
    openauth(ISSUER, 'url.searchParams.set("error_description", oauth.description);'),
  ),
  authorize_error_iss: inconclusive(
    `${SIGN_IN_FIRST} Errors and codes are sent without iss.`,
    "Nothing.",
    openauth(ISSUER, 'url.searchParams.set("error_description", oauth.description);'),
  ),
  authorize_resource_unknown: inconclusive(
    `${SIGN_IN_FIRST} The server reads audience, not resource (RFC 8707).`,
    "Nothing: audience of the token is the client.",
    openauth(ISSUER, 'const audience = c.req.query("audience");'),
  ),
  authorize_repeated_parameter: inconclusive(
    SIGN_IN_FIRST,
    "Nothing.",
    openauth(ISSUER, 'const response_type = c.req.query("response_type");'),
  ),
  authorize_unknown_client: inconclusive(
    `${SIGN_IN_FIRST} There are no registered clients: the default of allow compares redirect URIs alone.`,
    "Write allow, and compare clientID and redirectURI with your clients.",
    openauth(ISSUER, "if (!await allow()({"),
  ),
  authorize_foreign_redirect: failed(
    "A redirect URI that allow refuses raises an error, and the handler of errors redirects to that very URI. The authorization endpoint is an open redirector.",
    "Refuse unknown redirect URIs in front of the server, with a page and without a redirect.",
    openauth(ISSUER, "throw new UnauthorizedClientError(client_id, redirect_uri);"),
    openauth(ISSUER, "const url = new URL(authorization.redirect_uri);"),
  ),
  authorize_port_free: inconclusive(
    SIGN_IN_FIRST,
    "Nothing: the default of allow accepts loopback addresses with any port.",
    openauth(ISSUER, "if (!await allow()({"),
  ),
  authorize_cookies: warning(
    "SameSite is set with https alone.",
    "Nothing: it is about servers on http.",
    openauth(
      ISSUER,
      '...ctx.req.url.startsWith("https://") ? { secure: true, sameSite: "None" } : {}',
    ),
  ),
  exchange_answer: failed(
    "The token response has access_token, expires_in and refresh_token. token_type is required (RFC 6749 §5.1), and some clients refuse the response.",
    "Add token_type in front of the server.",
    openauth(ISSUER, "expires_in: tokens.expiresIn,"),
  ),
  exchange_no_store: failed(
    "The token response is sent without Cache-Control.",
    "Add Cache-Control: no-store in front of the server.",
    openauth(ISSUER, "access_token: tokens.access,"),
  ),
  exchange_audience: warning(
    "The audience of a token is the client.",
    "Compare aud in the MCP server with the clients that you know.",
    openauth(ISSUER, "aud: value.clientID,"),
  ),
  exchange_jwt_profile: warning(
    "The token has the type JWT, and members of its own.",
    "Nothing: the MCP server has to verify tokens by the library.",
    openauth(ISSUER, 'typ: "JWT"'),
  ),
  exchange_unknown_client: warning(
    "There are no registered clients; the code is looked up first.",
    "Nothing: the request is refused.",
    openauth(ISSUER, '"Authorization code has been used or expired"'),
  ),
  exchange_other_resource: warning(
    "The token endpoint does not read resource (RFC 8707).",
    "Nothing: the audience of the token is the client.",
    openauth(ISSUER, "const tokens = await generateTokens(c, payload);"),
  ),
  exchange_error_shape: warning(
    "Errors that are thrown at the token endpoint end in the handler for browsers, which responds with text.",
    "Nothing: the requests are refused.",
    openauth(ISSUER, 'throw new Error("Invalid grant_type");'),
  ),
  exchange_unasked_verifier: warning(
    "The verifier is compared only if the code has a challenge.",
    "Refuse authorization requests without code_challenge in front of the server.",
    openauth(ISSUER, "if (payload.pkce) {"),
  ),
  refresh_old_refused: inconclusive(
    "A refresh token can be used again for ttl.reuse seconds, by default 60; the audit does not wait that long here.",
    "Set ttl.reuse to 0, or audit with --max-wait 65.",
    openauth(ISSUER, "if (ttlRefreshReuse <= 0) {"),
  ),
  exchange_replay_revokes: warning(
    "A used code is removed; nothing connects it with its tokens.",
    "Nothing can be configured.",
    openauth(ISSUER, "await Storage.remove(storage, key);"),
  ),
};

const mock = linesOf("oauth2-mock-server");
const SERVICE = "dist/oauth2-server-Bqq5vOCR.mjs";
const FOR_TESTS = "Use the server for tests only, as its documentation says.";
const EVERY_CLIENT =
  "It is a server for tests: it knows no clients and no redirect URIs, and gives everybody a code.";

export const MOCK: Explanations = {
  ...ONE_CLIENT,
  challenge_scope: warning(
    "The server has no scopes of its own, so the MCP server names none.",
    "Nothing.",
    mock(SERVICE, "code_challenge_methods_supported: supportedPkceAlgorithms"),
  ),
  asm_no_implicit: warning(
    "The password grant is listed, and works.",
    FOR_TESTS,
    mock(SERVICE, "grant_types_supported: ["),
  ),
  asm_no_plain: warning(
    "plain is listed, and is the default method.",
    FOR_TESTS,
    mock(SERVICE, 'const supportedPkceAlgorithms = ["plain", "S256"];'),
  ),
  asm_client_route: warning(NO_REGISTRATION, FOR_TESTS, mock(SERVICE, "grant_types_supported: [")),
  asm_refresh_listed: warning(
    "Refresh tokens are issued, and the grant is not listed.",
    FOR_TESTS,
    mock(SERVICE, "grant_types_supported: ["),
    mock(SERVICE, 'resBody["refresh_token"] = randomUUID();'),
  ),
  authorize_pkce: failed(
    "PKCE is optional: a challenge is stored if there is one.",
    FOR_TESTS,
    mock(SERVICE, "if (code_challenge) {"),
  ),
  authorize_resource_unknown: warning(
    "The parameter resource is not read.",
    FOR_TESTS,
    mock(SERVICE, "redirect_uri: redirectUri, response_type: responseType,"),
  ),
  authorize_repeated_parameter: inconclusive(
    "Two values of response_type are a list, which is not the text code.",
    "Nothing.",
    mock(SERVICE, '"unsupported_response_type"'),
  ),
  authorize_unknown_client: failed(
    EVERY_CLIENT,
    FOR_TESTS,
    mock(SERVICE, "redirect_uri: redirectUri, response_type: responseType,"),
  ),
  authorize_foreign_redirect: failed(
    EVERY_CLIENT,
    FOR_TESTS,
    mock(SERVICE, "redirect_uri: redirectUri, response_type: responseType,"),
  ),
  authorize_no_cors: warning(
    "CORS is on for all endpoints.",
    FOR_TESTS,
    mock(SERVICE, "app.use(cors());"),
  ),
  exchange_audience: warning(
    "A token has an audience only if the token request has the parameter aud.",
    FOR_TESTS,
    mock(SERVICE, "const { aud } = reqBody;"),
  ),
  exchange_jwt_profile: warning(
    "The token has no members of RFC 9068.",
    FOR_TESTS,
    mock(SERVICE, "const { aud } = reqBody;"),
  ),
  exchange_invented_code: warning(
    "A code is only looked up for its challenge; a verifier without one is an error of the request.",
    FOR_TESTS,
    mock(SERVICE, '"code_challenge required"'),
  ),
  exchange_query_ignored: inconclusive(
    "The invented code of the control is refused for its verifier, so the two requests cannot be distinguished.",
    "Nothing.",
    mock(SERVICE, '"code_challenge required"'),
  ),
  exchange_unknown_grant: warning(
    "An unknown grant type is refused as invalid_grant.",
    FOR_TESTS,
    mock(SERVICE, 'res.json({ error: "invalid_grant" });'),
  ),
  exchange_password: warning(
    "The password grant accepts every user.",
    FOR_TESTS,
    mock(SERVICE, 'case "password":'),
  ),
  exchange_no_verifier: failed(
    "The verifier is compared only if it is sent.",
    FOR_TESTS,
    mock(SERVICE, "code_verifier provided does not match code_challenge"),
  ),
  exchange_wrong_redirect: warning(
    "The redirect URI is not read at the token endpoint.",
    FOR_TESTS,
    mock(SERVICE, "const { aud } = reqBody;"),
  ),
  exchange_other_resource: warning(
    "The parameter resource is not read.",
    FOR_TESTS,
    mock(SERVICE, "const { aud } = reqBody;"),
  ),
  rs_id_token: failed(
    "ID tokens and access tokens have the same key, issuer and type; only the audience of an ID token is the client. The MCP server, which verifies issuer and signature, cannot distinguish them, as access tokens have no audience.",
    "Send aud with the token request, and have the MCP server compare it.",
    mock(SERVICE, "aud: clientId"),
  ),
  refresh_invented: warning(
    "Every refresh token is accepted.",
    FOR_TESTS,
    mock(SERVICE, 'case "refresh_token":'),
  ),
  introspect_protected: failed(
    "The endpoint responds that every token is active, to everybody.",
    FOR_TESTS,
    mock(SERVICE, "introspectHandler = (req, res) => {"),
  ),
  revoke_access: warning(
    "The endpoint revokes nothing.",
    FOR_TESTS,
    mock(SERVICE, "const revokeResponse = { statusCode: 200 };"),
  ),
  revoke_refresh: failed(
    "The endpoint revokes nothing.",
    FOR_TESTS,
    mock(SERVICE, "const revokeResponse = { statusCode: 200 };"),
  ),
  refresh_old_refused: inconclusive(
    "Every refresh token is accepted, for ever; the audit does not wait here.",
    FOR_TESTS,
    mock(SERVICE, 'case "refresh_token":'),
  ),
  exchange_replay_revokes: warning(
    "Nothing connects a code with its tokens.",
    FOR_TESTS,
    mock(SERVICE, 'case "refresh_token":'),
  ),
};
