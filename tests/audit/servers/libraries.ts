/** What the libraries for authorization servers on Node.js do. @module */

import { type Explanations, failed, inconclusive, lacks, linesOf, warning } from "./explanation.ts";
import { MCP_SERVER } from "./typescript_sdk.ts";

const oauth = linesOf("@node-oauth/oauth2-server");
const express = linesOf("@node-oauth/express-oauth-server");
const jmondi = linesOf("@jmondi/oauth2-server");
const NO_CORS = "The library adds no CORS headers.";
const ADD_CORS =
  "For clients in browsers, put a CORS middleware before the metadata, the token endpoint and registration.";
const NO_MANAGEMENT =
  "The library has no registration; that of the test application (tests/servers/client_registration.ts) has no management, which is optional (RFC 7592).";

export const NODE_OAUTH: Explanations = {
  ...MCP_SERVER,
  cors_documents: warning(
    NO_CORS,
    ADD_CORS,
    lacks("@node-oauth/express-oauth-server", "index.js", "Access-Control"),
  ),
  cors_token: warning(
    NO_CORS,
    ADD_CORS,
    lacks("@node-oauth/express-oauth-server", "index.js", "Access-Control"),
  ),
  dcr_delete: warning(
    NO_MANAGEMENT,
    "Delete clients that were not used for some time.",
    { file: "tests/servers/client_registration.ts" },
  ),
  authorize_pkce: failed(
    "PKCE is optional: a request without code_challenge gets a code, and the token endpoint asks for a verifier only where a challenge was stored. There is no option that demands it.",
    "Refuse authorization requests without code_challenge before they reach the library, or in saveAuthorizationCode of the model.",
    oauth("lib/handlers/authorize-handler.js", "if(codeChallenge && codeChallengeMethod){"),
    oauth("lib/grant-types/authorization-code-grant-type.js", "if (code.codeChallenge) {"),
  ),
  authorize_error_redirect: warning(
    "The library builds the redirect of the error, and then throws. The Express middleware sends the thrown error as JSON with its own status.",
    "Set useErrorHandler, and send the redirect of the response in your error handler.",
    oauth(
      "lib/handlers/authorize-handler.js",
      "const redirectUri = this.buildErrorRedirectUri(uri, e);",
    ),
    express("index.js", "res.status(e.code);"),
  ),
  authorize_resource_unknown: warning(
    "The library does not read the parameter resource (RFC 8707).",
    "Read it in your own middleware, refuse an unknown one, and store it with the code and the tokens.",
    lacks("@node-oauth/oauth2-server", "lib/handlers/authorize-handler.js", "query.resource"),
  ),
  exchange_other_resource: warning(
    "The library does not read the parameter resource (RFC 8707).",
    "The same as for authorize_resource_unknown.",
    lacks(
      "@node-oauth/oauth2-server",
      "lib/grant-types/authorization-code-grant-type.js",
      "body.resource",
    ),
  ),
  exchange_unknown_grant: warning(
    "The client is authenticated before the grant type is looked at, and an unknown grant type demands a secret.",
    "Nothing: the request is refused.",
    oauth("lib/handlers/token-handler.js", "Invalid client: cannot retrieve client credentials"),
  ),
  exchange_password: inconclusive(
    "The same refusal: whether the password grant is on cannot be seen without a client that has a secret. It is off unless the model has getUser.",
    "Do not write getUser.",
    oauth("lib/handlers/token-handler.js", "Invalid client: cannot retrieve client credentials"),
  ),
  refresh_reuse_ends_family: warning(
    "A refresh token that was used before is unknown to the model, and nothing more happens.",
    "Store used refresh tokens, and in getRefreshToken end all tokens of the grant when one is sent again.",
    oauth("lib/grant-types/refresh-token-grant-type.js", "Invalid grant: refresh token is invalid"),
  ),
  exchange_replay_revokes: warning(
    "A code that was used before is unknown to the model, and nothing more happens.",
    "Store used codes, and in getAuthorizationCode end the tokens of one that is sent again.",
    oauth(
      "lib/grant-types/authorization-code-grant-type.js",
      "Invalid grant: authorization code is invalid",
    ),
  ),
};

