import type { Pages } from "../page.ts";

/** Revocation and introspection. */
export const REVOCATION_CHECK_PAGES = {
  revoke_refresh: {
    title: "a revoked refresh token is refused",
    meaning:
      "Users sign out because a machine is lost or a program is not trusted any more. If the token still works, anyone who has a copy gets new access tokens.",
    spec: "RFC 7009 §2",
    example: "POST /revoke -> 200; POST /token with that refresh token -> 200",
    serverFix:
      "Authorization server: delete or mark the token before the response is sent, in every store and cache that the token endpoint reads.",
  },
  revoke_cascades: {
    title: "a refresh token is revoked with its access tokens",
    meaning:
      "If the access token stays valid after a sign-out, an attacker with a copy can use it until it expires.",
    spec: "RFC 7009 §2.1",
    example: "POST /revoke with a refresh token -> 200; POST /mcp with its access token -> 200",
    serverFix:
      "Authorization server: end the access tokens of the same grant. If they are JWTs that nobody looks up, issue them for some minutes only.",
  },
  revoke_access: {
    title: "a revoked access token is refused",
    meaning:
      "The server confirms the revocation, so the user believes that the access has ended. Anyone who has a copy of the token can still use it.",
    spec: "RFC 7009 §2, §2.2.1",
    example: "POST /revoke with an access token -> 200; POST /mcp with it -> 200",
    serverFix:
      "Authorization server: end the token, so that introspection reports it as inactive. If this kind of token cannot be revoked, answer unsupported_token_type.",
    products: {
      "better-auth": [
        "answers unsupported_token_type for JWT access tokens",
        "better-auth/better-auth#9970",
      ],
      "oidc-provider": "answers unsupported_token_type for JWT access tokens",
    },
  },
  revoke_unknown: {
    title: "revoking an unknown token gets 200",
    meaning:
      "An unknown token does not work, which is what the client asked for. After an error, clients report a failed sign-out or try it again and again.",
    spec: "RFC 7009 §2.2",
    example: "POST /revoke with token=invented -> 400",
    serverFix: "Authorization server: answer 200 to tokens that are unknown, expired or revoked.",
  },
  revoke_foreign: {
    title: "a client cannot revoke tokens of another client",
    meaning:
      "Anyone can register a client. If it can revoke tokens of others, an attacker who knows a token ends the sign-in of its user.",
    spec: "RFC 7009 §2.1",
    example: "POST /revoke with a token of client a and client_id=b; POST /mcp with it -> 401",
    serverFix:
      "Authorization server: compare the client of the request with the client of the token, and leave the token valid if they differ.",
  },
  revoke_client_auth: {
    title: "a confidential client proves its secret to revoke",
    meaning:
      "The client ID is public. If the secret is not required, an attacker who knows a token can end the sign-in of its user in the name of the client.",
    spec: "RFC 7009 §2.1",
    example: "POST /revoke with client_id=x and without client_secret -> 200",
    serverFix:
      "Authorization server: authenticate the client in the same way as at the token endpoint, and answer 401 invalid_client.",
  },
  introspect_protected: {
    title: "introspection requires authentication",
    meaning:
      "The response names user, client and scopes of a token. Without authentication, an attacker tries values until one is valid, and learns at once what it gives access to.",
    spec: "RFC 7662 §2.1",
    example: 'POST /introspect without credentials -> 200 {"active": true, "sub": "…"}',
    serverFix:
      "Authorization server: require credentials of a resource server, and answer 401 without them.",
  },
  introspect_inactive: {
    title: "introspection reports an invalid token as inactive",
    meaning:
      "Resource servers read the member active. After another response, some report a fault of the authorization server instead of sending 401, so clients do not sign in again.",
    spec: "RFC 7662 §2.2",
    example: "POST /introspect with token=invented and credentials -> 404",
    serverFix:
      'Authorization server: answer 200 {"active": false} to tokens that are unknown, expired or revoked.',
  },
} satisfies Pages;
