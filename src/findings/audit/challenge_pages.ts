import type { Pages } from "../page.ts";

/** What the MCP server answers without a token. */
export const CHALLENGE_CHECK_PAGES = {
  challenge_status: {
    title: "a request without a token gets 401",
    meaning:
      "Clients start a sign-in only after 401. After another status, a redirect or a JSON-RPC error they report a broken server, and the user never sees a sign-in page.",
    spec: "MCP authorization, Error Handling; RFC 6750 §3.1",
    example: "POST /mcp without Authorization -> 403, or 200 with a JSON-RPC error",
    serverFix:
      "Send 401 with WWW-Authenticate to every request that needs a token and has none. Use 403 only for a valid token without the required scope.",
    products: {
      "Cloudflare Access": [
        "redirects to its sign-in page, with a challenge in the redirect",
        "getsentry/junior#832",
      ],
    },
  },
  challenge_present: {
    title: "the 401 has a WWW-Authenticate header",
    meaning:
      "Without the header, a client does not learn that it needs a Bearer token, or where the resource metadata is. Clients of revision 2025-06-18 stop here; later ones try the well-known URLs.",
    spec: "RFC 9110 §15.5.2",
    example:
      "POST /mcp -> 401 without WWW-Authenticate, or with x-amzn-remapped-www-authenticate only",
    serverFix:
      'Send WWW-Authenticate: Bearer resource_metadata="<url>" with every 401. If a gateway removes or renames the header, configure the gateway to pass it on.',
  },
  challenge_scheme: {
    title: "the challenge offers Bearer or DPoP",
    meaning:
      "MCP clients authenticate with access tokens only. If the 401 names other schemes, such as Basic, they cannot sign in.",
    spec: "RFC 6750 §3; RFC 9449 §7.1",
    example: 'POST /mcp -> 401, WWW-Authenticate: Basic realm="gateway"',
    serverFix:
      "Add a Bearer challenge to the 401. If a gateway in front of the server sends the 401, exempt the MCP path from the gateway's own authentication.",
  },
  challenge_syntax: {
    title: "the challenge has valid syntax",
    meaning:
      "Clients read a malformed header differently: one ignores it, another uses the first of two values. Some then find no metadata, or request a scope that does not exist.",
    spec: "RFC 9110 §11.2, §11.6.1; RFC 6750 §3",
    example: 'Bearer resource_metadata="https://a.example", resource_metadata="https://b.example"',
    serverFix:
      "Send each parameter once, with its value in double quotes. Separate parameters by commas, and scopes by spaces. If a framework and a gateway both add a challenge, turn one of them off.",
    products: {
      Sentry: ["sent resource_metadata twice", "getsentry/sentry-mcp#939"],
      HubSpot: ["sent a bare URL as the challenge", "NousResearch/hermes-agent#52138"],
    },
  },
  challenge_no_error: {
    title: "the challenge has no error if no token was sent",
    meaning:
      'error="invalid_token" means that a token was refused. A client that then discards its credentials, or tries a refresh, can end in a loop.',
    spec: "RFC 6750 §3.1; OAuth 2.1 §5.3.2",
    example: 'POST /mcp without Authorization -> 401, Bearer error="invalid_token"',
    serverFix:
      "Leave error and error_description out of the 401 if the request has no Authorization header.",
    products: {
      "MCP TypeScript SDK": [
        "requireBearerAuth sends invalid_token for requests without a token",
        "https://github.com/modelcontextprotocol/typescript-sdk",
      ],
    },
  },
  challenge_names_metadata: {
    title: "the 401 leads to the resource metadata",
    meaning:
      "If neither the challenge names the document nor a well-known URL has it, clients do not learn which authorization server to use. Clients of revision 2025-06-18 rely on the challenge alone.",
    spec:
      "MCP authorization, Protected Resource Metadata Discovery Requirements; MCP authorization 2025-06-18, Authorization Server Location; RFC 9728 §5.1",
    example:
      "POST /mcp -> 401, WWW-Authenticate: Bearer; GET /.well-known/oauth-protected-resource/mcp -> 404",
    serverFix:
      'Publish the document at its well-known URL, and name that URL in the challenge: resource_metadata="<url>".',
  },
  challenge_metadata_absolute: {
    title: "resource_metadata is an absolute https URL",
    meaning:
      "Clients ignore a relative URL or resolve it differently, and most refuse http. An attacker on the network can replace a document that is fetched by http, and so choose the sign-in page.",
    spec: "RFC 9728 §5.1",
    example: 'Bearer resource_metadata="/.well-known/oauth-protected-resource"',
    serverFix:
      "Build the URL from the public host name of the server. It must lead to the resource metadata, not to metadata of the authorization server.",
  },
  challenge_metadata_live: {
    title: "the URL in the challenge returns the resource metadata",
    meaning:
      "Clients use the document that the challenge names, and need not look elsewhere. If the URL returns 404 or a web page, the sign-in ends, even if a well-known URL has the document.",
    spec: "RFC 9728 §3.2, §5.1",
    example: "401 names https://server.example/prm; GET /prm -> 404",
    serverFix:
      "Correct the URL in the challenge, or serve the document there with status 200 and Content-Type: application/json.",
  },
  challenge_scope: {
    title: "the required scopes are named before the sign-in",
    meaning:
      "If neither the challenge nor the resource metadata names scopes, clients request none, and the authorization server chooses a default. With too little the first tool call fails, with too much users approve more than is needed.",
    spec: "MCP authorization, Scope Selection Strategy",
    example:
      'WWW-Authenticate: Bearer resource_metadata="…", and resource metadata without "scopes_supported"',
    serverFix:
      'Name the least that is useful in the challenge, as scope="<a b>", or in "scopes_supported" of the resource metadata.',
  },
  challenge_no_offline: {
    title: "the challenge does not ask for offline_access",
    meaning:
      "This scope requests a refresh token, a matter between client and authorization server. Clients that request it because of the challenge get long-lived access without need, or invalid_scope where it is unknown.",
    spec: "MCP authorization, Refresh Tokens",
    example: 'WWW-Authenticate: Bearer scope="files:read offline_access"',
    serverFix:
      "Remove offline_access from the challenge. Clients find it in the metadata of the authorization server.",
  },
  challenge_uniform: {
    title: "every first request gets the same challenge",
    meaning:
      "Clients begin a connection with different methods. If one of these gets no challenge or another one, some clients find no metadata, or sign in at another authorization server.",
    spec: "MCP authorization, Protected Resource Metadata Discovery Requirements",
    example: "initialize -> 401 with resource_metadata; tools/list -> 401 without WWW-Authenticate",
    serverFix: "Create the challenge in one place that handles every method, such as a middleware.",
  },
  methods_get: {
    title: "GET and HEAD without a token reveal nothing",
    meaning:
      "If GET needs no token, anyone who reaches the server can open an event stream, or get data or a session id. An attacker can read messages that are meant for a signed-in user.",
    spec: "MCP authorization 2025-11-25, Access Token Usage",
    example: "GET /mcp without Authorization -> 200 text/event-stream",
    serverFix:
      "Check the token of GET and HEAD in the same way as that of POST. If the server offers no stream, send 405.",
  },
  methods_delete: {
    title: "DELETE without a token is refused",
    meaning:
      "If DELETE needs no token, anyone who learns or guesses the id of a session can end it. An attacker without an account can disconnect other users.",
    spec: "MCP authorization 2025-11-25, Access Token Usage",
    example: "DELETE /mcp with Mcp-Session-Id, without Authorization -> 200",
    serverFix:
      "Check the token before the session, and send 401. If clients may not end sessions, send 405.",
  },
  methods_removed: {
    title: "GET and DELETE are refused with 405 or 401",
    meaning:
      "Revision 2026-07-28 has neither sessions nor a stream by GET. A client that gets 2xx concludes that the server supports an older revision, and may wait for messages that never arrive.",
    spec: "MCP transports, Earlier Streamable HTTP Revisions",
    example: "GET /mcp with MCP-Protocol-Version: 2026-07-28 -> 200 text/event-stream",
    serverFix:
      "If the server supports only revision 2026-07-28, send 405 to GET and DELETE at the MCP endpoint.",
  },
  endpoint_direct: {
    title: "POST to the MCP endpoint is not redirected",
    meaning:
      "Clients do not repeat a request with a token at the target of a redirect, so they cannot connect. Behind a web sign-in they get an HTML page instead of MCP.",
    spec: "RFC 9700 §4.12",
    example: "POST /mcp -> 307, Location: /mcp/",
    serverFix:
      "Answer POST at the published URL directly, with and without a slash at the end. Exempt the path from sign-in pages for browsers.",
  },
  refusal_clean: {
    title: "a refusal has no data, stack trace or token in it",
    meaning:
      "A refusal with a result gives callers without a valid token what the token protects. A stack trace shows an attacker which software to attack, and a repeated token ends up in logs.",
    spec: "MCP authorization, Access Token Privilege Restriction",
    example:
      'POST /mcp with an expired token -> 401 {"result": {"tools": [{"name": "delete_user"}]}}',
    serverFix:
      "Check the token before the request is processed, and send only a short error text with 401 and 403.",
  },
  proxy_headers_ignored: {
    title: "identity headers do not replace a token",
    meaning:
      "A proxy that signs users in names them in such headers. If the server trusts the headers of every caller, an attacker writes the name of any user into one and has the access of that user.",
    spec: "RFC 9700 §4.13",
    example: "POST /mcp with X-Forwarded-User: audit, without Authorization -> 200",
    serverFix:
      "Remove these headers from incoming requests at the proxy. Let the server accept connections from the proxy only, and require a token in addition.",
  },
} satisfies Pages;
