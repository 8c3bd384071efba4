/**
 * Pages about registration, authorization, and the tokens that come of it.
 *
 * @module
 */

import type { Pages } from "./page.ts";

/** Pages about registration, authorization and tokens. */
export const SIGN_IN_PAGES: Pages = {
  registration_management_unusable: {
    means:
      "The server gave half of what managing the registration needs, or an unsafe address for it.",
    clause: "RFC 7592 §3",
    looks: "201 with registration_client_uri and no registration_access_token",
    change: "Answer both, the address on https, or neither.",
    meanwhile:
      "The login goes on; oauth client and logout --unregister will not work for this client.",
  },
  registration_not_manageable: {
    means: "There is no registration access token for this client: it cannot be managed from here.",
    clause: "RFC 7592 §3",
    looks: "a preregistered client, a metadata document, or a server without RFC 7592",
    change: "Answer registrations with registration_client_uri and registration_access_token.",
    meanwhile: "Manage the client where it was registered, or ask the operator.",
  },
  client_management_refused: {
    means: "The server refused to read, update or delete the registration.",
    clause: "RFC 7592 §2",
    looks: "401 (the token is not accepted or the client is gone), 403, 404, 405 (not offered)",
    change: "Accept the registration access token that was issued last; answer 204 to a deletion.",
    meanwhile: "Sign in again for another registration; ask the operator to delete this one.",
  },
  client_management_answer_invalid: {
    means: "The answer about the registration is not the record of this client.",
    clause: "RFC 7592 §3",
    looks: "no JSON, or another client_id",
    change: "Answer with all registered metadata of the client.",
    meanwhile: "Nothing was changed here.",
  },
  unregister_failed: {
    means:
      "A registration could not be deleted at the server; what was kept here is gone all the same.",
    clause: "RFC 7592 §2.3",
    looks: "DELETE registration_client_uri -> 401, 403, 404, 405",
    change: "Offer deletion, and answer it with 204.",
    meanwhile: "Ask the operator to delete the client; the output names it.",
  },
  registration_widened: {
    means:
      "The client was registered for less scope than is needed; its registration was changed, " +
      "or another client was registered.",
    clause: "RFC 7591 §2, scope; RFC 7592 §2.2",
    looks:
      "invalid_scope at the authorization endpoint, or a grant without the scope, in a step-up",
    change:
      "Let clients ask for scopes beside those of their registration, or name all of them first.",
    meanwhile: "It happens by itself, once in a login; the new registration is kept.",
  },
  registration_limit: {
    means: "One login would have registered more than three clients.",
    clause: "MCP authorization, Client Registration Approaches",
    looks: "authorization servers that change from answer to answer, or refuse each registration",
    change: "Name one authorization server, and accept its clients.",
    meanwhile: "Use a client registered by hand: --registration preregistered --client-id <id>.",
  },
  registration_refused: {
    means: "The authorization server refused to register this client.",
    clause: "RFC 7591 §3.2.2",
    looks: 'POST /register -> 400 {"error": "invalid_redirect_uri"}, or 401, 403',
    change:
      "Open registration for native clients with loopback redirects, or take the endpoint out of the metadata.",
    meanwhile: "Ask the operator for a client: --registration preregistered --client-id <id>",
    products: [
      ["Okta", "registration needs an administrator's token: create the app by hand"],
      [
        "Keycloak",
        "403 Trusted Hosts: add the host in the client registration policies, or create the client",
      ],
      ["Stripe", "refuses without client_name: --client-name <name>"],
      ["Figma", "has a list of client names"],
      ["Notion", "wants token_endpoint_auth_method, which is sent"],
      ["Atlassian", "may refuse random ports: --redirect-url http://127.0.0.1:<port>/callback"],
    ],
  },
  registration_member_refused: {
    means:
      "The server refused a registration because of a member it should ignore; it is tried once without.",
    clause: "RFC 7591 §2",
    looks: 'POST /register -> 400 invalid_client_metadata: "application_type is not allowed"',
    change: "Ignore client metadata that is not understood.",
    meanwhile: "The retry is made by itself, once.",
    products: [["Keycloak", "answers 400 to members it does not know"]],
  },
  registration_echo_missing: {
    means:
      "The registration's answer does not repeat what was registered; what was asked for is assumed.",
    clause: "RFC 7591 §3.2.1",
    looks: '201 {"client_id": "x"} and nothing else',
    change: "Return all registered metadata.",
    meanwhile: "The login goes on.",
  },
  registration_method_unknown: {
    means: "The client was registered with a way to authenticate that was not asked for.",
    clause: "RFC 7591 §3.2.1",
    looks: '201 {"token_endpoint_auth_method": "tls_client_auth"}',
    change: "Register the method that was asked for, or refuse.",
    meanwhile: "Use a client of your own: --registration preregistered --client-id <id>",
  },
  registration_answer_invalid: {
    means: "The registration seemed to succeed and named no client.",
    clause: "RFC 7591 §3.2.1",
    looks: '200 or 201 without "client_id"',
    change: 'Answer 201 with "client_id".',
    meanwhile: "Use a client of your own: --registration preregistered --client-id <id>",
  },
  registration_status: {
    means: "The registration was answered with 200 in place of 201.",
    clause: "RFC 7591 §3.2.1",
    looks: "POST /register -> 200",
    change: "Answer 201 Created.",
    meanwhile: "It is accepted.",
  },
  registration_needless_secret: {
    means: "A secret was issued for a client that has to send none.",
    clause: "RFC 7591 §3.2.1",
    looks: '"token_endpoint_auth_method": "none" with "client_secret"',
    change: "Issue no secret to a public client.",
    meanwhile: "It is not used.",
    products: [["Figma", "was reported to do so"]],
  },
  registration_redirect_changed: {
    means:
      "The server registered other redirect URIs, so it will probably refuse to come back here.",
    clause: "RFC 7591 §3.2.1",
    looks: '201 with other "redirect_uris"',
    change: "Register the redirect URI asked for, or refuse.",
    meanwhile: "Ask with the URI the server registers: --redirect-url <url>",
  },
  registration_renewed: {
    means:
      "The server no longer knew the client that was registered before; another was registered.",
    clause: "RFC 7591 §3.2.1",
    looks: "invalid_client for a stored client, then POST /register",
    change: "Keep registrations, or say with client_secret_expires_at how long.",
    meanwhile: "Nothing is needed.",
    products: [
      ["Cloudflare workers-oauth-provider", "registrations end after 90 days"],
      ["AWS sign-in", "removes registered clients after a time"],
    ],
  },
  client_secret_missing: {
    means: "The client has to authenticate with a secret, and none was given.",
    clause: "OAuth 2.1 §2.4.1",
    looks: "--token-auth-method client_secret_basic without a secret",
    change: 'Nothing; or allow "none" for this client.',
    meanwhile: "--client-secret-file <path> or MCPASS_CLIENT_SECRET",
  },
  no_common_auth_method: {
    means: "The token endpoint accepts only ways to authenticate that this client cannot use.",
    clause: "RFC 8414 §2",
    looks: '"token_endpoint_auth_methods_supported": ["tls_client_auth"]',
    change: "Accept none, client_secret_basic or client_secret_post for this client.",
    meanwhile: "--token-auth-method insists on one.",
  },
  authorization_endpoint_conflict: {
    means:
      "The authorization endpoint's own query already has a parameter that has to be sent once.",
    clause: "RFC 6749 §3.1",
    looks: '"authorization_endpoint": "https://a/authorize?resource=https://b"',
    change: "Take the parameter out of the endpoint.",
    meanwhile: "For resource: --resource <that value>",
    products: [["Railway", "was reported to have resource= in the endpoint"]],
  },
  authorization_request_rejected: {
    means:
      "The authorization endpoint refuses the request before any sign-in, mostly for client id or redirect URI.",
    clause: "RFC 6749 §4.1.2.1",
    looks: "GET /authorize -> 400 with a page that names the parameter",
    change: "Register the redirect URI exactly; loopback ports have to be free to vary.",
    meanwhile: "Compare with what is registered: --client-id, --redirect-url",
    products: [
      ["Entra ID", "AADSTS50011: add http://localhost under mobile and desktop applications"],
      ["Asana", "redirect URIs are on a list of the app"],
      ["Plane", "registers clients its authorization endpoint refuses"],
    ],
  },
  authorization_refused: {
    means: "Without a person, the authorization endpoint did not send an answer back.",
    clause: "RFC 6749 §4.1.2.1",
    looks: "GET /authorize -> 4xx or 5xx",
    change: "Send errors about the request to the redirect URI once client and URI are known good.",
    meanwhile: "Sign in with a browser to see the page.",
  },
  authorization_redirect_loop: {
    means: "The authorization server redirected again and again without an end.",
    clause: "RFC 9110 §15.4",
    looks: "302 -> 302 -> 302 …",
    change: "Often a cookie is missing or a scheme is wrong behind a proxy: look where it leads.",
    meanwhile: "Sign in with a browser.",
  },
  authorization_error: {
    means: "The authorization server sent the browser back with an error.",
    clause: "RFC 6749 §4.1.2.1",
    looks: "GET /callback?error=access_denied&state=…",
    change:
      "See the error: invalid_scope names scopes that are not known, access_denied a person or a policy.",
    meanwhile: 'Other scopes: --scopes "<a b>"; without resource: --resource none',
    products: [
      ["Entra ID", "AADSTS650053: a scope is not known; AADSTS9010010: --resource none"],
      ["Keycloak", "refuses scopes the client has not been given, even openid"],
      ["WorkOS AuthKit", "invalid_target: register the resource in the console"],
      ["PostHog", "invalid_scope for scopes of its own metadata: --scopes"],
      ["Auth0", "federated connections may refuse a forwarded resource"],
    ],
  },
  authorization_url_refused: {
    means: "The authorization URL is none that a browser may be sent to.",
    clause: "OAuth 2.1 §1.5",
    looks: '"authorization_endpoint": "javascript:…" or http off loopback',
    change: 'Announce an https "authorization_endpoint".',
    meanwhile: "There is no flag to go on.",
  },
  callback_invalid: {
    means: "The answer has neither a code nor an error, or has both.",
    clause: "RFC 6749 §4.1.2",
    looks: "GET /callback?state=…",
    change: "Answer response_type=code with one of them, in the query.",
    meanwhile: "Sign in again.",
  },
  callback_repeated_parameter: {
    means: "The answer has a parameter more than once, so it cannot be told which one counts.",
    clause: "RFC 6749 §3.1",
    looks: "GET /callback?code=a&code=b",
    change: "Send each parameter once.",
    meanwhile: "The answer is not used.",
  },
  state_mismatch: {
    means: "The answer belongs to another sign-in, or was forged.",
    clause: "RFC 6749 §10.12",
    looks: "GET /callback?code=…&state=<another>",
    change: "Return state as it was sent.",
    meanwhile: "It is ignored and waiting goes on; close older tabs.",
  },
  state_unchecked: {
    means: "A bare code was pasted, so it could not be seen that it belongs to this sign-in.",
    clause: "RFC 6749 §10.12",
    looks: "the code alone in place of the address",
    change: "Nothing on the server.",
    meanwhile: "Paste the whole address of the page the browser ended on.",
  },
  iss_missing: {
    means:
      "The server announces iss in its answers, and this answer has none: it may come from elsewhere.",
    clause: "RFC 9207 §2.4; MCP authorization, Authorization Response Validation",
    looks: "GET /callback?code=…&state=… without iss",
    change: "Send iss in every answer, errors too, or do not announce it.",
    meanwhile: "The code is not used; there is no flag to go on.",
  },
  iss_mismatch: {
    means:
      "The answer comes from another issuer than the one the sign-in was begun at: a fault, or an attack (mix-up).",
    clause: "RFC 9207 §2.4",
    looks: "GET /callback?code=…&iss=https://other.example",
    change: 'Send the issuer of the metadata as "iss", character by character.',
    meanwhile: "The code is not used; there is no flag to go on.",
    products: [["Monday", "was reported to leave the path of the issuer out of iss"]],
  },
  consent_timeout: {
    means: "Nobody came back from the browser, or approved the device's code, in time.",
    looks: "no request to the redirect URI, or authorization_pending to the end",
    change: "If the browser shows an error about client or redirect URI, register them.",
    meanwhile: "--consent-timeout <ms>; on another machine's browser: --print-url",
  },
  page_needs_person: {
    means: "Headless consent met a page that a person has to fill in.",
    looks: "GET /authorize -> 200 text/html",
    change: "For tests, let the authorization server consent by itself.",
    meanwhile: "mcpass login --url <url>, in a browser.",
  },
  token_error: {
    means: "The token endpoint refused to issue a token and says why.",
    clause: "RFC 6749 §5.2",
    looks: '400 {"error": "invalid_grant"}',
    change:
      "invalid_client: id, secret or method; invalid_grant: code, redirect URI or verifier; invalid_target: resource.",
    meanwhile: "--token-auth-method, --client-secret-file or --resource, by the error.",
    products: [
      ["GitHub", "sends errors with status 200"],
      ["WorkOS AuthKit", "invalid_target: register the resource in the console"],
      [
        "Cloudflare workers-oauth-provider",
        "invalid_client may mean that it could not fetch the metadata document",
      ],
      ["Linear", "invalid_grant: Grant not found, after rotation: sign in again"],
      ["Strict parsers", "400 for resource: --resource none"],
    ],
  },
  token_answer_invalid: {
    means: "The token endpoint answered with neither a token nor an OAuth error.",
    clause: "RFC 6749 §5.1, §5.2",
    looks: 'a web page, or JSON without "access_token"',
    change: 'Answer with JSON: "access_token" and "token_type", or "error".',
    meanwhile: "--debug-out shows the answer with secrets masked.",
    products: [["Slack", "may nest the token in authed_user"]],
  },
  token_content_type: {
    means: "The token answer does not come as JSON's content type.",
    clause: "RFC 6749 §5.1",
    looks: "Content-Type: text/plain",
    change: "Answer with application/json.",
    meanwhile: "It is read all the same.",
    products: [["GitHub", "answers as a form unless Accept asks for JSON, which is sent"]],
  },
  token_cacheable: {
    means: "The token answer may be kept by caches on the way.",
    clause: "RFC 6749 §5.1",
    looks: "no Cache-Control: no-store",
    change: "Send Cache-Control: no-store with every token.",
    meanwhile: "Nothing is needed.",
  },
  token_type_missing: {
    means: "The token answer does not say what kind of token it is; Bearer is assumed.",
    clause: "RFC 6749 §5.1",
    looks: 'no "token_type"',
    change: 'Send "token_type": "Bearer".',
    meanwhile: "The login goes on.",
  },
  token_type_unknown: {
    means: "The token is of a kind that was not asked for and cannot be presented as Bearer.",
    clause: "RFC 6749 §7.1",
    looks: '"token_type": "mac"',
    change: 'Issue tokens with "token_type": "Bearer".',
    meanwhile: "There is no flag to go on.",
    products: [["Slack", 'user tokens say "token_type": "user"']],
  },
  token_scope_form: {
    means: "The granted scopes come as a list or with commas.",
    clause: "RFC 6749 §3.3",
    looks: '"scope": ["read", "write"]',
    change: "Send one string, separated by spaces.",
    meanwhile: "They are read as meant.",
    products: [["Slack, GitHub", "separate by commas"]],
  },
  scope_reduced: {
    means: "Less was granted than asked for.",
    clause: "RFC 6749 §3.3",
    looks: 'scope=read write asked, "scope": "read" granted',
    change: "Nothing, if that is the policy.",
    meanwhile: "If an operation is refused later, ask the operator.",
  },
  expires_in_missing: {
    means: "The server does not say how long the token lives.",
    clause: "RFC 6749 §5.1",
    looks: 'no "expires_in"',
    change: 'Send "expires_in".',
    meanwhile: "The token is used until the server refuses it.",
    products: [["Salesforce, Todoist", "were reported to send none"]],
  },
  expires_in_not_positive: {
    means: "The token is said to be over already.",
    clause: "RFC 6749 §5.1",
    looks: '"expires_in": 0',
    change: "Send the seconds left; leave the member out for tokens without an end.",
    meanwhile: "The token is treated as expired.",
  },
  expires_in_string: {
    means: "The lifetime is a string in place of a number.",
    clause: "RFC 6749 §5.1",
    looks: '"expires_in": "3600"',
    change: "Send a number.",
    meanwhile: "It is read as the number.",
    products: [["Entra ID", "the v1 endpoint sends strings"]],
  },
  expires_in_invalid: {
    means: "The lifetime is no sensible number.",
    clause: "RFC 6749 §5.1",
    looks: '"expires_in": "soon"',
    change: "Send seconds as a number.",
    meanwhile: "The lifetime counts as unknown.",
  },
  no_token_endpoint: {
    means: "A token that was handed in cannot be renewed: where it came from was not kept with it.",
    looks: "a credentials file without the token endpoint",
    change: "Nothing on the server.",
    meanwhile: "mcpass login --url <url>",
  },
  no_refresh_token: {
    means: "No refresh token was issued, so the token cannot be renewed without a person.",
    clause: "OAuth 2.1 §4.3",
    looks: 'a token answer without "refresh_token"',
    change:
      "Issue refresh tokens to native clients; list offline_access if that is what asks for one.",
    meanwhile: "mcpass login --url <url>",
    products: [
      ["Auth0", "allow offline access on the API, and list offline_access"],
      ["Google", "wants access_type=offline"],
      ["Todoist", "issues none"],
    ],
  },
  tokens_gone: {
    means: "The tokens were removed after they had been refused or revoked.",
    looks: "a kept client without tokens",
    change: "Nothing on the server.",
    meanwhile: "mcpass login --url <url>",
  },
  client_refused: {
    means: "The authorization server no longer knows the client; client and tokens were removed.",
    clause: "RFC 6749 §5.2",
    looks: 'refresh -> 401 {"error": "invalid_client"}',
    change: "Keep registrations, or say with client_secret_expires_at how long.",
    meanwhile: "mcpass login --url <url>",
    products: [["Cloudflare workers-oauth-provider", "registrations end after 90 days"]],
  },
  refresh_token_refused: {
    means:
      "The refresh token is over, revoked or used before; the tokens were removed, the client is kept.",
    clause: "RFC 6749 §5.2; OAuth 2.1 §4.3",
    looks: 'refresh -> 400 {"error": "invalid_grant"}',
    change: "Allow a short grace period for the previous refresh token.",
    meanwhile: "mcpass login --url <url>; share one store between programs.",
    products: [
      ["Notion", "a reused token revokes the family: never copy a store"],
      ["Obot", "answers invalid_request to dead tokens"],
      [
        "Cloudflare workers-oauth-provider",
        "a new login of the same person and client ends earlier ones",
      ],
    ],
  },
  refresh_refused: {
    means: "The token could not be renewed, for a reason that leaves what is kept as it was.",
    clause: "RFC 6749 §5.2",
    looks: "refresh -> 4xx that is not invalid_grant",
    change: "See the error in the message.",
    meanwhile: "mcpass login --url <url>",
  },
  not_signed_in: {
    means: "Nothing is kept for this server.",
    looks: "mcpass oauth token --url <url> before any login",
    change: "Nothing on the server.",
    meanwhile: "mcpass login --url <url>; mcpass oauth status lists what is kept.",
  },
  sign_in_needed: {
    means: "A person has to sign in, and there is none to ask here.",
    looks: "an interactive login without a terminal",
    change: "Nothing on the server.",
    meanwhile: "Run mcpass login on a terminal, or wait for the page with --print-url.",
  },
  access_token_not_revocable: {
    means:
      "The server does not end access tokens of this kind; one that was copied works until it expires.",
    clause: "RFC 7009 §2.2.1",
    looks: 'POST /revoke with the access token -> 400 {"error": "unsupported_token_type"}',
    change: "Issue access tokens that live for minutes, or ones that can be revoked.",
    meanwhile:
      "The refresh token was revoked, so no new access token can be had; wait for the expiry.",
    products: [["oidc-provider", "revokes no JWT access tokens: use opaque ones, or a short TTL"]],
  },
  revocation_failed: {
    means:
      "The authorization server did not revoke the token; what was kept is deleted all the same.",
    clause: "RFC 7009 §2",
    looks: "POST /revoke -> 4xx or 5xx",
    change: "Accept revocations of the client's own tokens; answer 200 for unknown ones.",
    meanwhile: "End the session at the authorization server's own pages.",
  },
  validity_too_short: {
    means: "The server issues tokens for a shorter time than --min-validity asks for.",
    looks: "mcpass oauth token --min-validity 7200000 (2 h), and tokens last 1 h",
    change: "Issue tokens that live longer, if the jobs need it.",
    meanwhile: "Ask for less.",
  },
  cancelled: {
    means: "You ended it, at a question or with Ctrl-C.",
    looks: "exit status 130",
    change: "Nothing.",
    meanwhile: "Run it again.",
  },
  internal_error: {
    means: "This program met something it did not foresee.",
    looks: "exit status 1 and this code",
    change: "Nothing on the server.",
    meanwhile: "Report it with the output of --debug-out.",
  },
};
