import type { Pages } from "../page.ts";

/** Access for clients that run in a browser. */
export const CORS_CHECK_PAGES = {
  cors_documents: {
    title: "scripts of other origins can read the metadata",
    meaning:
      "If scripts cannot read them, clients that run in a browser cannot start a sign-in. Other programs are not affected.",
    spec: "RFC 9700 §2.6; Fetch, CORS protocol",
    example:
      "GET /.well-known/oauth-protected-resource/mcp with Origin -> 200 without Access-Control-Allow-Origin",
    serverFix:
      "Send Access-Control-Allow-Origin: * with the resource metadata, the metadata of the authorization server and its key set.",
  },
  cors_preflight: {
    title: "the MCP endpoint allows requests of other origins",
    meaning:
      "Before a request with a token, a browser sends OPTIONS without it. If the response is 401 or does not allow the headers of MCP, clients in a browser never send the request.",
    spec: "Fetch, CORS protocol",
    example: "OPTIONS /mcp with Access-Control-Request-Headers: authorization -> 401",
    serverFix:
      "Answer OPTIONS before authentication. Allow the headers authorization, content-type and mcp-protocol-version; for 2026-07-28 also mcp-method and mcp-name, for older revisions mcp-session-id.",
  },
  cors_expose: {
    title: "scripts can read the challenge of the 401",
    meaning:
      "A browser hides WWW-Authenticate from scripts unless the server exposes it. Clients in a browser see a 401 without a reason, and cannot find the metadata that it names.",
    spec: "Fetch, CORS protocol",
    example: "POST /mcp -> 401 without Access-Control-Expose-Headers",
    serverFix:
      "Send Access-Control-Expose-Headers: WWW-Authenticate with every response, also with errors. Add Mcp-Session-Id if the server has sessions.",
    products: {
      Twenty: [
        "did not expose the header, so that browser clients could not connect",
        "twentyhq/twenty#19836",
      ],
    },
  },
  cors_token: {
    title: "scripts of other origins can request tokens",
    meaning:
      "If this is not allowed, clients that run in a browser can neither register nor exchange their code.",
    spec: "RFC 9700 §2.6; Fetch, CORS protocol",
    example: "OPTIONS /token with Origin -> 405",
    serverFix:
      "Authorization server: allow other origins at the token and registration endpoints, without Access-Control-Allow-Credentials. The authorization endpoint must not allow them.",
    products: {
      "oidc-provider": "allows other origins only if the option clientBasedCORS permits it",
    },
  },
  cors_no_credentials: {
    title: "no arbitrary origin may send cookies",
    meaning:
      "The server repeats any origin and allows credentials. With the cookies of a visitor who is signed in, an attacker's web page can send requests and read the responses.",
    spec: "Fetch, CORS protocol",
    example:
      "Access-Control-Allow-Origin: https://mcpass-audit.invalid, Access-Control-Allow-Credentials: true",
    serverFix:
      "Remove Access-Control-Allow-Credentials: MCP and token requests need no cookies. If you need it, allow only origins on a list.",
  },
} satisfies Pages;
