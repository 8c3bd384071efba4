/**
 * better-auth with its MCP plugin, and two pages: sign in with a password, and consent.
 *
 * @module
 */

import { mcp, requireMcpAuth } from "@better-auth/mcp";
import { betterAuth } from "better-auth";
import { jwt } from "better-auth/plugins";
import { type Middleware, startFetchApp } from "./fetch_handler.ts";
import type { Browser, Page } from "../lab/person.ts";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";

/** An account, and what its owner enters. */
export interface Person {
  readonly email: string;
  readonly password: string;
}

const PERSON: Person = { email: "person@mail.example", password: "a long password" };
export const OTHER_PERSON: Person = { email: "other@mail.example", password: "another password" };

/** What an operator of the library can change. */
export interface BetterAuthSettings {
  /** Options of the plugin `mcp`. */
  readonly plugin?: (origin: string) => object;
  /** Options of `requireMcpAuth`. */
  readonly check?: object;
  /** The application checks a token, instead of `requireMcpAuth`; throws for a wrong one. */
  readonly verify?: (request: Request, origin: string) => Promise<void>;
  /** Options of the plugin `jwt`. */
  readonly jwt?: object;
  /** Other options of better-auth. */
  readonly auth?: object;
  /** In front of everything. */
  readonly gateway?: Middleware;
}

async function createAuth({ origin, tokenSeconds }: StartOptions, settings: BetterAuthSettings) {
  const auth = betterAuth({
    baseURL: origin,
    secret: crypto.randomUUID() + crypto.randomUUID(),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    plugins: [
      jwt(settings.jwt),
      mcp({
        loginPage: "/login",
        consentPage: "/consent",
        resource: `${origin}/mcp`,
        allowDynamicClientRegistration: true,
        allowUnauthenticatedClientRegistration: true,
        accessTokenExpiresIn: tokenSeconds,
        ...settings.plugin?.(origin),
      }),
    ],
    ...settings.auth,
  });
  for (const person of [PERSON, OTHER_PERSON]) {
    await auth.api.signUpEmail({ body: { ...person, name: "Person" } });
  }
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

export async function startBetterAuth(
  options: StartOptions,
  settings: BetterAuthSettings = {},
): Promise<RunningApp> {
  const { origin } = options;
  const { gateway = (request, next) => next(request) } = settings;
  const auth = await createAuth(options, settings);
  return await startFetchApp(origin, (mcp) => {
    const withCheck = requireMcpAuth(auth, mcp, {
      resource: `${origin}/mcp`,
      ...settings.check,
    });
    const protectedMcp = async (request: Request) => {
      try {
        if (settings.verify === undefined) return await withCheck(request);
        await settings.verify(request, origin);
        return await mcp(request);
      } catch {
        // Its challenge.
        return await withCheck(new Request(request.url, { method: "POST" }));
      }
    };
    const answerAll = async (request: Request) => {
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
    return async (request) => await gateway(request, answerAll);
  });
}

/** What a person does at the first page. */
export async function decideAtBetterAuth(
  browser: Browser,
  page: Page,
  decision: "allow" | "deny",
  person = PERSON,
): Promise<Page> {
  const accept = decision === "allow" ? "yes" : "no";
  const consent = page.url.includes("/login") ? await browser.submit(page, { ...person }) : page;
  return consent.status === 200 ? await browser.submit(consent, { accept }) : consent;
}

export const BETTER_AUTH: readonly RealServer[] = [{
  name: "better-auth",
  start: (options) => startBetterAuth(options),
  // Its access tokens are JWTs.
  without: ["revocation"],
  person: (browser, page) => decideAtBetterAuth(browser, page, "allow"),
}];
