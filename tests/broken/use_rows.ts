/**
 * Servers that will not do with a token what they issued it for.
 *
 * @module
 */

import type { Home } from "../cli/real_run.ts";
import type { FakeLab, FakeLabOptions } from "../lab/fake_lab.ts";
import { headerOf, rpcMethodOf } from "../lab/journal.ts";
import { html } from "../lab/misbehaviour.ts";
import type { Answer } from "../lab/scripted_server.ts";
import type { BrokenServer } from "./row.ts";

const VERIFY = ["--verify-tools"];
const signIn = (lab: FakeLab, home: Home) => home.signIn(lab);
const TOKEN = ["oauth", "token", "--url", "{url}"];
const LIST = ["tools", "list", "--url", "{url}"];
const DOCTOR = ["server", "doctor", "--url", "{url}"];

/** Signed in; the token has expired, and the token endpoint now gives this answer. */
const renewing = (answer: Answer) => async (lab: FakeLab, home: Home) => {
  await home.signIn(lab);
  await home.expire(lab);
  lab.as.expireAccessTokens();
  lab.asServer.routes["POST /token"] = answer;
};

/** What the MCP server answers to a request that carries a token. */
const withToken = (answer: Answer): FakeLabOptions => ({
  mcp: {
    intercept: (request) => headerOf(request, "authorization") === undefined ? undefined : answer,
  },
});

const needsScope = (scope: string): FakeLabOptions => ({
  scopes: ["mcp:read", "mcp:write", "offline_access", "never"],
  protection: { methodScopes: { "tools/list": [scope] } },
});

