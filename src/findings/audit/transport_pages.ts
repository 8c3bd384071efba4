import type { Pages } from "../page.ts";

/** TLS, caching and rate limits. */
export const TRANSPORT_CHECK_PAGES = {
  tls_plain: {
    title: "nothing is served by plain http",
    meaning:
      "A client with an http URL sends tokens unprotected, and everything seems to work. An attacker on the network reads them, or replaces the metadata.",
    spec: "MCP authorization, Communication Security; OAuth 2.1 §1.5",
    example: "GET http://server.example/.well-known/oauth-protected-resource/mcp -> 200",
    serverFix: "Close port 80, or let it only redirect to https.",
  },
  tls_certificate: {
    title: "the certificate is valid for at least 14 days",
    meaning:
      "When it expires, every client refuses the connection at the same moment. If it is not valid now, users are tempted to turn verification off.",
    spec: "RFC 9525 §6; RFC 5280 §4.1.2.5",
    example: "a certificate for server.example that expires in 3 days",
    serverFix:
      "Renew the server's certificate, and automate this. Send the complete chain, for the host name that clients use.",
  },
  tls_hsts: {
    title: "browsers are required to use https (HSTS)",
    meaning:
      "Without it, the first visit of a sign-in page may use http. An attacker on that network can show a copy of the page and collect passwords.",
    spec: "RFC 6797 §6.1",
    example: "GET https://auth.example/authorize -> 200 without Strict-Transport-Security",
    serverFix:
      "Send Strict-Transport-Security: max-age=31536000 from every https host, most importantly from that of the sign-in page.",
  },
  documents_cacheable: {
    title: "metadata is cached for one day at most",
    meaning:
      "After a change of endpoints or keys, clients use the old document until their copy expires. If the response sets a cookie, shared caches can give it to other users.",
    spec: "RFC 9728 §3.2; RFC 9111 §4.2",
    example: "GET /.well-known/oauth-authorization-server -> Cache-Control: max-age=31536000",
    serverFix: "Send Cache-Control: max-age=3600 or similar with metadata, and no Set-Cookie.",
  },
  limits_shaped: {
    title: "a 429 says when to try again",
    meaning:
      "Clients that do not know how long to wait try again too early, which extends the limit, or give up. Users see a failed sign-in.",
    spec: "RFC 6585 §4",
    example: "POST /register -> 429 text/html without Retry-After",
    serverFix: "Send Retry-After with the seconds to wait, and a JSON body with the reason.",
  },
} satisfies Pages;
