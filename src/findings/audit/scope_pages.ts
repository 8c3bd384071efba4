import type { Pages } from "../page.ts";

/** Scopes at the MCP server. */
export const SCOPE_CHECK_PAGES = {
  scope_enforced: {
    title: "a missing scope is refused with 403",
    meaning:
      "If the tool runs anyway, the consent of the user means nothing: a token for reading also writes. With 401, clients sign in again for the same scopes and fail again.",
    spec: "RFC 6750 §3.1; MCP authorization, Runtime Insufficient Scope Errors",
    example: 'tools/call with a token for "files:read", which needs files:write -> 200',
    serverFix:
      "Compare the scopes of the token with those of the operation before it runs, and answer 403 with insufficient_scope.",
  },
  scope_challenge: {
    title: "the 403 names the missing scope",
    meaning:
      "Clients ask the user for what the challenge names. If it names nothing, they cannot tell a missing scope from a prohibition, and report a failure.",
    spec: "MCP authorization, Runtime Insufficient Scope Errors; RFC 6750 §3.1",
    example: "tools/call -> 403 without WWW-Authenticate",
    serverFix:
      'Send WWW-Authenticate: Bearer error="insufficient_scope", scope="<a b>", resource_metadata="<url>" with the 403.',
  },
  scope_challenge_enough: {
    title: "the named scopes are enough for the operation",
    meaning:
      "If each 403 names only one of several missing scopes, users have to consent once for each. Clients stop after a few rounds.",
    spec: "MCP authorization, Scope Challenge Handling",
    example: '403 with scope="files:write"; with that scope -> 403 with scope="files:delete"',
    serverFix: "Name every scope that the operation needs in one challenge.",
  },
} satisfies Pages;