/** Rows with a token. */
export const USE_ROWS: readonly BrokenServer[] = [
  {
    code: "fresh_token_rejected",
    fault: "the server expects another audience",
    lab: { protection: { verify: () => "wrong audience" } },
    more: VERIFY,
    first: /refuses a token that was issued just now/,
    remedy: /put the resource into the audience/,
  },
  {
    code: "access_refused",
    fault: "a firewall refuses whoever has a token",
    lab: withToken({
      status: 403,
      headers: [["content-type", "text/html"]],
      body: "<title>Blocked</title><script>x()</script><p>Your plan has no API access",
    }),
    more: VERIFY,
    first: /refuses access \(403\)/,
    remedy: /it says "Blocked Your plan has no API access".*[Aa]sk the operator/,
  },
  {
    code: "insufficient_scope_unnamed",
    fault: "more scope is wanted, nobody says which",
    lab: {
      ...needsScope("mcp:write"),
      challenge: { insufficientScope: false },
      prm: { scopesSupported: ["mcp:read", "mcp:write"] },
    },
    more: [...VERIFY, "--scopes", "mcp:read"],
    first: /does not say which/,
    remedy: /--scopes 'mcp:read mcp:write'/,
  },
  {
    code: "step_up_limit",
    fault: "scope that was granted is asked for again",
    lab: {
      ...needsScope("never"),
      token: ({ status, body }) => ({ status, body: { ...body, scope: "mcp:read never" } }),
      protection: {
        methodScopes: { "tools/list": ["never"] },
        verify: () => ({ scopes: ["mcp:read"] }),
      },
    },
    more: [...VERIFY, "--scopes", "mcp:read"],
    first: /still asks for scope/,
    remedy: /accept tokens that have them/,
  },
  {
    code: "step_up_not_in_revision",
    fault: "more scope is wanted, under a revision without step-up",
    lab: needsScope("mcp:write"),
    more: [...VERIFY, "--scopes", "mcp:read", "--protocol-version", "2025-06-18"],
    first: /no step-up/,
    remedy: /--scopes 'mcp:read mcp:write'/,
  },
  {
    code: "verification_failed",
    fault: "the server fails as soon as it has a token",
    lab: withToken({ status: 500, body: "broken" }),
    more: VERIFY,
    first: /listing the tools failed: HTTP 500; it says "broken"/,
    remedy: /Compare "aud", "client_id" and "iss".*--debug-out/,
  },
  {
    code: "redirect_refused",
    fault: "the server redirects requests with a token to its sign-in page",
    lab: withToken({ status: 307, headers: [["location", "/login"]] }),
    more: VERIFY,
    first: /redirect not followed/,
    remedy: /307, .*\/login.*Compare "aud", "client_id" and "iss"/,
  },
  {
    code: "verification_failed",
    fault: "the tool answers with an error",
    more: ["--verify-call-tool", "fail"],
    first: /tool/,
    remedy: /--tool-args/,
  },
  {
    code: "authorization_required",
    fault: "a token is wanted and none is kept",
    args: LIST,
    status: 4,
    first: /the server requires a token/,
    remedy: /mcpass login http/,
  },
  {
    code: "no_refresh_token",
    fault: "a kept token is refused, and there is no other",
    lab: { refreshTokens: false },
    before: async (lab, home) => {
      await home.signIn(lab);
      lab.as.expireAccessTokens();
    },
    args: LIST,
    status: 4,
    first: /cannot refresh the token: no refresh token/,
    remedy: /mcpass login http/,
  },
  {
    code: "token_rejected",
    fault: "every kept token is refused",
    lab: { protection: { verify: () => "no" } },
    before: signIn,
    args: LIST,
    status: 4,
    first: /the server answered 401 "invalid_token"|refuses the token/,
    remedy: /mcpass login http/,
  },
  {
    code: "insufficient_scope",
    fault: "the kept token has too little scope",
    lab: needsScope("mcp:write"),
    before: (lab, home) => home.signIn(lab, "--scopes", "mcp:read"),
    args: LIST,
    status: 4,
    first: /scope/,
    remedy: /--scopes 'mcp:read mcp:write'/,
  },
  {
    code: "access_refused",
    fault: "a policy refuses the kept token",
    lab: withToken({ status: 403 }),
    before: signIn,
    args: LIST,
    first: /403/,
    remedy: /operator|server doctor/,
  },
  {
    code: "mcp_error",
    fault: "the list of tools is no list",
    before: signIn,
    lab: {
      mcp: {
        intercept: (request) =>
          rpcMethodOf(request) === "tools/list" && headerOf(request, "authorization")
            ? { body: { jsonrpc: "2.0", id: JSON.parse(request.body).id, result: { tools: 7 } } }
            : undefined,
      },
    },
    args: LIST,
    first: /listing the tools failed: the result of tools\/list has no list "tools"/,
    remedy: /server doctor/,
  },
  {
    code: "tool_error",
    fault: "the tool that is called answers with an error",
    before: signIn,
    args: ["tools", "call", "--tool-name", "fail", "--url", "{url}"],
    first: /the tool .*error/,
    remedy: /the arguments that it declares.*mcpass tools list \S+ fail/,
  },
  {
    code: "not_signed_in",
    fault: "there was no sign-in",
    args: TOKEN,
    status: 4,
    first: /nothing is (stored|kept)/,
    remedy: /mcpass login http/,
  },
  {
    code: "no_refresh_token",
    fault: "no refresh token was issued, and the token is over",
    lab: { refreshTokens: false },
    before: async (lab, home) => {
      await home.signIn(lab);
      await home.expire(lab);
    },
    args: TOKEN,
    status: 4,
    first: /no refresh token/,
    remedy: /mcpass login http/,
  },
  {
    code: "refresh_token_refused",
    fault: "the refresh token is dead",
    before: renewing({ status: 400, body: { error: "invalid_grant" } }),
    args: TOKEN,
    status: 4,
    first: /refresh token was refused/,
    remedy: /mcpass login http/,
  },
  {
    code: "refresh_token_refused",
    fault: "a dead refresh token is called an invalid request",
    before: renewing({
      status: 400,
      body: { error: "invalid_request", error_description: "refresh token not found" },
    }),
    args: TOKEN,
    status: 4,
    first: /refresh token was refused/,
    remedy: /mcpass login http/,
  },
  {
    code: "client_refused",
    fault: "the client was forgotten",
    before: renewing({ status: 401, body: { error: "invalid_client" } }),
    args: TOKEN,
    status: 4,
    first: /no longer knows the client/,
    remedy: /mcpass login http/,
  },
  {
    code: "refresh_refused",
    fault: "a policy refuses the renewal",
    before: renewing({ status: 400, body: { error: "unauthorized_client" } }),
    args: TOKEN,
    status: 4,
    first: /the token refresh failed/,
    remedy: /mcpass login http/,
  },
  {
    code: "token_error",
    fault: "the token endpoint is out of order when the token is renewed",
    before: renewing({ status: 503, body: { error: "temporarily_unavailable" } }),
    args: TOKEN,
    first: /token endpoint returned an error: temporarily_unavailable/,
    remedy: /try again later/,
  },
  {
    code: "validity_too_short",
    fault: "tokens last a minute",
    lab: { accessTokenTtl: 60 },
    before: signIn,
    args: [...TOKEN, "--min-validity", "600000"],
    first: /shorter time than --min-validity/,
    remedy: /longer/,
  },
  {
    code: "revocation_failed",
    fault: "the authorization server does not revoke",
    before: async (lab, home) => {
      await home.signIn(lab);
      lab.asServer.routes["POST /token"] = { status: 503, body: "no" };
    },
    args: ["oauth", "logout", "--url", "{url}"],
    first: /did not revoke the token/,
    remedy: /End the session on the authorization server/,
  },
  {
    code: "reachable_failed",
    fault: "nothing listens, and doctor is asked",
    before: (lab) => lab.mcp.close(),
    args: DOCTOR,
    first: /cannot be reached/,
    remedy: /address and the port/,
  },
  {
    code: "reachable_failed",
    fault: "a web page stands at the address, and doctor is asked",
    before: (lab) => {
      lab.mcp.routes["*"] = html();
    },
    args: DOCTOR,
    first: /does not answer as an MCP server/,
    remedy: /path/,
  },
  {
    code: "resource_metadata_failed",
    fault: "the resource metadata is about another server, and doctor is asked",
    lab: { prm: { document: (it) => ({ ...it, resource: "https://other.example" }) } },
    args: DOCTOR,
    first: /does not work: the resource metadata is missing or not usable/,
    remedy: /publish "resource"/,
  },
  {
    code: "authorization_server_failed",
    fault: "the authorization server has no metadata, and doctor is asked",
    lab: { wellKnown: [] },
    args: DOCTOR,
    first: /does not work: the authorization server's metadata is missing or not usable/,
    remedy: /publish the metadata/,
  },
  {
    code: "credentials_failed",
    fault: "no client can be had, and doctor is asked",
    lab: { registration: false },
    args: DOCTOR,
    status: 4,
    first: /needs a sign-in/,
    remedy: /--client-id/,
  },
  {
    code: "connection_failed",
    fault: "the server fails as soon as it has a token, and doctor is asked",
    lab: withToken({ status: 500, body: "broken" }),
    before: signIn,
    args: DOCTOR,
    first: /does not work: connecting with the token failed/,
    remedy: /--verbose/,
  },
];
