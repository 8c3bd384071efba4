/** Settings of workers-oauth-provider, its pages, and gateways in front of it. @module */

import { startRealServer } from "../../../servers/real_server.ts";
import {
  type Helpers,
  startWorker,
  WORKER_PAGES,
  type WorkerSettings,
} from "../../../servers/workers_oauth_provider.ts";
import { GATEWAYS, SESSION_GATEWAYS } from "./gateways.ts";
import type { ConfiguredServer, Setting } from "./setting.ts";

const start = (settings: WorkerSettings = {}) =>
  startRealServer({
    name: "workers-oauth-provider",
    start: (options) => startWorker(options, settings),
  });

const options = (
  name: string,
  change: (origin: string) => object,
): Setting => ({
  name,
  start: () => start({ options: change }),
});

const pages = (
  name: string,
  change: WorkerSettings["pages"],
): Setting => ({
  name,
  start: () => start({ pages: change ?? {} }),
});

const resource = (change: (origin: string) => object) => (origin: string) => ({
  resourceMetadata: {
    resource: `${origin}/mcp`,
    authorization_servers: [origin],
    ...change(origin),
  },
});

/** Redirects to what the request says, whatever is wrong with it. */
async function redirectUnchecked(request: Request, oauth: Helpers): Promise<Response> {
  try {
    return await WORKER_PAGES.show(request, oauth);
  } catch (error) {
    const asked = new URL(request.url).searchParams;
    const target = URL.parse(asked.get("redirect_uri") ?? "");
    if (target === null) throw error;
    target.searchParams.set("error", "invalid_request");
    const state = asked.get("state");
    if (state !== null) target.searchParams.set("state", state);
    return Response.redirect(target.href, 302);
  }
}

async function withoutHeaders(request: Request, oauth: Helpers): Promise<Response> {
  const response = await WORKER_PAGES.show(request, oauth);
  const headers = new Headers({ "content-type": "text/html" });
  for (const cookie of response.headers.getSetCookie()) headers.append("set-cookie", cookie);
  return new Response(response.body, { headers });
}

async function withoutCookieAttributes(request: Request, oauth: Helpers): Promise<Response> {
  const response = await WORKER_PAGES.show(request, oauth);
  const headers = new Headers(response.headers);
  headers.append("set-cookie", "theme=dark");
  return new Response(response.body, { headers });
}

async function withInput(request: Request, oauth: Helpers): Promise<Response> {
  const response = await WORKER_PAGES.show(request, oauth);
  const scope = new URL(request.url).searchParams.get("state") ?? "";
  return new Response(`${await response.text()}<p>Request ${scope}</p>`, {
    headers: response.headers,
  });
}

/** Asks once in a browser, whichever client asks. */
async function rememberingAll(request: Request, oauth: Helpers): Promise<Response> {
  if (!request.headers.get("cookie")?.includes("approved=yes")) {
    return await WORKER_PAGES.show(request, oauth);
  }
  const asked = await oauth.parseAuthRequest(request) as { scope: readonly string[] };
  const { redirectTo } = await oauth.completeAuthorization({
    request: asked,
    userId: "user",
    metadata: {},
    scope: asked.scope,
    props: {},
  });
  return new Response(null, { status: 302, headers: { location: redirectTo } });
}

async function approvingAll(request: Request, oauth: Helpers): Promise<Response> {
  const response = await WORKER_PAGES.decide(request, oauth);
  const headers = new Headers(response.headers);
  headers.append("set-cookie", "approved=yes; HttpOnly; Secure; SameSite=Lax");
  return new Response(null, { status: response.status, headers });
}

/** Changes where the browser goes after the consent. */
const redirecting = (change: (location: URL) => string) => ({
  async decide(request: Request, oauth: Helpers): Promise<Response> {
    const response = await WORKER_PAGES.decide(request, oauth);
    const headers = new Headers(response.headers);
    const location = new URL(headers.get("location") ?? "");
    if (location.searchParams.has("code")) headers.set("location", change(location));
    return new Response(null, { status: 302, headers });
  },
});

async function denyWithPage(request: Request, oauth: Helpers): Promise<Response> {
  const form = await request.clone().formData();
  return form.get("decision") === "approve"
    ? await WORKER_PAGES.decide(request, oauth)
    : new Response("You can close this window.");
}

const errorText = ({ description, status }: { description: string; status: number }) =>
  new Response(description, { status });

