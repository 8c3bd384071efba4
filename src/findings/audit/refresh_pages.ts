import type { Pages } from "../page.ts";

/** Refresh tokens. */
export const REFRESH_CHECK_PAGES = {
  refresh_given: {
    title: "a refresh token is issued",
    meaning:
      "Without one, users have to sign in again in a browser each time the access token expires, and jobs without a person stop.",
    spec: "MCP authorization, Refresh Tokens",
    example: 'POST /token -> 200 {"access_token": "…", "expires_in": 3600}',
    serverFix:
      "Authorization server: issue refresh tokens to clients that register the grant refresh_token, native ones too. If they have to request offline_access, list that scope.",
  },
  refresh_good: {
    title: "a refresh gives a token that works",
    meaning:
      "Clients notice a fault only when the first access token expires: the connection ends in the middle of the work, and the user has to sign in again.",
    spec: "RFC 6749 §6",
    example: "POST /token with grant_type=refresh_token -> 400 unsupported_grant_type",
    serverFix:
      "Authorization server: support the grant for each client that received a refresh token, and issue the same kind of token as for the code.",
  },
  refresh_bare: {
    title: "a refresh needs neither scope nor resource",
    meaning:
      "Both are optional in a refresh. Clients that leave out what the server requires, or send what it refuses, lose their sign-in when the token expires.",
    spec: "RFC 6749 §6; RFC 8707 §2.2",
    example: "POST /token with grant_type=refresh_token and without scope -> 400",
    serverFix:
      "Authorization server: use the scope and the resource of the original grant if the request names none, and accept the same values if it names them.",
    products: {
      "Entra ID": "requires scope in a refresh (AADSTS90009)",
      "Customer.io, Dropbox": ["refused resource in a refresh", "dust-tt/dust#22773"],
    },
  },
  refresh_invented: {
    title: "an invented refresh token gets 400 invalid_grant",
    meaning:
      "With this error, clients discard the token and ask the user to sign in. After another one they may try the same token again and again.",
    spec: "RFC 6749 §5.2",
    example: "POST /token with refresh_token=invented -> 422",
    serverFix:
      "Authorization server: answer 400 invalid_grant to a refresh token that is unknown, expired or revoked.",
    products: {
      FlowFuse: ["sent invalid_request in earlier versions", "FlowFuse/flowfuse#8547"],
    },
  },
  refresh_wrong_client: {
    title: "a refresh token works only for its client",
    meaning:
      "If every client can use it, an attacker who steals a refresh token needs no secret and no key of its client, and has access for as long as it is refreshed.",
    spec: "RFC 6749 §6; RFC 9700 §4.14.2",
    example: "POST /token with the refresh token of client a and client_id=b -> 200",
    serverFix:
      "Authorization server: store the client with the refresh token, and answer invalid_grant to every other one. The token stays valid for its owner.",
  },
  refresh_client_auth: {
    title: "a confidential client proves its secret to refresh",
    meaning:
      "If the secret is not required, a stolen refresh token is enough: an attacker gets access tokens without knowing the secret.",
    spec: "RFC 6749 §6",
    example: "POST /token with grant_type=refresh_token and without client_secret -> 200",
    serverFix:
      "Authorization server: authenticate the client in the same way as for the code, and answer 401 invalid_client.",
  },
  refresh_narrow: {
    title: "a refresh can ask for less scope",
    meaning:
      "Careful clients request a narrower token for one task. If the server fails then, they use the broad token, or have none.",
    spec: "RFC 6749 §6",
    example: "POST /token with grant_type=refresh_token&scope=files:read -> 500",
    serverFix:
      'Authorization server: issue a token for the requested subset, and name it in "scope" of the response.',
  },
  refresh_no_widening: {
    title: "a refresh never gives more scope",
    meaning:
      "The user did not approve the additional scope. A hostile client, or an attacker with a stolen refresh token, would obtain it without a consent page.",
    spec: "RFC 6749 §6",
    example:
      'granted "files:read"; POST /token with grant_type=refresh_token&scope=files:write -> 200',
    serverFix:
      "Authorization server: answer invalid_scope to a scope that was not part of the original grant.",
  },
  refresh_other_resource: {
    title: "a refresh gives no token for another resource",
    meaning:
      "The user approved one server. A hostile client, or an attacker with a stolen refresh token, would get tokens for all other servers of this authorization server.",
    spec: "RFC 8707 §2.2",
    example:
      "POST /token with grant_type=refresh_token&resource=https://mcpass-audit.invalid/x -> 200",
    serverFix:
      "Authorization server: answer invalid_target to a resource that was not part of the original grant.",
  },
  refresh_same_audience: {
    title: "a refreshed token has the same audience",
    meaning:
      "If it changes, the first token works and the next one is refused, an hour later. Users sign in again each time, and the cause is hard to find.",
    spec: "RFC 8707 §2.2",
    example: '"aud" was "https://server.example/mcp"; after the refresh it is absent',
    serverFix:
      "Authorization server: store the resource with the grant, and put it into aud of each token that is issued for it.",
  },
  refresh_rotates: {
    title: "each refresh gives a new refresh token",
    meaning:
      "A public client has no secret, so a stolen refresh token is all an attacker needs. Without rotation nobody notices that two parties use the same one.",
    spec: "MCP authorization, Token Theft; OAuth 2.1 §4.3.1",
    example: "POST /token with grant_type=refresh_token -> 200 with the same refresh_token",
    serverFix:
      "Authorization server: issue a new refresh token to public clients with each refresh, or bind it to a key (DPoP).",
  },
  refresh_old_refused: {
    title: "the previous refresh token is refused",
    meaning:
      "Rotation protects only if the old token becomes invalid. As long as it works, an attacker with a copy gets new tokens, and the user notices nothing.",
    spec: "RFC 9700 §4.14.2; MCP authorization, Token Theft",
    example: "POST /token with a refresh token that was used 65 s ago -> 200",
    serverFix:
      "Authorization server: end the previous refresh token when the new one is first used, or some seconds after the rotation, and answer invalid_grant from then on.",
    products: {
      Linear: ["accepts the previous token for about 30 s", "anthropics/claude-code#85236"],
    },
  },
  refresh_reuse_ends_family: {
    title: "reuse of an old refresh token ends the grant",
    meaning:
      "Reuse means that two parties have the token, and the server cannot know which one is the attacker. If the newest token stays valid, it may be the attacker who continues to use it.",
    spec: "RFC 9700 §4.14.2",
    example: "POST /token with an old refresh token -> 400; with the newest one -> 200",
    serverFix:
      "Authorization server: after a reuse, revoke every refresh token of the grant, so that the user signs in again.",
  },
} satisfies Pages;
