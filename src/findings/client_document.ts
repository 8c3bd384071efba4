/**
 * Pages about Client ID Metadata Documents.
 *
 * @module
 */

import type { Pages } from "./page.ts";

const DRAFT = "Client ID Metadata Document draft-00";
const REFUSED = "Authorization servers refuse the client; --registration dcr needs no document.";
const UNCERTAIN = "Sign-ins may work; strict servers may refuse the client.";

/** Pages about Client ID Metadata Documents. */
export const CLIENT_DOCUMENT_PAGES = {
  client_document_url: {
    title: "the document's URL (the client id) has a form that is not allowed",
    clause: `${DRAFT} §3`,
    looks: "https://app.example/, http://app.example/client.json, https://app.example/a/../c.json",
    change: "Use an https URL with a path, without fragment, user name and dot segments.",
    meanwhile: "Test servers may accept http on loopback; every other server refuses the client.",
  },
  client_document_host: {
    title: "authorization servers cannot reach the document's host",
    clause: `${DRAFT} §6.5`,
    looks: "https://localhost:8443/client.json, https://10.0.0.7/client.json",
    change: "Publish it at a public host; for a test, a tunnel to this machine is enough.",
    meanwhile: "It works only with an authorization server on the same machine or network.",
  },
  client_document_query: {
    title: "the client identifier has a query",
    means: "The draft advises against a query in the identifier.",
    clause: `${DRAFT} §3`,
    looks: "https://app.example/client.json?v=2",
    change: "Move the information of the query into the path.",
    meanwhile: UNCERTAIN,
  },
  client_document_status: {
    title: "the document's URL did not return 200",
    means: "The URL returned an error, a redirect, or a sign-in page.",
    clause: `${DRAFT} §4.3; draft-01 §4; draft-02 §5`,
    looks: "GET /client.json -> 301 Location: /oauth/client.json",
    change: "Serve the document at its URL with 200; authorization servers follow no redirect.",
    meanwhile: REFUSED,
  },
  client_document_media_type: {
    title: "the document is not served as JSON",
    clause: `${DRAFT} §4.1`,
    looks: "Content-Type: text/html",
    change: "Serve it with Content-Type: application/json.",
    meanwhile: UNCERTAIN,
    products: [["GitHub Pages", "serves a file that ends in .json as application/json"]],
  },
  client_document_size: {
    title: "the document is larger than servers are advised to read",
    clause: `${DRAFT} §6.6`,
    looks: "a document of more than 5 KB",
    change: "Leave members out, or move the keys to jwks_uri.",
    meanwhile: UNCERTAIN,
    products: [["Cloudflare workers-oauth-provider", "stops reading at 5 KB"]],
  },
  client_document_json: {
    title: "the document is not a JSON object",
    means: "The text is not a JSON object, or a member is repeated.",
    clause: `${DRAFT} §4.1`,
    looks: "<!doctype html>…",
    change: "Serve one JSON object.",
    meanwhile: REFUSED,
  },
  client_document_id: {
    title: "client_id is not the URL of the document",
    clause: `${DRAFT} §4.1`,
    looks: '"client_id": "https://app.example/client" at https://app.example/client.json',
    change: "Write the URL into client_id, character by character: nothing is normalized.",
    meanwhile: REFUSED,
  },
  client_document_secret: {
    title: "the document contains a client secret",
    means: "Everybody can read the secret.",
    clause: `${DRAFT} §4.1`,
    looks: '"client_secret": "…"',
    change: "Remove it and revoke that secret.",
    meanwhile: REFUSED,
  },
  client_document_private_key: {
    title: "the document contains a private key",
    means: "Everybody can read the key and impersonate the client.",
    clause: "RFC 7517 §9.2",
    looks: '"jwks": {"keys": [{"kty": "EC", "d": "…"}]}',
    change: "Publish the public half of a new key.",
    meanwhile: "None: replace the key.",
  },
  client_document_auth_method: {
    title: "the document names an authentication method that it cannot use",
    means: "The method needs a shared secret, or does not exist.",
    clause: `${DRAFT} §4.1; RFC 7591 §2`,
    looks: '"token_endpoint_auth_method": "client_secret_basic"',
    change: "Use none, or private_key_jwt with a key set.",
    meanwhile: REFUSED,
  },
  client_document_keys: {
    title: "the document does not say with which key the client signs",
    clause: `${DRAFT} §6.2; RFC 7591 §2`,
    looks: '"token_endpoint_auth_method": "private_key_jwt" without "jwks"',
    change: "Give the public keys once: in jwks, or at an https jwks_uri.",
    meanwhile: REFUSED,
  },
  client_document_name: {
    title: "the document has no client name",
    clause: "MCP authorization, Client ID Metadata Documents, Implementation Requirements",
    looks: '"client_name" is missing',
    change: "Add a client_name.",
    meanwhile: UNCERTAIN,
  },
  client_document_redirects: {
    title: "the document lists no redirect URIs",
    clause: "MCP authorization, Client ID Metadata Documents; RFC 7591 §2",
    looks: '"redirect_uris": []',
    change: "List every redirect URI.",
    meanwhile: REFUSED,
  },
  client_document_redirect_uri: {
    title: "a redirect URI of the document is not allowed",
    clause: "RFC 6749 §3.1.2; RFC 8252 §7.3; RFC 9700 §2.1",
    looks: "http://app.example/callback, https://app.example/*",
    change: "Use an absolute URI without fragment: https, loopback http, or the app's own scheme.",
    meanwhile: REFUSED,
  },
  client_document_redirect_unlisted: {
    title: "the redirect URI of the sign-in is not in the document",
    clause: `${DRAFT} §4.5; RFC 8252 §7.3`,
    looks: "redirect_uri=http://127.0.0.1:5000/cb, and only …/callback is listed",
    change: "Add it to the document.",
    meanwhile: "--redirect-url names one that is listed.",
    products: [
      ["Some servers compare ports", "list one with a fixed port and give it with --redirect-url"],
    ],
  },
  client_document_loopback: {
    title: "a form of the loopback redirect is missing from the document",
    means: "Some servers require more forms of a loopback redirect URI than the document lists.",
    clause: "RFC 8252 §7.3",
    looks: "only http://127.0.0.1/callback",
    change: "List 127.0.0.1 and localhost, each without a port and with one.",
    meanwhile: "--redirect-url names one that is listed.",
  },
  client_document_application_type: {
    title: "the document does not say that the client is native",
    means: "The client has loopback redirect URIs, so it is a native client.",
    clause: "OpenID Connect Dynamic Client Registration 1.0 §2; MCP authorization",
    looks: '"application_type": "web" with http://127.0.0.1/callback',
    change: 'Write "application_type": "native".',
    meanwhile: UNCERTAIN,
    products: [["oidc-provider", "refuses loopback redirect URIs of a web client"]],
  },
  client_document_grants: {
    title: "the document's grants do not fit a sign-in",
    means: "The grants or the response types of the document do not allow a sign-in or a refresh.",
    clause: "RFC 7591 §2.1; MCP authorization, Refresh Tokens",
    looks: '"grant_types": ["authorization_code"], "response_types": []',
    change: "List authorization_code and refresh_token, and code.",
    meanwhile: "Without refresh_token, a sign-in lasts as long as its access token.",
  },
  client_document_member_type: {
    title: "a member of the document has the wrong type",
    clause: "RFC 7591 §2",
    looks: '"scope": ["read", "write"]',
    change: "Use the registered types: scope is one text with spaces, lists are lists.",
    meanwhile: REFUSED,
  },
  client_document_page: {
    title: "a page for people that the document names is not https",
    clause: "RFC 7591 §2",
    looks: '"client_uri": "http://app.example"',
    change: "Give an https URL.",
    meanwhile: UNCERTAIN,
    products: [["oidc-provider", "refuses the client"]],
  },
  client_document_method_differs: {
    title: "the sign-in uses another authentication method than the document",
    clause: `${DRAFT} §6.2`,
    looks: '--private-key-file with "token_endpoint_auth_method": "none"',
    change: "Make both the same.",
    meanwhile: "Give the key with --private-key-file, or leave it out to sign in without one.",
  },
  client_document_key_unlisted: {
    title: "the private key of the sign-in is not in the document",
    clause: `${DRAFT} §6.2`,
    looks: "invalid_client at the token endpoint",
    change: "Put its public half into jwks.",
    meanwhile: "--private-key-file names the key that is listed.",
  },
  client_document_method_refused: {
    title: "the server does not accept the document's authentication method",
    clause: "RFC 8414 §2",
    looks: 'token_endpoint_auth_methods_supported ["client_secret_basic"]',
    change: "Server: list none or private_key_jwt, and the algorithm. Client: use a listed one.",
    meanwhile: "--registration dcr or preregistered.",
  },
} satisfies Pages;
