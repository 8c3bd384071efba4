import type { Page, Pages } from "./page.ts";

const SHOW_REQUESTS = "To see each request and response: --verbose";
const JUDGE_METADATA = "To check each member: mcpass oauth metadata <url>";
const SIGN_IN = "Sign in: mcpass login <url>";

function listPage(what: string, method: string, spec: string): Page {
  return {
    title: `${method} failed`,
    meaning:
      `The server announces ${what} in its capabilities, so clients call the method and show an error.`,
    spec,
    example: `POST /mcp ${method} -> 500, a JSON-RPC error, or no response`,
    serverFix: `Support ${method}, or do not announce ${what}.`,
    workaround: SHOW_REQUESTS,
  };
}

/** A page for each check of `server doctor` that fails. */
export const CHECK_PAGES = {
  reachable_failed: {
    title: "cannot connect to the server",
    meaning:
      "Nothing accepts connections at the address, or what answers is not HTTP. No other check can run. The finding names the network fault.",
    example: "connect 203.0.113.7:443 -> connection refused",
    serverFix: "Start the server at its public address.",
    workaround: "Check the URL, and the network of this machine: DNS, VPN, proxy and firewall.",
  },
  tls_failed: {
    title: "the server's certificate is not reliable",
    meaning:
      "It expires soon, is for another name, or its chain is incomplete. Clients refuse the connection, now or when it has expired.",
    spec: "RFC 9525 §6",
    example: "the certificate of server.example is for www.server.example",
    serverFix: "Renew the certificate, and send the complete chain.",
    workaround: "To trust the certificate authority of a company: --ca-file <path>",
  },
  clock_failed: {
    title: "the clocks of the server and of this machine differ",
    meaning:
      "Tokens seem expired or not yet valid, on one of the two sides. Sign-ins fail without another visible cause.",
    spec: "RFC 9068 §4",
    example: "Date: Mon, 30 Nov 2026 12:00:00 GMT at 12:07 on this machine",
    serverFix: "Synchronize the server's clock (NTP).",
    fix: "Synchronize the clock of this machine.",
  },
  challenge_failed: {
    title: "the server sends no challenge that clients can use",
    meaning:
      "A request without a token should return 401 with the URL of the resource metadata. mcpass tries the well-known URLs; clients of older revisions cannot sign in.",
    spec: "RFC 9728 §5.1; RFC 9110 §15.5.2",
    example: "POST /mcp -> 401 without WWW-Authenticate",
    serverFix: 'Send 401 with WWW-Authenticate: Bearer resource_metadata="<url>".',
  },
  resource_metadata_failed: {
    title: "the resource metadata is missing or not usable",
    meaning: "Clients cannot learn which authorization server to use, so they cannot sign in.",
    spec: "RFC 9728 §2, §3",
    example: "GET /.well-known/oauth-protected-resource/mcp -> 404",
    serverFix: "Publish the document, and correct what the other findings name.",
    workaround: JUDGE_METADATA,
  },
  authorization_server_failed: {
    title: "the authorization server's metadata is missing or not usable",
    meaning:
      "Clients cannot learn where to send the user and where to get tokens, so they cannot sign in.",
    spec: "RFC 8414 §3",
    example: "GET https://auth.example/.well-known/oauth-authorization-server -> 404",
    serverFix:
      "Authorization server: publish the document, and correct what the other findings name.",
    workaround: JUDGE_METADATA,
  },
  registration_failed: {
    title: "the authorization server offers no registration",
    meaning:
      "Without client ID metadata documents and dynamic registration, each client needs an id from the operator before its users can sign in.",
    spec: "MCP authorization, Client Registration Approaches",
    example: 'no "registration_endpoint", no "client_id_metadata_document_supported": true',
    serverFix: "Authorization server: support one of them.",
    workaround: "Ask the operator for a client: --registration preregistered --client-id <id>",
  },
  connection_failed: {
    title: "connecting with the token failed",
    meaning: "The server accepted no MCP session with the token, so no tool can be used.",
    spec: "MCP transports, Streamable HTTP",
    example: "POST /mcp initialize with Authorization: Bearer … -> 500",
    serverFix: "Find the request in the server's log.",
    workaround: SHOW_REQUESTS,
  },
  protocol_era_failed: {
    title: "the server supports no known protocol revision",
    meaning:
      "It names a version that mcpass does not know, or none. No client can tell how to talk to it.",
    spec: "MCP versioning",
    example: 'initialize -> {"protocolVersion": "1.0"}',
    serverFix: "Support a current revision.",
    workaround: "To offer another revision: --protocol-version <revision>",
  },
  tools_failed: listPage("tools", "tools/list", "MCP tools, Listing Tools"),
  resources_failed: listPage("resources", "resources/list", "MCP resources, Listing Resources"),
  resource_templates_failed: listPage(
    "resources",
    "resources/templates/list",
    "MCP resources, Resource Templates",
  ),
  prompts_failed: listPage("prompts", "prompts/list", "MCP prompts, Listing Prompts"),
  credentials_failed: {
    title: "the stored sign-in for this server cannot be used",
    meaning: "There is none, or its tokens were removed. The checks that need a token did not run.",
    example: "mcpass server doctor <url>, before any login",
    fix: SIGN_IN,
  },
  token_expiry_failed: {
    title: "the token has expired",
    meaning: "The server refuses it. A refresh gives a new one, if there is a refresh token.",
    spec: "RFC 9068 §4",
    example: '"exp": 1764500000, and now is 1764503600',
    fix: "mcpass refresh <url>, or sign in again.",
  },
  token_audience_failed: {
    title: "the token is for another audience than this server",
    meaning:
      "aud of the token does not contain the resource. A server that checks it, as MCP requires, refuses the token.",
    spec: "MCP authorization, Token Audience Binding and Validation; RFC 8707 §2",
    example: '"aud": "https://api.example"; "resource": "https://server.example/mcp"',
    serverFix:
      "Authorization server: put the resource into aud. MCP server: publish the resource that it expects.",
    workaround: "To request a token for another resource: --resource <url>",
  },
  token_form_failed: {
    title: "the token is not an access token that can be used",
    meaning: "It is an ID token, or a damaged JWT. A server refuses it.",
    spec: "RFC 9068 §2",
    example: 'a JWT with "nonce" and "aud": "<client ID>"',
    serverFix: "Authorization server: issue access tokens for the API.",
    fix: SIGN_IN,
    products: {
      "Entra ID":
        "v1 access tokens have the issuer https://sts.windows.net/<tenant id>/: set the access token version of the API to 2",
    },
  },
  token_scopes_failed: {
    title: "a scope that the server requires is missing from the token",
    meaning: "Operations that need it fail with 403, although the token is valid.",
    spec: "RFC 6750 §3.1",
    example: '"scope": "read"; challenge: scope="read write"',
    serverFix: "Authorization server: grant the scope. MCP server: require less.",
    workaround: 'Sign in with the scope: mcpass login <url> --scopes "<a b>"',
  },
  token_refresh_failed: {
    title: "the token could not be refreshed",
    meaning: "When the access token has expired, a person has to sign in again.",
    spec: "OAuth 2.1 §4.3",
    example: 'POST /token -> 400 {"error": "invalid_grant"}',
    serverFix: "Accept the refresh tokens that were issued. The message has the error.",
    workaround: SIGN_IN,
  },
} satisfies Pages;

/** The code without `_failed`. */
export type BeforeFailed<C> = C extends `${infer Id}_failed` ? Id : never;

/** The checks of `server doctor`: one that fails ends the command with `<check>_failed`. */
export type CheckId = BeforeFailed<keyof typeof CHECK_PAGES>;
