import type { Pages } from "./page.ts";

export const TOKEN_USE_PAGES = {
  token_rejected: {
    title: "the server refuses the token",
    means: "The server refuses the token, also after another authorization.",
    clause: "MCP authorization, Token Handling; RFC 6750 §3.1",
    looks: 'Authorization: Bearer … -> 401 error="invalid_token"',
    change: "Accept tokens as long as they are valid: check expected issuer, audience and clock.",
    meanwhile: "mcpass server doctor --url <url> compares the token with what is expected.",
    products: {
      Linear: "was reported to refuse tokens of CIMD clients: --registration dcr",
      Notion: "a refresh ends the old access token: run one process at a time",
    },
  },
  fresh_token_rejected: {
    title: "the server refuses a token that was issued just now",
    means:
      "Its issuer or audience differ from what the server expects, or it expects another kind of token.",
    clause: "MCP authorization, Token Audience Binding and Validation; RFC 8707 §2",
    looks: "token endpoint -> 200; POST /mcp with that token -> 401",
    change:
      "MCP server: accept the issuer and audience of the metadata. Authorization server: put the resource into aud.",
    meanwhile:
      "Compare aud and iss in the finding with resource and issuer; --resource <url> sends another resource.",
    products: {
      Auth0:
        "without an API whose identifier is the resource, the token is opaque or encrypted: create the API, and enable the resource parameter compatibility profile of the tenant",
      Keycloak: "ignores resource: add an audience mapper with the server's URL to a client scope",
      "Entra ID": "aud is the application id: let the server accept it",
      "AWS Cognito":
        "has no aud in access tokens without resource binding: check client_id on the server",
      "Cloudflare workers-oauth-provider":
        "older versions bind the audience to the origin, newer ones to the path",
    },
  },
  access_refused: {
    title: "the server refuses access (403)",
    means:
      "If the server answers 401 to the same request without a token, the cause may be the token. Otherwise it may be the account, the client, an Origin check or a firewall.",
    clause: "MCP authorization, Error Handling",
    looks: "HTTP/1.1 403 Forbidden, no insufficient_scope",
    change:
      'If a scope is missing, send WWW-Authenticate: Bearer error="insufficient_scope", scope="…". If the token is not valid, send 401.',
    meanwhile:
      "If the server answers 403 with a token and 401 without one, mcpass refreshes the token once. Read the response body, compare aud, client_id and iss of the token with what the server accepts, or ask the operator.",
    products: {
      "AWS AgentCore":
        "answers 403 to an expired token and to a client or audience that the authorizer does not allow: compare allowedClients and allowedAudience",
      "Web application firewalls": "bot rules may refuse clients that are not browsers",
    },
  },
  token_may_be_refused: {
    title: "a request failed, and the server may no longer accept the token",
    means:
      "The server answers the request with a redirect, an error or a failed tool. Without a token, it asks for one. mcpass does not repeat the request, because it may have run.",
    clause: "MCP authorization, Token Handling; RFC 6750 §3.1",
    looks: "Authorization: Bearer … -> 500, or 307 to /login; no Authorization -> 401",
    change: 'Send 401 with error="invalid_token" for a token that is no longer valid.',
    meanwhile: "mcpass oauth refresh --url <url>",
    products: {
      GitBook: "was reported to redirect to a sign-in page with an expired token",
      "Meta Ads MCP": "was reported to send 500 to an expired token",
    },
  },
  insufficient_scope: {
    title: "a required scope is missing from the token",
    means: "The token is valid but has no scope for this operation.",
    clause: "MCP authorization, Step-Up Authorization Flow; RFC 6750 §3.1",
    looks: '403 Bearer error="insufficient_scope", scope="files:write"',
    change: "Nothing, if the scope can be granted; name it in the challenge.",
    meanwhile: 'mcpass login --url <url> --scopes "<a b>"',
    products: {
      "WSO2 API Platform": "was reported to say invalid_token if a scope is missing; mcpass " +
        "requests the scope",
    },
  },
  insufficient_scope_unnamed: {
    title: "the server requires more scope and does not say which",
    clause: "MCP authorization, Step-Up Authorization Flow; RFC 6750 §3.1",
    looks: '403 Bearer error="insufficient_scope", no scope',
    change: "Name every scope of the operation in the challenge.",
    meanwhile: 'Choose from scopes_supported of the resource metadata: --scopes "<a b>"',
  },
  step_up_limit: {
    title: "the server still asks for scope after several authorizations",
    clause: "MCP authorization, Step-Up Authorization Flow",
    looks: "403 insufficient_scope -> new token -> 403 insufficient_scope …",
    change:
      "Name all scopes at once, and accept tokens that have them; check how scope is read from the token (scope, scp, roles).",
    meanwhile: 'Ask for everything at once: --scopes "<a b>"',
  },
  step_up_not_in_revision: {
    title: "the server requires more scope; this revision has no step-up",
    clause: "MCP authorization 2025-11-25, Step-Up Authorization Flow",
    looks: "403 insufficient_scope under --protocol-version 2025-06-18 or older",
    change: "Name the scopes in the first challenge.",
    meanwhile: "Ask for the scope at once with --scopes, or choose a later revision.",
  },
  authorization_limit: {
    title: "still 401 after several sign-ins",
    clause: "MCP authorization, Error Handling",
    looks: "401 -> login -> 401 -> login …",
    change: "Accept the token that was asked for: check issuer, audience and clock.",
    meanwhile: "mcpass server doctor --url <url> looks for the cause.",
  },
  verification_failed: {
    title: "the token was issued, but using it failed",
    means: "The server issued a token, but connecting or listing tools with it failed.",
    clause: "MCP authorization, Access Token Usage",
    looks: "initialize, tools/list or tools/call fails after a completed login",
    change: "See the other findings of the login; they name the response.",
    meanwhile: "The credentials are printed anyway; --debug-out records every request.",
  },
  tool_error: {
    title: "the tool returned an error of its own",
    means: "The authorization works: the server called the tool, and the tool failed.",
    clause: "MCP tools, Error Handling",
    looks: 'tools/call -> {"isError": true, …}',
    change: "Read the text of the result: often an argument is missing.",
    meanwhile: "Pass arguments with --tool-args '<json>'.",
  },
  mcp_error: {
    title: "an MCP request failed",
    means: "An MCP request failed for another reason than authorization.",
    clause: "MCP base protocol",
    looks: "a JSON-RPC error, or a response that is not MCP",
    change: "Look at the server's log at that time.",
    meanwhile: "--verbose shows every request; mcpass server doctor looks for the cause.",
  },
} satisfies Pages;