const CODE = "src/grants/auth_code.grant.ts";

export const JMONDI: Explanations = {
  ...MCP_SERVER,
  cors_documents: warning(
    NO_CORS,
    ADD_CORS,
    lacks("@jmondi/oauth2-server", "src/adapters/express.ts", "Access-Control"),
  ),
  cors_token: warning(
    NO_CORS,
    ADD_CORS,
    lacks("@jmondi/oauth2-server", "src/adapters/express.ts", "Access-Control"),
  ),
  dcr_delete: warning(
    NO_MANAGEMENT,
    "Delete clients that were not used for some time.",
    { file: "tests/servers/client_registration.ts" },
  ),
  authorize_error_redirect: warning(
    "A response_type that no grant supports throws an exception, which the Express adapter sends as JSON. Nothing redirects it.",
    "Catch the exception of validateAuthorizationRequest, and redirect to the registered redirect URI with error and state.",
    jmondi("src/authorization_server.ts", "throw OAuthException.unsupportedGrantType();"),
    jmondi("src/adapters/express.ts", "error: e.errorType,"),
  ),
  authorize_resource_unknown: warning(
    "The library reads the parameter audience, not resource (RFC 8707).",
    "Read resource in your own code, refuse an unknown one, and set aud by extraTokenFields.",
    jmondi(CODE, 'this.getQueryStringParameter("audience", request)'),
  ),
  exchange_other_resource: warning(
    "The library reads the parameter audience, not resource (RFC 8707).",
    "The same as for authorize_resource_unknown.",
    jmondi("src/grants/abstract/abstract.grant.ts", 'this.getRequestParameter("audience", req)'),
  ),
  authorize_redirect_tricks: failed(
    "Redirect URIs are compared by scheme, host and path after parsing: another query, fragment, user information, dot segments and, on every host, another port are accepted. RFC 9700 §2.1 asks for an equal string, except for the port of a loopback address.",
    "Compare the redirect_uri of the request with the registered ones yourself before validateAuthorizationRequest.",
    jmondi("src/utils/urls.ts", "parsedUrl1.pathname === parsedUrl2.pathname"),
    jmondi(
      "src/grants/abstract/abstract_authorized.grant.ts",
      "urlsAreSameIgnoringPort(redirectUri, uri)",
    ),
  ),
  exchange_jwt_profile: warning(
    "Access tokens are signed with the default header, and have cid instead of client_id.",
    "Add client_id by extraTokenFields; the type can be changed only with an own JwtInterface.",
    jmondi("src/grants/abstract/abstract.grant.ts", "cid: client[this.options.tokenCID],"),
    jmondi("src/utils/jwt.ts", "jwt.sign(payload, this.secretOrPrivateKey,"),
  ),
  exchange_invented_code: warning(
    "A code that is not one of its JWTs is refused as invalid_request, and one that is expired or used as well. RFC 6749 §5.2 names invalid_grant.",
    "Nothing: the code is refused. Clients may not recognise the reason.",
    jmondi(
      "src/grants/encoders/auth_code_encoder.ts",
      'throw OAuthException.badRequest("malformed jwt");',
    ),
  ),
  exchange_query_ignored: inconclusive(
    "An invented code is refused as a malformed request, in the form and in the query, so the two cannot be distinguished.",
    "Nothing.",
    jmondi(
      "src/grants/encoders/auth_code_encoder.ts",
      'throw OAuthException.badRequest("malformed jwt");',
    ),
  ),
  refresh_invented: warning(
    "A refresh token that cannot be decrypted is refused as invalid_request. RFC 6749 §5.2 names invalid_grant; a client may continue to send the token.",
    "Nothing: the token is refused.",
    jmondi("src/grants/encoders/refresh_token_encoder.ts", "Cannot decrypt the refresh token"),
  ),
  refresh_reuse_ends_family: warning(
    "A refresh token that was used before is refused, and the tokens that replaced it continue to work.",
    "In isRefreshTokenRevoked of the repository, end all tokens of the same originatingAuthCodeId when it is asked about one that was revoked.",
    jmondi(
      "src/grants/refresh_token.grant.ts",
      "await this.tokenRepository.isRefreshTokenRevoked(refreshToken)",
    ),
  ),
};
