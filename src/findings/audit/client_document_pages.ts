import type { Pages } from "../page.ts";

const DRAFT = "Client ID Metadata Document draft-00";

/** Client ID metadata documents (CIMD) at the authorization server. */
export const CLIENT_DOCUMENT_CHECK_PAGES = {
  cimd_works: {
    title: "a client can identify itself by a metadata document",
    meaning:
      "The metadata announces this, so clients do not register in another way. If the document is not fetched or not accepted, their users cannot sign in.",
    spec: "MCP authorization, Implementation Requirements; Client ID Metadata Document draft-00 §4",
    example: "GET /authorize?client_id=https://app.example/client.json -> 400 invalid_client",
    serverFix:
      'Authorization server: fetch the document if client_id is an https URL, or remove "client_id_metadata_document_supported". If only some hosts are trusted, document which ones.',
  },
  cimd_id_compared: {
    title: "client_id must be the URL of its document",
    meaning:
      "If both are not compared, a copy at another address passes as the original. An attacker shows users the name of a trusted client on the consent page.",
    spec: `${DRAFT} §4.1; MCP authorization, Implementation Requirements`,
    example:
      'https://b.example/client.json with "client_id": "https://a.example/client.json" -> accepted',
    serverFix:
      "Authorization server: compare client_id in the document with its URL character by character, and refuse a difference.",
  },
  cimd_redirect_compared: {
    title: "only redirect URIs of the document are used",
    meaning:
      "If another address is accepted, the code is sent to it. An attacker puts one into a link, and receives the code of each user who follows it.",
    spec: `${DRAFT} §4.5; MCP authorization, Implementation Requirements`,
    example: "redirect_uri=https://mcpass-audit.invalid/cb, not in redirect_uris -> 302",
    serverFix:
      "Authorization server: compare redirect_uri with the list in the document, and show an error page if it is not there.",
  },
  cimd_document_checked: {
    title: "an invalid document is refused",
    meaning:
      "Without a name, users cannot see who asks; without redirect URIs, nothing limits where the code is sent. If the text need not be JSON, an attacker can use any file that a site lets users upload.",
    spec: "MCP authorization, Implementation Requirements",
    example: 'a document without "redirect_uris", or a web page -> accepted',
    serverFix:
      "Authorization server: require a JSON object with client_id, client_name and redirect_uris, and answer with an error page otherwise.",
  },
  cimd_no_shared_secret: {
    title: "a document with a shared secret is refused",
    meaning:
      "Anyone can read the document, and with it the secret. If the server accepts that secret, an attacker authenticates as the client.",
    spec: `${DRAFT} §4.1`,
    example: '"token_endpoint_auth_method": "client_secret_basic" in the document -> accepted',
    serverFix:
      "Authorization server: refuse documents with client_secret or with a method that needs one. Accept none and private_key_jwt.",
  },
  cimd_url_rules: {
    title: "only well-formed https URLs are fetched",
    meaning:
      "A document that is fetched by http can be replaced on the network. A URL with user info or dot segments, or without a path, is read differently by two programs, so that an attacker passes as another client.",
    spec: `${DRAFT} §3`,
    example: "GET /authorize?client_id=http://app.example/client.json -> the document is fetched",
    serverFix:
      "Authorization server: before any request, refuse client_id URLs with another scheme than https, without a path, or with a fragment, user info or dot segments.",
  },
  cimd_port_free: {
    title: "loopback redirect URIs of a document have any port",
    meaning:
      "A published document cannot contain the port that is free on a user's machine. If ports are compared, command-line clients cannot use their document.",
    spec: `RFC 8252 §7.3; ${DRAFT} §4.5`,
    example:
      '"redirect_uris": ["http://127.0.0.1/callback"]; redirect_uri=http://127.0.0.1:40000/callback -> 400',
    serverFix:
      "Authorization server: ignore the port if the host of the listed URI is 127.0.0.1, [::1] or localhost.",
    products: {
      FastMCP: ["compared the port in earlier versions", "PrefectHQ/fastmcp#3674"],
    },
  },
  cimd_no_redirects: {
    title: "a redirect of the document is not followed",
    meaning:
      "Many sites have a page that redirects to any address. With it, an attacker presents another document under the name of that site, or leads the server into its own network.",
    spec: "Client ID Metadata Document draft-01 §4",
    example: "GET https://app.example/client.json -> 302 to another document, which is used",
    serverFix:
      "Authorization server: accept status 200 only, and turn off redirects for this request.",
  },
  cimd_private_refused: {
    title: "no document is fetched from a private network",
    meaning:
      "Anyone can make the server request a URL. If private addresses are allowed, an attacker reaches services behind the firewall, or learns which ones exist (SSRF).",
    spec:
      `${DRAFT} §6.5; MCP authorization, Authorization Server Abuse Protection; MCP security best practices, SSRF Against Authorization Servers`,
    example:
      "GET /authorize?client_id=https://internal.example/client.json -> a request to 10.0.0.7",
    serverFix:
      "Authorization server: resolve the host name, refuse loopback, private and link-local addresses, and connect to the address that was checked.",
  },
  cimd_size: {
    title: "a very large document is not read completely",
    meaning:
      "An attacker can make the server download large files again and again, until memory or bandwidth is used up.",
    spec: `${DRAFT} §6.6`,
    example: "a document of 1 MiB -> read to its end",
    serverFix:
      "Authorization server: stop reading after 5 KB (at most 64 KB), and refuse the client. Limit the time too.",
  },
  cimd_errors_uncached: {
    title: "a failed fetch is not cached",
    meaning:
      "After a short outage of the client's site, or before its document is published, users get errors for as long as the cache lasts.",
    spec: `${DRAFT} §4.4`,
    example: "GET /client.json -> 404, then 200; GET /authorize -> 400 in both cases",
    serverFix: "Authorization server: cache valid documents only, as their HTTP headers allow.",
  },
  cimd_key_client: {
    title: "a document with private_key_jwt requires a signature",
    meaning:
      "The document says that the client authenticates with its key. If the token endpoint does not require that, an attacker who has a code of the client can redeem it.",
    spec: `${DRAFT} §6.2`,
    example:
      '"token_endpoint_auth_method": "private_key_jwt"; POST /token without client_assertion -> 200',
    serverFix:
      "Authorization server: apply the method of the document, verify the assertion with its keys, and answer 401 invalid_client without one.",
  },
} satisfies Pages;
