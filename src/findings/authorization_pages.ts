import type { Pages } from "./page.ts";

export const AUTHORIZATION_PAGES = {
  authorization_endpoint_conflict: {
    title: "the authorization endpoint already has a request parameter",
    means: "The query of the endpoint has a parameter that has to be sent once.",
    clause: "RFC 6749 §3.1",
    looks: '"authorization_endpoint": "https://a/authorize?resource=https://b"',
    change: "Remove the parameter from the endpoint.",
    meanwhile:
      "For scope, nothing: mcpass sends the scopes of the endpoint together with its own. For resource: --resource <that value>",
    products: { Railway: "was reported to have resource= in the endpoint" },
  },
  authorization_request_rejected: {
    title: "the server rejects the request before any sign-in",
    means: "The usual causes are the client id and the redirect URI.",
    clause: "RFC 6749 §4.1.2.1",
    looks: "GET /authorize -> 400 with a page that names the parameter",
    change: "Register exactly the redirect URI; let loopback URIs have any port.",
    meanwhile: "Compare with what is registered: --client-id, --redirect-url",
    products: {
      "Entra ID":
        "AADSTS50011: add http://localhost under mobile and desktop applications, and sign in with --redirect-url http://localhost",
      "AWS Cognito": "redirect_mismatch: --redirect-url with exactly the registered URL",
      Asana: "redirect URIs are on a list of the app",
      Plane: "was reported to refuse clients that it has registered: ask for a client id",
      "Intercom, Square, ClickUp, Cal.com":
        "has a list of redirect URIs or clients: ask to be added, or use a listed URI with --redirect-url",
      Google:
        "desktop clients accept every loopback redirect URI; web clients have a list: --redirect-url",
    },
  },
  authorization_refused: {
    title: "no authorization response was received",
    means: "In headless mode, the authorization endpoint did not redirect back.",
    clause: "RFC 6749 §4.1.2.1",
    looks: "GET /authorize -> 4xx or 5xx",
    change: "Send errors to the redirect URI once client and URI are known to be valid.",
    meanwhile:
      "Read the server's text in the message. If the cause is the parameter resource: --resource none",
    products: {
      "Supabase Auth":
        '400 for resource, and for the scope offline_access: --resource none --scopes "<a b>"',
      "Entra ID": "AADSTS50011: --redirect-url http://localhost, if that is registered",
    },
  },
  authorization_redirect_loop: {
    title: "the authorization server redirects without end",
    clause: "RFC 9110 §15.4",
    looks: "302 -> 302 -> 302 …",
    change: "Often a cookie is missing, or a scheme is wrong behind a proxy: check the targets.",
    meanwhile: "Sign in with a browser.",
  },
  authorization_error: {
    title: "the authorization server returned an error",
    clause: "RFC 6749 §4.1.2.1",
    looks: "GET /callback?error=access_denied&state=…",
    change:
      "See the error: invalid_scope names unknown scopes; access_denied means a person or a policy refused.",
    meanwhile: 'Other scopes: --scopes "<a b>"; without resource: --resource none',
    products: {
      "Entra ID": "AADSTS650053: a scope is not known; AADSTS9010010: --resource none",
      Keycloak: "refuses scopes that the client does not have, even openid: --scopes",
      Glewlwyd:
        "requires a scope (--scopes), and nonce with the scope openid: --authorize-param nonce=<value>",
      "WorkOS AuthKit": "invalid_target: register the resource in the console",
      PostHog: "invalid_scope for scopes of its own metadata: --scopes",
      Auth0:
        "federated connections may refuse a forwarded resource: --resource none. Dynamic clients can use only domain-level connections: promote one in the dashboard",
      Snowflake:
        'refuses session:role:all: --scopes "refresh_token session:role:<role>", with the role of the user',
      Dex: 'refuses scopes that it does not know: --scopes "openid offline_access"',
      "Duende IdentityServer":
        "invalid_target for a resource that it does not know: --resource none",
      GitLab: "refuses some of the scopes that it publishes: --scopes mcp",
      Databricks: 'requires scopes of its API: --scopes "all-apis offline_access"',
      Sentry: "invalid_target: checks resource in every request; use the project's own URL",
    },
  },
  authorization_url_refused: {
    title: "a browser must not be sent to this authorization URL",
    clause: "OAuth 2.1 §1.5",
    looks: '"authorization_endpoint": "javascript:…" or http off loopback',
    change: 'Announce an https "authorization_endpoint".',
    meanwhile: "No flag accepts this.",
  },
  request_object_key_missing: {
    title: "the server requires signed requests, and there is no key",
    clause: "RFC 9101 §10.5",
    looks: "require_signed_request_object: true",
    change: "Register the client's public key, or require no signed requests of MCP clients.",
    meanwhile: "Give the client and its key: --client-id <id> --private-key-file <path>.",
  },
  pushed_request_refused: {
    title: "the server refused the pushed authorization request",
    clause: "RFC 9126 §2.3",
    looks: "400 or 401 at the pushed authorization request endpoint",
    change: "Compare client, redirect URI and scope with what is registered.",
    meanwhile: "Leave --par out if the server does not require it.",
  },
  pushed_request_endpoint_missing: {
    title: "the metadata has no endpoint for pushed requests",
    clause: "RFC 9126 §5",
    looks: "no pushed_authorization_request_endpoint",
    change: "Publish the endpoint.",
    meanwhile: "Leave --par out if the server does not require it.",
  },
  callback_invalid: {
    title: "the authorization response has no code, or code and error",
    clause: "RFC 6749 §4.1.2",
    looks: "GET /callback?state=…",
    change: "For response_type=code, send one of them in the query.",
    meanwhile: "Sign in again.",
  },
  callback_in_fragment: {
    title: "the authorization response was received in the fragment",
    means: "Browsers do not send the part after #, so no program can read it.",
    clause: "RFC 6749 §4.1.2",
    looks: "302 Location: http://127.0.0.1:<port>/callback#code=…",
    change: "For response_type=code, use the query: response_mode query, its default.",
    meanwhile: "No flag accepts this.",
  },
  callback_by_post: {
    title: "the authorization response was received by POST",
    means: "mcpass did not ask for form_post and does not read it.",
    clause: "RFC 6749 §4.1.2",
    looks: "POST /callback with code in the body",
    change: "For response_type=code, use the query of a redirect: response_mode query.",
    meanwhile: "No flag accepts this.",
  },
  callback_repeated_parameter: {
    title: "the authorization response repeats a parameter",
    means: "mcpass cannot know which value counts, and does not use the response.",
    clause: "RFC 6749 §3.1",
    looks: "GET /callback?code=a&code=b",
    change: "Send each parameter once.",
    meanwhile: "Sign in again.",
  },
  state_mismatch: {
    title: "the authorization response does not have the state of this sign-in",
    means:
      "The response belongs to another sign-in, or was forged, or the server does not return state.",
    clause: "RFC 6749 §10.12, §4.1.2",
    looks: "GET /callback?code=…&state=<another>, or without state",
    change: "Return state unchanged.",
    meanwhile: "mcpass ignores the response and continues to wait; close older tabs.",
  },
  state_unchecked: {
    title: "a bare code was pasted, so its state could not be checked",
    clause: "RFC 6749 §10.12",
    looks: "the code instead of the URL",
    meanwhile: "Paste the full URL of the page on which the browser ended.",
  },
  iss_missing: {
    title: "the announced iss is missing from the authorization response",
    means: "The response may be from another server.",
    clause: "RFC 9207 §2.4; MCP authorization, Authorization Response Validation",
    looks: "GET /callback?code=…&state=… without iss",
    change: "Send iss in every response, errors too, or do not announce it.",
    meanwhile: "mcpass does not use the code; no flag accepts this.",
  },
  iss_mismatch: {
    title: "the authorization response is from another issuer",
    means: "The server has a fault, or this is an attack (mix-up).",
    clause: "RFC 9207 §2.4",
    looks: "GET /callback?code=…&iss=https://other.example",
    change: 'Send the issuer of the metadata as "iss", character by character.',
    meanwhile: "mcpass does not use the code; no flag accepts this.",
    products: {
      Monday: "was reported to leave the path of the issuer out of iss",
      "Namecheap, Meta, Higgsfield": "was reported to send another iss than it announces",
    },
  },
  consent_timeout: {
    title: "no authorization in time",
    means: "Nobody completed the sign-in in the browser, or approved the device code, in time.",
    looks: "no request to the redirect URI, or authorization_pending to the end",
    change: "If the browser shows an error about client or redirect URI, register them.",
    meanwhile: "--consent-timeout <ms>; to use another machine's browser: --print-url",
  },
  page_needs_person: {
    title: "the authorization server shows a page that needs a person",
    looks: "--auth-mode headless: GET /authorize -> 200 text/html",
    change: "For tests, let the authorization server grant consent without a page.",
    meanwhile: "mcpass login --url <url>, in a browser.",
  },
} satisfies Pages;
