/** A session and the token of another person, at a server with two accounts. */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import type { ConsentDriver } from "../../../src/audit/context/consent_driver.ts";
import { endpointsOf, openBrowser, postToken } from "../../lab/person.ts";
import {
  decideAtBetterAuth,
  OTHER_PERSON,
  type Person,
  startBetterAuth,
} from "../../servers/better_auth.ts";
import type { Middleware } from "../../servers/fetch_handler.ts";
import { startRealServer } from "../../servers/real_server.ts";
import { audit } from "../conformance/audit_lab.ts";

const REDIRECT_URI = "http://127.0.0.1:33418/callback";
const VERIFIER = "a-verifier-of-at-least-43-characters-0123456789";
const CHALLENGE = new Uint8Array(
  await crypto.subtle.digest("SHA-256", new TextEncoder().encode(VERIFIER)),
).toBase64({ alphabet: "base64url", omitPadding: true });

/** Signs a person in, as a client of their own. */
async function tokenOf(person: Person, mcpUrl: string): Promise<string> {
  const { origin } = new URL(mcpUrl);
  const resource = await (await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)).json();
  const { authorization, registration, token } = await endpointsOf(
    resource.authorization_servers[0],
  );
  const registered = await fetch(registration, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      application_type: "native",
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }),
  });
  const { client_id: client } = await registered.json();
  const url = new URL(authorization);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: client,
    redirect_uri: REDIRECT_URI,
    state: "a state of the second person",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    resource: mcpUrl,
  }).toString();
  const browser = openBrowser({ stopAt: REDIRECT_URI });
  const page = await decideAtBetterAuth(browser, await browser.visit(url.href), "allow", person);
  const { accessToken } = await postToken(token, {
    grant_type: "authorization_code",
    code: new URL(page.url).searchParams.get("code") ?? "",
    redirect_uri: REDIRECT_URI,
    client_id: client,
    code_verifier: VERIFIER,
    resource: mcpUrl,
  });
  return accessToken;
}

const subjectOf = (request: Request) =>
  decodeJwt(request.headers.get("authorization")?.split(" ")[1] ?? "").sub;

/** Refuses a session of another person. */
function bindsSessions(): Middleware {
  const owners = new Map<string, string | undefined>();
  return async (request, next) => {
    const id = request.headers.get("mcp-session-id");
    if (
      id !== null && request.headers.has("authorization") && owners.get(id) !== subjectOf(request)
    ) {
      return new Response(null, { status: 404 });
    }
    const response = await next(request);
    const opened = response.headers.get("mcp-session-id");
    if (opened !== null) owners.set(opened, subjectOf(request));
    return response;
  };
}

function openPerson(): Promise<ConsentDriver> {
  return Promise.resolve({
    redirectUri: REDIRECT_URI,
    asksPerson: false,
    decides: false,
    async obtain({ authorizationUrl }) {
      const browser = openBrowser({ stopAt: REDIRECT_URI });
      const { url } = await decideAtBetterAuth(
        browser,
        await browser.visit(authorizationUrl),
        "allow",
      );
      return { url, status: null, exchangeId: null };
    },
    close: () => Promise.resolve(),
  });
}

const pass: Middleware = (request, next) => next(request);

async function judgeSession(gateway: Middleware, token?: string) {
  await using server = await startRealServer({
    name: "better-auth",
    start: (options) => startBetterAuth(options, { gateway }),
  });
  const secondAccount = token ?? await tokenOf(OTHER_PERSON, server.mcpUrl);
  const { result } = await audit(server.mcpUrl, {
    revision: "2025-11-25",
    only: ["rs_session_bound"],
    tokens: { secondAccount },
  }, { openConsent: openPerson });
  return result.checks.find(({ id }) => id === "rs_session_bound");
}

Deno.test("a session that another person can use is found, with the account", async () => {
  const check = await judgeSession(pass);
  assert.equal(check?.verdict, "warning");
  assert.match(check.message, /the token of another account is accepted/);
});

Deno.test("a session that is bound to its person passes", async () => {
  const check = await judgeSession(bindsSessions());
  assert.deepEqual([check?.verdict, check?.reason], ["passed", null]);
});

Deno.test("a token of the second account that does not work proves nothing", async () => {
  const check = await judgeSession(pass, "expired-token-of-the-second-account");
  assert.deepEqual([check?.verdict, check?.reason], ["inconclusive", "other_refusal"]);
});
