/** What the Python SDK does, as MCP server and as authorization server. @module */

import { type Explanations, failed, inconclusive, type Source, warning } from "./explanation.ts";

/** A line of the package `mcp`, which is not installed by npm. */
const mcp = (path: string, text: string): Source => ({ package: "mcp (PyPI)", path, text });

const BEARER = "mcp/server/auth/middleware/bearer_auth.py";
const AUTHORIZE = "mcp/server/auth/handlers/authorize.py";
const TOKEN = "mcp/server/auth/handlers/token.py";
const REGISTER = "mcp/server/auth/handlers/register.py";
const REVOKE = "mcp/server/auth/handlers/revoke.py";
const CLIENT = "mcp/server/auth/middleware/client_auth.py";
const ROUTES = "mcp/server/auth/routes.py";
const SHARED = "mcp/shared/auth.py";

const ANY_URL =
  "Registration accepts every URL that parses: the type of redirect_uris is AnyUrl, without a rule about scheme, host or fragment.";
const REFUSE_URL =
  "In register_client of your provider, raise RegistrationError for redirect URIs that are neither https nor http on a loopback address.";
const REVOCATION =
  "The form of a revocation has client_secret without a default, so a request without it, as every public client sends, is refused before the client is looked at.";
const SEND_SECRET =
  "Clients without a secret can send an empty client_secret; the server cannot be configured.";

export const PYTHON: Explanations = {
  challenge_no_error: warning(
    "A request without a token is treated like one with an invalid token. Clients ignore the error.",
    "Nothing: this is a note about RFC 6750 §3.1.",
    mcp(BEARER, 'error="invalid_token", description="Authentication required"'),
  ),
  asm_iss_flag: warning(
    "The metadata has no authorization_response_iss_parameter_supported.",
    "Add iss to the URL that authorize of your provider returns; the metadata cannot be configured.",
    mcp(ROUTES, "token_endpoint_auth_methods_supported="),
  ),
  asm_public_clients: warning(
    "The metadata lists methods with a secret alone, although a client that asks for none is registered without a secret.",
    "Nothing: public clients work.",
    mcp(
      ROUTES,
      'token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"]',
    ),
  ),
  cors_preflight: warning(
    "The middleware asks every request for a token, also a preflight.",
    "For clients in browsers, add CORSMiddleware to the application.",
    mcp(BEARER, 'error="invalid_token", description="Authentication required"'),
  ),
  cors_expose: warning(
    "The 401 has three headers, and none of CORS.",
    "For clients in browsers, add CORSMiddleware with expose_headers.",
    mcp(BEARER, '(b"www-authenticate", www_authenticate.encode()),'),
  ),
  dcr_no_store: warning(
    "The response of a registration, which may have a secret, is sent without Cache-Control.",
    "Add Cache-Control: no-store in a middleware.",
    mcp(REGISTER, "return PydanticJSONResponse(content=client_info, status_code=201)"),
  ),
  dcr_http_refused: failed(
    ANY_URL,
    REFUSE_URL,
    mcp(SHARED, "redirect_uris: list[AnyUrl] | None = Field("),
  ),
  dcr_lookalike_refused: failed(
    ANY_URL,
    REFUSE_URL,
    mcp(SHARED, "redirect_uris: list[AnyUrl] | None = Field("),
  ),
  dcr_script_refused: failed(
    ANY_URL,
    REFUSE_URL,
    mcp(SHARED, "redirect_uris: list[AnyUrl] | None = Field("),
  ),
  dcr_fragment_refused: warning(
    ANY_URL,
    REFUSE_URL,
    mcp(SHARED, "redirect_uris: list[AnyUrl] | None = Field("),
  ),
  dcr_delete: warning(
    "Registration returns no registration_client_uri: clients cannot remove themselves.",
    "Delete clients that were not used for some time.",
    mcp(REGISTER, "return PydanticJSONResponse(content=client_info, status_code=201)"),
  ),
  authorize_error_iss: warning(
    "Errors are sent with error, error_description and state.",
    "Nothing can be configured.",
    mcp(AUTHORIZE, "error_resp = AuthorizationErrorResponse("),
  ),
  authorize_repeated_parameter: warning(
    "The parameters are validated as a dictionary, which has one of the two values.",
    "Nothing.",
    mcp(AUTHORIZE, "params = request.query_params"),
  ),
  authorize_redirect_tricks: failed(
    "Redirect URIs are compared after parsing, which removes dot segments. RFC 9700 §2.1 asks for an equal string.",
    "Nothing: the response is sent to the registered path.",
    mcp(SHARED, "redirect_uri not in self.redirect_uris:"),
  ),
  authorize_port_free: failed(
    "The redirect URI is compared with its port. A command-line client whose port changed cannot sign in (RFC 8252 §7.3).",
    "In get_client of your provider, return a class whose validate_redirect_uri accepts any port of a loopback address.",
    mcp(SHARED, "redirect_uri not in self.redirect_uris:"),
  ),
  callback_iss: warning(
    "The provider builds the response; the SDK has no iss in its example, and does not announce it.",
    "Add iss to the URL that authorize of your provider returns.",
    mcp("mcp/server/auth/provider.py", "def construct_redirect_uri("),
  ),
  exchange_unknown_grant: warning(
    "The form is validated by its grant type, and one that is not known is refused as invalid_request.",
    "Nothing: the request is refused.",
    mcp(TOKEN, "except ValidationError as validation_error:"),
  ),
  exchange_password: inconclusive(
    "The same refusal as for an unknown grant type. The SDK has no password grant.",
    "Nothing.",
    mcp(TOKEN, "except ValidationError as validation_error:"),
  ),
  exchange_other_resource: warning(
    "The resource of the token request is read, and never compared; exchange_authorization_code does not get it.",
    "Nothing can be configured: the resource of the token is that of the authorization request.",
    mcp(
      TOKEN,
      'resource: str | None = Field(None, description="Resource indicator for the token")',
    ),
  ),
  exchange_methods: warning(
    "client_secret_basic is listed, and the form still has to have client_id. RFC 6749 §2.3.1 has the identifier in the header alone.",
    "Register clients with client_secret_post.",
    mcp(CLIENT, 'raise AuthenticationError("Missing client_id")'),
    mcp(
      ROUTES,
      'token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"]',
    ),
  ),
  revoke_unknown: inconclusive(REVOCATION, SEND_SECRET, mcp(REVOKE, "client_secret: str | None")),
  revoke_access: inconclusive(REVOCATION, SEND_SECRET, mcp(REVOKE, "client_secret: str | None")),
  revoke_refresh: inconclusive(REVOCATION, SEND_SECRET, mcp(REVOKE, "client_secret: str | None")),
};