const SETTINGS: readonly Setting[] = [
  options("refreshTokenTTL is 0", () => ({ refreshTokenTTL: 0 })),
  options("accessTokenTTL is a week", () => ({ accessTokenTTL: 7 * 86_400 })),
  options("no clientRegistrationEndpoint", () => ({ clientRegistrationEndpoint: undefined })),
  options("disallowPublicClientRegistration", () => ({ disallowPublicClientRegistration: true })),
  options("clientRegistrationCallback refuses http", () => ({
    clientRegistrationCallback: (
      { clientMetadata }: { clientMetadata: { redirect_uris: string[] } },
    ) =>
      clientMetadata.redirect_uris.some((it) => it.startsWith("http:"))
        ? { code: "invalid_redirect_uri", description: "https only" }
        : undefined,
  })),
  options("requiredScopes is unset", () => ({ requiredScopes: undefined })),
  options(
    "requiredScopes is *",
    () => ({ requiredScopes: ["*"], scopesSupported: ["*", "mcp:read", "offline_access"] }),
  ),
  options(
    "requiredScopes has one that is not in scopesSupported",
    () => ({ requiredScopes: ["mcp:read", "mcp:other"] }),
  ),
  options(
    "scopesSupported without offline_access",
    () => ({ scopesSupported: ["mcp:read", "mcp:write"] }),
  ),
  options("resource is the origin", resource((origin) => ({ resource: origin }))),
  options(
    "authorization_servers has a slash",
    resource((origin) => ({ authorization_servers: [`${origin}/`] })),
  ),
  options(
    "authorization_servers has the URL of the metadata",
    resource((origin) => ({
      authorization_servers: [`${origin}/.well-known/oauth-authorization-server`],
    })),
  ),
  options(
    "authorization_servers has it twice",
    resource((origin) => ({ authorization_servers: [origin, origin] })),
  ),
  options(
    "authorizeEndpoint has scope",
    () => ({ authorizeEndpoint: "/authorize?scope=mcp:read" }),
  ),
  options("onError writes text", () => ({ onError: errorText })),
  options("onError writes the internal reason", () => ({
    onError: (
      { status, headers, internal }: {
        status: number;
        headers: Record<string, string>;
        internal: unknown;
      },
    ) =>
      new Response(`${new Error("refused").stack} ${JSON.stringify(internal)}`, {
        status,
        headers,
      }),
  })),
  options("onError answers 200", () => ({
    onError: ({ code, description }: { code: string; description: string }) =>
      Response.json({ error: code, error_description: description }),
  })),
  options("resolveExternalToken accepts every token", (origin) => ({
    resolveExternalToken: () => Promise.resolve({ props: {}, audience: `${origin}/mcp` }),
  })),
  pages("errors are sent to whatever the request names", { show: redirectUnchecked }),
  pages("errors are shown on a page", {
    fail: (error) => new Response(error.message, { status: 400 }),
  }),
  pages("errors are sent without state and iss", {
    fail(error) {
      if (error.redirectTo === undefined) return WORKER_PAGES.fail(error);
      const url = new URL(error.redirectTo);
      url.searchParams.delete("state");
      url.searchParams.delete("iss");
      return Response.redirect(url.href, 302);
    },
  }),
  pages("the page lacks the headers of beginConsent", { show: withoutHeaders }),
  pages("the page sets a cookie without attributes", { show: withoutCookieAttributes }),
  pages("the page shows the request as it is", { show: withInput }),
  pages("consent is remembered for all clients", { show: rememberingAll, decide: approvingAll }),
  pages("a denial ends on a page", { decide: denyWithPage }),
  pages(
    "the redirect is built by hand, without encoding",
    redirecting(({ origin, pathname, searchParams }) =>
      `${origin}${pathname}?code=${searchParams.get("code")}&state=${
        searchParams.get("state")?.replaceAll("%", "")
      }&iss=${encodeURIComponent(searchParams.get("iss") ?? "")}`
    ),
  ),
  pages(
    "the redirect has no iss",
    redirecting((url) => {
      url.searchParams.delete("iss");
      return url.href;
    }),
  ),
  pages(
    "the redirect has the token in it",
    redirecting((url) => {
      url.searchParams.set("access_token", "for-the-page");
      return url.href;
    }),
  ),
  pages(
    "the redirect has the code twice",
    redirecting((url) => `${url.href}&code=${url.searchParams.get("code")}`),
  ),
  ...Object.entries(GATEWAYS).map(([name, gateway]): Setting => ({
    name: `a gateway ${name}`,
    start: () => start({ gateway }),
  })),
];

const PERSON: ConfiguredServer["person"] = (browser, page, decision) =>
  browser.submit(page, { decision: decision === "allow" ? "approve" : "deny" });

/** The revision with sessions. */
export const WORKERS_2025: ConfiguredServer = {
  name: "workers-oauth-provider in 2025-11-25",
  start,
  plan: () => ({ revision: "2025-11-25" }),
  person: PERSON,
  settings: Object.entries(SESSION_GATEWAYS).map(([name, gateway]): Setting => ({
    name: `a gateway ${name}`,
    start: () => start({ gateway: gateway() }),
  })),
};

export const WORKERS: ConfiguredServer = {
  name: "workers-oauth-provider",
  start,
  person: PERSON,
  settings: SETTINGS,
};
