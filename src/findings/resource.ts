/**
 * Pages about protected resource metadata.
 *
 * @module
 */

import type { Pages } from "./page.ts";

/** Pages about protected resource metadata. */
export const RESOURCE_PAGES = {
  resource_metadata_missing: {
    title: "there is no protected resource metadata",
    means: "No protected resource metadata stands at this URL.",
    clause: "RFC 9728 §2, §3.2",
    looks:
      "GET /.well-known/oauth-protected-resource/mcp -> 404, a web page, or JSON without resource",
    change:
      'Serve JSON with "resource" and "authorization_servers", without authentication, with 200.',
    meanwhile: "Give the MCP server's URL to have all places tried.",
    products: [
      ["Salesforce", "was reported to publish none: give the issuer"],
      ["Single-page apps", "a catch-all route answers 200 HTML: add a route for /.well-known/"],
    ],
  },
  resource_missing: {
    title: "the resource metadata does not name its resource",
    means: "The document does not say which resource it is about; the URL that was asked is taken.",
    clause: "RFC 9728 §2, §3.3",
    looks: '{"authorization_servers": […]} without "resource"',
    change: 'Publish "resource" with the URL of the MCP endpoint.',
    meanwhile: "The login goes on.",
  },
  resource_invalid: {
    title: '"resource" in the resource metadata is no usable URL',
    means: '"resource" is not an absolute URL without user info and fragment.',
    clause: "RFC 9728 §1.2, §2; RFC 8707 §2",
    looks: '"resource": "my-server"',
    change: 'Publish the absolute https URL of the MCP endpoint as "resource".',
    meanwhile: "There is no flag to go on.",
  },
  resource_not_https: {
    title: '"resource" in the resource metadata is not https',
    means:
      '"resource" is an http URL, often because the server behind a proxy does not know its public scheme.',
    clause: "RFC 9728 §1.2",
    looks: '"resource": "http://server.example/mcp"',
    change: "Build the URL from the public address; trust X-Forwarded-Proto of your proxy only.",
    meanwhile: "There is no flag to go on.",
  },
  resource_mismatch: {
    title: "the resource metadata is about another server",
    means: "The metadata is about another server. A token for it must not be sent here.",
    clause: "RFC 9728 §3.3; RFC 8707 §2",
    looks: 'asked for https://a.example/mcp; "resource": "https://b.example"',
    change: 'Publish "resource" with exactly the URL that clients use.',
    meanwhile:
      "Use the URL that the document names. Another path of the same origin can be pinned with --resource <url>; another origin cannot.",
    products: [
      [
        "Cloudflare workers-oauth-provider",
        "defaults to the origin: set the resource to the endpoint's URL",
      ],
      ["Reverse proxies", "an internal host name leaks: configure the public base URL"],
      ["Sentry", "each project's path is a resource of its own: give that URL"],
    ],
  },
  resource_trailing_slash: {
    title: "the published resource differs in a slash at the end",
    means: "The published resource and the server's URL differ in a slash at the end.",
    clause: "RFC 9728 §3.3",
    looks: '"resource": "https://server.example/mcp/" for https://server.example/mcp',
    change: "Publish exactly the URL of the endpoint: URL classes add the slash to bare origins.",
    meanwhile: "It is accepted, and the published form is sent as resource.",
    products: [["GitHub", "publishes the resource with a slash"]],
  },
  resource_is_parent: {
    title: "the published resource is a parent of the server's URL",
    means: "The published resource is a parent of the server's URL: one token for all below it.",
    clause: "RFC 9728 §3.3; RFC 8707 §2",
    looks: '"resource": "https://server.example" for https://server.example/mcp',
    change: 'Publish the most specific "resource".',
    meanwhile: "It is accepted.",
    products: [["Cloudflare workers-oauth-provider", "publishes the origin by default"]],
  },
  resource_pinned: {
    title: "the published resource has another path, pinned by --resource",
    means: "The published resource has another path and is used because --resource names it.",
    clause: "RFC 9728 §3.3",
    looks: '"resource": "https://server.example/other", --resource https://server.example/other',
    change: 'Publish the endpoint\'s URL as "resource".',
    meanwhile: "The flag is kept with the credential, and said in every output.",
  },
  resource_omitted: {
    title: "resource was left out because of --resource none",
    means:
      '"resource" was left out because of --resource none, so the token may be good elsewhere too.',
    clause: "RFC 8707 §2; MCP authorization, Resource Parameter Implementation",
    looks: "no resource in the authorization and token requests",
    change: "Let the authorization server accept (or ignore) the parameter.",
    meanwhile: "Leave the flag out where the server takes the parameter.",
    products: [[
      "Entra ID",
      "v2 scopes together with resource give AADSTS9010010 or 901002: --resource none",
    ], [
      "Cognito",
      "has no resource parameter; without resource binding leave it out: --resource none",
    ]],
  },
  resource_replaced: {
    title: "another resource was sent because of --resource",
    means: "Another resource than the published one was sent because of --resource.",
    clause: "RFC 8707 §2",
    looks: "resource=<the flag's value>",
    change: "Publish the resource that the authorization server knows.",
    meanwhile: "Leave the flag out where the published one works.",
  },
  resource_of_root_document: {
    title: "the root document is about a path of this host",
    means: "The document at the root well-known URL is about a path of this host.",
    clause: "RFC 9728 §3.3",
    looks: "/.well-known/oauth-protected-resource says resource https://host/mcp",
    change: "Serve it at /.well-known/oauth-protected-resource/mcp too.",
    meanwhile: "MCP clients take it.",
  },
  resource_has_query: {
    title: "the resource identifier has a query",
    means: "The resource identifier has a query, which makes comparing it fragile.",
    clause: "RFC 9728 §1.2",
    looks: '"resource": "https://server.example/mcp?tenant=1"',
    change: "Identify the resource by its path.",
    meanwhile: "It is used as it is.",
  },
  resource_name_missing: {
    title: "the resource has no name for people",
    means: "The resource has no name for people, so they are shown the URL.",
    clause: "RFC 9728 §2",
    looks: 'no "resource_name"',
    change: 'Publish "resource_name".',
    meanwhile: "Nothing is needed.",
  },
  authorization_servers_missing: {
    title: "the resource metadata names no authorization server",
    means:
      "The metadata names no authorization server, so a client does not know where to sign in.",
    clause: "MCP authorization, Authorization Server Location; RFC 9728 §2",
    looks: 'no "authorization_servers", or an empty list',
    change: 'List the issuer of at least one in "authorization_servers".',
    meanwhile: "The request sequence of 2025-03-26 is tried: metadata at the server's own origin.",
  },
  authorization_servers_refused: {
    title: "the resource metadata names no usable authorization server",
    means:
      "The metadata has authorization_servers, but no entry in it is a usable issuer. mcpass " +
      "does not look for an authorization server elsewhere.",
    clause: "RFC 9728 §2",
    looks: '"authorization_servers": ["http://10.0.0.5"], or a string instead of a list',
    change: "List issuer identifiers: https URLs that clients can reach.",
    meanwhile: "If you know the issuer, sign in with --authorization-server <issuer>.",
  },
  authorization_servers_repeated: {
    title: "an authorization server is listed twice",
    means: "One authorization server is listed more than once.",
    clause: "RFC 9728 §2",
    looks: '"authorization_servers": ["https://a", "https://a"]',
    change: "List each once.",
    meanwhile: "Nothing is needed.",
  },
  authorization_servers_many: {
    title: "more authorization servers are listed than are looked at",
    means: "More authorization servers are listed than are looked at.",
    clause: "RFC 9728 §7.6",
    looks: '"authorization_servers" with dozens of entries',
    change: "List only those that clients need.",
    meanwhile: "--authorization-server <issuer> chooses one.",
  },
  authorization_server_invalid: {
    title: "a listed authorization server is no issuer",
    means: "An entry is no https URL that could be an issuer; it is skipped.",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: '"authorization_servers": ["auth.example.com"]',
    change: "List issuer identifiers: absolute https URLs without query and fragment.",
    meanwhile: "The other entries are tried.",
  },
  authorization_server_is_metadata_url: {
    title: "a metadata URL is listed in place of an issuer",
    means: "An entry is the URL of a metadata document in place of the issuer it belongs to.",
    clause: "RFC 9728 §2; RFC 8414 §3",
    looks: '"authorization_servers": ["https://a/.well-known/openid-configuration"]',
    change: 'List the value of "issuer" in that document, character by character.',
    meanwhile: "Nothing is stripped silently; the finding names the probable issuer.",
    products: [["Entra ID", "list https://login.microsoftonline.com/<tenant>/v2.0"], [
      "Keycloak",
      "list https://<host>/realms/<realm>",
    ]],
  },
  authorization_server_not_listed: {
    title: "--authorization-server is not one that the resource lists",
    means: "--authorization-server names an issuer that the resource does not list.",
    clause: "RFC 9728 §7.6",
    looks: "--authorization-server https://x, and the list holds others",
    change: 'Add it to "authorization_servers" if its tokens are accepted.',
    meanwhile:
      "Compare both, character by character. If the server has moved to another authorization " +
      "server, ask its operator first: a secret that you give is sent to the issuer that " +
      "--authorization-server names.",
  },
  authorization_server_skipped: {
    title: "one of several authorization servers cannot be used",
    means: "One of several authorization servers cannot be used; the next is tried.",
    clause: "RFC 9728 §7.6",
    looks: "its metadata is missing, refused, or offers no client registration",
    change: "List only authorization servers that work, the best first.",
    meanwhile: "--authorization-server <issuer> insists on one and shows why it fails.",
  },
  older_request_sequence: {
    title: "metadata was found only where 2025-03-26 looks for it",
    means:
      "There is no usable resource metadata, so the server is treated in the shape of 2025-03-26.",
    clause: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
    looks: "GET /.well-known/oauth-authorization-server at the MCP server's origin",
    change: "Publish protected resource metadata with authorization_servers.",
    meanwhile: "The login goes on; the checks stay those of the chosen revision.",
    products: [["Atlassian", "the /v1/mcp form has no resource metadata"]],
  },
  bearer_header_not_listed: {
    title: "the resource metadata does not list the header for tokens",
    means: "The metadata does not list header among the ways to send a token, the only one of MCP.",
    clause: "RFC 9728 §2; MCP authorization, Access Token Usage",
    looks: '"bearer_methods_supported": ["body"]',
    change: 'List "header".',
    meanwhile: "The header is used.",
  },
  dpop_required: {
    title: "the server takes only tokens bound to a key",
    means: "The server takes only tokens bound to a key, so a Bearer token will be refused.",
    clause: "RFC 9728 §2; RFC 9449 §7.1",
    looks: '"dpop_bound_access_tokens_required": true',
    change: "Accept Bearer too, or publish false while most clients send it.",
    meanwhile: "Use a client that signs in with DPoP.",
  },
  mtls_required: {
    title: "the server takes only tokens bound to a certificate",
    means: "The server takes only tokens bound to a client certificate.",
    clause: "RFC 9728 §2; RFC 8705 §3",
    looks: '"tls_client_certificate_bound_access_tokens": true',
    change: "Accept tokens without a certificate, which MCP clients do not have.",
    meanwhile: "Nothing helps on the client's side.",
  },
  scope_malformed: {
    title: "a listed scope has characters that no scope may have",
    means: "A listed scope has characters that no scope may have, often a space or a comma.",
    clause: "RFC 6749 §3.3",
    looks: '"scopes_supported": ["read write"]',
    change: "List one scope an item.",
    meanwhile: "--scopes names the right ones.",
  },
  scopes_not_listed: {
    title: "the metadata lists no scopes",
    means: "The document does not say which scopes there are.",
    clause: "RFC 9728 §2; RFC 8414 §2; MCP authorization, Scope Selection Strategy",
    looks: 'no "scopes_supported"',
    change: 'Publish "scopes_supported": in resource metadata the least that is useful.',
    meanwhile: "No scope is asked for unless the challenge names one; --scopes sets it.",
    products: [[
      "PostHog",
      "was reported to list scopes its authorization server does not know: --scopes",
    ]],
  },
  offline_access_published: {
    title: "the resource metadata lists offline_access",
    means: "The resource lists offline_access, which is the authorization server's to offer.",
    clause: "MCP authorization, Refresh Tokens",
    looks: 'resource metadata: "scopes_supported": […, "offline_access"]',
    change: "Move it to the authorization server's metadata.",
    meanwhile: "It is asked for only where the authorization server lists it.",
  },
} satisfies Pages;
