import type { Pages } from "./page.ts";

export const TOKEN_USE_PAGES = {
  token_rejected: {
    title: "the server refuses the token",
    meaning:
      "It answers 401 although the token has not expired, and a refresh or another sign-in did not help. Usually it expects another issuer or audience, its clock is wrong, or the token was revoked.",
    spec: "MCP authorization, Token Handling; RFC 6750 §3.1",
    example: 'POST /mcp with Authorization: Bearer … -> 401 Bearer error="invalid_token"',
    serverFix:
      "Accept tokens while they are valid: check the expected issuer, the audience and the clock.",
    workaround: "To compare the token with what is expected: mcpass server doctor <url>",
    products: {
      Linear: [
        "refused tokens of CIMD clients: --registration dcr",
        "anthropics/claude-code#85236",
      ],
      Notion: [
        "a refresh ends the old access token: run one process at a time",
        "onyx-dot-app/onyx#12874",
      ],
    },
  },
  fresh_token_rejected: {
    title: "the server refuses a token that was issued just now",
    meaning:
      "Its issuer or audience differs from what the server expects, or the server expects another kind of token. Signing in again does not help.",
    spec: "MCP authorization, Token Audience Binding and Validation; RFC 8707 §2",
    example: "POST /token -> 200; POST /mcp with that token -> 401",
    serverFix:
      "MCP server: accept the issuer and audience of the metadata. Authorization server: put the resource into aud.",
    workaround:
      "Compare aud and iss in the finding with resource and issuer. To request a token for another resource: --resource <url>",
    products: {
      Auth0:
        "without an API whose identifier is the resource, the token is opaque or encrypted: create the API, and enable the resource parameter compatibility profile of the tenant",
      Keycloak: "ignores resource: add an audience mapper with the server's URL to a client scope",
      "Entra ID": "aud is the application id: let the server accept it",
      "AWS Cognito":
        "access tokens have no aud without resource binding: check client_id on the server",
      "Cloudflare workers-oauth-provider": [
        "older versions bind the audience to the origin, newer ones to the path",
        "cloudflare/workers-oauth-provider#108",
      ],
    },
  },
  access_refused: {
    title: "the server refuses access (403)",
    meaning:
      "If the same request without a token returns 401, the cause may be the token: some servers send 403 for an expired one, so mcpass refreshes it once. Otherwise the cause is the account, the client, an Origin check or a firewall.",
    spec: "MCP authorization, Error Handling",
    example: "POST /mcp with Authorization: Bearer … -> 403, without insufficient_scope",
    serverFix:
      'If a scope is missing, send WWW-Authenticate: Bearer error="insufficient_scope", scope="…". If the token is not valid, send 401.',
    workaround:
      "Read the response body, and compare aud, client_id and iss of the token with what the server accepts. Or ask the operator.",
    products: {
      "AWS AgentCore":
        "answers 403 to an expired token and to a client or audience that the authorizer does not allow: compare allowedClients and allowedAudience",
      "Web application firewalls": "bot rules may refuse clients that are not browsers",
    },
  },
  token_may_be_refused: {
    title: "a request failed, perhaps because of the token",
    meaning:
      "With the token the server answers with a redirect, an error or a failed tool; without one it asks for a sign-in. mcpass does not repeat the request, because it may have run.",
    spec: "MCP authorization, Token Handling; RFC 6750 §3.1",
    example: "POST /mcp with Authorization: Bearer … -> 500; without Authorization -> 401",
    serverFix: 'Send 401 with error="invalid_token" for a token that is no longer valid.',
    workaround: "Refresh the token: mcpass refresh <url>",
    products: {
      GitBook: "redirected an expired token to a sign-in page",
      "Meta Ads MCP": "returned 500 for an expired token",
    },
  },
  insufficient_scope: {
    title: "a required scope is missing from the token",
    meaning:
      "The token is valid, but the user has not granted this operation. It needs another sign-in with more scope.",
    spec: "MCP authorization, Step-Up Authorization Flow; RFC 6750 §3.1",
    example: '403 Bearer error="insufficient_scope", scope="files:write"',
    fix: 'Sign in with the scope: mcpass login <url> --scopes "<a b>"',
    products: {
      "WSO2 API Platform": [
        "returned invalid_token if a scope is missing; mcpass requests the scope",
        "wso2/api-platform#2751",
      ],
    },
  },
  insufficient_scope_unnamed: {
    title: "the server requires more scope and does not say which",
    meaning: "The challenge has no scope, so mcpass does not know what to request.",
    spec: "MCP authorization, Step-Up Authorization Flow; RFC 6750 §3.1",
    example: '403 Bearer error="insufficient_scope", without scope',
    serverFix: "Name every scope of the operation in the challenge.",
    workaround: 'Choose from scopes_supported of the resource metadata: --scopes "<a b>"',
  },
  step_up_limit: {
    title: "the server still asks for scope after several authorizations",
    meaning:
      "Each new token had the scopes that the server named, and the server refused it again. mcpass stops, so that you are not sent to the browser without end.",
    spec: "MCP authorization, Step-Up Authorization Flow",
    example: "403 insufficient_scope -> sign-in -> 403 insufficient_scope -> sign-in …",
    serverFix:
      "Name all scopes at once, and accept tokens that have them. Check where scopes are read from: scope, scp or roles.",
    workaround: 'Request everything at once: --scopes "<a b>"',
  },
  step_up_not_in_revision: {
    title: "the server requires more scope; this revision has no step-up",
    meaning:
      "Step-up is a sign-in for more scope during use, part of MCP from 2025-11-25 on. mcpass follows the revision that you named, so it does not request the scope.",
    spec: "MCP authorization 2025-11-25, Step-Up Authorization Flow",
    example: "403 insufficient_scope, --protocol-version 2025-06-18",
    serverFix: "For older clients, name all scopes in the first challenge.",
    workaround:
      'Request the scope at once (--scopes "<a b>"), or choose a later --protocol-version.',
  },
  authorization_limit: {
    title: "still 401 after several sign-ins",
    meaning:
      "The server accepts none of the tokens. mcpass stops, so that you are not sent to the browser without end.",
    spec: "MCP authorization, Error Handling",
    example: "POST /mcp -> 401 -> sign-in -> POST /mcp -> 401 -> sign-in …",
    serverFix: "Accept the token that was requested: check issuer, audience and clock.",
    workaround: "To look for the cause: mcpass server doctor <url>",
  },
  verification_failed: {
    title: "the token was issued, but using it failed",
    meaning:
      "The sign-in is complete and stored. The test after it failed: connecting, listing tools or calling the tool. Another finding names the response.",
    spec: "MCP authorization, Access Token Usage",
    example: "--verify-tools: POST /token -> 200; POST /mcp tools/list -> 500",
    serverFix: "Find the request in the server's log.",
    workaround: "To record every request, secrets masked: --debug-out <path>",
  },
  tool_error: {
    title: "the tool returned an error of its own",
    meaning:
      "Authorization works: the server accepted the token and called the tool. Often an argument is missing or has a wrong value; the text of the result says which.",
    spec: "MCP tools, Error Handling",
    example: 'tools/call -> {"isError": true, "content": [{"text": "city is required"}]}',
    fix: "Correct the arguments: mcpass tools call <url> <tool> city=Oslo",
  },
  mcp_error: {
    title: "an MCP request failed",
    meaning:
      "The response is a JSON-RPC error or is not MCP. The cause is not authorization; the token may be valid.",
    spec: "MCP base protocol",
    example: 'POST /mcp -> {"error": {"code": -32603, "message": "Internal error"}}',
    serverFix: "Find the request in the server's log.",
    workaround: "To see each request: --verbose. To look for the cause: mcpass server doctor <url>",
  },
} satisfies Pages;
