/**
 * Pages about the MCP endpoint: the first request, the challenge, refusals with a token.
 *
 * @module
 */

import type { Pages } from "./page.ts";

/** Pages about the MCP endpoint. */
export const ENDPOINT_PAGES = {
  list_too_large: {
    title: "a list of the server has no end",
    means: "A list of the server had no end in reasonable size, and was given up.",
    clause: "MCP pagination",
    looks: "nextCursor in every answer",
    change: "End the list: leave nextCursor out of the last page.",
    meanwhile: "Calls of single tools work.",
  },
  authorization_not_required: {
    title: "the server wants no authorization",
    means:
      "The server answered without a token and publishes no resource metadata, so there is nothing to sign in to.",
    clause: "MCP authorization, Overview",
    looks: "POST /mcp without Authorization -> 200",
    change:
      "If the server should be protected, answer 401 with a Bearer challenge to requests without a token.",
    meanwhile: "Connect without a token; mcpass server probe --url <url> shows what is offered.",
  },
  open_without_token: {
    title: "the first requests need no token",
    means:
      "The first requests need no token though resource metadata is published: perhaps only some operations are protected.",
    clause: "MCP authorization, Error Handling",
    looks: "initialize or server/discover -> 200; tools/call may still answer 401",
    change: "Nothing, if that is intended; otherwise answer 401 to every request without a token.",
    meanwhile: "The login goes on; --verify-call-tool <name> shows whether tools want the token.",
  },
  challenge_expected: {
    title: "the server refuses without asking for a token",
    means:
      "A request without a token was answered with something other than 401, yet resource metadata was found.",
    clause: "MCP authorization, Error Handling; RFC 9110 §15.5.2",
    looks: "POST /mcp -> 403, 404 or 405 in place of 401 + WWW-Authenticate",
    change: "Answer 401 with a challenge to requests that lack a token; 403 is for scope.",
    meanwhile: "The login goes on with the metadata at the well-known place.",
  },
  challenge_missing: {
    title: "the 401 does not say how to authenticate",
    means:
      "The 401 does not say how to authenticate, so the metadata has to be looked for at well-known places.",
    clause: "RFC 9110 §15.5.2; RFC 9728 §5.1",
    looks: "HTTP/1.1 401 Unauthorized, no WWW-Authenticate header",
    change: 'Send WWW-Authenticate: Bearer resource_metadata="<url>" with every 401.',
    meanwhile: "The well-known URLs are tried in order; older revisions need the header.",
    products: [[
      "Reverse proxies",
      "a gateway may drop WWW-Authenticate: let it pass, and expose it through CORS",
    ]],
  },
  challenge_malformed: {
    title: "the challenge breaks the grammar of WWW-Authenticate",
    means: "The challenge breaks the grammar of the header; what can be read of it is used.",
    clause: "RFC 9110 §11.6.1",
    looks: "WWW-Authenticate: Bearer resource_metadata=https://server.example/prm",
    change: "Put every parameter value in double quotes and separate parameters by commas.",
    meanwhile: "Unambiguous values are used; strict clients may find no metadata at all.",
    products: [["HubSpot", "was reported to send a bare URL as challenge"]],
  },
  challenge_not_oauth: {
    title: "the server asks for a sign-in that is not OAuth",
    means: "The challenge names a scheme that is not OAuth's: something else wants a sign-in.",
    clause: "RFC 6750 §3",
    looks: 'WWW-Authenticate: Basic realm="gateway"',
    change: "Offer Bearer. A gateway in front of the server has to let MCP requests pass.",
    meanwhile: "The well-known URLs are tried; a gateway's key can be sent with --header.",
  },
  challenge_repeats_metadata: {
    title: "the challenge names several resource metadata URLs",
    means:
      "The challenge names several resource metadata URLs; clients differ in which one they take.",
    clause: "RFC 9110 §11.2",
    looks: 'Bearer resource_metadata="https://a/…", resource_metadata="https://b/…"',
    change: "Name one resource_metadata URL, in one place of the code.",
    meanwhile: "They are tried in order.",
    products: [["Sentry", "was reported to send the parameter twice"]],
  },
  challenge_scope_commas: {
    title: "the challenge separates scopes by commas",
    means:
      "The scopes of the challenge are separated by commas, which makes them one strange scope.",
    clause: "RFC 6750 §3; RFC 6749 §3.3",
    looks: 'Bearer scope="read,write"',
    change: 'Separate scopes by spaces: scope="read write".',
    meanwhile: "They are read as a list; --scopes overrides them.",
    products: [["Slack", "separates scopes by commas in its answers"]],
  },
  challenge_error_without_token: {
    title: "the server calls a token invalid that was never sent",
    means:
      "The server calls a token invalid that was never sent. Some clients then refresh in a loop.",
    clause: "OAuth 2.1 §5.3.2; RFC 6750 §3.1",
    looks: 'no Authorization sent -> 401 Bearer error="invalid_token"',
    change: "Leave error out of the challenge when the request had no token.",
    meanwhile: "Nothing is lost: it is read as an ordinary challenge.",
    products: [["MCP TypeScript SDK", "requireBearerAuth answers so to requests without a token"]],
  },
  challenge_metadata_url_invalid: {
    title: "the challenge names no usable resource metadata URL",
    means:
      "The challenge names something as resource metadata that is no https URL; it is skipped.",
    clause: "RFC 9728 §5.1",
    looks: 'Bearer resource_metadata="localhost/prm"',
    change: "Name the absolute https URL of the document.",
    meanwhile: "The well-known URLs are tried.",
  },
  challenge_metadata_url_relative: {
    title: "the challenge names a relative resource metadata URL",
    means: "The challenge names a relative URL; it is resolved against the request's.",
    clause: "RFC 9728 §5.1",
    looks: 'Bearer resource_metadata="/.well-known/oauth-protected-resource"',
    change: "Name the absolute URL: behind a proxy, build it from the public host name.",
    meanwhile: "It is resolved; other clients may not do that.",
  },
  challenge_metadata_missing: {
    title: "the challenge names a document that is not there",
    means: "The challenge points to a resource metadata document that is not there.",
    clause: "RFC 9728 §5.1",
    looks: "401 names /.well-known/x; GET /.well-known/x -> 404 or a web page",
    change: "Serve the document at the URL the challenge names, or name the URL it is served at.",
    meanwhile: "The well-known URLs are tried.",
    products: [["Swiggy", "was reported to name a document that answers 404"]],
  },
  not_an_mcp_endpoint: {
    title: "no MCP endpoint at this URL",
    means: "The URL returns a web page, 404, 405 or a body that is not JSON-RPC.",
    clause: "MCP transports, Streamable HTTP",
    looks: "POST -> 404, or 200 text/html, or 302 to a login page",
    change: "Let the gateway pass requests to the MCP path, so that the server itself answers 401.",
    meanwhile: "Check the path (often /mcp).",
  },
  wire_not_supported: {
    title: "the server does not speak this protocol version",
    means: "The server speaks none of the protocol eras that this program knows.",
    clause: "MCP transports, Backward Compatibility",
    looks: "initialize and server/discover both refused with 400 or a JSON-RPC error",
    change: "Support a revision from 2025-03-26 on over Streamable HTTP.",
    meanwhile:
      "Name a revision with --protocol-version; look for another path (/mcp in place of /sse).",
  },
  unexpected_answer: {
    title: "expected 401 from the server",
    means: "The server answered a request without a token with an error that is not 401.",
    clause: "MCP authorization, Error Handling",
    looks: "POST /mcp -> 500, 429 or 400",
    change: "Answer 401 with a challenge to requests without a token.",
    meanwhile: "Check the URL; mcpass server doctor --url <url> looks for the cause.",
  },
  older_wire: {
    title: "the server speaks an older wire",
    means: "The server speaks an older revision's wire (initialize, sessions); that one is used.",
    clause: "MCP transports, Backward Compatibility",
    looks: "server/discover refused; initialize answered",
    change: "Support the newer revision as well.",
    meanwhile: "Nothing is lost: the checks stay those of the chosen revision.",
    products: [[
      "MCP Toolbox and others",
      "answer 400 to an unknown version in place of offering their own",
    ], ["Slack", "answers 400 to versions it does not know"]],
  },
  transport_not_supported: {
    title: "the server speaks the old HTTP+SSE transport",
    means:
      "The address speaks HTTP+SSE, the transport of 2024-11-05, which this program does not speak.",
    clause: "MCP transports, Backward Compatibility",
    looks: "GET -> text/event-stream with an event named endpoint",
    change: "Offer Streamable HTTP, often at /mcp beside /sse.",
    meanwhile: "Try the same host with /mcp.",
  },
  authorization_required: {
    title: "the server wants a token",
    means: "The server wants a token, none was given, and none is kept for it.",
    clause: "MCP authorization, Protocol Requirements",
    looks: "POST /mcp -> 401",
    change: "Nothing on the server.",
    meanwhile: "mcpass login --url <url>",
  },
  token_rejected: {
    title: "the server refuses the token",
    means: "The server refuses the token, also after another authorization.",
    clause: "MCP authorization, Token Handling; RFC 6750 §3.1",
    looks: 'Authorization: Bearer … -> 401 error="invalid_token"',
    change:
      "Accept tokens for as long as they are valid: compare the server's expected issuer, audience and clock.",
    meanwhile:
      "mcpass server doctor --url <url> compares what the token says with what is expected.",
    products: [
      ["Linear", "was reported to refuse tokens of CIMD clients: --registration dcr"],
      ["Notion", "the old access token dies with a refresh: one process at a time"],
    ],
  },
  fresh_token_rejected: {
    title: "the server refuses a token that was issued just now",
    means:
      "The server refused a token issued seconds ago: issuer or audience do not fit, or it expects another kind of token.",
    clause: "MCP authorization, Token Audience Binding and Validation; RFC 8707 §2",
    looks: "token endpoint -> 200; POST /mcp with that token -> 401",
    change:
      "On the server accept the issuer and the audience of the metadata; on the authorization server put the resource into aud.",
    meanwhile:
      "Compare aud and iss in the finding with resource and issuer; --resource <url> sends another resource.",
    products: [
      [
        "Auth0",
        "without an API whose identifier is the resource, the token is opaque or encrypted: create the API, and enable the resource parameter compatibility profile of the tenant",
      ],
      [
        "Keycloak",
        "resource is ignored: add an audience mapper with the server's URL to a client scope",
      ],
      ["Entra ID", "aud is the application id: let the server accept it"],
      [
        "Cognito",
        "has no aud in access tokens without resource binding: check client_id on the server",
      ],
      [
        "Cloudflare workers-oauth-provider",
        "older versions bind the audience to the origin, newer ones to the path",
      ],
    ],
  },
  access_refused: {
    title: "the server refuses access (403) without asking for scope",
    means:
      "The server answered 403 without asking for scope: a policy, an Origin check, a firewall or a plan limit.",
    clause: "MCP authorization, Error Handling",
    looks: "HTTP/1.1 403 Forbidden, no insufficient_scope",
    change:
      'If scope is what lacks, send WWW-Authenticate: Bearer error="insufficient_scope", scope="…".',
    meanwhile:
      "Read the body of the answer (--verbose, --debug-out) and ask the operator; another login does not help.",
    products: [["Web application firewalls", "bot rules may refuse clients that are no browser"]],
  },
  insufficient_scope: {
    title: "the token lacks scope that the server asks for",
    means: "The token is good, and the operation needs more scope than it has.",
    clause: "MCP authorization, Step-Up Authorization Flow; RFC 6750 §3.1",
    looks: '403 Bearer error="insufficient_scope", scope="files:write"',
    change: "Nothing, if the scope can be granted; name it in the challenge.",
    meanwhile: 'mcpass login --url <url> --scopes "<a b>"',
  },
  insufficient_scope_unnamed: {
    title: "the server wants more scope and does not say which",
    means: "The server wants more scope and does not say which.",
    clause: "MCP authorization, Step-Up Authorization Flow; RFC 6750 §3.1",
    looks: '403 Bearer error="insufficient_scope", no scope',
    change: "Name every scope the operation needs in the challenge.",
    meanwhile: 'Pick from scopes_supported of the resource metadata: --scopes "<a b>"',
  },
  step_up_limit: {
    title: "the server goes on asking for scope that was granted",
    means: "The server goes on asking for scope after several authorizations.",
    clause: "MCP authorization, Step-Up Authorization Flow",
    looks: "403 insufficient_scope -> new token -> 403 insufficient_scope …",
    change:
      "Name all scopes at once, and accept tokens that have them; check how scope is read from the token (scope, scp, roles).",
    meanwhile: 'Ask for everything at once: --scopes "<a b>"',
  },
  step_up_not_in_revision: {
    title: "the server wants more scope, and this revision has no step-up",
    means: "The server asks for more scope, and the chosen revision has no step-up.",
    clause: "MCP authorization 2025-11-25, Step-Up Authorization Flow",
    looks: "403 insufficient_scope under --protocol-version 2025-06-18 or older",
    change: "Name the scopes in the first challenge.",
    meanwhile: "Ask for the scope at once with --scopes, or choose a later revision.",
  },
  authorization_limit: {
    title: "the server goes on answering 401, however often one signs in",
    means: "The server goes on answering 401 after several authorizations.",
    clause: "MCP authorization, Error Handling",
    looks: "401 -> login -> 401 -> login …",
    change: "Accept the token that was asked for: issuer, audience, clock.",
    meanwhile: "mcpass server doctor --url <url> looks for the cause.",
  },
  issuer_changed: {
    title: "the server now names another authorization server",
    means:
      "The MCP server now names another authorization server than at the last sign-in, or than " +
      "earlier in this login. The client, secret, certificate or assertion that you gave belongs to " +
      "the old one; mcpass did not send it to the new one. The stored sign-in is unchanged.",
    clause: "MCP authorization, Authorization Server Binding; RFC 6749 §2.2",
    looks: "resource metadata: authorization_servers differs from the stored issuer",
    change: "Nothing, if the move is intended.",
    meanwhile:
      "Ask the operator of the MCP server. If the move is intended, obtain credentials for the new " +
      "authorization server, then sign in with --authorization-server <new issuer>.",
  },
  issuer_not_confirmed: {
    title: "the authorization server was not confirmed; no credential was sent",
    means:
      "The MCP server names an authorization server at another site, and this is the first sign-in " +
      "there with these credentials. A hostile MCP server could name an authorization server that " +
      "collects secrets. mcpass therefore asks you first; without a terminal, the login ends.",
    clause: "MCP authorization, Authorization Server Binding; RFC 9700 §4.4",
    looks: "https://mcp.example.com -> authorization_servers: https://login.example.net",
    change: "Nothing on the server.",
    meanwhile:
      "Check the issuer, then add --authorization-server <issuer>. mcpass needs no confirmation if " +
      "both servers have the same host or the same registrable domain (example.com), or if both are " +
      "on loopback.",
  },
  issuer_bound_by_key: {
    title: "the issuer was not confirmed, but only it can use what was sent",
    means:
      "The MCP server names an authorization server at another site. The client authenticates with a " +
      "private key. Each assertion that it signs names this issuer as its audience, so no other " +
      "server accepts it. The login continues.",
    clause: "RFC 7523 §3; RFC 9700 §4.4",
    looks: "https://mcp.example.com -> authorization_servers: https://login.example.net",
    change: "Nothing on the server.",
    meanwhile: "To confirm the issuer, add --authorization-server <issuer>.",
  },
  issuer_migrated: {
    title: "the server moved to another authorization server",
    means:
      "The MCP server named another authorization server before. A registration belongs to one " +
      "issuer, so mcpass registers the client again at the new one; a client metadata document needs " +
      "no change. On a terminal mcpass asks first.",
    clause: "MCP authorization, Authorization Server Binding",
    looks: "resource metadata: authorization_servers differs from the stored issuer",
    change: "Nothing, if the move is intended.",
    meanwhile:
      "If you do not expect the move, ask the operator of the MCP server. To accept only one " +
      "authorization server, add --authorization-server <issuer>.",
  },
  verification_failed: {
    title: "the token was issued, and using it did not succeed",
    means: "A token was issued, and connecting with it or listing tools did not succeed.",
    clause: "MCP authorization, Access Token Usage",
    looks: "initialize, tools/list or tools/call fails after a completed login",
    change: "See the findings that stand beside it; they name the answer.",
    meanwhile: "The credentials are printed all the same; --debug-out shows every exchange.",
  },
  tool_error: {
    title: "the tool answered with an error of its own",
    means: "The tool was called and answered with an error of its own: the authorization works.",
    clause: "MCP tools, Error Handling",
    looks: 'tools/call -> {"isError": true, …}',
    change: "Look at the text of the result: often an argument lacks.",
    meanwhile: "Give arguments with --tool-args '<json>'.",
  },
  mcp_error: {
    title: "an MCP request failed",
    means: "An MCP request failed for a reason that is not authorization.",
    clause: "MCP base protocol",
    looks: "a JSON-RPC error, or an answer that is not MCP's",
    change: "Look at the server's log at that time.",
    meanwhile: "--verbose shows every exchange; mcpass server doctor looks for the cause.",
  },
} satisfies Pages;
