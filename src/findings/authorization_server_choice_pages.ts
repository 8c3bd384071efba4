import type { Pages } from "./page.ts";

export const AUTHORIZATION_SERVER_CHOICE_PAGES = {
  authorization_servers_missing: {
    title: "the resource metadata names no authorization server",
    means: "A client cannot know where to sign in.",
    clause: "MCP authorization, Authorization Server Location; RFC 9728 §2",
    looks: 'no "authorization_servers", or an empty list',
    change: 'List at least one issuer in "authorization_servers".',
    meanwhile: "mcpass tries the sequence of 2025-03-26: metadata at the server's own origin.",
  },
  authorization_servers_refused: {
    title: "the resource metadata names no usable authorization server",
    means: "mcpass does not look for an authorization server elsewhere.",
    clause: "RFC 9728 §2",
    looks: '"authorization_servers": ["http://10.0.0.5"], or a string instead of a list',
    change: "List issuer identifiers: https URLs that clients can reach.",
    meanwhile: "If you know the issuer, sign in with --authorization-server <issuer>.",
  },
  authorization_servers_repeated: {
    title: "an authorization server is listed more than once",
    clause: "RFC 9728 §2",
    looks: '"authorization_servers": ["https://a", "https://a"]',
    change: "List each once.",
    meanwhile: "None needed.",
  },
  authorization_servers_many: {
    title: "more authorization servers are listed than mcpass tries",
    clause: "RFC 9728 §7.6",
    looks: '"authorization_servers" with dozens of entries',
    change: "List only those that clients need.",
    meanwhile: "--authorization-server <issuer> chooses one.",
  },
  authorization_server_invalid: {
    title: "a listed authorization server is not an issuer",
    means: "An entry is not an https URL that could be an issuer; mcpass skips it.",
    clause: "RFC 9728 §2; RFC 8414 §2",
    looks: '"authorization_servers": ["auth.example.com"]',
    change: "List issuer identifiers: absolute https URLs without query and fragment.",
    meanwhile:
      "None needed: mcpass tries the other entries. If the entry is a template for tenants, give the issuer of yours: --authorization-server <issuer>",
    products: {
      "Entra ID":
        "servers that list …/{tenantid}/v2.0: --authorization-server with the tenant's id",
    },
  },
  authorization_server_is_metadata_url: {
    title: "a metadata URL is listed instead of an issuer",
    clause: "RFC 9728 §2; RFC 8414 §3",
    looks: '"authorization_servers": ["https://a/.well-known/openid-configuration"]',
    change: 'List the value of "issuer" in that document, character by character.',
    meanwhile: "The finding names the probable issuer; mcpass does not shorten the URL itself.",
    products: {
      "Entra ID": "list https://login.microsoftonline.com/<tenant>/v2.0",
      Keycloak: "list https://<host>/realms/<realm>",
    },
  },
  authorization_server_not_listed: {
    title: "--authorization-server is not one that the resource lists",
    clause: "RFC 9728 §7.6",
    looks: "--authorization-server https://x, and the list has others",
    change: 'Add it to "authorization_servers" if its tokens are accepted.',
    meanwhile:
      "Compare both, character by character. If the server has moved to another authorization server, ask its operator first: a secret that you give is sent to the issuer that --authorization-server names.",
  },
  authorization_server_skipped: {
    title: "one of several authorization servers cannot be used",
    means: "mcpass tries the next one.",
    clause: "RFC 9728 §7.6",
    looks: "its metadata is missing, refused, or offers no client registration",
    change: "List only authorization servers that work, the best first.",
    meanwhile: "--authorization-server <issuer> uses that one only, and shows why it fails.",
  },
  authorization_server_given: {
    title: "only --authorization-server names an authorization server",
    clause: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
    looks: "no authorization_servers, and --authorization-server on the command line",
    change: "Publish protected resource metadata with authorization_servers.",
    meanwhile: "None needed.",
  },
  issuer_changed: {
    title: "the server now names another authorization server",
    means:
      "The MCP server now names another authorization server than at the last sign-in, or than earlier in this login. The client, secret, certificate or assertion that you gave belongs to the old one; mcpass did not send it to the new one. The stored sign-in is unchanged.",
    clause: "MCP authorization, Authorization Server Binding; RFC 6749 §2.2",
    looks: "resource metadata: authorization_servers differs from the stored issuer",
    change: "Nothing, if the move is intended.",
    meanwhile:
      "Ask the operator of the MCP server. If the move is intended, obtain credentials for the new authorization server, then sign in with --authorization-server <new issuer>.",
  },
  issuer_not_confirmed: {
    title: "the authorization server was not confirmed; no credential was sent",
    means:
      "The MCP server names an authorization server at another site, and this is the first sign-in there with these credentials. A hostile MCP server could name an authorization server that collects secrets. mcpass therefore asks you first; without a terminal, the login ends.",
    clause: "MCP authorization, Authorization Server Binding; RFC 9700 §4.4",
    looks: "https://mcp.example.com -> authorization_servers: https://login.example.net",
    meanwhile:
      "Check the issuer, then add --authorization-server <issuer>. mcpass needs no confirmation if both servers have the same host or the same registrable domain (example.com), or if both are on loopback.",
  },
  issuer_bound_by_key: {
    title: "the issuer was not confirmed, but only it can use what was sent",
    means:
      "The MCP server names an authorization server at another site. The client authenticates with a private key. Each assertion that it signs names this issuer as its audience, so no other server accepts it. The login continues.",
    clause: "RFC 7523 §3; RFC 9700 §4.4",
    looks: "https://mcp.example.com -> authorization_servers: https://login.example.net",
    meanwhile: "To confirm the issuer, add --authorization-server <issuer>.",
  },
  issuer_migrated: {
    title: "the server moved to another authorization server",
    means:
      "The MCP server named another authorization server before. A registration belongs to one issuer, so mcpass registers the client again at the new one; a client metadata document needs no change. On a terminal mcpass asks first.",
    clause: "MCP authorization, Authorization Server Binding",
    looks: "resource metadata: authorization_servers differs from the stored issuer",
    change: "Nothing, if the move is intended.",
    meanwhile:
      "If you do not expect the move, ask the operator of the MCP server. To accept only one authorization server, add --authorization-server <issuer>.",
  },
  endpoints_at_different_sites: {
    title: "the authorization endpoint and the token endpoint are at different sites",
    means:
      "You sign in at one site, and mcpass sends the authorization code to another. The authorization server does not announce iss in the authorization response, so mcpass could not detect a mix-up of two authorization servers. The login continues.",
    clause: "RFC 9207 §2; RFC 9700 §4.4",
    looks:
      '"authorization_endpoint": "https://login.example.net/…", "token_endpoint": "https://api.example.org/…"',
    change: "Send iss in the authorization response, and announce it in the metadata.",
    meanwhile: "Check that both sites belong to the same organization before you consent.",
  },
} satisfies Pages;
