import type { Pages } from "./page.ts";

const WELL_KNOWN_TRIED =
  "The login continues: mcpass looks for the document at the well-known URLs.";

export const MCP_ENDPOINT_PAGES = {
  not_an_mcp_endpoint: {
    title: "no MCP endpoint at this URL",
    meaning:
      "The URL returned a web page, 404, 405 or a body that is not JSON-RPC, so mcpass cannot tell where to sign in. Usually the path is wrong; sometimes a gateway answers instead of the MCP server.",
    spec: "MCP transports, Streamable HTTP",
    example: "POST https://server.example/ -> 404, or 200 with Content-Type: text/html",
    serverFix: "Let the gateway pass requests to the MCP path, so that the MCP server sends 401.",
    fix: "Check the path of the URL. It is often /mcp.",
  },
  unexpected_answer: {
    title: "expected 401 from the server",
    meaning:
      "A request without a token was answered with an error that says nothing about authorization, and there is no metadata. mcpass cannot tell whether the server requires a sign-in.",
    spec: "MCP authorization, Error Handling",
    example: "POST /mcp -> 500, 429 or 400, or 200 with a JSON-RPC error",
    serverFix: "Send 401 with a WWW-Authenticate challenge to requests without a token.",
    workaround:
      "Check the URL, and try again later after 429 or 5xx. mcpass server doctor <url> looks for the cause.",
  },
  http_sse_transport: {
    title: "the server uses HTTP+SSE, the transport of 2024-11-05",
    meaning:
      "MCP replaced this transport by Streamable HTTP in 2025. mcpass supports both; newer clients may not connect.",
    spec: "MCP transports, Backward Compatibility",
    example: "POST /sse -> 405; GET /sse -> 200 text/event-stream with an event named endpoint",
    serverFix: "Offer Streamable HTTP, usually at /mcp in addition to /sse.",
    products: { Keboola: "served /sse with OAuth" },
  },
  transport_not_supported: {
    title: "the event stream of an HTTP+SSE server cannot be used",
    meaning:
      "The first event must name a URL at the same origin, because mcpass sends the token there. This stream has no such event, or names another origin.",
    spec: "MCP transports 2024-11-05, HTTP with SSE",
    example: "event: endpoint, data: https://other.example/messages",
    serverFix:
      "Send a path in the event, such as /messages?session_id=1; better, offer Streamable HTTP.",
    workaround: "Try the path /mcp at the same host.",
  },
  wire_not_supported: {
    title: "the server supports none of the protocol versions of mcpass",
    meaning:
      "The server refused each MCP protocol version that mcpass offered, so the connection ended before any tool could be used.",
    spec: "MCP transports, Backward Compatibility",
    example: "POST initialize -> 400; POST server/discover -> 400",
    serverFix: "Support a revision from 2025-03-26 on over Streamable HTTP.",
    workaround: "Name a revision with --protocol-version, or try another path (/mcp, not /sse).",
  },
  older_protocol_era: {
    title: "the server uses the protocol of an older revision",
    meaning:
      "The server knows initialize and sessions, but not the stateless requests of 2026-07-28. mcpass uses what the server supports; the checks of the chosen revision still apply.",
    spec: "MCP transports, Backward Compatibility",
    example: "POST server/discover -> 404; POST initialize -> 200",
    serverFix: "Support the newer revision too.",
    products: {
      "MCP Toolbox":
        "returned 400 for an unknown protocol version, instead of offering another one",
      Slack: "returned 400 for protocol versions that it does not support",
    },
  },
  list_too_large: {
    title: "a list of the server is too large; stopped",
    meaning:
      "mcpass reads at most 200 pages and 64 MB of one list. A server that sends nextCursor with every page would never end.",
    spec: "MCP pagination",
    example: 'tools/list -> {"tools": [], "nextCursor": "2"}, again and again',
    serverFix: "Leave nextCursor out of the last page.",
    workaround: "Tool calls still work. --max-response-size <MB> raises the limit of 64 MB.",
  },
  definition_invalid: {
    title: "a definition in a list of the server is not valid",
    meaning:
      "A tool, resource or prompt has a member that the MCP schema does not allow. mcpass lists it anyway and can call the tool; strict clients refuse all items of the list.",
    spec: "MCP tools, Data Types; MCP resources, Data Types; MCP prompts, Data Types",
    example: 'tools/list -> {"name": "merge", "inputSchema": {}}',
    serverFix: 'Give every tool a name and an inputSchema with "type": "object".',
    products: { GitLab: "published an inputSchema without type" },
  },
  tool_result_invalid: {
    title: "the result of a tool contradicts its output schema",
    meaning:
      "structuredContent does not match the schema that the tool announces. mcpass shows the result; clients that validate it refuse it.",
    spec: "MCP tools, Output Schema",
    example: 'outputSchema requires "temperature"; structuredContent is {"temp": 21}',
    serverFix: "Return structuredContent that matches the outputSchema, or change the schema.",
  },
  input_required: {
    title: "the server asks for input",
    meaning:
      "The tool needs an answer from a person before it can continue (MCP elicitation). There was no terminal to ask on, so the call ended.",
    spec: "MCP elicitation",
    example: 'tools/call -> {"resultType": "input_required"}, or a request elicitation/create',
    fix: "Run the command in a terminal: mcpass then asks, and sends the answer.",
  },
  authorization_not_required: {
    title: "the server requires no authorization",
    meaning:
      "Requests without a token succeed, and no resource metadata says where to sign in. There is nothing to sign in to.",
    spec: "MCP authorization, Overview",
    example: "POST /mcp without Authorization -> 200",
    serverFix:
      "To protect the server, send 401 with a Bearer challenge to requests without a token.",
    fix:
      "Connect without a token. If you know that the server has a sign-in, name the issuer: --authorization-server <issuer>. If a tool asks for a sign-in, mcpass tools call prints the command.",
  },
  open_without_token: {
    title: "the first requests need no token",
    meaning:
      "The server protects only some operations: it has resource metadata, or asks for a token at a tool call. The login continues; a successful connection does not prove that the token is accepted.",
    spec: "MCP authorization, Error Handling",
    example: "POST initialize -> 200; POST tools/call -> 401",
    serverFix: "If this is not intended, send 401 to every request without a token.",
    workaround: "To test the token, call a tool after the login: --verify-call-tool <name>",
  },
  authorization_required: {
    title: "the server requires a token",
    meaning: "You gave no token, and no sign-in for this server is stored.",
    spec: "MCP authorization, Protocol Requirements",
    example: "POST /mcp without Authorization -> 401",
    fix: "Sign in: mcpass login <url>",
  },
  challenge_expected: {
    title: "expected 401 for a request without a token",
    meaning:
      "The server refused the request with another status or a JSON-RPC error. mcpass found a challenge or resource metadata and continues; other clients show an error, because only 401 starts a sign-in.",
    spec: "MCP authorization, Error Handling; RFC 9110 §11.6.1, §15.5.2",
    example: "POST /mcp without Authorization -> 403, 302, 404 or 500",
    serverFix:
      "Send 401 with a challenge to requests without a token. Use 403 only for a missing scope.",
    products: {
      "Cloudflare Access": [
        "sent its challenge with a redirect to a sign-in page",
        "getsentry/junior#832",
      ],
    },
  },
  challenge_missing: {
    title: "the 401 does not say how to authenticate",
    meaning:
      "The response has no WWW-Authenticate header. mcpass looks for resource metadata at the well-known URLs; clients of older revisions cannot sign in at all.",
    spec: "RFC 9110 §15.5.2; RFC 9728 §5.1",
    example: "POST /mcp -> 401 without WWW-Authenticate",
    serverFix: 'Send WWW-Authenticate: Bearer resource_metadata="<url>" with every 401.',
    products: {
      "Reverse proxies": "drop WWW-Authenticate: pass the header on, and expose it in CORS",
    },
  },
  challenge_malformed: {
    title: "WWW-Authenticate has invalid syntax",
    meaning:
      "mcpass reads what is unambiguous and continues. Strict clients ignore the header, and so do not find the resource metadata.",
    spec: "RFC 9110 §11.6.1",
    example: "WWW-Authenticate: Bearer resource_metadata=https://server.example/prm",
    serverFix: "Put every parameter value in double quotes, and separate parameters by commas.",
    products: { HubSpot: ["sent a bare URL as the challenge", "NousResearch/hermes-agent#52138"] },
  },
  challenge_not_oauth: {
    title: "the server asks for a sign-in that is not OAuth",
    meaning:
      "The challenge names another scheme than Bearer. Often a gateway in front of the MCP server asks for its own password or key. mcpass still looks at the well-known URLs.",
    spec: "RFC 6750 §3",
    example: 'POST /mcp -> 401, WWW-Authenticate: Basic realm="gateway"',
    serverFix: "Offer Bearer. A gateway in front of the server has to let MCP requests pass.",
    workaround: 'Send the gateway\'s key with each request: --header "<name>: <value>"',
  },
  challenge_repeats_metadata: {
    title: "the challenge names several resource metadata URLs",
    meaning:
      "RFC 9110 allows each parameter once. mcpass tries the URLs in order; clients differ in which one they use, so some may sign in elsewhere.",
    spec: "RFC 9110 §11.2",
    example: 'Bearer resource_metadata="https://a.example", resource_metadata="https://b.example"',
    serverFix:
      "Send resource_metadata once. Often two layers (a framework and a gateway) each add it.",
    products: { Sentry: ["sent the parameter twice", "getsentry/sentry-mcp#939"] },
  },
  challenge_scope_commas: {
    title: "the challenge separates scopes with commas",
    meaning:
      "OAuth separates scopes by spaces. mcpass splits the list and continues; other clients ask for one scope with commas in its name, which the authorization server refuses.",
    spec: "RFC 6750 §3; RFC 6749 §3.3",
    example: 'WWW-Authenticate: Bearer scope="read,write"',
    serverFix: 'Separate scopes with spaces: scope="read write".',
    workaround: 'To request other scopes: --scopes "<a b>"',
  },
  challenge_error_without_token: {
    title: "the challenge has an error although no token was sent",
    meaning:
      "mcpass reads it as an ordinary challenge. Clients that react to invalid_token with a refresh can end in a loop.",
    spec: "OAuth 2.1 §5.3.2; RFC 6750 §3.1",
    example: 'POST /mcp without Authorization -> 401, Bearer error="invalid_token"',
    serverFix: "Leave error out of the challenge if the request had no token.",
    products: {
      "MCP TypeScript SDK": [
        "requireBearerAuth sends invalid_token for requests without a token",
        "https://github.com/modelcontextprotocol/typescript-sdk",
      ],
      "GitHub, Supabase": 'sent error="invalid_request"',
    },
  },
  challenge_metadata_url_invalid: {
    title: "the challenge has no usable resource metadata URL",
    meaning:
      `The value of resource_metadata is not an https URL, so mcpass does not request it. ${WELL_KNOWN_TRIED}`,
    spec: "RFC 9728 §5.1",
    example: 'WWW-Authenticate: Bearer resource_metadata="localhost/prm"',
    serverFix: "Send the absolute https URL of the document.",
  },
  challenge_metadata_url_relative: {
    title: "the challenge names a relative resource metadata URL",
    meaning:
      "mcpass resolves it against the URL of the request and continues. Other clients may not find the document.",
    spec: "RFC 9728 §5.1",
    example: 'Bearer resource_metadata="/.well-known/oauth-protected-resource"',
    serverFix:
      "Send the absolute URL. Behind a proxy, build it from the public host name, not from the internal one.",
  },
  challenge_names_server_metadata: {
    title: "the challenge names authorization server metadata",
    meaning:
      "Clients expect the URL of protected resource metadata (PRM) there. If there is no PRM, mcpass uses the issuer of the named document; most clients do not.",
    spec: "RFC 9728 §5.1",
    example: "WWW-Authenticate: https://server.example/.well-known/oauth-authorization-server",
    serverFix: "Publish protected resource metadata, and send its URL in the challenge.",
    products: {
      HubSpot: [
        "sent the bare URL of its authorization server metadata",
        "NousResearch/hermes-agent#52138",
      ],
    },
  },
  challenge_metadata_missing: {
    title: "there is no document at the URL that the challenge names",
    meaning: `The URL in resource_metadata returned 404 or a web page. ${WELL_KNOWN_TRIED}`,
    spec: "RFC 9728 §5.1",
    example: "401 names https://server.example/prm; GET /prm -> 404",
    serverFix: "Serve the document at that URL, or send the right URL in the challenge.",
    products: { Swiggy: "named a document that returned 404" },
  },
} satisfies Pages;
