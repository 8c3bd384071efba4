import type { Pages } from "../page.ts";

/** How the MCP server checks the tokens that it receives. */
export const TOKEN_VALIDATION_CHECK_PAGES = {
  rs_good: {
    title: "a valid token is accepted",
    meaning:
      "The authorization server issued the token for this resource, and the MCP server refuses it. Users sign in without an error and still cannot connect.",
    spec: "MCP authorization, Token Handling",
    example: "POST /token -> 200; POST /mcp with that token -> 401",
    serverFix:
      "Compare aud, iss and scope of the token with what the server accepts: they are those of the metadata. Check also the clock of the server and the age of its cached keys.",
    products: {
      "Cloudflare workers-oauth-provider": [
        "older versions bind the audience to the origin, newer ones to the path",
        "cloudflare/workers-oauth-provider#108",
      ],
    },
  },
  rs_invented: {
    title: "an invented token is refused with 401",
    meaning:
      "Only 401 makes a client refresh its token or sign in again. After 403 or 500 the user stays without a connection; after 2xx anyone has access without signing in.",
    spec: "MCP authorization, Token Handling",
    example: "POST /mcp with Authorization: Bearer <random> -> 403",
    serverFix:
      "Send 401 for each token that is not valid, whatever is wrong with it. Use 403 only for a valid token without the required scope.",
  },
  rs_challenge_again: {
    title: "the 401 for a refused token has a challenge",
    meaning:
      "Clients need the error to know that the token is not valid any more, and the metadata URL to sign in again. Without them some report a failure instead of a refresh.",
    spec: "RFC 6750 §3.1; RFC 9728 §5.1",
    example: "POST /mcp with an expired token -> 401 without WWW-Authenticate",
    serverFix:
      'Send WWW-Authenticate: Bearer error="invalid_token", resource_metadata="<url>" with each such 401.',
  },
  rs_signature: {
    title: "the signature of a token is verified",
    meaning:
      "If it is not verified, an attacker can write any token, with any user and scope in it, and the server accepts it.",
    spec: "RFC 9068 §4",
    example: "POST /mcp with one changed bit in the signature -> 200",
    serverFix:
      "Verify the signature with the keys at the jwks_uri of the authorization server, by a maintained JWT library. Decoding a token does not verify it.",
  },
  rs_claims: {
    title: "a token with changed claims is refused",
    meaning:
      "Everyone with an account has a token. If changes are not noticed, an attacker writes another user, a later expiry or more scopes into it.",
    spec: "RFC 9068 §4",
    example: 'POST /mcp with "exp" one day later and the old signature -> 200',
    serverFix:
      "Verify the signature over header and claims as they were received, and read the claims only after that.",
  },
  rs_alg_none: {
    title: "a token without a signature is refused",
    meaning:
      "Anyone can write a token with the algorithm none, since it needs no key. An attacker names any user in one, and has the access of that user.",
    spec: "RFC 8725 §3.1",
    example: 'POST /mcp with the header {"alg": "none"} and an empty signature -> 200',
    serverFix:
      "Configure the JWT library with the list of accepted algorithms, such as ES256 and RS256. Compare the name exactly: None and NONE are not accepted either.",
  },
  rs_alg_confusion: {
    title: "a public key is not used as an HMAC secret",
    meaning:
      "Everyone knows the public key. If the token may choose HS256, an attacker signs tokens with the text of that key, and the server accepts them.",
    spec: "RFC 8725 §3.1",
    example: 'POST /mcp with {"alg": "HS256"}, signed with the PEM text of the RSA key -> 200',
    serverFix:
      "Fix the algorithm for each key, and refuse HS256, HS384 and HS512 if the authorization server signs with a private key.",
  },
  rs_own_key: {
    title: "a key inside the token is not trusted",
    meaning:
      "If it is trusted, an attacker signs a token with a new key and sends the key, or its URL, in the header. By the URL, the attacker can also make the server send requests into its own network.",
    spec: "RFC 8725 §3.10",
    example: 'POST /mcp with the header {"alg": "ES256", "jwk": {…}} -> 200',
    serverFix:
      "Use only keys from the configured jwks_uri. Ignore jwk, jku, x5c and x5u of the token, and use kid only to choose among the configured keys.",
  },
  rs_foreign_issuer: {
    title: "a token of another issuer is refused",
    meaning:
      "Anyone can run an authorization server and issue tokens. If the issuer is not compared, a token from an attacker's server can name any user.",
    spec: "MCP authorization, Token Handling; RFC 9068 §4",
    example:
      'POST /mcp with "iss": "https://mcpass-audit.invalid", signed with the key of the caller -> 200',
    serverFix:
      "Compare iss with the issuer in the resource metadata, and use only the keys of that issuer.",
  },
  rs_wrong_audience: {
    title: "a token for another server is refused",
    meaning:
      "Every server that a user connects to receives a token of that user. If the audience is not compared, a hostile one uses its token here, with the user's access.",
    spec: "MCP authorization, Token Audience Binding and Validation; RFC 8707 §2",
    example: 'POST /mcp with "aud": "https://other.example/mcp" -> 200',
    serverFix:
      "Compare aud with the resource of this server, and answer 401 if it is not contained. For opaque tokens, compare aud of the introspection response.",
  },
  rs_no_audience: {
    title: "a token without an audience is refused",
    meaning:
      "Such a token is valid everywhere. Every other service that receives it, also a hostile one, can use it at this server.",
    spec: "MCP authorization, Access Token Privilege Restriction",
    example: "POST /mcp with a JWT without aud -> 200",
    serverFix:
      "Refuse tokens without aud with 401. If the authorization server cannot send one, check another claim that is specific to this server, such as client_id.",
  },
  rs_expired: {
    title: "an expired token is refused",
    meaning:
      "Tokens leak from logs and old machines. If the server ignores the expiry, an attacker who finds one has access for ever, even after the user signed out.",
    spec: "MCP authorization, Token Handling; RFC 9068 §4",
    example: 'POST /mcp 61 s after "exp" -> 200',
    serverFix:
      "Compare exp with the clock at each request, with a tolerance of one minute at most, and answer 401. A cached result must not last longer than the token.",
  },
  rs_id_token: {
    title: "an ID token is refused",
    meaning:
      "ID tokens are meant for clients, and many programs store or log them. If one works as an access token, each of these programs can act as the user, and so can an attacker who reads a log.",
    spec: "RFC 9068 §4; RFC 8725 §3.12",
    example: "POST /mcp with Authorization: Bearer <id_token> -> 200",
    serverFix:
      'Compare aud with the resource, not with a client ID, and require typ "at+jwt" if the authorization server sends it.',
  },
  rs_refresh_token: {
    title: "a refresh token is refused",
    meaning:
      "Refresh tokens are valid for weeks and meant for the authorization server only. If the MCP server accepts them, a stolen one can be used there without a refresh that anyone could notice.",
    spec: "RFC 6749 §1.5",
    example: "POST /mcp with Authorization: Bearer <refresh_token> -> 200",
    serverFix:
      "Look up the kind of the token together with its value, and accept access tokens only.",
  },
  rs_query_token: {
    title: "a token in the URL is refused",
    meaning:
      "URLs end up in logs, histories and Referer headers. If clients may send tokens there, an attacker who reads one of those has access.",
    spec: "MCP authorization, Token Requirements; RFC 9700 §4.3.2",
    example: "POST /mcp?access_token=eyJ… without Authorization -> 200",
    serverFix:
      "Read tokens from the Authorization header only. Turn off the query and the form body in the middleware for Bearer tokens.",
  },
  rs_scheme_case: {
    title: "the scheme of the header is accepted in any case",
    meaning:
      "HTTP does not distinguish bearer and Bearer, and some clients send lower case. If the case is compared, they get 401 for a valid token and sign in again and again.",
    spec: "RFC 9110 §11.1",
    example: "POST /mcp with Authorization: bearer <token> -> 401",
    serverFix: "Compare the scheme without regard to case.",
  },
  rs_other_scheme: {
    title: "a token with another scheme is refused",
    meaning:
      "If the scheme does not matter, a gateway that reads only Bearer tokens does not see this one. Its checks, such as limits or logs, can be avoided.",
    spec: "RFC 6750 §2.1",
    example: "POST /mcp with Authorization: Basic <token> -> 200",
    serverFix: "Accept Bearer (and DPoP if it is supported), and answer 401 to other schemes.",
  },
  rs_malformed: {
    title: "a broken Authorization header is refused",
    meaning:
      "A server error tells clients nothing about their mistake. If the header occurs twice, a gateway and the server may use different tokens, which an attacker can exploit.",
    spec: "RFC 6750 §3.1",
    example: "POST /mcp with Authorization: Bearer and nothing else -> 500",
    serverFix: "Answer 400 or 401 if the header has no token, two tokens, or occurs twice.",
  },
  rs_large_token: {
    title: "a very large token does not crash the server",
    meaning:
      "Tokens with many groups or claims are large. After a crash or a time limit their users cannot connect, and an attacker can disturb all others.",
    spec: "RFC 6585 §5",
    example: "POST /mcp with a token of 15 KiB -> 500",
    serverFix: "Answer 401 or 400, or 431 if the header exceeds a limit of the server or gateway.",
  },
  rs_session_alone: {
    title: "a session without a token is refused",
    meaning:
      "If the session is enough, its id replaces the token. An attacker who reads or guesses it, for example in a log, acts as the user of that session.",
    spec: "MCP security best practices 2025-11-25, Session Hijacking",
    example: "POST /mcp with Mcp-Session-Id, without Authorization -> 200",
    serverFix:
      "Check the token of every request, also within a session, and answer 401 without one.",
  },
  rs_session_bound: {
    title: "a session belongs to the user who opened it",
    meaning:
      "If every token is accepted, any signed-in user who knows the id can use the session. An attacker with an account reads messages of the other user, or sends events to that user.",
    spec: "MCP security best practices 2025-11-25, Session Hijacking",
    example: "POST /mcp with the session of user a and a token of user b -> 200",
    serverFix:
      "Store the user of the token with the session, and answer 404 or 403 to a token of another user.",
  },
  rs_session_unknown: {
    title: "an unknown session gets 404",
    meaning:
      "Clients open a new session after 404. After another status they repeat the request, or end with an error as soon as the server restarts.",
    spec: "MCP transports 2025-11-25, Session Management",
    example: "POST /mcp with a made-up Mcp-Session-Id and a valid token -> 500",
    serverFix: "Answer 404 if the session does not exist or has ended.",
  },
  rs_session_ignored: {
    title: "no sessions are created for 2026-07-28",
    meaning:
      "This revision has no sessions, and clients ignore the id. State that the server ties to it is lost, and requests that reach another instance fail.",
    spec: "MCP transports, Earlier Streamable HTTP Revisions",
    example: "POST /mcp with MCP-Protocol-Version: 2026-07-28 -> 200 with Mcp-Session-Id",
    serverFix:
      "Ignore Mcp-Session-Id in requests of this revision, and send none. Return an explicit handle if a tool needs state.",
  },
  rs_get_with_token: {
    title: "GET with a token opens a stream, or gets 405",
    meaning:
      "Clients try a stream after they connect. If GET gets 401 although POST accepts the same token, they conclude that the sign-in is not valid any more and discard it.",
    spec: "MCP transports 2025-11-25, Listening for Messages from the Server",
    example: "POST /mcp -> 200; GET /mcp with the same token -> 401",
    serverFix:
      "Check the token of GET in the same way as that of POST. Without a stream, answer 405.",
    products: {
      WSO2: [
        "sent 401 for GET and DELETE with a valid token: clients dropped the sign-in",
        "wso2/api-platform#2869",
      ],
    },
  },
  rs_origin: {
    title: "a request of a foreign origin is refused with 403",
    meaning:
      "By DNS rebinding, a web page can send requests to a server on the user's machine or network. If every origin is accepted, an attacker's page can call the tools of a server that needs no token or uses cookies.",
    spec: "MCP transports 2025-11-25, Security Warning; MCP transports, Streamable HTTP",
    example: "POST /mcp with Origin: https://mcpass-audit.invalid -> 200",
    serverFix:
      "Compare Origin with a list of allowed origins, and answer 403 to others. Every origin is right only for a public server that uses no cookies.",
  },
} satisfies Pages;
