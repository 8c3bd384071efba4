/**
 * Pages about protected resource metadata.
 *
 * @module
 */

import type { Pages } from "./page.ts";

/** Pages about protected resource metadata. */
export const RESOURCE_METADATA_PAGES = {
  resource_metadata_missing: {
    title: "no protected resource metadata at this URL",
    clause: "RFC 9728 §2, §3.2",
    looks:
      "GET /.well-known/oauth-protected-resource/mcp -> 404, a web page, or JSON without resource",
    change: 'Serve JSON with "resource" and "authorization_servers", without sign-in, with 200.',
    meanwhile: "Give the MCP server's URL: mcpass then tries every location.",
    products: [
      ["Salesforce", "was reported to publish none: give the issuer"],
      [
        "Single-page apps",
        "a catch-all route returns HTML with 200: add a route for /.well-known/",
      ],
    ],
  },
  resource_missing: {
    title: "the resource metadata does not name its resource",
    means: "mcpass assumes the URL that was requested.",
    clause: "RFC 9728 §2, §3.3",
    looks: '{"authorization_servers": […]} without "resource"',
    change: 'Publish "resource" with the URL of the MCP endpoint.',
    meanwhile: "None needed: the login continues.",
  },
  resource_invalid: {
    title: '"resource" in the resource metadata is not a usable URL',
    means: '"resource" must be an absolute URL without user info and fragment.',
    clause: "RFC 9728 §1.2, §2; RFC 8707 §2",
    looks: '"resource": "my-server"',
    change: 'Publish the absolute https URL of the MCP endpoint as "resource".',
    meanwhile: "No flag accepts this.",
  },
  resource_not_https: {
    title: '"resource" in the resource metadata is not https',
    means: "Often the server is behind a proxy and does not know its public scheme.",
    clause: "RFC 9728 §1.2",
    looks: '"resource": "http://server.example/mcp"',
    change: "Build the URL from the public address; trust X-Forwarded-Proto of your proxy only.",
    meanwhile: "No flag accepts this.",
  },
  resource_mismatch: {
    title: "the resource metadata is about another server",
    means: "A token for the other server must not be sent here.",
    clause: "RFC 9728 §3.3; RFC 8707 §2",
    looks: 'requested for https://a.example/mcp; "resource": "https://b.example"',
    change: 'Publish "resource" with exactly the URL that clients use.',
    meanwhile:
      "Use the URL that the document names. --resource <url> accepts another path of the same origin, but no other origin.",
    products: [
      [
        "Cloudflare workers-oauth-provider",
        "defaults to the origin: set the resource to the endpoint's URL",
      ],
      ["Reverse proxies", "an internal host name leaks: configure the public base URL"],
      ["Sentry", "each project's path is a separate resource: give that URL"],
    ],
  },
  resource_trailing_slash: {
    title: "the published resource differs in a slash at the end",
    clause: "RFC 9728 §3.3",
    looks: '"resource": "https://server.example/mcp/" for https://server.example/mcp',
    change: "Publish exactly the URL of the endpoint: URL classes add the slash to bare origins.",
    meanwhile: "None needed: mcpass accepts it, and sends the published form as resource.",
    products: [["GitHub", "publishes the resource with a slash"]],
  },
  resource_is_parent: {
    title: "the published resource is a parent of the server's URL",
    means: "One token is valid for every server below the published URL.",
    clause: "RFC 9728 §3.3; RFC 8707 §2",
    looks: '"resource": "https://server.example" for https://server.example/mcp',
    change: 'Publish the most specific "resource".',
    meanwhile: "None needed: mcpass accepts it.",
    products: [["Cloudflare workers-oauth-provider", "publishes the origin by default"]],
  },
  resource_pinned: {
    title: "the published resource has another path, accepted by --resource",
    clause: "RFC 9728 §3.3",
    looks: '"resource": "https://server.example/other", --resource https://server.example/other',
    change: 'Publish the endpoint\'s URL as "resource".',
    meanwhile: "mcpass stores the flag with the credential and reports it in every output.",
  },
  resource_omitted: {
    title: "resource was left out because of --resource none",
    means: "The token may be valid at other servers too.",
    clause: "RFC 8707 §2; MCP authorization, Resource Parameter Implementation",
    looks: "no resource in the authorization and token requests",
    change: "Let the authorization server accept (or ignore) the parameter.",
    meanwhile: "Leave the flag out if the server accepts the parameter.",
    products: [
      [
        "Entra ID",
        "v2 scopes together with resource give AADSTS9010010 or 901002: --resource none",
      ],
      [
        "Cognito",
        "has no resource parameter without resource binding: --resource none",
      ],
    ],
  },
  resource_replaced: {
    title: "another resource than the published one was sent (--resource)",
    clause: "RFC 8707 §2",
    looks: "resource=<the flag's value>",
    change: "Publish the resource that the authorization server knows.",
    meanwhile: "Leave the flag out if the published one works.",
  },
  resource_of_root_document: {
    title: "the document at the root URL is about a path of this host",
    clause: "RFC 9728 §3.3",
    looks: "/.well-known/oauth-protected-resource has resource https://host/mcp",
    change: "Serve it at /.well-known/oauth-protected-resource/mcp too.",
    meanwhile: "None needed: MCP clients accept it.",
  },
  resource_has_query: {
    title: "the resource identifier has a query",
    means: "Comparing identifiers with a query is fragile.",
    clause: "RFC 9728 §1.2",
    looks: '"resource": "https://server.example/mcp?tenant=1"',
    change: "Identify the resource by its path.",
    meanwhile: "None needed: mcpass uses it unchanged.",
  },
  resource_name_missing: {
    title: "the resource has no name for people",
    means: "Clients show people the URL instead.",
    clause: "RFC 9728 §2",
    looks: 'no "resource_name"',
    change: 'Publish "resource_name".',
    meanwhile: "None needed.",
  },
  older_request_sequence: {
    title: "metadata was found only where 2025-03-26 looks for it",
    means: "There is no usable resource metadata, so mcpass uses the sequence of 2025-03-26.",
    clause: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
    looks: "GET /.well-known/oauth-authorization-server at the MCP server's origin",
    change: "Publish protected resource metadata with authorization_servers.",
    meanwhile: "None needed: the checks of the chosen revision still apply.",
    products: [["Atlassian", "/v1/mcp has no resource metadata"]],
  },
  bearer_header_not_listed: {
    title: "the resource metadata does not list the header for tokens",
    means: "MCP sends tokens in the header only.",
    clause: "RFC 9728 §2; MCP authorization, Access Token Usage",
    looks: '"bearer_methods_supported": ["body"]',
    change: 'List "header".',
    meanwhile: "None needed: mcpass uses the header.",
  },
  dpop_required: {
    title: "the server accepts only tokens bound to a key",
    means: "The server refuses Bearer tokens.",
    clause: "RFC 9728 §2; RFC 9449 §7.1",
    looks: '"dpop_bound_access_tokens_required": true',
    change: "Accept Bearer too, or publish false while most clients send it.",
    meanwhile: "Use a client that signs in with DPoP.",
  },
  mtls_required: {
    title: "the server accepts only tokens bound to a client certificate",
    clause: "RFC 9728 §2; RFC 8705 §3",
    looks: '"tls_client_certificate_bound_access_tokens": true',
    change: "Accept tokens without a certificate: most MCP clients have none.",
    meanwhile: "Sign in with --client-cert <path> --client-key <path>.",
  },
  scope_malformed: {
    title: "a listed scope has characters that no scope may have",
    clause: "RFC 6749 §3.3",
    looks: '"scopes_supported": ["read write"]',
    change: "List one scope an item, without spaces and commas.",
    meanwhile: "--scopes names the right ones.",
  },
  scopes_not_listed: {
    title: "the metadata lists no scopes",
    clause: "RFC 9728 §2; RFC 8414 §2; MCP authorization, Scope Selection Strategy",
    looks: 'no "scopes_supported"',
    change: 'Publish "scopes_supported": in resource metadata the least that is useful.',
    meanwhile: "mcpass asks for no scope unless the challenge names one; --scopes sets it.",
    products: [
      ["PostHog", "was reported to list scopes its authorization server does not know: --scopes"],
    ],
  },
  offline_access_published: {
    title: "the resource metadata lists offline_access",
    means: "offline_access is for the authorization server to offer.",
    clause: "MCP authorization, Refresh Tokens",
    looks: 'resource metadata: "scopes_supported": […, "offline_access"]',
    change: "Move it to the authorization server's metadata.",
    meanwhile: "mcpass asks for it only if the authorization server lists it.",
  },
} satisfies Pages;
