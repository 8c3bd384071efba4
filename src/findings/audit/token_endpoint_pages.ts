import type { Pages } from "../page.ts";

/** The token endpoint and the tokens that it issues for a code. */
export const TOKEN_ENDPOINT_CHECK_PAGES = {
  exchange_unknown_client: {
    title: "an unknown client gets invalid_client",
    meaning:
      "Clients register again after invalid_client, for example if the server forgot them. After another error they repeat the same sign-in, which fails again.",
    spec: "RFC 6749 §5.2",
    example: "POST /token with client_id=invented -> 200, or 400 invalid_request",
    serverFix:
      "Authorization server: check the client first, and answer 401 invalid_client if it is unknown.",
  },
  exchange_invented_code: {
    title: "an invented code gets invalid_grant",
    meaning:
      "With this error, clients start a new sign-in. After another one they cannot tell an expired code from a broken server. A token for an invented code would let anyone in.",
    spec: "RFC 6749 §5.2",
    example: "POST /token with code=invented -> 500",
    serverFix: "Authorization server: answer 400 invalid_grant to a code that was not issued.",
  },
  exchange_error_shape: {
    title: "refused token requests are OAuth errors",
    meaning:
      "Clients decide by the error code whether to sign in again, to register again or to stop. If it is missing, or the status is 200, they repeat requests or discard a valid sign-in.",
    spec: "RFC 6749 §5.2",
    example: "POST /token -> 400 text/plain: invalid code",
    serverFix:
      'Authorization server: send 400, or 401 for invalid_client, with application/json and a listed "error".',
    products: {
      GitHub: ["sends errors with status 200", "github/github-mcp-server#2901"],
      FastMCP: ["sends 401 for invalid_grant, on purpose", "PrefectHQ/fastmcp#2461"],
      FlowFuse: [
        "sent invalid_request for refresh tokens that were not valid any more",
        "FlowFuse/flowfuse#8547",
      ],
    },
  },
  exchange_query_ignored: {
    title: "parameters in the URL of the token endpoint are ignored",
    meaning:
      "Where this works, clients put codes and secrets into URLs, which servers and proxies write to their logs. Anyone who reads a log can use them.",
    spec: "RFC 6749 §3.2, §2.3.1",
    example: "POST /token?grant_type=authorization_code&code=invented, empty body -> invalid_grant",
    serverFix:
      "Authorization server: read parameters from the form body only, and answer invalid_request if they are missing there.",
  },
  exchange_unknown_grant: {
    title: "an unknown grant type gets unsupported_grant_type",
    meaning:
      "Clients try an optional grant, such as refresh_token or device_code, and need to learn that it is not offered. After a server error they try it again and again.",
    spec: "RFC 6749 §5.2",
    example: "POST /token with grant_type=urn:mcpass:audit -> 500",
    serverFix: "Authorization server: answer 400 unsupported_grant_type.",
  },
  exchange_password: {
    title: "the password grant is turned off",
    meaning:
      "If it is on, any client may ask users for their password, without a second factor. An attacker tries stolen passwords at the token endpoint, where no sign-in page is in the way.",
    spec: "RFC 9700 §2.4",
    example: "POST /token with grant_type=password -> 400 invalid_grant",
    serverFix:
      "Authorization server: turn off the grant, so that the answer is unsupported_grant_type or unauthorized_client.",
  },
  exchange_client_auth: {
    title: "a confidential client must prove its secret",
    meaning:
      "Client identifiers are public. If the secret is not checked, an attacker who has a code or a refresh token of the client can redeem it.",
    spec: "RFC 6749 §3.2.1",
    example: "POST /token with client_secret=wrong -> 400 invalid_grant, as with the right one",
    serverFix:
      "Authorization server: authenticate the client before the code is looked at, and answer 401 invalid_client to a wrong or missing secret.",
  },
  exchange_methods: {
    title: "each announced authentication method works",
    meaning:
      "Clients choose a method from the list. One that does not work ends the sign-in with invalid_client, after the user has consented.",
    spec: "RFC 8414 §2; RFC 6749 §2.3.1",
    example:
      '"token_endpoint_auth_methods_supported": ["client_secret_basic"]; POST /token with Authorization: Basic … -> 401 invalid_client',
    serverFix:
      "Authorization server: support each listed method, or remove it from the list. In Basic, decode id and secret from form encoding.",
  },
  exchange_wrong_client: {
    title: "a code works only for its client",
    meaning:
      "If any client can redeem a code, an attacker who obtains one registers a client for that, and is signed in as the user.",
    spec: "RFC 6749 §4.1.3",
    example: "POST /token with the code of client a and client_id=b -> 200",
    serverFix:
      "Authorization server: store the client with the code, and answer invalid_grant to every other one.",
  },
  exchange_wrong_verifier: {
    title: "the code verifier is compared with the challenge",
    meaning:
      "Without the comparison, PKCE exists in name only. An attacker who intercepts a code, for example with an app on the same machine, redeems it with any verifier.",
    spec: "RFC 7636 §4.6",
    example: "POST /token with code_verifier=<another one> -> 200",
    serverFix:
      "Authorization server: compute BASE64URL(SHA256(code_verifier)), compare it with the stored challenge, and answer invalid_grant if they differ.",
  },
  exchange_no_verifier: {
    title: "a code with a challenge needs its verifier",
    meaning:
      "If the verifier is optional, an attacker who intercepts a code leaves it out, and PKCE protects nothing.",
    spec: "RFC 9700 §4.8.2; RFC 7636 §4.6",
    example: "POST /token without code_verifier, after a request with code_challenge -> 200",
    serverFix:
      "Authorization server: answer invalid_grant if a challenge is stored with the code and no verifier is sent.",
  },
  exchange_unasked_verifier: {
    title: "a verifier without a challenge is refused",
    meaning:
      "Such a request shows that somebody removed the challenge from the request of a client that uses PKCE. If the server ignores that, an attacker can inject a code into a session of the client.",
    spec: "RFC 9700 §4.8.2",
    example: "GET /authorize without code_challenge; POST /token with code_verifier -> 200",
    serverFix:
      "Authorization server: answer invalid_grant to a verifier if no challenge is stored with the code; better, require a challenge.",
  },
  exchange_wrong_redirect: {
    title: "the redirect URI is compared again at the exchange",
    meaning:
      "In OAuth 2.0 this comparison detects a code that was requested for another address. Without it, one defense against injected codes is missing; PKCE is the other one.",
    spec: "RFC 6749 §4.1.3",
    example: "POST /token with redirect_uri=https://mcpass-audit.invalid/cb -> 200",
    serverFix:
      "Authorization server: store redirect_uri with the code, and answer invalid_grant if another value is sent.",
  },
  exchange_other_resource: {
    title: "a code gives no token for another resource",
    meaning:
      "The user approved access to one server. A client that names another one in the exchange would get a token for it without consent.",
    spec: "RFC 8707 §2.2",
    example:
      "POST /token with resource=https://mcpass-audit.invalid/x, not requested before -> 200",
    serverFix:
      "Authorization server: answer invalid_target to a resource that was not part of the authorization request.",
  },
  exchange_good: {
    title: "a valid code can be exchanged for a token",
    meaning:
      "The user has signed in and consented, and the client still has no token. No client can use the MCP server.",
    spec: "RFC 6749 §5.1",
    example: "POST /token with a new code, its verifier and redirect URI -> 500",
    serverFix:
      "Authorization server: find the request in the log of the token endpoint. It has the code of the last redirect, its code_verifier, and the client_id and redirect_uri of the authorization request.",
  },
  exchange_answer: {
    title: "the token response has a token and its type",
    meaning:
      "Clients must not use a token whose type they do not know, and do not look for the token in other members. Strict ones end the sign-in.",
    spec: "RFC 6749 §5.1, §7.1",
    example: '{"access_token": "…", "expires_in": 3600}',
    serverFix:
      'Authorization server: send "access_token" and "token_type": "Bearer" (or "DPoP") as strings at the top level.',
  },
  exchange_no_store: {
    title: "token responses are not stored by caches",
    meaning:
      "A cache between client and server may store the response. Anyone who can read it later uses the tokens as the user.",
    spec: "RFC 6749 §5.1",
    example: "POST /token -> 200 without Cache-Control",
    serverFix: "Authorization server: send Cache-Control: no-store with each token response.",
  },
  exchange_media_type: {
    title: "the token response is sent as application/json",
    meaning: "Strict clients do not parse another media type, and find no token in the response.",
    spec: "RFC 6749 §5.1",
    example: "POST /token -> 200, Content-Type: application/x-www-form-urlencoded",
    serverFix: "Authorization server: send JSON with Content-Type: application/json.",
    products: {
      GitHub: [
        "sends a form unless Accept asks for JSON",
        "github/github-mcp-server#2901",
      ],
    },
  },
  exchange_lifetime: {
    title: "access tokens are short-lived, as announced",
    meaning:
      "A stolen token works until it expires, so a long lifetime helps an attacker. If expires_in is missing or wrong, clients send expired tokens, and tool calls fail without warning.",
    spec: "MCP authorization, Token Theft; RFC 6749 §5.1; RFC 9068 §2.2",
    example: '"expires_in": 3600, and "exp" is in 900 seconds',
    serverFix:
      "Authorization server: issue access tokens for an hour or less. Send expires_in as a number of seconds that agrees with exp.",
  },
  exchange_scope_told: {
    title: "a reduced scope is named in the token response",
    meaning:
      "Without it, clients assume that they have everything that they requested. Tool calls end with 403, and another sign-in for the same scopes does not help.",
    spec: "RFC 6749 §5.1, §3.3",
    example: "GET /authorize?scope=read+write; POST /token -> 200 for read only, without scope",
    serverFix:
      'Authorization server: send "scope" with the granted scopes if they differ from the request.',
  },
  exchange_entropy: {
    title: "codes and tokens cannot be guessed",
    meaning:
      "An attacker who knows how the values are made tries likely ones, and gets the access of some user. Short or consecutive values make that possible.",
    spec: "RFC 6749 §10.10",
    example: '"access_token": "tok-000184", then "tok-000185"',
    serverFix:
      "Authorization server: create codes and tokens from at least 128 random bits of a cryptographic generator, which is 22 base64url characters.",
  },
  exchange_audience: {
    title: "the token names this server as its audience",
    meaning:
      "An MCP server that checks the audience, as it must, refuses the token. One that does not check it also accepts tokens of other servers, so a hostile one can use here what it received.",
    spec: "RFC 8707 §2.2; RFC 9068 §3; MCP authorization, Token Audience Binding and Validation",
    example: '"aud": "my-client"; resource https://server.example/mcp',
    serverFix:
      "Authorization server: put the requested resource into aud. Products that ignore resource have a setting for it, often called an audience mapper or an API identifier.",
    products: {
      "Entra ID": [
        "aud is the application id: let the MCP server expect that value",
        "modelcontextprotocol/csharp-sdk#1801",
      ],
      Keycloak: "ignores resource: add an audience mapper with the server's URL to a client scope",
    },
  },
  exchange_jwt_profile: {
    title: "a JWT access token follows the profile of RFC 9068",
    meaning:
      "Servers and gateways expect the claims of the profile. Without exp or jti they cannot limit or recognize a token, and without typ they may accept an ID token instead.",
    spec: "RFC 9068 §2",
    example: '{"typ": "JWT"} {"iss": "…", "aud": "…", "exp": 1796000000} without sub and jti',
    serverFix:
      'Authorization server: send typ "at+jwt" and the claims iss, exp, aud, sub, client_id, iat and jti. Never send an ID token as an access token.',
  },
  exchange_code_lifetime: {
    title: "a code expires within ten minutes",
    meaning:
      "Codes appear in browser histories and in logs. An attacker who finds one that is still valid can try to redeem it.",
    spec: "RFC 6749 §4.1.2",
    example: "POST /token with a code that was issued 601 s ago -> 200",
    serverFix:
      "Authorization server: let codes expire after about one minute, ten at most, and answer invalid_grant then.",
  },
  exchange_single_use: {
    title: "a code works only once",
    meaning:
      "Redirects are recorded in browser histories and in logs. An attacker who reads a code there redeems it a second time, and gets a token of the user.",
    spec: "RFC 6749 §4.1.2",
    example: "POST /token with the same code twice -> 200 and 200",
    serverFix:
      "Authorization server: mark the code as used in the same transaction that issues the token, and answer invalid_grant afterwards.",
  },
  exchange_replay_revokes: {
    title: "reuse of a code ends the tokens issued for it",
    meaning:
      "A second use means that somebody else has the code, and perhaps used it first. If the tokens stay valid, an attacker who was faster has access until they expire.",
    spec: "RFC 6749 §4.1.2",
    example: "POST /token with a used code -> 400; POST /mcp with the first token -> 200",
    serverFix:
      "Authorization server: on reuse, revoke the access and refresh tokens that were issued for the code. If access tokens cannot be revoked, issue them for some minutes only.",
  },
} satisfies Pages;
