import type { Pages } from "./page.ts";

export const RESOURCE_METADATA_PAGES = {
  resource_metadata_missing: {
    title: "no protected resource metadata at this URL",
    meaning:
      "The URL that you gave returned 404, a web page or another document. mcpass looks nowhere else, because you named the URL.",
    spec: "RFC 9728 §2, §3.2",
    example:
      "--resource-metadata https://server.example/.well-known/oauth-protected-resource/mcp -> 404",
    serverFix:
      'Serve JSON with "resource" and "authorization_servers" there, with status 200 and without sign-in.',
    fix:
      "Correct the URL, or omit --resource-metadata: mcpass then tries the challenge and the well-known URLs.",
    products: {
      "Single-page applications":
        "a catch-all route returns HTML with 200: add a route for /.well-known/",
    },
  },
  resource_missing: {
    title: "the resource metadata does not name its resource",
    meaning:
      'The member "resource" is required: it shows whom the document is about. mcpass assumes the URL that was requested and continues; other clients refuse the document.',
    spec: "RFC 9728 §2, §3.3",
    example: '{"authorization_servers": ["https://auth.example"]}',
    serverFix: 'Publish "resource" with the URL of the MCP endpoint.',
  },
  resource_invalid: {
    title: '"resource" in the resource metadata is not a usable URL',
    meaning:
      "It must be an absolute URL without user info and fragment. mcpass cannot compare it with the URL of the server, so the login ends.",
    spec: "RFC 9728 §1.2, §2; RFC 8707 §2",
    example: '"resource": "my-server"',
    serverFix: 'Publish the absolute https URL of the MCP endpoint as "resource".',
  },
  resource_not_server_url: {
    title: '"resource" is not the URL of the server',
    meaning:
      "The document identifies the server by something else, such as an App ID URI. mcpass cannot check that this is the same server, and a server must not receive a token for another API. So the login ends.",
    spec: "RFC 9728 §3.3",
    example: '"resource": "api://11111111-2222-3333-4444-555555555555"',
    serverFix:
      'Publish the URL of the MCP endpoint as "resource". Use the App ID URI in the scopes only.',
    workaround:
      "If you know that the value identifies this server: --resource <exactly that value>",
    products: {
      "Entra ID": [
        "servers that publish their App ID URI: --resource api://<application id>",
        "anthropics/claude-code#76096",
      ],
    },
  },
  resource_not_https: {
    title: '"resource" in the resource metadata is not https',
    meaning:
      "Usually a proxy terminates TLS, and the server behind it does not know its public scheme. mcpass does not request a token for an unprotected URL, so the login ends.",
    spec: "RFC 9728 §1.2",
    example: '"resource": "http://server.example/mcp"',
    serverFix:
      "Build the URL from the public address. Trust X-Forwarded-Proto from your own proxy only.",
  },
  resource_mismatch: {
    title: "the resource metadata is about another server",
    meaning:
      '"resource" is at another origin or path than the URL that you gave. A token for that server must not be sent to this one, so the login ends.',
    spec: "RFC 9728 §3.3; RFC 8707 §2",
    example: 'URL https://a.example/mcp; "resource": "https://b.example/mcp"',
    serverFix: 'Publish "resource" with exactly the URL that clients use.',
    workaround:
      "Use the URL that the document names. For another path of the same origin: --resource <url>. No flag accepts another origin.",
    products: {
      "Cloudflare workers-oauth-provider": [
        "publishes the origin by default: set the resource to the URL of the endpoint",
        "cloudflare/workers-oauth-provider#108",
      ],
      "Reverse proxies": "the document has the internal host name: configure the public base URL",
      Sentry: [
        "the path of each project is a resource of its own: use that URL",
        "getsentry/sentry-mcp#955",
      ],
    },
  },
  resource_trailing_slash: {
    title: "the published resource differs in a slash at the end",
    meaning:
      "mcpass accepts the difference and sends the published form. Clients that compare character by character refuse the document.",
    spec: "RFC 9728 §3.3",
    example: 'URL https://server.example/mcp; "resource": "https://server.example/mcp/"',
    serverFix:
      "Publish exactly the URL of the endpoint. URL classes add a slash to an origin without a path.",
    products: {
      GitHub: ["publishes the resource with a slash", "github/github-mcp-server#2901"],
    },
  },
  resource_is_parent: {
    title: "the published resource is a parent of the server's URL",
    meaning:
      "mcpass accepts this. But one token is then valid for every server below that URL, so each of them can use it at the others.",
    spec: "RFC 9728 §3.3; RFC 8707 §2",
    example: 'URL https://server.example/mcp; "resource": "https://server.example"',
    serverFix: 'Publish the most specific URL as "resource".',
    products: {
      "Cloudflare workers-oauth-provider": [
        "publishes the origin by default",
        "cloudflare/workers-oauth-provider#108",
      ],
    },
  },
  resource_pinned: {
    title: "the resource is not the URL, accepted by --resource",
    meaning:
      "You named the value, so mcpass requests a token for it. The flag is stored with the sign-in, and each output shows it.",
    spec: "RFC 9728 §3.3",
    example: '"resource": "https://server.example/other", --resource https://server.example/other',
    serverFix: 'Publish the URL of the endpoint as "resource".',
  },
  resource_omitted: {
    title: "resource was left out because of --resource none",
    meaning:
      "The authorization server does not learn which server the token is for. The token may be valid at other servers too, and this server could use it there.",
    spec: "RFC 8707 §2; MCP authorization, Resource Parameter Implementation",
    example: "GET /authorize?response_type=code&client_id=x, without resource",
    serverFix: "Authorization server: accept the parameter, or ignore it.",
    fix: "If the authorization server accepts the parameter, leave the flag out.",
    products: {
      "Entra ID": [
        "refuses v2 scopes together with resource (AADSTS9010010, AADSTS901002): --resource none",
        "modelcontextprotocol/inspector#685",
      ],
      "AWS Cognito": "has no parameter resource without resource binding: --resource none",
    },
  },
  resource_replaced: {
    title: "--resource replaced the published resource",
    meaning:
      "The token is for the value of the flag. If that is not this server, the server refuses the token.",
    spec: "RFC 8707 §2",
    example: '"resource": "https://server.example/mcp", --resource https://api.example',
    serverFix: "Publish the resource that the authorization server knows.",
    fix: "If the published resource works, leave the flag out.",
  },
  resource_of_root_document: {
    title: "the document at the root URL is about a path of this host",
    meaning:
      "MCP clients accept it. A strict client of RFC 9728 looks at the URL with the path only, and finds nothing there.",
    spec: "RFC 9728 §3.3",
    example: '/.well-known/oauth-protected-resource has "resource": "https://server.example/mcp"',
    serverFix: "Serve the document at /.well-known/oauth-protected-resource/mcp too.",
  },
  resource_has_query: {
    title: "the resource identifier has a query",
    meaning:
      "mcpass uses it unchanged. Programs differ in how they compare and encode queries, so the audience of a token may not match.",
    spec: "RFC 9728 §1.2",
    example: '"resource": "https://server.example/mcp?tenant=1"',
    serverFix: "Identify the resource by its path.",
  },
  resource_name_missing: {
    title: "the resource has no name for people",
    meaning: "Clients show the URL of the server instead.",
    spec: "RFC 9728 §2",
    example: 'no "resource_name" in the resource metadata',
    serverFix: 'Publish "resource_name".',
  },
  older_request_sequence: {
    title: "metadata was found only where 2025-03-26 looks for it",
    meaning:
      "There is no usable protected resource metadata. mcpass used the metadata at the server's own origin, as revision 2025-03-26 does; the checks of the chosen revision still apply. Clients of later revisions cannot sign in.",
    spec: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
    example:
      "/.well-known/oauth-protected-resource -> 404; /.well-known/oauth-authorization-server -> 200",
    serverFix: 'Publish protected resource metadata with "authorization_servers".',
    products: {
      Atlassian: [
        "/v1/mcp has no resource metadata",
        "atlassian/atlassian-mcp-server#205",
      ],
      Zomato: ["has no resource metadata", "modelcontextprotocol/python-sdk#1919"],
    },
  },
  bearer_header_not_listed: {
    title: "the resource metadata does not list the header for tokens",
    meaning:
      "MCP allows tokens in the Authorization header only. mcpass uses the header anyway; the list is probably a mistake.",
    spec: "RFC 9728 §2; MCP authorization, Access Token Usage",
    example: '"bearer_methods_supported": ["body"]',
    serverFix: 'Add "header" to the list.',
  },
  dpop_required: {
    title: "the server accepts only tokens bound to a key",
    meaning:
      "A Bearer token is refused: each request needs a DPoP proof. mcpass signs in with DPoP; most other MCP clients cannot use this server.",
    spec: "RFC 9728 §2; RFC 9449 §7.1",
    example: '"dpop_bound_access_tokens_required": true',
    serverFix: 'Accept Bearer too, and publish "dpop_bound_access_tokens_required": false.',
  },
  mtls_supported: {
    title: "the server supports tokens bound to a client certificate",
    meaning:
      "This is an offer. The server accepts other tokens too, unless its documentation says otherwise.",
    spec: "RFC 9728 §2; RFC 8705 §3",
    example: '"tls_client_certificate_bound_access_tokens": true',
    fix: "To use a certificate: --client-cert <path> --client-key <path>",
    products: {
      "Spring Authorization Server": "publishes this by default; no certificate is needed",
    },
  },
  scope_malformed: {
    title: "a listed scope has characters that no scope may have",
    meaning:
      "An authorization server refuses such a scope, or reads it as several. mcpass does not request it.",
    spec: "RFC 6749 §3.3",
    example: '"scopes_supported": ["read write"]',
    serverFix: 'List each scope as an item of its own: ["read", "write"].',
    workaround: 'Name the scopes yourself: --scopes "<a b>"',
  },
  scopes_not_listed: {
    title: "the metadata lists no scopes",
    meaning:
      "mcpass requests no scope, unless the challenge names one. The authorization server then chooses a default, which may be too little.",
    spec: "RFC 9728 §2; RFC 8414 §2; MCP authorization, Scope Selection Strategy",
    example: 'no "scopes_supported"',
    serverFix: 'Publish "scopes_supported"; in resource metadata, the least that is useful.',
    workaround: 'Name the scopes yourself: --scopes "<a b>"',
  },
  offline_access_published: {
    title: "the resource metadata lists offline_access",
    meaning:
      "This scope asks for a refresh token, which only the authorization server can offer. mcpass requests it only if the authorization server lists it.",
    spec: "MCP authorization, Refresh Tokens",
    example: 'resource metadata: "scopes_supported": ["read", "offline_access"]',
    serverFix: "List it in the metadata of the authorization server instead.",
  },
} satisfies Pages;
