import type { Pages } from "./page.ts";

const SIGN_IN = "Sign in again: mcpass login <url>";

export const TOKEN_PAGES = {
  token_error: {
    title: "the token endpoint returned an error",
    meaning:
      "The sign-in succeeded, but mcpass received no token for the code. The error says what does not fit: invalid_client the client ID, secret or method; invalid_grant the code, redirect URI or code verifier; invalid_target the resource.",
    spec: "RFC 6749 §5.2",
    example: 'POST /token -> 400 {"error": "invalid_grant"}',
    serverFix:
      "Compare the request in the trace (--debug-out) with the registration of the client.",
    workaround:
      "Depending on the error: --token-auth-method <method>, --client-secret-file <path> or --resource <url>",
    products: {
      GitHub: ["sends errors with status 200", "github/github-mcp-server#2901"],
      "WorkOS AuthKit": [
        "invalid_target: register the resource in the console",
        "anthropics/claude-ai-mcp#271",
      ],
      "Cloudflare workers-oauth-provider":
        "invalid_client may mean that it could not fetch the client metadata document",
      Slack: "sends 200 with ok: false",
      Notion: [
        "refuses two authentication methods in one request; mcpass sends one",
        "onyx-dot-app/onyx#12874",
      ],
      Okta: "invalid_client: use the method of the app: --token-auth-method",
    },
  },
  token_answer_invalid: {
    title: "the token endpoint returned no token and no OAuth error",
    meaning:
      "The response is a web page, text, or JSON without access_token. After 429 and 5xx the same request may succeed later. Stored tokens do not change.",
    spec: "RFC 6749 §5.1, §5.2; RFC 6750 §2.1",
    example: "POST /token -> 502 text/html",
    serverFix:
      'Send JSON with "access_token" and "token_type", or 400 with "error". Send 503 with Retry-After during maintenance.',
    workaround: "Try again later. To record the response, secrets masked: --debug-out <path>",
    products: {
      Slack:
        "oauth.v2.access nests the token of a user in authed_user: write a file for --authorization-server-metadata with the token_endpoint https://slack.com/api/oauth.v2.user.access",
    },
  },
  token_content_type: {
    title: "the token response is not sent as JSON",
    meaning: "mcpass reads it anyway. Strict clients find no token.",
    spec: "RFC 6749 §5.1",
    example: "POST /token -> 200, Content-Type: text/plain",
    serverFix: "Send Content-Type: application/json.",
    products: {
      GitHub: [
        "sends a form unless Accept asks for JSON, which mcpass does",
        "github/github-mcp-server#2901",
      ],
    },
  },
  token_cacheable: {
    title: "caches may store the token response",
    meaning:
      "A proxy or cache between client and server could store the tokens, and others could read them.",
    spec: "RFC 6749 §5.1",
    example: "POST /token -> 200 without Cache-Control",
    serverFix: "Send Cache-Control: no-store with every token.",
  },
  token_type_missing: {
    title: "the token response does not name its token type",
    meaning:
      "mcpass assumes Bearer, the only type that most servers issue. Strict clients refuse the response.",
    spec: "RFC 6749 §5.1",
    example: '{"access_token": "…", "expires_in": 3600}',
    serverFix: 'Send "token_type": "Bearer".',
  },
  token_type_unknown: {
    title: "the token has an unsupported type",
    meaning:
      "mcpass sends a token of an unregistered type as Bearer, with a warning. A registered type that mcpass does not support, such as mac, ends the login: it needs another kind of request.",
    spec: "RFC 6749 §7.1",
    example: '{"access_token": "…", "token_type": "mac"}',
    serverFix: 'Issue tokens with "token_type": "Bearer".',
    workaround: "Register a client that receives Bearer tokens.",
    products: {
      Slack: 'user tokens have "token_type": "user", which mcpass sends as Bearer',
    },
  },
  token_scope_form: {
    title: "the granted scopes are a list, or separated by commas",
    meaning:
      "mcpass reads them anyway. Other clients see one scope with commas in its name, and sign in again and again.",
    spec: "RFC 6749 §3.3",
    example: '"scope": ["read", "write"], or "scope": "read,write"',
    serverFix: 'Send one string, separated by spaces: "scope": "read write".',
    products: { "Slack, GitHub": "separates scopes with commas" },
  },
  scope_reduced: {
    title: "less scope was granted than requested",
    meaning:
      "The user or a policy of the authorization server left scopes out. The login continues; operations that need them will fail with 403.",
    spec: "RFC 6749 §3.3",
    example: 'GET /authorize?scope=read+write; POST /token -> {"scope": "read"}',
    fix:
      "If the server refuses an operation later, ask the operator for the scope, or sign in with another account.",
  },
  expires_in_missing: {
    title: "the server does not say how long the token is valid",
    meaning:
      "mcpass uses the token until the server refuses it, and then refreshes it. It cannot refresh in advance.",
    spec: "RFC 6749 §5.1",
    example: '{"access_token": "…", "token_type": "Bearer"}',
    serverFix: 'Send "expires_in" with the seconds of validity.',
    products: { "Salesforce, Todoist": "sent no expires_in" },
  },
  token_lifetime_shorter: {
    title: "the token ends before its announced lifetime",
    meaning:
      'The access token is a JWT whose "exp" is earlier than "expires_in" says. mcpass uses the earlier time; other clients send an expired token.',
    spec: "RFC 9068 §2.2; RFC 6749 §5.1",
    example: '"expires_in": 3600, and "exp" is in 300 seconds',
    serverFix: 'Let "expires_in" and "exp" agree.',
  },
  expires_in_not_positive: {
    title: "the token had already expired when it was issued",
    meaning:
      "The lifetime is zero or negative. mcpass treats the token as expired, and refreshes it before use.",
    spec: "RFC 6749 §5.1",
    example: '"expires_in": 0',
    serverFix:
      "Send the seconds that are left. For tokens that do not expire, leave the member out.",
  },
  expires_in_string: {
    title: "the lifetime of the token is a string",
    meaning: "mcpass reads the digits as a number. Typed clients refuse the response.",
    spec: "RFC 6749 §5.1",
    example: '"expires_in": "3600"',
    serverFix: 'Send a number: "expires_in": 3600.',
    products: { "Entra ID": "the v1 endpoint sends strings" },
  },
  expires_in_invalid: {
    title: "the lifetime of the token is not a valid number",
    meaning: "mcpass treats it as unknown, and uses the token until the server refuses it.",
    spec: "RFC 6749 §5.1",
    example: '"expires_in": "soon"',
    serverFix: 'Send the seconds as a number: "expires_in": 3600.',
  },
  dpop_key_gone: {
    title: "the token is bound to a key, and the key is missing",
    meaning:
      "Each request needs a DPoP proof that is signed with the key. mcpass cannot sign it, and does not send such a token as Bearer.",
    spec: "RFC 9449 §7",
    example: 'a credentials file with "tokenType": "DPoP" and without "dpopKey"',
    fix: SIGN_IN,
  },
  no_token_endpoint: {
    title: "cannot refresh the token: its token endpoint is not known",
    meaning:
      "The credentials say nothing about the authorization server, so there is no URL for the refresh.",
    example: 'a credentials file without "tokenEndpoint"',
    fix: SIGN_IN,
  },
  no_refresh_token: {
    title: "cannot refresh the token: no refresh token was issued",
    meaning:
      "The access token has expired, and a new one needs a sign-in. The authorization server issues refresh tokens only to some clients, or only for a scope or after consent.",
    spec: "OAuth 2.1 §4.3",
    example: 'POST /token -> 200 {"access_token": "…", "expires_in": 3600}',
    serverFix:
      "Authorization server: issue refresh tokens to native clients. If clients must request it, list offline_access.",
    fix:
      `${SIGN_IN}. If the server issues refresh tokens only after consent: --authorize-param prompt=consent`,
    products: {
      Auth0: "allow offline access on the API, and list offline_access",
      Google:
        "desktop clients always receive one; web clients: --authorize-param access_type=offline",
      Logto: [
        "issues one only with --authorize-param prompt=consent, and offline_access",
        "logto-io/logto#9627",
      ],
      Todoist: "issues none",
      "Okta, Dex, Duende IdentityServer":
        "turn on the refresh token grant of the client, and request offline_access: --scopes",
      "Entra ID": 'request offline_access: --scopes "<scope of the API> offline_access"',
      Snowflake: [
        'issues one only with the scope refresh_token: --scopes "refresh_token session:role:<role>"',
        "anthropics/claude-code#42419",
      ],
    },
  },
  tokens_gone: {
    title: "the stored sign-in no longer has tokens",
    meaning:
      "They were refused or revoked, or moved to another machine or store: the message says which. Only the client is still stored. For a new token, sign in again.",
    example: "mcpass token <url>, after a refresh with invalid_grant",
    fix: SIGN_IN,
  },
  client_refused: {
    title: "the authorization server no longer knows the client",
    meaning:
      "The registration was deleted or has expired. mcpass removed the client and its tokens; a login registers a new one.",
    spec: "RFC 6749 §5.2",
    example: 'refresh: POST /token -> 401 {"error": "invalid_client"}',
    serverFix: "Do not delete registrations, or announce their end in client_secret_expires_at.",
    fix: SIGN_IN,
    products: { "Cloudflare workers-oauth-provider": "registrations end after 90 days" },
  },
  refresh_token_refused: {
    title: "the refresh token was refused",
    meaning:
      "It has expired, was revoked, or was used before (rotation): two programs with copies of one sign-in make each other fail. mcpass removed the tokens; the client is still stored.",
    spec: "RFC 6749 §5.2; OAuth 2.1 §4.3",
    example: 'refresh: POST /token -> 400 {"error": "invalid_grant"}',
    serverFix: "Accept the previous refresh token for a short time after a rotation.",
    fix: `${SIGN_IN}. Let programs share one store instead of copies.`,
    products: {
      Notion: [
        "a reused token revokes all tokens of the sign-in: never copy a store",
        "onyx-dot-app/onyx#12874",
      ],
      Obot: "returned invalid_request for expired tokens",
      "Cloudflare workers-oauth-provider":
        "a new login of the same person and client ends earlier ones",
      Miro: "refused refresh tokens early: sign in again",
      Linear: [
        "Grant not found, after rotation: sign in again",
        "anthropics/claude-code#85236",
      ],
    },
  },
  refresh_refused: {
    title: "the token refresh failed",
    meaning:
      "If the server refused a parameter, mcpass tried once without resource or with the granted scope, and stores what works. If the server does not support the grant, mcpass stores that too and sends no refresh until mcpass refresh or the next login.",
    spec: "RFC 6749 §5.2, §6",
    example: 'refresh: POST /token -> 400 {"error": "invalid_request"}',
    serverFix: "Accept a refresh with and without scope and resource (RFC 6749 §6; RFC 8707 §2.2).",
    workaround: SIGN_IN,
    products: {
      "Entra ID": "requires scope in a refresh (AADSTS90009); mcpass then sends the granted scope",
      "Withings MCP": "had no refresh grant: sign in at each expiry",
    },
  },
  not_signed_in: {
    title: "no sign-in is stored for this server",
    meaning:
      "The command needs a stored token. You never signed in to this URL on this machine, you signed out, or the sign-in is in another store (MCPASS_HOME).",
    example: "mcpass token https://server.example/mcp, before any login",
    fix: "Sign in: mcpass login <url>. mcpass status lists what is stored.",
  },
  sign_in_needed: {
    title: "a person has to sign in",
    meaning:
      "The stored token cannot be refreshed, or there is none, and no terminal to ask on. In a script or in CI nobody could answer in a browser.",
    example: "mcpass login <url> in a script, without a terminal",
    fix:
      "Run mcpass login <url> on a terminal; to sign in on another machine, add --print-url. For jobs without a person: --auth-mode client_credentials",
  },
  access_token_not_revocable: {
    title: "the server does not revoke access tokens of this kind",
    meaning:
      "Anyone who has copied the access token can use it until it expires. The refresh token was revoked, so no new access token can be issued.",
    spec: "RFC 7009 §2.2.1",
    example: 'POST /revoke -> 400 {"error": "unsupported_token_type"}',
    serverFix: "Issue access tokens that are valid for minutes, or ones that can be revoked.",
    products: {
      "oidc-provider": "revokes no JWT access tokens: use opaque ones, or a short lifetime",
    },
  },
  revocation_failed: {
    title: "the authorization server did not revoke the token",
    meaning:
      "mcpass deleted the stored sign-in anyway. The tokens may still be valid until they expire, for somebody who has copied them.",
    spec: "RFC 7009 §2",
    example: "POST /revoke -> 400 or 503",
    serverFix: "Accept revocations of the client's own tokens. Send 200 for unknown ones.",
    workaround: "End the session on the pages of the authorization server.",
  },
  validity_too_short: {
    title: "tokens are valid for a shorter time than --min-validity",
    meaning:
      "Even a new token does not last as long as you asked for, so a refresh does not help. mcpass printed no token.",
    example: "mcpass token --min-validity 7200000 (2 h); tokens are valid for 1 h",
    fix: "Ask for a shorter time, or let the operator issue tokens that are valid longer.",
  },
  credential_request_invalid: {
    title: "the request to mcpass credential is invalid",
    meaning:
      "The command reads one JSON object of version 1 from standard input, at most 64 KiB. The message has the member that is missing or wrong. Other members are ignored.",
    example: '{"v":1,"action":"get"} without a "url"',
    fix:
      "Correct the program that sends the request: mcpass schema credential-request has all members.",
  },
  credential_url_unsupported: {
    title: "mcpass credential does not support this URL",
    meaning:
      "Programs read such a URL differently, so a token could reach another host than intended.",
    example: "https://server.example@evil.example/mcp, or a URL with a backslash or a fragment",
    fix: "Use an http or https URL in plain ASCII characters, without user info and fragment.",
  },
  credential_late: {
    title: "no credential within the time limit",
    meaning:
      "mcpass credential ends within 8 seconds, because its callers wait only about 10 seconds. Nothing that is stored was lost.",
    example: "the authorization server does not answer, or a keyring waits for a password",
    fix: "Try again. If it happens again, find the slow step: mcpass refresh <server> --verbose",
  },
  credential_bound: {
    title: "the token alone is not enough for a request",
    meaning:
      "It is bound to a key (DPoP) or to a client certificate. Header fields that are obtained once cannot have a proof for each request.",
    example: "mcpass credential headers for a sign-in with --dpop",
    fix:
      "Use the JSON protocol of mcpass credential, which makes a proof for each request, or let mcpass send the requests.",
  },
  cancelled: {
    title: "cancelled",
    meaning:
      "You ended the command with Ctrl-C, or left a question unanswered. Steps that it had not reached were not done.",
    example: "exit status 130",
    fix: "Run the command again.",
  },
  internal_error: {
    title: "unexpected error",
    meaning: "This is a bug in mcpass. The server is probably not the cause.",
    example: "TypeError: Cannot read properties of undefined; exit status 1",
    fix:
      "Run the command again with --debug-out <path>, and report the bug with that file: it contains the stack, with secrets masked. A command without this option prints the stack positions.",
  },
} satisfies Pages;
