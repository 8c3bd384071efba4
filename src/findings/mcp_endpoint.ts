/**
 * Pages about the MCP endpoint and its challenge.
 *
 * @module
 */

import type { Pages } from "./page.ts";

const TRIES_WELL_KNOWN = "None needed: mcpass tries the well-known URLs.";

/** Pages about the MCP endpoint and its challenge. */
export const MCP_ENDPOINT_PAGES = {
  not_an_mcp_endpoint: {
    title: "no MCP endpoint at this URL",
    means: "The URL returns a web page, 404, 405 or a body that is not JSON-RPC.",
    clause: "MCP transports, Streamable HTTP",
    looks: "POST -> 404, or 200 text/html, or 302 to a login page",
    change: "Let the gateway pass requests to the MCP path, so that the server itself sends 401.",
    meanwhile: "Check the path (often /mcp).",
  },
  unexpected_answer: {
    title: "expected 401 from the server",
    means: "The server sent an error that is not 401 to a request without a token.",
    clause: "MCP authorization, Error Handling",
    looks: "POST /mcp -> 500, 429 or 400",
    change: "Send 401 with a challenge in response to requests without a token.",
    meanwhile: "Check the URL; mcpass server doctor --url <url> looks for the cause.",
  },
  transport_not_supported: {
    title: "the server uses the old HTTP+SSE transport",
    means: "mcpass does not support HTTP+SSE, the transport of revision 2024-11-05.",
    clause: "MCP transports, Backward Compatibility",
    looks: "GET -> text/event-stream with an event named endpoint",
    change: "Offer Streamable HTTP, often at /mcp in addition to /sse.",
    meanwhile: "Try the same host with /mcp.",
  },
  wire_not_supported: {
    title: "the server supports none of the protocol versions of mcpass",
    clause: "MCP transports, Backward Compatibility",
    looks: "initialize and server/discover both refused with 400 or a JSON-RPC error",
    change: "Support a revision from 2025-03-26 on over Streamable HTTP.",
    meanwhile: "Name a revision with --protocol-version, or try another path (/mcp, not /sse).",
  },
  older_wire: {
    title: "the server uses the protocol of an older revision",
    means: "The server supports initialize and sessions only; mcpass uses them.",
    clause: "MCP transports, Backward Compatibility",
    looks: "server/discover refused; initialize succeeds",
    change: "Support the newer revision too.",
    meanwhile: "None needed: the checks of the chosen revision still apply.",
    products: [
      ["MCP Toolbox and others", "send 400 for an unknown version and do not offer their own"],
      ["Slack", "sends 400 for versions that it does not know"],
    ],
  },
  list_too_large: {
    title: "pagination never ends; stopped",
    clause: "MCP pagination",
    looks: "nextCursor in every response",
    change: "Leave nextCursor out of the last page.",
    meanwhile: "Calls of single tools work.",
  },
  authorization_not_required: {
    title: "the server requires no authorization",
    means:
      "The server accepts requests without a token and publishes no resource metadata, so there is no sign-in.",
    clause: "MCP authorization, Overview",
    looks: "POST /mcp without Authorization -> 200",
    change: "To protect the server, send 401 with a Bearer challenge to requests without a token.",
    meanwhile: "Connect without a token; mcpass server probe --url <url> shows what it offers.",
  },
  open_without_token: {
    title: "the first requests need no token",
    means: "The server publishes resource metadata; perhaps it protects some operations only.",
    clause: "MCP authorization, Error Handling",
    looks: "initialize or server/discover -> 200; tools/call may still return 401",
    change: "Nothing, if that is intended; otherwise send 401 to every request without a token.",
    meanwhile: "The login continues; --verify-call-tool <name> shows whether tools need the token.",
  },
  authorization_required: {
    title: "the server requires a token",
    means: "The server requires a token. None was given, and none is stored for it.",
    clause: "MCP authorization, Protocol Requirements",
    looks: "POST /mcp -> 401",
    meanwhile: "mcpass login --url <url>",
  },
  challenge_expected: {
    title: "expected 401 for a request without a token",
    means: "A request without a token got another status than 401, but there is resource metadata.",
    clause: "MCP authorization, Error Handling; RFC 9110 §15.5.2",
    looks: "POST /mcp -> 403, 404 or 405 instead of 401 with WWW-Authenticate",
    change: "Send 401 with a challenge to requests without a token; 403 is for scope.",
    meanwhile: "None needed: mcpass uses the metadata at the well-known URL.",
  },
  challenge_missing: {
    title: "the 401 does not say how to authenticate",
    clause: "RFC 9110 §15.5.2; RFC 9728 §5.1",
    looks: "HTTP/1.1 401 Unauthorized, no WWW-Authenticate header",
    change: 'Send WWW-Authenticate: Bearer resource_metadata="<url>" with every 401.',
    meanwhile: "mcpass tries the well-known URLs in order; older revisions require the header.",
    products: [
      ["Reverse proxies", "a gateway may drop WWW-Authenticate: pass it, and expose it in CORS"],
    ],
  },
  challenge_malformed: {
    title: "the challenge breaks the grammar of WWW-Authenticate",
    clause: "RFC 9110 §11.6.1",
    looks: "WWW-Authenticate: Bearer resource_metadata=https://server.example/prm",
    change: "Put every parameter value in double quotes and separate parameters by commas.",
    meanwhile: "mcpass uses what is unambiguous; strict clients may find no metadata at all.",
    products: [["HubSpot", "was reported to send a bare URL as challenge"]],
  },
  challenge_not_oauth: {
    title: "the server asks for a sign-in that is not OAuth",
    means: "The challenge names another scheme than Bearer: often a gateway requires a sign-in.",
    clause: "RFC 6750 §3",
    looks: 'WWW-Authenticate: Basic realm="gateway"',
    change: "Offer Bearer. A gateway in front of the server has to pass MCP requests.",
    meanwhile: "mcpass tries the well-known URLs; send a gateway's key with --header.",
  },
  challenge_repeats_metadata: {
    title: "the challenge names several resource metadata URLs",
    means: "Clients differ in which of the URLs they use.",
    clause: "RFC 9110 §11.2",
    looks: 'Bearer resource_metadata="https://a/…", resource_metadata="https://b/…"',
    change: "Name one resource_metadata URL, in one place of the code.",
    meanwhile: "None needed: mcpass tries them in order.",
    products: [["Sentry", "was reported to send the parameter twice"]],
  },
  challenge_scope_commas: {
    title: "the challenge separates scopes by commas",
    clause: "RFC 6750 §3; RFC 6749 §3.3",
    looks: 'Bearer scope="read,write"',
    change: 'Separate scopes by spaces: scope="read write".',
    meanwhile: "mcpass reads them as a list; --scopes overrides them.",
    products: [["Slack", "separates scopes by commas in its responses"]],
  },
  challenge_error_without_token: {
    title: "the server calls a token invalid that was never sent",
    means: "Some clients then refresh in a loop.",
    clause: "OAuth 2.1 §5.3.2; RFC 6750 §3.1",
    looks: 'no Authorization sent -> 401 Bearer error="invalid_token"',
    change: "Leave error out of the challenge when the request had no token.",
    meanwhile: "None needed: mcpass reads it as an ordinary challenge.",
    products: [
      ["MCP TypeScript SDK", "requireBearerAuth does this for requests without a token"],
    ],
  },
  challenge_metadata_url_invalid: {
    title: "the challenge has no usable resource metadata URL",
    means: "resource_metadata in the challenge is not an https URL; mcpass skips it.",
    clause: "RFC 9728 §5.1",
    looks: 'Bearer resource_metadata="localhost/prm"',
    change: "Name the absolute https URL of the document.",
    meanwhile: TRIES_WELL_KNOWN,
  },
  challenge_metadata_url_relative: {
    title: "the challenge names a relative resource metadata URL",
    clause: "RFC 9728 §5.1",
    looks: 'Bearer resource_metadata="/.well-known/oauth-protected-resource"',
    change: "Name the absolute URL: behind a proxy, build it from the public host name.",
    meanwhile: "mcpass resolves it against the request's URL; other clients may not.",
  },
  challenge_metadata_missing: {
    title: "there is no document at the URL that the challenge names",
    clause: "RFC 9728 §5.1",
    looks: "401 names /.well-known/x; GET /.well-known/x -> 404 or a web page",
    change: "Serve the document at the URL that the challenge names, or name the right URL.",
    meanwhile: TRIES_WELL_KNOWN,
    products: [["Swiggy", "was reported to name a document that returns 404"]],
  },
} satisfies Pages;
