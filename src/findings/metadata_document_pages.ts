import type { Pages } from "./page.ts";

export const METADATA_DOCUMENT_PAGES = {
  metadata_invalid: {
    title: "a metadata document is not valid",
    meaning:
      "A metadata URL returned something that mcpass must not ignore: JSON that is not a metadata document, damaged JSON, a document with a status other than 200, or a redirect that cannot be followed. The login ends, because metadata from elsewhere could be less secure.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example:
      'GET /.well-known/oauth-protected-resource -> 200 with the body [] or {"error": "not_found"}',
    serverFix: "Publish one JSON object with status 200. Return 404 where there is no document.",
    workaround:
      "If the resource metadata is invalid and you know the issuer: --authorization-server <issuer>. No flag replaces the metadata of an authorization server.",
    products: { "API gateways": "send the error object with status 404, not with 200" },
  },
  metadata_unavailable: {
    title: "a metadata document could not be read",
    meaning:
      "A metadata URL returned HTTP 5xx, 429, 408 or 425, so mcpass does not know whether there is a document. It tries the other URLs of that document, but no less secure source.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example: "GET /.well-known/oauth-protected-resource/mcp -> 503",
    serverFix: "Find the fault in the server's log. Return 404 where there is no document.",
    workaround:
      "Try again later. If the resource metadata is unavailable and you know the issuer: --authorization-server <issuer>",
    products: { "Reverse proxies": "a path without a route returns 502: return 404" },
  },
  metadata_answer_unusable: {
    title: "a metadata URL returned something that is not a document",
    meaning:
      "The response is text, empty, or has a status other than 200 and 404. mcpass treats it like 404 and tries the next URL; stricter clients end here.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example: 'GET /.well-known/oauth-authorization-server -> 200 with the text "OK", 204 or 410',
    serverFix: "Return 404 where there is no document.",
  },
  metadata_is_web_page: {
    title: "a metadata URL returned a web page",
    meaning:
      "A catch-all route probably answers every path. mcpass treats the page like 404 and tries the next URL; other clients report invalid JSON.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example: "GET /.well-known/oauth-protected-resource -> 200 text/html",
    serverFix: "Exclude /.well-known/ from the catch-all route of the web application.",
    products: {
      "Single-page applications":
        "answer every path with a page (200): exclude /.well-known/ from that route",
      "Outline, Lightdash": [
        "returned a page (200) at the well-known URLs",
        "outline/outline#11572",
      ],
      "Web application firewalls": "a bot check returns a page: let /.well-known/ pass",
    },
  },
  metadata_not_public: {
    title: "a metadata URL requires a sign-in or refuses access",
    meaning:
      "It returned 401 or 403. A client reads metadata to learn where to sign in, so it has no token at that time. mcpass tries the next URL.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example: "GET /.well-known/oauth-protected-resource -> 401",
    serverFix: "Let every request read /.well-known/ without a token, also past firewall rules.",
    workaround: 'If a gateway requires a key: --header "<name>: <value>"',
    products: { "API gateways": "exempt the path from the policy that checks tokens" },
  },
  metadata_document_skipped: {
    title: "a metadata document of the authorization server is not used",
    meaning:
      "It failed a check, and another URL of the same issuer has a document that passed. The login continues with that one.",
    spec: "RFC 8414 §3.3",
    example: "oauth-authorization-server has another issuer; openid-configuration is right",
    serverFix: "Publish the same values in both documents.",
  },
  metadata_kind_unexpected: {
    title: "a well-known URL has another kind of metadata",
    meaning:
      "Clients expect resource metadata at one URL and authorization server metadata at the other. They do not use a document of the wrong kind.",
    spec: "RFC 9728 §3; RFC 8414 §3",
    example: '/.well-known/oauth-protected-resource has "issuer" and "token_endpoint"',
    serverFix: "Serve each kind at its own well-known URL.",
  },
  metadata_place_unusual: {
    title: "the document is at a URL where clients do not look",
    meaning:
      "The well-known part goes between host and path. Elsewhere, only clients that know the URL find the document.",
    spec: "RFC 9728 §3.1; RFC 8414 §3.1",
    example: "/mcp/.well-known/oauth-protected-resource instead of /.well-known/…/mcp",
    serverFix: "Insert the well-known part between host and path.",
    workaround: "Resource metadata may be anywhere if the challenge names its URL.",
  },
  metadata_redirected: {
    title: "the document is reached only by a redirect",
    meaning: "mcpass follows a few safe redirects. Some clients follow none and find no document.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example: "GET /.well-known/oauth-authorization-server -> 301 Location: /metadata.json",
    serverFix: "Return 200 at the well-known URL itself.",
  },
  metadata_content_type: {
    title: "the content type of the metadata is not JSON",
    meaning: "mcpass reads the document anyway. Strict clients refuse it.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example: "Content-Type: text/plain",
    serverFix: "Send Content-Type: application/json, once.",
    products: { GitHub: ["sent the type twice", "github/github-mcp-server#2901"] },
  },
  metadata_caching: {
    title: "the metadata does not say how long it may be cached",
    meaning:
      "Without Cache-Control, clients and proxies guess. After a change they may use old values for hours, or ask at each sign-in. mcpass stores no metadata.",
    spec: "RFC 9111 §4.2",
    example: "no Cache-Control, or max-age=604800",
    serverFix: "Send Cache-Control with a max-age of minutes to hours.",
  },
  metadata_large: {
    title: "the metadata document is large",
    meaning: "mcpass reads up to 256 KB. Other clients stop earlier, and then find no metadata.",
    spec: "RFC 9728 §7.7",
    example: "a document of 90 KB",
    serverFix: "Publish only what clients need.",
  },
  metadata_sets_cookie: {
    title: "public metadata sets a cookie",
    meaning:
      "The request goes through session handling, and caches do not store the response. mcpass ignores the cookie.",
    spec: "RFC 9111 §7.3",
    example: "GET /.well-known/oauth-authorization-server -> 200, Set-Cookie: session=…",
    serverFix: "Exclude well-known URLs from session handling.",
  },
  metadata_unknown: {
    title: "the document is neither kind of metadata",
    meaning:
      'Authorization server metadata has "issuer", resource metadata has "resource". This document has neither, so nothing can be checked.',
    spec: "RFC 9728 §2; RFC 8414 §2",
    example: '{"name": "My server"}',
    fix: "Give the URL of a metadata document, of an MCP server, or an issuer.",
  },
  metadata_not_read: {
    title: "clients of this revision do not read this document",
    meaning:
      "OpenID metadata is part of MCP authorization from 2025-11-25 on. Older clients read oauth-authorization-server only.",
    spec: "MCP authorization, Authorization Server Metadata Discovery",
    example: "/.well-known/openid-configuration, checked with --protocol-version 2025-06-18",
    serverFix: "For older clients, publish /.well-known/oauth-authorization-server too.",
    workaround: "Check it with a later revision: --protocol-version 2025-11-25",
  },
  identifier_not_compared: {
    title: "the document's identifier could not be compared",
    meaning:
      "The URL does not say whose document it should be, so mcpass cannot tell whether issuer or resource is right.",
    spec: "RFC 9728 §3.3; RFC 8414 §3.3",
    example: "mcpass oauth metadata https://server.example/metadata.json",
    fix: "Give the URL of the MCP server or the issuer: mcpass then compares.",
  },
  member_misspelt: {
    title: "a member name looks like a misspelled standard name",
    meaning: "Clients do not read a member with another name, so its value has no effect.",
    spec: "RFC 9728 §2; RFC 8414 §2",
    example: '"authorisation_servers": ["https://auth.example"]',
    serverFix: "Use the name of the standard.",
  },
  member_unknown: {
    title: "the document has members that no known standard names",
    meaning: "Clients ignore them, mcpass too. This matters only if one of them is a typing error.",
    spec: "RFC 9728 §2; RFC 8414 §2",
    example: '"x_vendor": true',
    serverFix: "Correct mistyped names. Extensions that your own clients use may stay.",
  },
  member_of_other_document: {
    title: "the document has members of the other kind of metadata",
    meaning: "Clients ignore them here, and miss them in the document where they look.",
    spec: "RFC 9728 §2; RFC 8414 §2",
    example: '"token_endpoint" in resource metadata',
    serverFix: "Publish them in the other document.",
  },
  member_type: {
    title: "a member has another type than the standard says",
    meaning:
      "mcpass treats the member as absent. Strict clients refuse everything in the document.",
    spec: "RFC 9728 §2; RFC 8414 §2",
    example: '"scopes_supported": "read write"',
    serverFix: "Publish the type of the standard; a list is a JSON array.",
  },
  member_empty: {
    title: "a list is empty that should be left out",
    meaning:
      "mcpass treats it as absent. Some clients read an empty list as a statement that nothing is supported.",
    spec: "RFC 9728 §3.2; RFC 8414 §3.2",
    example: '"scopes_supported": []',
    serverFix: "Leave out members that have no values.",
  },
  page_url_unsafe: {
    title: "the address of a page for people is not a web address",
    meaning:
      "mcpass shows it as text and never opens it. A client that opens it could run a script.",
    spec: "RFC 9728 §2; RFC 8414 §2",
    example: '"op_tos_uri": "javascript:alert(1)"',
    serverFix: "Publish an https URL that people can open.",
  },
  json_member_repeated: {
    title: "a JSON object has a member twice",
    meaning:
      "mcpass uses the last value. Programs differ in this, so two clients may read different metadata.",
    spec: "RFC 8259 §4",
    example: '{"issuer": "https://a.example", "issuer": "https://b.example"}',
    serverFix: "Send each member once.",
  },
} satisfies Pages;
