import type { Pages } from "./page.ts";

export const AUTHORIZATION_PAGES = {
  pending_login_unknown: {
    title: "no pending login has this handle and this URL",
    meaning:
      "mcpass login --begin stores a sealed record, which can be found and opened only with its handle. The handle and the final URL of the browser must belong to the same --begin, and --finish must use the same store. mcpass does not say which of them is wrong.",
    example: "the URL of one login and the handle of another",
    fix:
      "Use the handle and the URL of the same --begin, and the same store. Records are deleted a day after the login ended. If somebody else sent you the page, do not finish the login, and do not share the URL.",
  },
  pending_login_expired: {
    title: "the pending login has expired",
    meaning: "A login must be finished within 10 minutes after --begin, by the clock of the store.",
    example: "mcpass login --finish, 15 minutes after --begin",
    fix: "Begin again: mcpass login <server> --begin",
  },
  pending_login_used: {
    title: "the pending login was already used",
    meaning:
      "An authorization code must not be sent twice, so each --begin allows one --finish. Another process ran it, is running it, or was killed while it ran.",
    example: "mcpass login --finish, twice with the same URL",
    fix: "List the stored sign-ins: mcpass status. If this one is missing, begin again.",
  },
  pending_login_damaged: {
    title: "the record of the pending login was changed",
    meaning:
      "The record is sealed with a key derived from the handle. It cannot be opened, so it was changed after --begin. mcpass does not use it.",
    example: "a file in the folder pending that was edited or truncated",
    fix: "Begin again. If you did not change it, find out who can write to the store.",
  },
  pending_login_unknown_version: {
    title: "another version of mcpass began the login",
    meaning: "This version cannot read the record of the pending login.",
    example: "--begin with a newer version than --finish",
    fix: "Begin and finish with the same version of mcpass.",
  },
  authorization_endpoint_conflict: {
    title: "the authorization endpoint already has a request parameter",
    meaning:
      "The query of the endpoint contains a parameter that mcpass has to send too, and each parameter may be sent only once. mcpass combines scopes; for another parameter, with another value, the login ends.",
    spec: "RFC 6749 §3.1",
    example:
      '"authorization_endpoint": "https://auth.example/authorize?resource=https://b.example"',
    serverFix: "Remove the parameter from the endpoint.",
    workaround: "If the parameter is resource, send the same value: --resource <that value>",
    products: { Railway: ["published an endpoint with resource=", "can1357/oh-my-pi#10299"] },
  },
  authorization_request_rejected: {
    title: "the server rejects the request before any sign-in",
    meaning:
      "The authorization endpoint answers with an error page. The usual causes are a client ID that it does not know and a redirect URI that is not registered. mcpass checked this before it opened a browser.",
    spec: "RFC 6749 §4.1.2.1",
    example:
      "GET /authorize?client_id=x&redirect_uri=… -> 400 with a page that names the parameter",
    serverFix: "Register the exact redirect URI, and let loopback URIs have any port.",
    workaround: "Compare with the registration: --client-id <id> and --redirect-url <url>",
    products: {
      "Entra ID":
        "AADSTS50011: add http://localhost under mobile and desktop applications, and sign in with --redirect-url http://localhost",
      "AWS Cognito": "redirect_mismatch: --redirect-url with exactly the registered URL",
      Asana: "redirect URIs are on a list of the app",
      Plane: "refused clients that it had registered: ask for a client ID",
      "Intercom, Square, ClickUp, Cal.com":
        "allow only listed redirect URIs or clients: ask to be added, or use a listed URI with --redirect-url",
      Google:
        "desktop clients accept every loopback redirect URI; web clients have a list: --redirect-url",
    },
  },
  authorization_refused: {
    title: "no authorization response was received",
    meaning:
      "In headless mode the authorization endpoint must redirect back with a code. It answered with an error page, so there is no code.",
    spec: "RFC 6749 §4.1.2.1",
    example: "--auth-mode headless: GET /authorize -> 400",
    serverFix:
      "If client and redirect URI are valid, send errors to the redirect URI instead of a page.",
    workaround: "Read the server's text in the message. If it names resource: --resource none",
    products: {
      "Supabase Auth": [
        '400 for resource, and for the scope offline_access: --resource none --scopes "<a b>"',
        "supabase/auth#2820",
      ],
      "Entra ID": "AADSTS50011: --redirect-url http://localhost, if that is registered",
    },
  },
  authorization_redirect_loop: {
    title: "the authorization server redirects without end",
    meaning:
      "In headless mode mcpass follows a limited number of redirects. Usually a cookie is missing, or a URL has the wrong scheme behind a proxy.",
    spec: "RFC 9110 §15.4",
    example: "GET /authorize -> 302 /login -> 302 /authorize -> 302 /login …",
    serverFix: "Check the targets of the redirects, the cookies, and the scheme behind a proxy.",
    workaround: "Sign in with a browser: --auth-mode interactive",
  },
  authorization_error: {
    title: "the authorization server returned an error",
    meaning:
      "It redirected back without a code. access_denied: a person or a policy refused; invalid_scope: a scope is unknown or not allowed; invalid_target: the resource is unknown.",
    spec: "RFC 6749 §4.1.2.1",
    example: "GET /callback?error=access_denied&state=…",
    serverFix: "Depending on the error: allow the scope, the resource or the user for this client.",
    workaround: 'With other scopes: --scopes "<a b>". Without resource: --resource none',
    products: {
      "Entra ID": [
        "AADSTS650053: a scope is not known; AADSTS9010010: --resource none",
        "modelcontextprotocol/inspector#685",
      ],
      Keycloak: "refuses scopes that the client does not have, even openid: --scopes",
      Glewlwyd:
        "requires a scope (--scopes), and nonce with the scope openid: --authorize-param nonce=<value>",
      "WorkOS AuthKit": [
        "invalid_target: register the resource in the console",
        "anthropics/claude-ai-mcp#271",
      ],
      PostHog: [
        "invalid_scope for scopes that its own metadata lists: --scopes",
        "PostHog/posthog#55307",
      ],
      Auth0:
        "federated connections may refuse a forwarded resource: --resource none. Dynamic clients can use only domain-level connections: promote one in the dashboard",
      Snowflake: [
        'refuses session:role:all: --scopes "refresh_token session:role:<role>", with the role of the user',
        "anthropics/claude-code#42419",
      ],
      Dex: 'refuses scopes that it does not know: --scopes "openid offline_access"',
      "Duende IdentityServer":
        "invalid_target for a resource that it does not know: --resource none",
      GitLab: [
        "refuses some of the scopes that it publishes: --scopes mcp",
        "anthropics/claude-code#55954",
      ],
      Databricks: [
        'requires scopes of its API: --scopes "all-apis offline_access"',
        "punkpeye/mcp-remote#172",
      ],
      Sentry: [
        "invalid_target: checks resource in every request; use the URL of the project",
        "getsentry/sentry-mcp#955",
      ],
    },
  },
  authorization_url_refused: {
    title: "a browser must not be sent to this authorization URL",
    meaning:
      "The URL is not https, or has a scheme that a browser would execute. mcpass opens no such URL, so the login ends.",
    spec: "OAuth 2.1 §1.5",
    example: '"authorization_endpoint": "javascript:alert(1)"',
    serverFix: 'Announce an https "authorization_endpoint".',
  },
  request_object_key_missing: {
    title: "the server requires signed requests, and there is no key",
    meaning:
      "The authorization request has to be a JWT that the client signs (JAR). mcpass has no key of this client, so it cannot send the request.",
    spec: "RFC 9101 §10.5",
    example: '"require_signed_request_object": true',
    serverFix: "Require no signed requests of MCP clients; most cannot sign them.",
    workaround:
      "Register a public key for a client, and sign in with --client-id <id> --private-key-file <path>.",
  },
  pushed_request_refused: {
    title: "the server refused the pushed authorization request",
    meaning:
      "mcpass sent the authorization request to the server directly (PAR), and got an error. There is no request URI to open in the browser.",
    spec: "RFC 9126 §2.3",
    example: 'POST /par -> 400 {"error": "invalid_request"}',
    serverFix: "Compare client, redirect URI and scope with the registration.",
    workaround: "If the server does not require PAR, leave --par out.",
  },
  pushed_request_endpoint_missing: {
    title: "the metadata has no endpoint for pushed requests",
    meaning:
      "You asked for a pushed authorization request, or the server requires it, and mcpass does not know where to send it.",
    spec: "RFC 9126 §5",
    example: '--par, and no "pushed_authorization_request_endpoint"',
    serverFix: "Publish the endpoint.",
    workaround: "If the server does not require PAR, leave --par out.",
  },
  callback_invalid: {
    title: "the authorization response has no code, or code and error",
    meaning:
      "A response has exactly one of them. mcpass cannot tell whether you signed in, and does not use the response.",
    spec: "RFC 6749 §4.1.2",
    example: "GET /callback?state=…",
    serverFix: "Send either code or error in the query.",
    workaround: "Sign in again.",
  },
  callback_in_fragment: {
    title: "the authorization response was received in the fragment",
    meaning:
      "A browser does not send the part after # to a server, so mcpass cannot read the code. The server used response_mode fragment, which is for scripts in a page.",
    spec: "RFC 6749 §4.1.2",
    example: "302 Location: http://127.0.0.1:17823/callback#code=…",
    serverFix: "For response_type=code, put the code into the query (the default).",
  },
  callback_by_post: {
    title: "the authorization response was received by POST",
    meaning:
      "mcpass did not ask for response_mode form_post, and does not read a posted code. The sign-in cannot complete.",
    spec: "RFC 6749 §4.1.2",
    example: "POST /callback with the body code=…&state=…",
    serverFix: "For response_type=code, redirect with the code in the query (the default).",
  },
  callback_repeated_parameter: {
    title: "the authorization response repeats a parameter",
    meaning: "It is unclear which value counts, so mcpass does not use the response.",
    spec: "RFC 6749 §3.1",
    example: "GET /callback?code=a&code=b&state=…",
    serverFix: "Send each parameter once.",
    workaround: "Sign in again.",
  },
  state_mismatch: {
    title: "the response does not have the state of this sign-in",
    meaning:
      "It belongs to another sign-in, was forged, or the server does not return state. mcpass ignores the response and continues to wait.",
    spec: "RFC 6749 §10.12, §4.1.2",
    example: "GET /callback?code=…&state=<another value>",
    serverFix: "Return state unchanged.",
    fix: "Close older tabs, and complete the sign-in that mcpass opened last.",
  },
  state_unchecked: {
    title: "a bare code was pasted, so its state could not be checked",
    meaning:
      "state shows that the code belongs to this sign-in. Without it, a code that somebody else gave you would sign you in to their account.",
    spec: "RFC 6749 §10.12",
    example: "SplxlOBeZQQYbYS6WxSbIA instead of http://127.0.0.1:17823/callback?code=…&state=…",
    fix: "Paste the full URL of the page on which the browser ended.",
  },
  iss_missing: {
    title: "the announced iss is missing from the authorization response",
    meaning:
      "The metadata says that each response names its issuer. Without it the response may be from another server (mix-up attack), so mcpass does not use the code.",
    spec: "RFC 9207 §2.4; MCP authorization, Authorization Response Validation",
    example: "GET /callback?code=…&state=… without iss",
    serverFix: "Send iss in every response, also with errors, or do not announce it.",
  },
  iss_mismatch: {
    title: "the authorization response is from another issuer",
    meaning:
      "iss is not the issuer of this sign-in: the server has a fault, or somebody tries a mix-up attack. mcpass does not use the code.",
    spec: "RFC 9207 §2.4",
    example: "GET /callback?code=…&state=…&iss=https://other.example",
    serverFix: 'Send "issuer" of the metadata as iss, character by character.',
    products: {
      Monday: ["sent iss without the path of the issuer", "mondaycom/mcp#453"],
      "Namecheap, Meta, Higgsfield": [
        "sent another iss than the announced issuer",
        "openai/codex#38944",
      ],
    },
  },
  consent_timeout: {
    title: "no authorization in time",
    meaning:
      "Nobody completed the sign-in in the browser, or approved the device code, before the time limit. Sometimes the browser shows an error of the authorization server instead.",
    example: "mcpass login … no request to http://127.0.0.1:17823/callback for 5 min",
    serverFix: "If the browser shows an error about the client or the redirect URI, register them.",
    fix:
      "Run the login again; for more time: --consent-timeout <ms>. To use the browser of another machine: --print-url",
  },
  page_needs_person: {
    title: "the authorization server shows a page that needs a person",
    meaning:
      "Headless mode has no browser and cannot fill in a form. It works only where the authorization server redirects back at once.",
    example: "--auth-mode headless: GET /authorize -> 200 text/html",
    serverFix: "For tests, let the authorization server grant consent without a page.",
    fix: "Sign in with a browser: mcpass login <url>",
  },
} satisfies Pages;
