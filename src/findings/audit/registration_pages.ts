import type { Pages } from "../page.ts";

/** Dynamic client registration and its management. */
export const REGISTRATION_CHECK_PAGES = {
  dcr_native: {
    title: "a command-line client can register",
    meaning:
      "Most MCP clients are programs with a loopback redirect URI and without a secret. If the server refuses them, their users need a client ID from the operator.",
    spec: "RFC 7591 §3.2.1; RFC 8252 §7.3",
    example:
      'POST /register {"redirect_uris": ["http://127.0.0.1:17823/callback"], "token_endpoint_auth_method": "none"} -> 400',
    serverFix:
      "Authorization server: register clients with redirect URIs on 127.0.0.1 and the method none, and return a client_id that is a string. If only administrators may register, remove the endpoint from the metadata.",
    products: {
      Figma: [
        "registers only clients with a name on its list",
        "NousResearch/hermes-agent#73141",
      ],
      Fastmail: ["requires scope in a registration", "openai/codex#20503"],
      "Laravel MCP": ["returned client_id as a number", "laravel/mcp#85"],
    },
  },
  dcr_status: {
    title: "a registration returns 201",
    meaning:
      "Strict clients treat 200 as a failure. The server then has a client that nobody uses, and the user cannot sign in.",
    spec: "RFC 7591 §3.2.1",
    example: 'POST /register -> 200 {"client_id": "x"}',
    serverFix: "Authorization server: send 201 Created.",
  },
  dcr_answer: {
    title: "the response to a registration is complete",
    meaning:
      "A server may register other values than the client asked for, so it has to return them. A client that assumes the wrong redirect URI or method fails later in the sign-in, without a visible cause.",
    spec: "RFC 7591 §3.2.1",
    example: 'POST /register -> 201 {"client_id": "x"} and nothing else',
    serverFix:
      "Authorization server: return all registered metadata, at least redirect_uris, token_endpoint_auth_method and grant_types. With a secret, send client_secret_expires_at as a number (0: never).",
    products: {
      "mcp-auth-proxy": [
        "returned an empty token_endpoint_auth_method",
        "sigbit/mcp-auth-proxy#173",
      ],
    },
  },
  dcr_no_store: {
    title: "the response to a registration is not stored by caches",
    meaning:
      "It contains a secret or a management token. An attacker who reads the cache of a proxy can act as the client, or change its redirect URIs.",
    spec: "RFC 7591 §3.2.1, §5",
    example: 'POST /register -> 201 {"client_secret": "…"} without Cache-Control',
    serverFix: "Authorization server: send Cache-Control: no-store with each registration.",
  },
  dcr_needless_secret: {
    title: "a client without a secret gets none",
    meaning:
      "The client asked for the method none. Some clients send the secret anyway and are refused, others store a secret that protects nothing.",
    spec: "RFC 7591 §2",
    example: '{"token_endpoint_auth_method": "none", "client_secret": "…"}',
    serverFix: "Authorization server: issue no client_secret if the method is none.",
    products: { Figma: ["issued such a secret", "NousResearch/hermes-agent#73141"] },
  },
  dcr_loopback_names: {
    title: "every name of the loopback interface is accepted",
    meaning:
      "Clients use 127.0.0.1, [::1] or localhost, and cannot know which one a server prefers. With a name that is refused, the client cannot register.",
    spec: "RFC 8252 §7.3, §8.3",
    example: 'POST /register {"redirect_uris": ["http://[::1]:17823/callback"]} -> 400',
    serverFix:
      "Authorization server: accept 127.0.0.1, [::1] and localhost with http and any port.",
  },
  dcr_unknown_members: {
    title: "unknown members of a registration are ignored",
    meaning:
      "Newer clients send members that an older server does not know, such as application_type. If one of them ends the registration, those clients cannot sign in.",
    spec: "RFC 7591 §2",
    example: 'POST /register {"redirect_uris": […], "mcpass_audit": 1} -> 400',
    serverFix:
      "Authorization server: read the members that you know and ignore all others. In schema libraries, turn off the refusal of additional properties.",
    products: {
      Keycloak: ["returned 400 for unknown members", "keycloak/keycloak#43654"],
    },
  },
  dcr_web_client: {
    title: "application_type is registered as requested",
    meaning:
      "A server that makes every client a web client refuses loopback redirect URIs, and one that makes every client native refuses https. Clients of revision 2026-07-28 send the type to avoid that.",
    spec:
      "MCP authorization, Application Type and Redirect URI Constraints; OpenID Connect Dynamic Client Registration 1.0 §2",
    example:
      'POST /register {"application_type": "native", …} -> 201 {"application_type": "web", …}',
    serverFix:
      "Authorization server: register web clients with https redirect URIs and native clients with loopback ones, and return the type that was asked for.",
  },
  dcr_http_refused: {
    title: "plain http redirect URIs are refused",
    meaning:
      "Outside the user's machine, the code is sent unprotected. An attacker on the network reads it from the redirect.",
    spec: "MCP authorization, Communication Security; RFC 9700 §2.6",
    example: 'POST /register {"redirect_uris": ["http://mcpass-audit.invalid/cb"]} -> 201',
    serverFix:
      "Authorization server: answer 400 invalid_redirect_uri to http with a host other than 127.0.0.1, [::1] and localhost.",
    products: {
      "oidc-provider":
        "accepts http for web clients of the code flow, as OpenID Connect does; native clients are refused",
    },
  },
  dcr_lookalike_refused: {
    title: "hosts that only look like loopback are refused",
    meaning:
      "The host 127.0.0.1.attacker.example belongs to an attacker, not to the user's machine. The codes of all users of such a client are sent there.",
    spec: "RFC 9700 §4.1.3",
    example: 'POST /register {"redirect_uris": ["http://localhost.mcpass-audit.invalid"]} -> 201',
    serverFix:
      "Authorization server: parse the URI, and compare its host as a complete name. Do not compare prefixes or search in the text, and refuse user info.",
  },
  dcr_script_refused: {
    title: "script URLs are refused as redirect URIs",
    meaning:
      "If a page of the authorization server redirects or links to such a URL, the browser runs the script. With a link, an attacker acts in the session of each user who opens it.",
    spec: "RFC 7591 §5; MCP security best practices, OAuth Authorization URL Validation",
    example: 'POST /register {"redirect_uris": ["javascript:alert(1)"]} -> 201',
    serverFix:
      "Authorization server: accept https, http on loopback, and private-use schemes of applications. Refuse at least javascript, data and vbscript.",
  },
  dcr_wildcard_refused: {
    title: "wildcards in redirect URIs are refused",
    meaning:
      "A pattern matches addresses that nobody checked, such as an open redirect or a page that its users can write. An attacker receives the code there.",
    spec: "RFC 9700 §4.1.3; MCP authorization, Open Redirection",
    example: 'POST /register {"redirect_uris": ["https://*.mcpass-audit.invalid/cb"]} -> 201',
    serverFix:
      "Authorization server: refuse * in redirect URIs, and compare them character by character.",
  },
  dcr_fragment_refused: {
    title: "redirect URIs with a fragment are refused",
    meaning:
      "Browsers do not send the fragment to the client. Depending on how the response is appended, the code is lost, or only a script in the page can read it.",
    spec: "RFC 6749 §3.1.2",
    example: 'POST /register {"redirect_uris": ["https://mcpass-audit.invalid/cb#x"]} -> 201',
    serverFix: "Authorization server: answer 400 invalid_redirect_uri if the URI contains #.",
  },
  dcr_redirect_needed: {
    title: "a code flow client needs a redirect URI",
    meaning:
      "Without a registered URI there is nothing to compare a request with. An attacker puts any address into a link, and gets the code of each user who follows it.",
    spec: "RFC 7591 §2",
    example: 'POST /register {"grant_types": ["authorization_code"]} without redirect_uris -> 201',
    serverFix:
      "Authorization server: answer 400 invalid_redirect_uri if authorization_code is registered without redirect_uris.",
  },
  dcr_error_shape: {
    title: "refused registrations are OAuth errors",
    meaning:
      "Clients read error and error_description to show the reason, or to try again without the refused value. From another body, users learn the status code only.",
    spec: "RFC 7591 §3.2.2",
    example: "POST /register -> 400 text/plain: Bad Request",
    serverFix:
      'Authorization server: send 400 with JSON: "error": "invalid_redirect_uri" or "invalid_client_metadata", and an "error_description" that names the member.',
  },
  dcr_manage_protected: {
    title: "managing a registration requires its token",
    meaning:
      "If no token is required, an attacker who knows the URL reads the client's metadata and secret, or replaces its redirect URIs. The client ID is public, and often part of the URL.",
    spec: "RFC 7592 §2, §3",
    example: "GET /register/x without Authorization -> 200",
    serverFix:
      "Authorization server: answer 401 to management requests without the registration access token of the client.",
  },
  dcr_manage_foreign: {
    title: "a registration token manages only its own client",
    meaning:
      "Anyone can register a client and so obtain a token. If that token works for other clients, an attacker changes their redirect URIs and receives the codes of their users.",
    spec: "RFC 7592 §2",
    example: "GET /register/a with the registration access token of client b -> 200",
    serverFix:
      "Authorization server: look up the client by the token, and answer 401 or 403 if the URL names another one.",
  },
  dcr_delete: {
    title: "a registration can be deleted",
    meaning:
      "If deletion is not offered, clients that nobody uses any more stay registered. Users and tools cannot clean up after themselves.",
    spec: "RFC 7592 §2.3",
    example: "DELETE /register/x with the registration access token -> 405",
    serverFix:
      "Authorization server: return registration_client_uri and registration_access_token with registrations, and answer DELETE there with 204.",
  },
  dcr_deleted_dead: {
    title: "a deleted client cannot be used any more",
    meaning:
      "Clients are deleted when they are lost or their secret leaks. If a deleted one still works, an attacker who has its data can continue to use it.",
    spec: "RFC 7592 §2.3",
    example: "DELETE /register/x -> 204; GET /authorize?client_id=x -> 302 with a code",
    serverFix:
      "Authorization server: refuse the client at all endpoints after its deletion, also where client data is cached, and end its tokens.",
  },
} satisfies Pages;
