import type { Pages } from "./page.ts";

const LOGIN = "mcpass login --url <url>";

export const TOKEN_PAGES = {
  token_error: {
    title: "the token endpoint returned an error",
    clause: "RFC 6749 §5.2",
    looks: '400 {"error": "invalid_grant"}',
    change:
      "invalid_client: id, secret or method; invalid_grant: code, redirect URI or verifier; invalid_target: resource.",
    meanwhile: "Depending on the error: --token-auth-method, --client-secret-file or --resource.",
    products: {
      GitHub: "sends errors with status 200",
      "WorkOS AuthKit": "invalid_target: register the resource in the console",
      "Cloudflare workers-oauth-provider":
        "invalid_client may mean that it could not fetch the metadata document",
      Slack: "sends 200 with ok: false",
      Notion: "refuses two authentication methods in one request; mcpass sends one",
      Okta: "invalid_client: the method has to be the one of the app: --token-auth-method",
    },
  },
  token_answer_invalid: {
    title: "the token endpoint returned no token and no OAuth error",
    means:
      "The message has the server's text. After 429 and 5xx the same request may succeed later. The stored tokens do not change.",
    clause: "RFC 6749 §5.1, §5.2; RFC 6750 §2.1",
    looks: 'a web page, text, or JSON without "access_token"',
    change:
      'Send JSON: "access_token" and "token_type", or 400 with "error"; 503 with Retry-After while it cannot answer.',
    meanwhile: "--debug-out records the response with secrets masked.",
    products: {
      Slack:
        "oauth.v2.access nests the token of a user in authed_user: write a file for --authorization-server-metadata with the token_endpoint https://slack.com/api/oauth.v2.user.access",
    },
  },
  token_content_type: {
    title: "the token response is not sent as JSON",
    clause: "RFC 6749 §5.1",
    looks: "Content-Type: text/plain",
    change: "Send application/json.",
    meanwhile: "None needed: mcpass reads it anyway.",
    products: { GitHub: "sends a form unless Accept asks for JSON, which mcpass does" },
  },
  token_cacheable: {
    title: "caches may store the token response",
    clause: "RFC 6749 §5.1",
    looks: "no Cache-Control: no-store",
    change: "Send Cache-Control: no-store with every token.",
    meanwhile: "None needed.",
  },
  token_type_missing: {
    title: "the token response does not name its token type",
    clause: "RFC 6749 §5.1",
    looks: 'no "token_type"',
    change: 'Send "token_type": "Bearer".',
    meanwhile: "None needed: mcpass assumes Bearer.",
  },
  token_type_unknown: {
    title: "the token has an unsupported type",
    means:
      "mcpass sends a token of an unregistered type as Bearer, with a warning. A registered type that mcpass does not support, such as mac, ends the login.",
    clause: "RFC 6749 §7.1",
    looks: '"token_type": "mac"',
    change: 'Issue tokens with "token_type": "Bearer".',
    meanwhile: "Register a client that receives Bearer tokens.",
    products: { Slack: 'user tokens have "token_type": "user", which is sent as Bearer' },
  },
  token_scope_form: {
    title: "the granted scopes are a list, or separated by commas",
    clause: "RFC 6749 §3.3",
    looks: '"scope": ["read", "write"]',
    change: "Send one string, separated by spaces.",
    meanwhile: "None needed: mcpass reads them anyway.",
    products: { "Slack, GitHub": "separates scopes by commas" },
  },
  scope_reduced: {
    title: "less scope was granted than requested",
    clause: "RFC 6749 §3.3",
    looks: 'scope=read write requested, "scope": "read" granted',
    change: "Nothing, if that is the policy.",
    meanwhile: "If the server refuses an operation later, ask the operator.",
  },
  expires_in_missing: {
    title: "the server does not say how long the token is valid",
    clause: "RFC 6749 §5.1",
    looks: 'no "expires_in"',
    change: 'Send "expires_in".',
    meanwhile: "None needed: mcpass uses the token until the server refuses it.",
    products: { "Salesforce, Todoist": "was reported to send none" },
  },
  token_lifetime_shorter: {
    title: "the token ends before its announced lifetime",
    means: 'The access token is a JWT, and its "exp" is earlier than "expires_in" says.',
    clause: "RFC 9068 §2.2; RFC 6749 §5.1",
    looks: '"expires_in": 3600, and a JWT whose "exp" is in 300 seconds',
    change: 'Let "expires_in" and "exp" agree.',
    meanwhile: "None needed: mcpass uses the earlier time.",
  },
  expires_in_not_positive: {
    title: "the token had already expired when it was issued",
    clause: "RFC 6749 §5.1",
    looks: '"expires_in": 0',
    change: "Send the seconds left; leave the member out for tokens that do not expire.",
    meanwhile: "mcpass treats the token as expired.",
  },
  expires_in_string: {
    title: "the lifetime of the token is a string",
    clause: "RFC 6749 §5.1",
    looks: '"expires_in": "3600"',
    change: "Send a number.",
    meanwhile: "None needed: mcpass reads it as the number.",
    products: { "Entra ID": "the v1 endpoint sends strings" },
  },
  expires_in_invalid: {
    title: "the lifetime of the token is not a valid number",
    clause: "RFC 6749 §5.1",
    looks: '"expires_in": "soon"',
    change: "Send seconds as a number.",
    meanwhile: "mcpass treats the lifetime as unknown.",
  },
  dpop_key_gone: {
    title: "the token is bound to a key, and the key is missing",
    means:
      "The key is not stored with the token. Without it mcpass cannot sign DPoP proofs, and it does not send the token as Bearer.",
    clause: "RFC 9449 §7",
    looks: 'a credentials file with "tokenType": "DPoP" and without "dpopKey"',
    meanwhile: LOGIN,
  },
  no_token_endpoint: {
    title: "cannot refresh the token: its token endpoint is not known",
    looks: "a credentials file without the token endpoint",
    meanwhile: LOGIN,
  },
  no_refresh_token: {
    title: "cannot refresh the token: no refresh token was issued",
    clause: "OAuth 2.1 §4.3",
    looks: 'a token response without "refresh_token"',
    change:
      "Issue refresh tokens to native clients; list offline_access if clients must request it.",
    meanwhile:
      `${LOGIN}. If the server issues refresh tokens only after consent: --authorize-param prompt=consent`,
    products: {
      Auth0: "allow offline access on the API, and list offline_access",
      Google:
        "desktop clients always receive one; web clients: --authorize-param access_type=offline",
      Logto: "issues one only with --authorize-param prompt=consent, and offline_access",
      Todoist: "issues none",
      "Okta, Dex, Duende IdentityServer":
        "turn on the refresh token grant of the client, and ask for offline_access: --scopes",
      "Entra ID": 'ask for offline_access: --scopes "<scope of the API> offline_access"',
      Snowflake:
        'issues one only with the scope refresh_token: --scopes "refresh_token session:role:<role>"',
    },
  },
  tokens_gone: {
    title: "the tokens were removed after they were refused or revoked",
    looks: "a stored client without tokens",
    meanwhile: LOGIN,
  },
  client_refused: {
    title: "the authorization server no longer knows the client",
    means: "mcpass removed the client and its tokens.",
    clause: "RFC 6749 §5.2",
    looks: 'refresh -> 401 {"error": "invalid_client"}',
    change: "Do not delete registrations, or send client_secret_expires_at.",
    meanwhile: LOGIN,
    products: { "Cloudflare workers-oauth-provider": "registrations end after 90 days" },
  },
  refresh_token_refused: {
    title: "the refresh token was refused",
    means:
      "The refresh token has expired, was revoked or was used before. mcpass removed the tokens; the client is still stored.",
    clause: "RFC 6749 §5.2; OAuth 2.1 §4.3",
    looks: 'refresh -> 400 {"error": "invalid_grant"}',
    change: "Allow a short grace period for the previous refresh token.",
    meanwhile: `${LOGIN}; share one store between programs.`,
    products: {
      Notion: "a reused token revokes the family: never copy a store",
      Obot: "returns invalid_request for expired tokens",
      "Cloudflare workers-oauth-provider":
        "a new login of the same person and client ends earlier ones",
      Miro: "was reported to refuse refresh tokens early: sign in again",
      Linear: "Grant not found, after rotation: sign in again",
    },
  },
  refresh_refused: {
    title: "the token refresh failed",
    means:
      "If the server refused a parameter, mcpass tried once without resource or with the granted scope, and stores what works. If the server does not support the grant, mcpass stores that too, and sends no refresh until mcpass oauth refresh or the next login.",
    clause: "RFC 6749 §5.2, §6",
    looks: "refresh -> 4xx that is not invalid_grant",
    change: "Accept a refresh with and without scope and resource (RFC 6749 §6; RFC 8707 §2.2).",
    meanwhile: LOGIN,
    products: {
      "Entra ID": "requires scope in a refresh (AADSTS90009); mcpass sends the granted scope then",
      "Withings MCP": "was reported to have no refresh grant: sign in at each expiry",
    },
  },
  not_signed_in: {
    title: "no sign-in is stored for this server",
    looks: "mcpass oauth token --url <url> before any login",
    meanwhile: `${LOGIN}; mcpass oauth status lists what is stored.`,
  },
  sign_in_needed: {
    title: "a person has to sign in",
    means: "There is no terminal to ask on.",
    looks: "an interactive login without a terminal",
    meanwhile: "Run mcpass login on a terminal, or wait for the page with --print-url.",
  },
  access_token_not_revocable: {
    title: "the server does not revoke access tokens of this kind",
    means: "A copied access token works until it expires.",
    clause: "RFC 7009 §2.2.1",
    looks: 'POST /revoke with the access token -> 400 {"error": "unsupported_token_type"}',
    change: "Issue access tokens that are valid for minutes, or ones that can be revoked.",
    meanwhile: "The refresh token was revoked, so no new access token can be issued.",
    products: { "oidc-provider": "revokes no JWT access tokens: use opaque ones, or a short TTL" },
  },
  revocation_failed: {
    title: "the authorization server did not revoke the token",
    means: "mcpass deleted the stored sign-in anyway.",
    clause: "RFC 7009 §2",
    looks: "POST /revoke -> 4xx or 5xx",
    change: "Accept revocations of the client's own tokens; send 200 for unknown ones.",
    meanwhile: "End the session at the authorization server's own pages.",
  },
  validity_too_short: {
    title: "tokens are valid for a shorter time than --min-validity",
    looks: "mcpass oauth token --min-validity 7200000 (2 h), and tokens last 1 h",
    change: "Issue tokens that are valid longer, if the jobs need it.",
    meanwhile: "Ask for less.",
  },
  cancelled: {
    title: "cancelled",
    means: "You ended it, at a question or with Ctrl-C.",
    looks: "exit status 130",
    meanwhile: "Run it again.",
  },
  internal_error: {
    title: "unexpected error",
    means: "mcpass failed with an error that it did not expect. This is a bug in mcpass.",
    looks: "exit status 1 and this code",
    meanwhile:
      "Run the command again with --debug-out <path> and report the bug with that file: it contains the stack, with secrets masked. A command without this option prints the stack positions.",
  },
} satisfies Pages;
