import type { Pages } from "../page.ts";

/** The protected resource metadata. */
export const RESOURCE_METADATA_CHECK_PAGES = {
  prm_found: {
    title: "the server publishes resource metadata",
    meaning:
      "Clients read there which authorization server to use. Without the document no client of revision 2025-06-18 or later can sign in.",
    spec: "RFC 9728 §3; MCP authorization, Authorization Server Location",
    example: "GET /.well-known/oauth-protected-resource/mcp -> 404, or 200 text/html",
    serverFix:
      'Serve JSON with "resource" and "authorization_servers" at /.well-known/oauth-protected-resource followed by the path of the endpoint. In front of a web application, exclude /.well-known/ from the catch-all route.',
  },
  prm_public: {
    title: "the resource metadata is readable without a token",
    meaning:
      "Clients need the document to obtain a token. If it requires one, no sign-in can start.",
    spec: "RFC 9728 §3.1",
    example: "GET /.well-known/oauth-protected-resource/mcp -> 401",
    serverFix: "Exempt /.well-known/ from authentication, also at the gateway.",
  },
  prm_direct: {
    title: "the resource metadata is served without a redirect",
    meaning:
      "Clients that do not follow redirects from metadata URLs, as a protection against requests into their own network, do not find the document.",
    spec: "RFC 9728 §3.2, §7.7",
    example: "GET /.well-known/oauth-protected-resource/mcp -> 302, Location: /metadata",
    serverFix: "Answer with the document at its URL, with status 200.",
  },
  prm_media_type: {
    title: "the resource metadata is sent as application/json",
    meaning:
      "Strict clients refuse another media type. Others treat the response as a web page, and look for the document elsewhere.",
    spec: "RFC 9728 §3.2",
    example: "GET /.well-known/oauth-protected-resource/mcp -> 200, Content-Type: text/plain",
    serverFix: "Send Content-Type: application/json with the document.",
    products: {
      GitHub: ["sent the media type twice in one header", "github/github-mcp-server#2901"],
    },
  },
  prm_resource: {
    title: '"resource" is in the resource metadata',
    meaning:
      "Clients compare this member with the URL of the server, so that nobody can pass off the document of another server. If it is missing, strict clients refuse the document.",
    spec: "RFC 9728 §2",
    example: '{"authorization_servers": ["https://auth.example"]}',
    serverFix: 'Add "resource" with the URL of the MCP endpoint.',
  },
  prm_resource_fits: {
    title: '"resource" identifies this server',
    meaning:
      "Clients refuse a document about another origin: with it, a hostile server could obtain tokens for somebody else's server. If the member names a parent of the endpoint, the servers below it can use each other's tokens.",
    spec: "RFC 9728 §3.3; MCP authorization, Canonical Server URI",
    example: 'URL https://a.example/mcp; "resource": "https://b.example/mcp"',
    serverFix:
      'Publish as "resource" exactly the URL that clients connect to. Behind a proxy, that is the public URL. An identifier of another kind, such as api://…, belongs in the scopes only.',
    products: {
      GitHub: ["publishes the resource with a slash at the end", "github/github-mcp-server#2901"],
      "Cloudflare workers-oauth-provider": [
        "publishes the origin by default: set the resource to the URL of the endpoint",
        "cloudflare/workers-oauth-provider#108",
      ],
      "Entra ID": [
        "servers publish their App ID URI, which clients cannot compare with the URL",
        "anthropics/claude-code#76096",
      ],
    },
  },
  prm_resource_form: {
    title: '"resource" is in canonical form',
    meaning:
      "Programs differ in how they compare upper case, a query or a slash at the end. If the audience of a token does not match at one of them, it refuses the token.",
    spec: "MCP authorization, Canonical Server URI; RFC 9728 §1.2",
    example: '"resource": "https://Server.Example/mcp/"',
    serverFix:
      "Write scheme and host in lower case, without query, fragment and slash at the end. Use this form in the audience of tokens too.",
  },
  prm_servers: {
    title: "the resource metadata lists an authorization server",
    meaning:
      "An empty or missing list leaves clients without a place to sign in. They stop, or guess as revision 2025-03-26 does.",
    spec: "MCP authorization, Authorization Server Location; RFC 9728 §2",
    example: '"authorization_servers": []',
    serverFix: 'List the issuer of each authorization server in "authorization_servers".',
  },
  prm_servers_form: {
    title: "each listed authorization server is an issuer",
    meaning:
      "Clients build the metadata URL from the entry and compare it with the issuer there. With a metadata URL, a query or http they find no document, or refuse the one that they find.",
    spec: "RFC 8414 §2; RFC 9728 §2",
    example:
      '"authorization_servers": ["https://auth.example/.well-known/oauth-authorization-server"]',
    serverFix:
      'List the exact value of "issuer" from the metadata of the authorization server, once.',
  },
  prm_header_method: {
    title: "the header is an accepted way to send a token",
    meaning:
      "MCP clients send tokens in the Authorization header only. A client that believes a list without it cannot use the server.",
    spec: "RFC 9728 §2; MCP authorization, Access Token Usage",
    example: '"bearer_methods_supported": ["body"]',
    serverFix: 'Publish "bearer_methods_supported": ["header"], or leave the member out.',
  },
  prm_types: {
    title: "the members of the resource metadata have the right types",
    meaning:
      "Typed clients refuse the document, and other clients read a wrong value: one string with spaces becomes a scope that nobody knows.",
    spec: "RFC 9728 §2",
    example: '"scopes_supported": "read write"',
    serverFix:
      "Publish lists as arrays of strings, flags as true or false, and each scope as one item.",
  },
  prm_scopes_known: {
    title: "the authorization server knows the published scopes",
    meaning:
      "Without a scope in the challenge, clients request all scopes of this list. An unknown one can end every sign-in with invalid_scope.",
    spec: "RFC 6749 §3.3; MCP authorization, Scope Selection Strategy",
    example:
      'resource metadata: "scopes_supported": ["tools:read"]; authorization server: "scopes_supported": ["openid", "files:read"]',
    serverFix:
      "Remove scopes that the authorization server does not know from the resource metadata, or create them there.",
  },
  prm_scopes_modest: {
    title: "the published scopes are minimal",
    meaning:
      "Without a scope in the challenge, clients request everything that is listed. Users face a long list or one scope for everything, and a stolen token gives access to more than its owner ever used.",
    spec:
      "MCP security best practices, Scope Minimization; MCP authorization, Scope Selection Strategy",
    example: '"scopes_supported": ["*"], or a list of 40 scopes',
    serverFix:
      "List only what the first steps need. Ask for more in a 403 with insufficient_scope when an operation needs it.",
  },
  prm_no_offline: {
    title: "offline_access is not among the published scopes",
    meaning:
      "Clients may request this scope because the list has it. Users then grant long-lived access that nobody needs, or get invalid_scope where it is unknown.",
    spec: "MCP authorization, Refresh Tokens",
    example: 'resource metadata: "scopes_supported": ["files:read", "offline_access"]',
    serverFix:
      "Remove offline_access from the resource metadata. It belongs in the metadata of the authorization server.",
  },
  prm_copies_agree: {
    title: "all copies name the same authorization servers",
    meaning:
      "Clients differ in which URL they read first. If the documents differ, some sign in at another authorization server, whose tokens the server may refuse.",
    spec: "RFC 9728 §3.1",
    example:
      "/.well-known/oauth-protected-resource/mcp names https://a.example, /.well-known/oauth-protected-resource names https://b.example",
    serverFix:
      "Serve the same document at both URLs, or remove the copy at the root if it describes nothing else.",
  },
  prm_binding: {
    title: "the required key binding is possible",
    meaning:
      "The server accepts only tokens that are bound to a key, and the authorization server announces no algorithm for it. Clients cannot obtain such a token, so none can connect.",
    spec: "RFC 9728 §2; RFC 9449 §5.1",
    example:
      '"dpop_bound_access_tokens_required": true; no "dpop_signing_alg_values_supported" at the authorization server',
    serverFix:
      "Publish the requirement only if the authorization server supports DPoP and announces its algorithms.",
  },
  version_header_tolerated: {
    title: "discovery works with any MCP-Protocol-Version header",
    meaning:
      "Clients send the header with metadata requests too, with the version that they prefer. A server that refuses an unknown version there locks out newer clients before they can negotiate.",
    spec: "MCP authorization 2025-03-26, Server Metadata Discovery Headers",
    example:
      "GET /.well-known/oauth-protected-resource/mcp with MCP-Protocol-Version: 1999-01-01 -> 400",
    serverFix: "Check the header at the MCP endpoint only, not for documents below /.well-known/.",
  },
} satisfies Pages;
