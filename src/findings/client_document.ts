/**
 * Pages about Client ID Metadata Documents.
 *
 * @module
 */

import type { Pages } from "./page.ts";

const DRAFT = "Client ID Metadata Document draft-00";
const REFUSED = "Authorization servers refuse the client; --registration dcr needs no document.";
const WORKS = "Sign-ins may work; what a strict server makes of it is not known.";

/** Pages about Client ID Metadata Documents. */
export const CLIENT_DOCUMENT_PAGES = {
  client_document_url: {
    title: "the document's URL has a form that is not allowed",
    means: "The document's URL, which is the client identifier, has a form that is not allowed.",
    clause: `${DRAFT} §3`,
    looks: "https://app.example/, http://app.example/client.json, https://app.example/a/../c.json",
    change: "Publish it at an https URL with a path, without fragment, user name and dot segments.",
    meanwhile: "Test servers may take http on loopback; every other server refuses the client.",
  },
  client_document_host: {
    title: "the document is at a host that a server cannot reach",
    means: "The document is at a host that an authorization server cannot reach or will not ask.",
    clause: `${DRAFT} §6.5`,
    looks: "https://localhost:8443/client.json, https://10.0.0.7/client.json",
    change: "Publish it at a public host; a tunnel to this machine does for a test.",
    meanwhile: "Works only with an authorization server on the same machine or network.",
  },
  client_document_query: {
    title: "the client identifier has a query",
    means: "The client identifier has a query, which the draft advises against.",
    clause: `${DRAFT} §3`,
    looks: "https://app.example/client.json?v=2",
    change: "Move what the query says into the path.",
    meanwhile: WORKS,
  },
  client_document_status: {
    title: "the document's URL did not answer with 200",
    means: "The document's URL did not answer with 200: an error, a redirect, or a sign-in page.",
    clause: `${DRAFT} §4.3; draft-01 §4; draft-02 §5`,
    looks: "GET /client.json -> 301 Location: /oauth/client.json",
    change: "Serve the document itself at its URL with 200; authorization servers follow nothing.",
    meanwhile: REFUSED,
  },
  client_document_media_type: {
    title: "the document is not served as JSON",
    means: "The document is not served as JSON.",
    clause: `${DRAFT} §4.1`,
    looks: "Content-Type: text/html",
    change: "Serve it with Content-Type: application/json.",
    meanwhile: WORKS,
    products: [["GitHub Pages", "a file that ends in .json is served as application/json"]],
  },
  client_document_size: {
    title: "the document is larger than servers read",
    means: "The document is larger than what authorization servers are advised to read.",
    clause: `${DRAFT} §6.6`,
    looks: "a document of more than 5 KB",
    change: "Leave members out, or move the keys to jwks_uri.",
    meanwhile: WORKS,
    products: [["Cloudflare workers-oauth-provider", "stops reading at 5 KB"]],
  },
  client_document_json: {
    title: "the document is no JSON object",
    means: "The text is no JSON object, or one in which a member is repeated.",
    clause: `${DRAFT} §4.1`,
    looks: "<!doctype html>…",
    change: "Serve one JSON object.",
    meanwhile: REFUSED,
  },
  client_document_id: {
    title: "client_id is not the URL at which the document stands",
    means: "The client_id in the document is not the URL at which it stands.",
    clause: `${DRAFT} §4.1`,
    looks: '"client_id": "https://app.example/client" at https://app.example/client.json',
    change: "Write the URL into client_id, character by character: nothing is normalized.",
    meanwhile: REFUSED,
  },
  client_document_secret: {
    title: "the document holds a client secret",
    means: "The document holds a client secret that everybody can read.",
    clause: `${DRAFT} §4.1`,
    looks: '"client_secret": "…"',
    change: "Take it out and retire that secret.",
    meanwhile: REFUSED,
  },
  client_document_private_key: {
    title: "the document holds a private key",
    means: "The key set in the document holds a private key that everybody can read.",
    clause: "RFC 7517 §9.2",
    looks: '"jwks": {"keys": [{"kty": "EC", "d": "…"}]}',
    change: "Publish the public half of a new key.",
    meanwhile: "Nothing: whoever has the key can pose as the client.",
  },
  client_document_auth_method: {
    title: "the document names a method that it cannot have",
    means:
      "The document names an authentication method that needs a shared secret, or none at all.",
    clause: `${DRAFT} §4.1; RFC 7591 §2`,
    looks: '"token_endpoint_auth_method": "client_secret_basic"',
    change: "Write none, or private_key_jwt with a key set.",
    meanwhile: REFUSED,
  },
  client_document_keys: {
    title: "the document does not say with which key the client signs",
    means: "The client is to sign with a key, and the document does not say with which.",
    clause: `${DRAFT} §6.2; RFC 7591 §2`,
    looks: '"token_endpoint_auth_method": "private_key_jwt" without "jwks"',
    change: "Give the public keys once: in jwks, or at an https jwks_uri.",
    meanwhile: REFUSED,
  },
  client_document_name: {
    title: "the document has no name for people",
    means: "The document has no name to show to a person.",
    clause: "MCP authorization, Client ID Metadata Documents, Implementation Requirements",
    looks: '"client_name" is missing',
    change: "Write a client_name.",
    meanwhile: WORKS,
  },
  client_document_redirects: {
    title: "the document lists no redirect URIs",
    means: "The document lists no redirect URIs, so nobody can be sent back to the client.",
    clause: "MCP authorization, Client ID Metadata Documents; RFC 7591 §2",
    looks: '"redirect_uris": []',
    change: "List every redirect URI.",
    meanwhile: REFUSED,
  },
  client_document_redirect_uri: {
    title: "a redirect URI of the document is not allowed",
    means: "A redirect URI in the document is of a form that is not allowed.",
    clause: "RFC 6749 §3.1.2; RFC 8252 §7.3; RFC 9700 §2.1",
    looks: "http://app.example/callback, https://app.example/*",
    change:
      "Write an absolute URI without fragment: https, loopback http, or the app's own scheme.",
    meanwhile: REFUSED,
  },
  client_document_redirect_unlisted: {
    title: "the redirect URI of the sign-in is not in the document",
    means: "The redirect URI that the sign-in uses is not in the document.",
    clause: `${DRAFT} §4.5; RFC 8252 §7.3`,
    looks: "redirect_uri=http://127.0.0.1:5000/cb, and only …/callback is listed",
    change: "Add it to the document.",
    meanwhile: "--redirect-url names one that is listed.",
    products: [
      ["Some servers compare ports", "list one with a fixed port and give it with --redirect-url"],
    ],
  },
  client_document_loopback: {
    title: "the document lacks a form of its loopback redirect",
    means: "Not every form of a loopback redirect URI is listed that servers are known to want.",
    clause: "RFC 8252 §7.3",
    looks: "http://127.0.0.1/callback alone",
    change: "List 127.0.0.1 and localhost, each without a port and with one.",
    meanwhile: "--redirect-url names one that is listed.",
  },
  client_document_application_type: {
    title: "the document does not say that the client is native",
    means: "The client has loopback redirect URIs and does not say that it is a native one.",
    clause: "OpenID Connect Dynamic Client Registration 1.0 §2; MCP authorization",
    looks: '"application_type": "web" with http://127.0.0.1/callback',
    change: 'Write "application_type": "native".',
    meanwhile: WORKS,
    products: [["oidc-provider", "refuses loopback redirect URIs of a web client"]],
  },
  client_document_grants: {
    title: "the document's grants do not fit a sign-in",
    means: "The grants or the response types of the document do not fit a sign-in.",
    clause: "RFC 7591 §2.1; MCP authorization, Refresh Tokens",
    looks: '"grant_types": ["authorization_code"], "response_types": []',
    change: "List authorization_code and refresh_token, and code.",
    meanwhile: "Without refresh_token a sign-in lasts as long as its access token.",
  },
  client_document_member_type: {
    title: "a member of the document has the wrong type",
    means: "A member of the document has the wrong type.",
    clause: "RFC 7591 §2",
    looks: '"scope": ["read", "write"]',
    change: "Write it as the registry says: scope is one text with spaces, lists are lists.",
    meanwhile: REFUSED,
  },
  client_document_page: {
    title: "a page that the document names is not at an https URL",
    means: "A page for people that the document names is not at an https URL.",
    clause: "RFC 7591 §2",
    looks: '"client_uri": "http://app.example"',
    change: "Give an https URL.",
    meanwhile: WORKS,
    products: [["oidc-provider", "refuses the client"]],
  },
  client_document_method_differs: {
    title: "the sign-in would authenticate otherwise than the document says",
    means: "The sign-in would authenticate in another way than the document says.",
    clause: `${DRAFT} §6.2`,
    looks: '--private-key-file with "token_endpoint_auth_method": "none"',
    change: "Make both the same.",
    meanwhile: "--private-key-file gives the key, leaving it out signs in without one.",
  },
  client_document_key_unlisted: {
    title: "the key of the sign-in is not in the document",
    means: "The private key of the sign-in is not among the keys of the document.",
    clause: `${DRAFT} §6.2`,
    looks: "invalid_client at the token endpoint",
    change: "Put its public half into jwks.",
    meanwhile: "--private-key-file names the key that is listed.",
  },
  client_document_method_refused: {
    title: "the server does not take the document's method",
    means: "The authorization server does not accept the document's authentication method.",
    clause: "RFC 8414 §2",
    looks: 'token_endpoint_auth_methods_supported ["client_secret_basic"]',
    change:
      "Server: list none or private_key_jwt, and the algorithm. Client: use one that is listed.",
    meanwhile: "--registration dcr or preregistered.",
  },
} satisfies Pages;
