import type { Page, Pages } from "./page.ts";

const JUDGE_METADATA = "mcpass oauth metadata --url <url> judges every member.";
const LOGIN = "mcpass login --url <url>";

function listPage(what: string, method: string, clause: string): Page {
  return {
    title: `the server announces ${what}, but ${method} failed`,
    clause,
    looks: `${method} -> a JSON-RPC error, HTTP 4xx or 5xx, or no response`,
    change: `Support ${method}, or do not announce ${what}.`,
    meanwhile: "--verbose shows every request and response.",
  };
}

/** A page for each check of `server doctor` that fails. */
export const CHECK_PAGES = {
  reachable_failed: {
    title: "cannot connect to the server",
    looks: "no connection, or no HTTP at the port",
    change: "Start the server at its public address.",
    meanwhile: "The finding names the network fault; mcpass explain network_timeout and others.",
  },
  tls_failed: {
    title: "the server's certificate is not reliable",
    clause: "RFC 9525 §6",
    looks: "a certificate that expires soon, is for another name, or has no chain",
    change: "Renew the certificate and send the complete chain.",
    meanwhile: "--ca-file <path> trusts a company's authority.",
  },
  clock_failed: {
    title: "the clocks of the server and of this machine differ",
    means: "Tokens seem expired or not yet valid.",
    clause: "RFC 9068 §4",
    looks: "the Date header is minutes away from this machine's time",
    change: "Synchronize the server's clock.",
    meanwhile: "Synchronize the clock of this machine.",
  },
  challenge_failed: {
    title: "the server sends no challenge that clients can use",
    clause: "RFC 9728 §5.1; RFC 9110 §15.5.2",
    looks: "no 401, or a 401 without resource_metadata",
    change: 'Send 401 with WWW-Authenticate: Bearer resource_metadata="<url>".',
    meanwhile: "None needed: mcpass tries the well-known URLs.",
  },
  resource_metadata_failed: {
    title: "the resource metadata is missing or not usable",
    clause: "RFC 9728 §2, §3",
    looks: "GET /.well-known/oauth-protected-resource -> 404, or faults in the document",
    change: "Publish it as the findings say.",
    meanwhile: JUDGE_METADATA,
  },
  authorization_server_failed: {
    title: "the authorization server's metadata is missing or not usable",
    clause: "RFC 8414 §3",
    looks: "no document at the issuer's well-known URLs, or faults in it",
    change: "Publish it as the findings say.",
    meanwhile: JUDGE_METADATA,
  },
  registration_failed: {
    title: "the authorization server offers no registration",
    clause: "MCP authorization, Client Registration Approaches",
    looks: "neither metadata documents nor dynamic registration",
    change: "Support one of them.",
    meanwhile: "Ask the operator for a client: --registration preregistered --client-id <id>",
  },
  connection_failed: {
    title: "connecting with the token failed",
    clause: "MCP transports, Streamable HTTP",
    looks: "initialize or server/discover fails",
    change: "See the message; look at the server's log.",
    meanwhile: "--verbose shows every request and response.",
  },
  protocol_era_failed: {
    title: "the server supports no known protocol revision",
    clause: "MCP versioning",
    looks: "another protocol version, or none",
    change: "Support a current revision.",
    meanwhile: "--protocol-version names an older one.",
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
    looks: "no stored sign-in, or tokens that were removed",
    meanwhile: LOGIN,
  },
  token_expiry_failed: {
    title: "the token has expired",
    clause: "RFC 9068 §4",
    looks: "exp in the past",
    meanwhile: "mcpass oauth refresh --url <url>, or log in again.",
  },
  token_audience_failed: {
    title: "the token is for another audience than this server",
    clause: "MCP authorization, Token Audience Binding and Validation; RFC 8707 §2",
    looks: "the resource is missing from aud of the token",
    change:
      "Authorization server: put the resource into aud. Server: publish the resource that it expects.",
    meanwhile: "--resource <url> asks for another one.",
  },
  token_form_failed: {
    title: "the token is not an access token that can be used",
    clause: "RFC 9068 §2",
    looks: "an ID token or a damaged JWT instead of an access token",
    change: "Issue access tokens for the API.",
    meanwhile: "Log in again.",
    products: {
      "Entra ID":
        "v1 access tokens have the issuer https://sts.windows.net/<tenant id>/: set the access token version of the API to 2",
    },
  },
  token_scopes_failed: {
    title: "a scope that the server requires is missing from the token",
    clause: "RFC 6750 §3.1",
    looks: "scope of the token compared with the challenge's",
    change: "Grant the scope, or ask for less.",
    meanwhile: `${LOGIN} --scopes "<a b>"`,
  },
  token_refresh_failed: {
    title: "the token could not be refreshed",
    clause: "OAuth 2.1 §4.3",
    looks: "the token endpoint refuses the refresh token",
    change: "See the error in the message.",
    meanwhile: LOGIN,
  },
} satisfies Pages;

/** The code without `_failed`. */
export type BeforeFailed<C> = C extends `${infer Id}_failed` ? Id : never;

/** The checks of `server doctor`: one that fails ends the command with `<check>_failed`. */
export type CheckId = BeforeFailed<keyof typeof CHECK_PAGES>;
