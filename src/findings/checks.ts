/**
 * Pages about the checks of `server doctor`, by the code with which it ends.
 *
 * @module
 */

import type { Page, Pages } from "./page.ts";

function listPage(what: string, method: string): Page {
  return {
    title: `the server cannot list its ${what}`,
    means: `The server announces ${what}, and ${method} failed.`,
    clause: `MCP ${what.replace("resource templates", "resources")}, Listing`,
    looks: `${method} -> a JSON-RPC error, HTTP 4xx or 5xx, or no response`,
    change: `Answer ${method}, or do not announce ${what}.`,
    meanwhile: "--verbose shows every request and response.",
  };
}

/** Pages about checks that failed. */
export const CHECK_PAGES = {
  reachable_failed: {
    title: "the server cannot be reached",
    means: "The server could not be reached at all.",
    looks: "no connection, or no HTTP at the port",
    change: "Start the server at its public address.",
    meanwhile:
      "The finding names the network fault; mcpass explain network_timeout and its kin say more.",
  },
  tls_failed: {
    title: "the server's certificate cannot be relied on",
    means: "The server's certificate cannot be relied on.",
    clause: "RFC 9525 §6",
    looks: "a certificate that ends soon, is for another name, or comes without its chain",
    change: "Renew the certificate and send the whole chain.",
    meanwhile: "--ca-file <path> trusts a company's authority.",
  },
  clock_failed: {
    title: "the clocks of the server and of this machine differ",
    means:
      "The clocks of the server and of this machine differ, so tokens seem expired or not yet valid.",
    clause: "RFC 9068 §4",
    looks: "the Date header is minutes away from this machine's time",
    change: "Synchronise the server's clock.",
    meanwhile: "Synchronise the clock of this machine.",
  },
  challenge_failed: {
    title: "the server does not send a challenge that can be followed",
    means: "A request without a token is not answered with a challenge that clients can follow.",
    clause: "RFC 9728 §5.1; RFC 9110 §15.5.2",
    looks: "no 401, or a 401 without resource_metadata",
    change: 'Send 401 with WWW-Authenticate: Bearer resource_metadata="<url>".',
    meanwhile: "The well-known URLs are tried.",
  },
  resource_metadata_failed: {
    title: "the resource metadata is missing or not usable",
    means: "The protected resource metadata is missing or not usable.",
    clause: "RFC 9728 §2, §3",
    looks: "GET /.well-known/oauth-protected-resource -> 404 or faults in the document",
    change: "Publish it as the findings say.",
    meanwhile: "mcpass oauth metadata --url <url> judges every member.",
  },
  authorization_server_failed: {
    title: "the authorization server's metadata is not usable",
    means: "The authorization server's metadata is missing or not usable.",
    clause: "RFC 8414 §3",
    looks: "no document at the issuer's well-known URLs, or faults in it",
    change: "Publish it as the findings say.",
    meanwhile: "mcpass oauth metadata --url <url> judges every member.",
  },
  registration_failed: {
    title: "there is no way to a client identifier",
    means: "There is no way to a client identifier.",
    clause: "MCP authorization, Client Registration Approaches",
    looks: "neither metadata documents nor dynamic registration",
    change: "Support one of them.",
    meanwhile: "Ask the operator for a client: --registration preregistered --client-id <id>",
  },
  connection_failed: {
    title: "connecting with the token did not succeed",
    means: "Connecting to the server with the token did not succeed.",
    clause: "MCP transports, Streamable HTTP",
    looks: "initialize or server/discover fails",
    change: "See the message; look at the server's log.",
    meanwhile: "--verbose shows every exchange.",
  },
  wire_failed: {
    title: "the server speaks no revision that is known here",
    means: "The server speaks no revision that is known here.",
    clause: "MCP versioning",
    looks: "another protocol version, or none",
    change: "Support a current revision.",
    meanwhile: "--protocol-version names an older one.",
  },
  tools_failed: listPage("tools", "tools/list"),
  resources_failed: listPage("resources", "resources/list"),
  resource_templates_failed: listPage("resource templates", "resources/templates/list"),
  prompts_failed: listPage("prompts", "prompts/list"),
  credentials_failed: {
    title: "what is kept for this server cannot be used",
    means: "What is kept for this server cannot be used.",
    looks: "nothing kept, or tokens that were removed",
    change: "Nothing on the server.",
    meanwhile: "mcpass login --url <url>",
  },
  token_expiry_failed: {
    title: "the token is over",
    means: "The token is over.",
    clause: "RFC 9068 §4",
    looks: "exp in the past",
    change: "Nothing on the server.",
    meanwhile: "mcpass oauth refresh --url <url>, or log in again.",
  },
  token_audience_failed: {
    title: "the token is for another audience",
    means: "The token is for another audience than this server.",
    clause: "MCP authorization, Token Audience Binding and Validation; RFC 8707 §2",
    looks: "aud of the token lacks the resource",
    change:
      "Authorization server: put the resource into aud. Server: publish the resource that it expects.",
    meanwhile: "--resource <url> asks for another one.",
  },
  token_form_failed: {
    title: "the token is not what it seems to be",
    means: "The token is not in the form that it seems to have.",
    clause: "RFC 9068 §2",
    looks: "an id token or a damaged JWT in place of an access token",
    change: "Issue access tokens for the API.",
    meanwhile: "Log in again.",
  },
  token_scopes_failed: {
    title: "the token lacks scope",
    means: "The token lacks scope that the server asks for.",
    clause: "RFC 6750 §3.1",
    looks: "scope of the token against the challenge's",
    change: "Grant the scope, or ask for less.",
    meanwhile: 'mcpass login --url <url> --scopes "<a b>"',
  },
  token_refresh_failed: {
    title: "the token could not be renewed",
    means: "The token could not be renewed.",
    clause: "OAuth 2.1 §4.3",
    looks: "the token endpoint refuses the refresh token",
    change: "See the error in the message.",
    meanwhile: "mcpass login --url <url>",
  },
} satisfies Pages;
