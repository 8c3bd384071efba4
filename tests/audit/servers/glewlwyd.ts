/** What Glewlwyd does. @module */

import { type Explanations, failed, inconclusive, type Source, warning } from "./explanation.ts";
import { MCP_SERVER } from "./typescript_sdk.ts";

/** A line of the OpenID Connect plugin. */
const oidc = (line: number, text: string): Source => ({
  program: "Glewlwyd 2.7.5",
  path: "src/plugin/protocol_oidc.c",
  line,
  text,
});

const METHODS = oidc(9120, '"token_endpoint_auth_methods_supported", json_pack("[ss]",');
const GRANTS = oidc(
  9185,
  '"grant_types_supported", json_pack("[ss]", "authorization_code", "implicit")',
);
const UNAUTHORIZED = oidc(10625, 'j_body = json_pack("{ss}", "error", "unauthorized_client");');
const INVALID_CODE = oidc(10617, 'j_body = json_pack("{ss}", "error", "invalid_code");');
const SIGN_IN = "The sign-in page appears before the parameters are compared with the grant.";

const REVOCATION =
  "Only a client with a secret may revoke tokens: a public client gets HTTP 401 without a body.";
const REVOKE = "Set introspection-revocation-auth-scope, or use confidential clients.";
const CLIENT_CHECK = oidc(
  11081,
  'json_object_get(json_object_get(j_client, "client"), "confidential") == json_true()',
);

export const GLEWLWYD: Explanations = {
  ...MCP_SERVER,
  asm_types: warning(
    "Without configured claims, claims_supported is an empty list. RFC 8414 §3.2 omits empty members.",
    "Nothing: clients ignore it.",
    oidc(9189, 'json_object_set_new(j_discovery, "claims_supported", json_array());'),
  ),
  asm_no_implicit: warning(
    "The metadata always lists the grant implicit, also if the plugin does not allow it.",
    "Nothing can be configured: the response type token is off in the plugin.",
    GRANTS,
  ),
  asm_public_clients: warning(
    "The metadata lists only methods with a secret. Public clients of the operator work.",
    "Nothing can be configured.",
    METHODS,
  ),
  asm_refresh_listed: warning(
    "Refresh tokens are issued, and grant_types_supported has no refresh_token.",
    "Nothing can be configured.",
    GRANTS,
  ),
  dcr_status: warning(
    "A registration is answered with HTTP 200. RFC 7591 §3.2.1 has 201.",
    "Nothing: clients accept both.",
    oidc(9828, "static int callback_client_registration("),
  ),
  dcr_lookalike_refused: failed(
    "The start of the redirect URI is compared with http://localhost and http://127.0.0.1, so hosts that only begin like that are accepted.",
    "Do not allow registration without authentication (register-client-auth-scope).",
    oidc(7198, "o_strncmp(GLEWLWYD_REDIRECT_URI_LOOPBACK_1, json_string_value(j_element),"),
  ),
  dcr_fragment_refused: warning(
    "The same comparison: a fragment is not looked at.",
    "Nothing can be configured.",
    oidc(7198, "o_strncmp(GLEWLWYD_REDIRECT_URI_LOOPBACK_1, json_string_value(j_element),"),
  ),
  dcr_delete: warning(
    "A deletion is answered with HTTP 200 and no body. RFC 7592 §2.3 has 204.",
    "Nothing: the client is deleted.",
    oidc(9792, "static int callback_client_registration_management_delete("),
  ),
  authorize_resource_unknown: inconclusive(
    SIGN_IN,
    "Nothing: the token endpoint refuses an unknown resource as invalid_target.",
    oidc(1440, "o_strncmp(GLEWLWYD_REDIRECT_URI_LOOPBACK_1, resource,"),
  ),
  authorize_repeated_parameter: inconclusive(
    SIGN_IN,
    "Nothing.",
    oidc(14345, 'has_code = string_array_has_value((const char **)resp_type_array, "code");'),
  ),
  authorize_error_redirect: warning(
    "The error of an unknown response type is in the fragment of the redirect: the default mode is the query only if the response type is code.",
    "Nothing: clients that send code get their errors in the query.",
    oidc(14357, 'u_map_put(&map_redirect, "error", "unsupported_response_type");'),
  ),
  authorize_port_free: failed(
    "Redirect URIs are compared as text, port included. A command-line client whose port changed cannot sign in (RFC 8252 §7.3).",
    "Register the redirect URI of each port, and use mcpass with --redirect-url.",
    oidc(3862, "redirect_uri '%s' is invalid for the client '%s', origin: %s"),
  ),
  authorize_no_cors: warning(
    "CORS headers are added to every response, also of the authorization endpoint.",
    "Set allow_origin to the origins of your clients.",
    {
      program: "Glewlwyd 2.7.5",
      path: "src/glewlwyd.c",
      line: 595,
      text: '"Access-Control-Allow-Origin", config->allow_origin);',
    },
  ),
  callback_iss: warning(
    "With oauth-as-iss-id, responses have iss, and the metadata does not announce it.",
    "Nothing can be configured: clients that compare iss anyway are safe.",
    oidc(7844, 'json_object_get(config->j_params, "oauth-as-iss-id") == json_true()'),
  ),
  exchange_unknown_client: warning(
    "An unknown client is refused with HTTP 403 and unauthorized_client. RFC 6749 §5.2 names invalid_client.",
    "Nothing: the request is refused.",
    UNAUTHORIZED,
  ),
  exchange_query_ignored: inconclusive(
    "An unknown code is refused as invalid_code, a code that no RFC defines, so the responses cannot be compared.",
    "Nothing.",
    INVALID_CODE,
  ),
  exchange_error_shape: warning(
    "Refusals have HTTP 403, the error invalid_code, or no body.",
    "Nothing can be configured: clients show the status.",
    INVALID_CODE,
    UNAUTHORIZED,
  ),
  exchange_replay_revokes: warning(
    "With auth-type-code-revoke-replayed, the tokens of the code are revoked; access tokens are JWTs, and a server that does not ask the introspection endpoint accepts them until they expire.",
    "Set a short access-token-duration, or ask the introspection endpoint.",
    { file: "/usr/share/doc/glewlwyd/OIDC.md.gz" },
  ),
  dpop_binds: inconclusive(
    "The audit registers a client with the method none for this check. Such a client is stored as confidential, and refused at the token endpoint.",
    "Register clients for DPoP with a secret, or as the operator.",
    oidc(
      6799,
      'json_array_has_string(json_object_get(j_client, "token_endpoint_auth_method"), "none")',
    ),
    UNAUTHORIZED,
  ),
  refresh_narrow: warning(
    "The scope of a refresh request is not read: the new token has all scopes of the grant.",
    "Nothing can be configured.",
    oidc(13435, "scope_joined = join_json_string_array(json_object_get(json_object_get(j_refresh,"),
  ),
  refresh_wrong_client: warning(
    "A refresh token is used up before its client is compared: sent by another client, it is refused, and then also for its owner.",
    "Nothing: the owner signs in again.",
    oidc(13451, "j_client = check_client_valid(config, client_id, client_secret, NULL,"),
  ),
  revoke_unknown: inconclusive(REVOCATION, REVOKE, CLIENT_CHECK),
  revoke_access: inconclusive(REVOCATION, REVOKE, CLIENT_CHECK),
  revoke_refresh: inconclusive(REVOCATION, REVOKE, CLIENT_CHECK),
};
