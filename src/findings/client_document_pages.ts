import type { Pages } from "./page.ts";

const DRAFT = "Client ID Metadata Document draft-00";
const REFUSED = "Authorization servers refuse the client.";
const UNCERTAIN = "Sign-ins may work; strict authorization servers refuse the client.";

export const CLIENT_DOCUMENT_PAGES = {
  client_document_url: {
    title: "the document's URL is not allowed as a client ID",
    meaning:
      "It must be https, with a path, and without fragment, user name and dot segments. Some servers accept http on loopback for tests; all others refuse the client.",
    spec: `${DRAFT} §3`,
    example:
      "https://app.example/, http://app.example/client.json, https://app.example/a/../c.json",
    fix: "Publish the document at a URL such as https://app.example/client.json.",
  },
  client_document_host: {
    title: "authorization servers cannot reach the document's host",
    meaning:
      "The host is on this machine or in a private network, and servers elsewhere have to read the document to know the client. It works only with a server in the same network.",
    spec: `${DRAFT} §6.5`,
    example: "https://localhost:8443/client.json, https://10.0.0.7/client.json",
    fix: "Publish it at a public host. For a test, a tunnel to this machine is enough.",
  },
  client_document_query: {
    title: "the client identifier has a query",
    meaning:
      `The draft advises against it, because servers differ in how they compare queries. ${UNCERTAIN}`,
    spec: `${DRAFT} §3`,
    example: "https://app.example/client.json?v=2",
    fix: "Put the information of the query into the path.",
  },
  client_document_status: {
    title: "the document's URL did not return 200",
    meaning:
      `The URL returned an error, a redirect or a sign-in page, and servers follow no redirect. ${REFUSED}`,
    spec: `${DRAFT} §4.3; draft-01 §4; draft-02 §5`,
    example: "GET /client.json -> 301 Location: /oauth/client.json",
    fix: "Serve the document at its URL with status 200.",
    workaround: "To sign in without a document: --registration dcr",
  },
  client_document_media_type: {
    title: "the document is not served as JSON",
    meaning: `The header Content-Type names another type. ${UNCERTAIN}`,
    spec: `${DRAFT} §4.1`,
    example: "GET /client.json -> 200, Content-Type: text/html",
    fix: "Serve it with Content-Type: application/json.",
    products: { "GitHub Pages": "serves a file that ends in .json as application/json" },
  },
  client_document_size: {
    title: "the document is larger than servers are advised to read",
    meaning:
      "The draft advises servers to read 5 KB at most. A server that stops there finds no valid JSON and refuses the client.",
    spec: `${DRAFT} §6.6`,
    example: "a document of 9 KB, with a list of keys",
    fix: "Leave members out, or publish the keys at a jwks_uri.",
    products: { "Cloudflare workers-oauth-provider": "stops reading at 5 KB" },
  },
  client_document_json: {
    title: "the document is not a JSON object",
    meaning: `It is another text, another JSON value, or repeats a member. ${REFUSED}`,
    spec: `${DRAFT} §4.1`,
    example: "<!doctype html>…",
    fix: "Serve one JSON object.",
    workaround: "To sign in without a document: --registration dcr",
  },
  client_document_id: {
    title: "client_id is not the URL of the document",
    meaning: `Servers compare both character by character; nothing is normalized. ${REFUSED}`,
    spec: `${DRAFT} §4.1`,
    example: '"client_id": "https://app.example/client" at https://app.example/client.json',
    fix: "Write the exact URL into client_id.",
    workaround: "To sign in without a document: --registration dcr",
  },
  client_document_secret: {
    title: "the document contains a client secret",
    meaning: `The document is public, so everyone can read the secret. ${REFUSED}`,
    spec: `${DRAFT} §4.1`,
    example: '"client_secret": "…"',
    fix: "Remove the member, and revoke the secret where it is used.",
  },
  client_document_private_key: {
    title: "the document contains a private key",
    meaning: "The document is public, so everyone can read the key and impersonate the client.",
    spec: "RFC 7517 §9.2",
    example: '"jwks": {"keys": [{"kty": "EC", "d": "…"}]}',
    fix: "Make a new key pair, publish only its public key, and do not use the old key any more.",
  },
  client_document_auth_method: {
    title: "the document names an unusable authentication method",
    meaning:
      `The method needs a secret that client and server share, or does not exist. ${REFUSED}`,
    spec: `${DRAFT} §4.1; RFC 7591 §2`,
    example: '"token_endpoint_auth_method": "client_secret_basic"',
    fix: "Use none, or private_key_jwt with a key set.",
  },
  client_document_keys: {
    title: "the document does not say with which key the client signs",
    meaning:
      `private_key_jwt needs the public key, in exactly one of jwks and jwks_uri. ${REFUSED}`,
    spec: `${DRAFT} §6.2; RFC 7591 §2`,
    example: '"token_endpoint_auth_method": "private_key_jwt" without "jwks"',
    fix: "Give the public keys once: in jwks, or at an https jwks_uri.",
  },
  client_document_name: {
    title: "the document has no client name",
    meaning: `MCP requires one: the consent page shows it to the user. ${UNCERTAIN}`,
    spec: "MCP authorization, Client ID Metadata Documents, Implementation Requirements",
    example: 'no "client_name"',
    fix: "Add client_name.",
  },
  client_document_redirects: {
    title: "the document lists no redirect URIs",
    meaning: `Authorization servers redirect to listed URIs only. ${REFUSED}`,
    spec: "MCP authorization, Client ID Metadata Documents; RFC 7591 §2",
    example: '"redirect_uris": []',
    fix: "List every redirect URI.",
  },
  client_document_redirect_uri: {
    title: "a redirect URI of the document is not allowed",
    meaning:
      `It could lead a code to somebody else: it is not https, has a fragment, or is a pattern. ${REFUSED}`,
    spec: "RFC 6749 §3.1.2; RFC 8252 §7.3; RFC 9700 §2.1",
    example: "http://app.example/callback, https://app.example/*",
    fix:
      "Use absolute URIs without fragment: https, http on loopback, or the custom scheme of the app.",
  },
  client_document_redirect_unlisted: {
    title: "the redirect URI of the sign-in is not in the document",
    meaning: "The authorization server shows an error page instead of redirecting back.",
    spec: `${DRAFT} §4.5; RFC 8252 §7.3`,
    example:
      'redirect_uri=http://127.0.0.1:5000/cb; "redirect_uris": ["http://127.0.0.1/callback"]',
    fix: "Add the URI to the document, or use a listed one: --redirect-url <url>",
    products: {
      "Django OAuth Toolkit": [
        "compares the port of localhost: list a URI with a fixed port, and give it with --redirect-url",
        "jazzband/django-oauth-toolkit#1739",
      ],
    },
  },
  client_document_loopback: {
    title: "a form of the loopback redirect is missing from the document",
    meaning:
      "Servers should ignore the port of a loopback URI. Some do not, and some treat localhost and 127.0.0.1 differently, so a sign-in may fail there.",
    spec: "RFC 8252 §7.3",
    example: '"redirect_uris": ["http://127.0.0.1/callback"]',
    fix: "List 127.0.0.1 and localhost, each without a port and with the port that you use.",
    workaround: "Use a URI that is listed: --redirect-url <url>",
  },
  client_document_application_type: {
    title: "the document does not say that the client is native",
    meaning:
      "A client with loopback redirect URIs is a native client; without the member, servers assume a web client. Strict ones then refuse the loopback URIs.",
    spec: "OpenID Connect Dynamic Client Registration 1.0 §2; MCP authorization",
    example: '"application_type": "web" with "redirect_uris": ["http://127.0.0.1/callback"]',
    fix: 'Write "application_type": "native".',
    products: { "oidc-provider": "refuses loopback redirect URIs of a web client" },
  },
  client_document_grants: {
    title: "the document's grants do not fit a sign-in",
    meaning:
      "A sign-in needs the grant authorization_code with the response type code. Without refresh_token it lasts only as long as its access token.",
    spec: "RFC 7591 §2.1; MCP authorization, Refresh Tokens",
    example: '"grant_types": ["authorization_code"], "response_types": []',
    fix:
      'Write "grant_types": ["authorization_code", "refresh_token"] and "response_types": ["code"].',
  },
  client_document_member_type: {
    title: "a member of the document has the wrong type",
    meaning: `Servers read client metadata with fixed types. ${REFUSED}`,
    spec: "RFC 7591 §2",
    example: '"scope": ["read", "write"]',
    fix: "Use the registered types: scope is one string with spaces, lists are arrays.",
  },
  client_document_page: {
    title: "a page for people that the document names is not https",
    meaning: `The consent page links to it, and a link to http is unsafe. ${UNCERTAIN}`,
    spec: "RFC 7591 §2",
    example: '"client_uri": "http://app.example"',
    fix: "Give an https URL.",
    products: { "oidc-provider": "refuses the client" },
  },
  client_document_method_differs: {
    title: "the document has another authentication method",
    meaning:
      "The authorization server expects what the document says, and refuses the token request.",
    spec: `${DRAFT} §6.2`,
    example: '--private-key-file key.pem with "token_endpoint_auth_method": "none"',
    fix:
      "Make both the same: give the key with --private-key-file, or leave it out if the document says none.",
  },
  client_document_key_unlisted: {
    title: "the private key of the sign-in is not in the document",
    meaning:
      "The authorization server cannot verify the client's signature, so the token request ends with invalid_client.",
    spec: `${DRAFT} §6.2`,
    example: 'POST /token with a signed assertion -> 401 {"error": "invalid_client"}',
    fix: "Add its public key to jwks, or sign in with a listed key: --private-key-file <path>",
  },
  client_document_method_refused: {
    title: "the document's authentication method is not supported",
    meaning:
      "The metadata of the authorization server lists other methods or algorithms. It will refuse the token request.",
    spec: "RFC 8414 §2",
    example:
      '"token_endpoint_auth_methods_supported": ["client_secret_basic"]; the document says none',
    serverFix: "List none or private_key_jwt, and the signing algorithm.",
    fix: "Use a listed method in the document, or --registration dcr or preregistered.",
  },
} satisfies Pages;
