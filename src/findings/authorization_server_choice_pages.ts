import type { Pages } from "./page.ts";

export const AUTHORIZATION_SERVER_CHOICE_PAGES = {
  authorization_servers_missing: {
    title: "the resource metadata names no authorization server",
    meaning:
      "The document does not say where to sign in. mcpass looks for metadata at the server's own origin, as revision 2025-03-26 does; other clients end here.",
    spec: "MCP authorization, Authorization Server Location; RFC 9728 §2",
    example: '{"resource": "https://server.example/mcp"}, without "authorization_servers"',
    serverFix: 'List at least one issuer in "authorization_servers".',
    workaround: "If you know the issuer: --authorization-server <issuer>",
  },
  authorization_servers_refused: {
    title: "the resource metadata names no usable authorization server",
    meaning:
      "Each entry is not a URL, not https, or in a private network. The login ends, because a token from another issuer could be meant for another server.",
    spec: "RFC 9728 §2",
    example: '"authorization_servers": ["http://10.0.0.5"]',
    serverFix: "List issuer identifiers: https URLs that every client can reach.",
    workaround: "If you know the issuer: --authorization-server <issuer>",
  },
  authorization_servers_repeated: {
    title: "an authorization server is listed more than once",
    meaning: "mcpass tries it once. The repetition only confuses people who read the document.",
    spec: "RFC 9728 §2",
    example: '"authorization_servers": ["https://auth.example", "https://auth.example"]',
    serverFix: "List each issuer once.",
  },
  authorization_servers_many: {
    title: "more authorization servers are listed than mcpass tries",
    meaning: "mcpass tries the first 10 only, so that a document cannot cause endless requests.",
    spec: "RFC 9728 §7.6",
    example: '"authorization_servers" with 30 entries',
    serverFix: "List only the issuers that clients need.",
    workaround: "To choose one: --authorization-server <issuer>",
  },
  authorization_server_invalid: {
    title: "a listed authorization server is not an issuer",
    meaning:
      "An issuer is an https URL without query and fragment. mcpass skips this entry and tries the others.",
    spec: "RFC 9728 §2; RFC 8414 §2",
    example: '"authorization_servers": ["auth.example.com"]',
    serverFix: "List issuer identifiers: absolute https URLs.",
    workaround:
      "If the entry is a template for tenants, name the issuer of your tenant: --authorization-server <issuer>",
    products: {
      "Entra ID":
        "servers that list …/{tenantid}/v2.0: --authorization-server with the id of the tenant",
    },
  },
  authorization_server_is_metadata_url: {
    title: "a metadata URL is listed instead of an issuer",
    meaning:
      "mcpass does not shorten the URL to an issuer, because the issuer must match the document exactly. The finding names the probable issuer.",
    spec: "RFC 9728 §2; RFC 8414 §3",
    example: '"authorization_servers": ["https://auth.example/.well-known/openid-configuration"]',
    serverFix: 'List the value of "issuer" in that document, character by character.',
    workaround: "Name the issuer yourself: --authorization-server <issuer>",
    products: {
      "Entra ID": "list https://login.microsoftonline.com/<tenant>/v2.0",
      Keycloak: "list https://<host>/realms/<realm>",
    },
  },
  authorization_server_not_listed: {
    title: "--authorization-server is not one that the resource lists",
    meaning:
      "The server may refuse tokens of that issuer. A secret that you give is sent to the issuer that the flag names, so a wrong one would receive it.",
    spec: "RFC 9728 §7.6",
    example:
      '--authorization-server https://x.example; "authorization_servers": ["https://auth.example"]',
    serverFix: 'If tokens of that issuer are accepted, add it to "authorization_servers".',
    fix:
      "Compare both values character by character. If the server has moved to another authorization server, ask its operator first.",
  },
  authorization_server_skipped: {
    title: "one of several authorization servers cannot be used",
    meaning:
      "Its metadata is missing or refused, or it offers no client registration. mcpass continues with the next entry.",
    spec: "RFC 9728 §7.6",
    example: "GET https://a.example/.well-known/oauth-authorization-server -> 404; next entry: 200",
    serverFix: "List only authorization servers that work, the preferred one first.",
    workaround: "To use that one only, and see why it fails: --authorization-server <issuer>",
  },
  authorization_server_given: {
    title: "only --authorization-server names an authorization server",
    meaning:
      "The server itself does not say where to sign in. The login continues with the issuer that you named; other users have to name it too.",
    spec: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
    example: "--authorization-server https://auth.example, and no resource metadata",
    serverFix: 'Publish protected resource metadata with "authorization_servers".',
  },
  issuer_changed: {
    title: "the server now names another authorization server",
    meaning:
      "At the last sign-in, or earlier in this login, it named a different one. The client, secret, certificate or assertion that you gave belongs to that one, so mcpass did not send it to the new one. The stored sign-in is unchanged.",
    spec: "MCP authorization, Authorization Server Binding; RFC 6749 §2.2",
    example: 'stored: https://a.example; now: "authorization_servers": ["https://b.example"]',
    fix:
      "Ask the operator of the MCP server. If the move is intended, obtain credentials for the new authorization server, then sign in with --authorization-server <new issuer>.",
  },
  issuer_not_confirmed: {
    title: "the authorization server was not confirmed",
    meaning:
      "The MCP server names an authorization server at another site, and this is your first sign-in there with these credentials. A hostile MCP server could name a server that collects secrets, so mcpass asks first. Without a terminal it cannot ask, and the login ends.",
    spec: "MCP authorization, Authorization Server Binding; RFC 9700 §4.4",
    example: 'https://mcp.example.com has "authorization_servers": ["https://login.example.net"]',
    fix: "If the issuer is the right one, confirm it: --authorization-server <issuer>",
  },
  issuer_bound_by_key: {
    title: "the authorization server was not confirmed (key)",
    meaning:
      "The MCP server names an issuer at another site, and nobody confirmed it. The client authenticates with a private key: each assertion names this issuer as its audience, so no other server accepts it. The login continues.",
    spec: "RFC 7523 §3; RFC 9700 §4.4",
    example: 'https://mcp.example.com has "authorization_servers": ["https://login.example.net"]',
    fix: "If the issuer is the right one, confirm it: --authorization-server <issuer>",
  },
  issuer_migrated: {
    title: "the server moved to another authorization server",
    meaning:
      "A registration belongs to one issuer, so mcpass registers the client again at the new one; a client metadata document needs no change. On a terminal mcpass asks first.",
    spec: "MCP authorization, Authorization Server Binding",
    example: 'stored: https://a.example; now: "authorization_servers": ["https://b.example"]',
    fix:
      "If you do not expect the move, ask the operator of the MCP server. To accept one authorization server only: --authorization-server <issuer>",
  },
  endpoints_at_different_sites: {
    title: "authorization and token endpoint are at different sites",
    meaning:
      "You sign in at one site, and mcpass sends the code to another. Because the authorization server does not announce iss in its responses, mcpass could not detect a mix-up of two servers. The login continues.",
    spec: "RFC 9207 §2; RFC 9700 §4.4",
    example:
      '"authorization_endpoint": "https://login.example.net/authorize", "token_endpoint": "https://api.example.org/token"',
    serverFix: "Send iss in the authorization response, and announce it in the metadata.",
    workaround: "Before you consent, check that both sites belong to the same organization.",
  },
} satisfies Pages;
