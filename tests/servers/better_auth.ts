/**
 * better-auth with its MCP plugin, and two pages: sign in with a password, and consent.
 *
 * @module
 */

import { mcp, requireMcpAuth } from "@better-auth/mcp";
import { betterAuth } from "better-auth";
import { jwt } from "better-auth/plugins";
import { startFetchApp } from "./fetch_handler.ts";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";

const PERSON = { email: "person@mail.example", password: "a long password" };

async function createAuth({ origin, tokenSeconds }: StartOptions) {
  const auth = betterAuth({
    baseURL: origin,
    secret: crypto.randomUUID() + crypto.randomUUID(),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    plugins: [
      jwt(),
      mcp({
        loginPage: "/login",
        consentPage: "/consent",
        resource: `${origin}/mcp`,
        allowDynamicClientRegistration: true,
        allowUnauthenticatedClientRegistration: true,
        accessTokenExpiresIn: tokenSeconds,
      }),
    ],
  });
  await auth.api.signUpEmail({ body: { ...PERSON, name: "Person" } });
  return auth;
}

const page = (form: string) =>
  new Response(`<!doctype html><form method="post">${form}<button>Continue</button></form>`, {
    headers: { "content-type": "text/html; charset=utf-8" },
  });

/** The fields of each page, and the request of the client library that its button sends. */
const PAGES: Readonly<
  Record<string, { fields: string; api: string; body: (form: FormData) => object }>
> = {
  "/login": {
    fields: '<input name="email"><input name="password" type="password">',
    api: "/api/auth/sign-in/email",
    body: (form) => Object.fromEntries(form),
  },
  "/consent": {
    fields: '<input type="hidden" name="accept" value="yes">',
    api: "/api/auth/oauth2/consent",
    body: (form) => ({ accept: form.get("accept") === "yes" }),
  },
};

async function startBetterAuth(options: StartOptions): Promise<RunningApp> {
  const { origin } = options;
  const auth = await createAuth(options);
  return await startFetchApp(origin, (mcp) => {
    const protectedMcp = requireMcpAuth(auth, mcp, { resource: `${origin}/mcp` });
    return async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/mcp") return await protectedMcp(request);
      const shown = PAGES[pathname];
      if (shown === undefined) return await auth.handler(request);
      const { fields, api, body } = shown;
      if (request.method === "GET") return page(fields);
      const answer = await auth.handler(
        new Request(origin + api, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            origin,
            cookie: request.headers.get("cookie") ?? "",
          },
          body: JSON.stringify({
            ...body(await request.formData()),
            oauth_query: search.slice(1),
          }),
        }),
      );
      const result = await answer.json();
      const headers = new Headers({ location: result.url ?? result.redirect_uri ?? "/failed" });
      for (const cookie of answer.headers.getSetCookie()) headers.append("set-cookie", cookie);
      return new Response(JSON.stringify(result), { status: 302, headers });
    };
  });
}

export const BETTER_AUTH: readonly RealServer[] = [{
  name: "better-auth",
  start: startBetterAuth,
  // Its access tokens are JWTs.
  without: ["revocation"],
  person: async (browser, login) => {
    const consent = await browser.submit(login, PERSON);
    return consent.status === 200 ? await browser.submit(consent, {}) : consent;
  },
}];
