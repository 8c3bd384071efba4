/**
 * Pages about a metadata document as such: how it is served, and the form of its members.
 *
 * @module
 */

import type { Pages } from "./page.ts";

const NEXT_URL = "None needed: mcpass tries the next URL.";

/** Pages about metadata documents of either kind. */
export const METADATA_DOCUMENT_PAGES = {
  metadata_invalid: {
    title: "a metadata document is not valid",
    means:
      "A metadata URL returned something that mcpass must not ignore: JSON that is not a metadata document, damaged JSON, a metadata document with a status other than 200, or a redirect that cannot be followed. The login ends: other metadata could be less secure.",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks:
      'GET /.well-known/oauth-protected-resource -> 200 with the body [] or {"error": "not_found"}',
    change: "Publish one JSON object with HTTP 200, and return 404 where there is no document.",
    meanwhile:
      "If the resource metadata is invalid and you know the issuer, sign in with --authorization-server <issuer>. No flag replaces the metadata of an authorization server.",
    products: [["API gateways", "send the error object with status 404, not with 200"]],
  },
  metadata_unavailable: {
    title: "a metadata document could not be read",
    means:
      "A metadata URL returned HTTP 5xx, 429, 408 or 425, so mcpass cannot know whether a document exists. It tries the other URLs of the same document, but no less secure source.",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks: "GET /.well-known/oauth-protected-resource/mcp -> 503",
    change: "Find the fault in the server's log; return 404 where there is no document.",
    meanwhile:
      "Try again later. If the resource metadata is unavailable and you know the issuer, sign in with --authorization-server <issuer>.",
    products: [["Reverse proxies", "a path without a route returns 502: return 404"]],
  },
  metadata_answer_unusable: {
    title: "a metadata URL returned something that is not a document",
    means: "A metadata URL returned text, an empty body, or a status other than 200 and 404.",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks: 'GET /.well-known/oauth-authorization-server -> 200 with the text "OK", 204 or 410',
    change: "Return 404 where there is no document.",
    meanwhile: NEXT_URL,
  },
  metadata_is_web_page: {
    title: "a metadata URL returned a web page",
    means: "mcpass treats a web page at a well-known URL like a 404.",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks: "GET /.well-known/… -> 200 text/html",
    change: "Exclude /.well-known/ from the catch-all route of the web application.",
    meanwhile: NEXT_URL,
    products: [
      ["Single-page applications", "Outline, Lightdash and others were reported to do this"],
      ["Web application firewalls", "a bot check returns a page: let /.well-known/ pass"],
    ],
  },
  metadata_not_public: {
    title: "a metadata URL requires a sign-in or refuses access",
    means: "A well-known URL returns 401 or 403, but a client has no token before it can read it.",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks: "GET /.well-known/oauth-protected-resource -> 401",
    change: "Let every request read /.well-known/ without a token, past firewall rules too.",
    meanwhile: "mcpass tries the next URL. If a gateway requires a key, send it with --header.",
    products: [["API gateways", "exempt the path from the policy that checks tokens"]],
  },
  metadata_document_skipped: {
    title: "a metadata document of the authorization server is not used",
    means:
      "A metadata document failed a check. Another URL of the same issuer has a document that passed every check; mcpass uses that one.",
    clause: "RFC 8414 §3.3",
    looks: "oauth-authorization-server names another issuer; openid-configuration is right",
    change: "Publish the same values in both documents.",
    meanwhile: "None needed: the login uses the other document.",
  },
  metadata_kind_unexpected: {
    title: "a well-known URL has another kind of metadata",
    clause: "RFC 9728 §3; RFC 8414 §3",
    looks: "/.well-known/oauth-protected-resource has an issuer's document",
    change: "Serve each kind at its own well-known URL.",
    meanwhile: "None: clients do not use it.",
  },
  metadata_place_unusual: {
    title: "the document is at a URL where clients do not look",
    clause: "RFC 9728 §3.1; RFC 8414 §3.1",
    looks: "/mcp/.well-known/… instead of /.well-known/…/mcp",
    change: "Insert the well-known part between host and path.",
    meanwhile: "Name it in the challenge, if it is resource metadata.",
  },
  metadata_redirected: {
    title: "the document is reached only by a redirect",
    means: "Some clients do not follow redirects.",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks: "GET /.well-known/… -> 301",
    change: "Return 200 at the well-known URL itself.",
    meanwhile: "None needed: mcpass follows a few safe redirects.",
  },
  metadata_content_type: {
    title: "the content type of the metadata is not JSON",
    means: "Strict clients refuse the document.",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks: "Content-Type: text/plain",
    change: "Send Content-Type: application/json, once.",
    meanwhile: "None needed: mcpass reads it anyway.",
    products: [["GitHub", "was reported to send the type twice"]],
  },
  metadata_caching: {
    title: "the metadata does not say how long it may be cached",
    clause: "RFC 9111 §4.2",
    looks: "no Cache-Control, or a max-age of days",
    change: "Send Cache-Control with a max-age of minutes to hours.",
    meanwhile: "None needed: mcpass stores no metadata.",
  },
  metadata_large: {
    title: "the metadata document is large",
    means: "Many clients stop reading at some size; mcpass reads up to 256 KB.",
    clause: "RFC 9728 §7.7",
    looks: "a document of more than 64 KB",
    change: "Publish what clients need.",
    meanwhile: "None needed.",
  },
  metadata_sets_cookie: {
    title: "public metadata sets a cookie",
    means: "The URL goes through session handling, and caches do not store the response.",
    clause: "RFC 9111 §7.3",
    looks: "Set-Cookie in the response of a well-known URL",
    change: "Exclude well-known URLs from session handling.",
    meanwhile: "None needed: mcpass ignores the cookie.",
  },
  metadata_unknown: {
    title: "the document is neither kind of metadata",
    means: "The JSON is neither authorization server nor resource metadata.",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: 'neither "issuer" nor "resource"',
    change: "Nothing, if the URL was the wrong one.",
    meanwhile: "Give the URL of a metadata document, of an MCP server, or an issuer.",
  },
  metadata_not_read: {
    title: "clients of this revision do not read this document",
    clause: "MCP authorization, Authorization Server Metadata Discovery",
    looks: "openid-configuration under 2025-06-18",
    change: "Publish oauth-authorization-server metadata for older clients.",
    meanwhile: "Name a later revision with --protocol-version.",
  },
  identifier_not_compared: {
    title: "the document's identifier could not be compared",
    means: "The URL does not say whose document it should be.",
    clause: "RFC 9728 §3.3; RFC 8414 §3.3",
    looks: "a document at a URL without /.well-known/",
    change: "Nothing.",
    meanwhile: "Give the URL of the MCP server to have it compared.",
  },
  member_misspelt: {
    title: "a member's name is nearly a standard one",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: '"authorisation_servers": […]',
    change: "Use the name of the standard.",
    meanwhile: "None: clients do not read the member.",
  },
  member_unknown: {
    title: "the document has members that no known standard names",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: '"x_vendor": …',
    change: "Nothing, if they are extensions that your clients know.",
    meanwhile: "None needed: mcpass ignores them.",
  },
  member_of_other_document: {
    title: "the document has members of the other kind of metadata",
    means: "They have no meaning in this document.",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: '"token_endpoint" in resource metadata',
    change: "Publish them in the other document.",
    meanwhile: "None needed: mcpass ignores them.",
  },
  member_type: {
    title: "a member has another type than the standard says",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: '"scopes_supported": "read write"',
    change: "Publish the type that the standard names: lists as JSON arrays.",
    meanwhile: "mcpass treats the member as absent.",
  },
  member_empty: {
    title: "a list is empty that should be left out",
    clause: "RFC 9728 §3.2; RFC 8414 §3.2",
    looks: '"scopes_supported": []',
    change: "Leave out members that have no values.",
    meanwhile: "None needed: mcpass treats it as absent.",
  },
  page_url_unsafe: {
    title: "the address of a page for people is not a web address",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: '"op_tos_uri": "javascript:…"',
    change: "Publish an https URL that people can open.",
    meanwhile: "mcpass shows it but never opens it.",
  },
  json_member_repeated: {
    title: "a JSON object has a member twice",
    means: "Programs differ in which of the two they use; mcpass uses the last one.",
    clause: "RFC 8259 §4",
    looks: '{"issuer": "https://a", "issuer": "https://b"}',
    change: "Send each member once.",
    meanwhile: "None needed.",
  },
} satisfies Pages;
