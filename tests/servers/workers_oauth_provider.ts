/**
 * `@cloudflare/workers-oauth-provider`: one Worker, with the consent page of its documentation.
 *
 * @module
 */

import { registerHooks } from "node:module";
import { type Middleware, startFetchApp } from "./fetch_handler.ts";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";

const SCOPES = ["mcp:read", "mcp:write", "offline_access"];

/** The module of the Workers runtime that the package imports. */
const WORKERS = "export class WorkerEntrypoint {}\nexport const env = {};";

async function loadProvider() {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cloudflare:workers"
        ? { url: `data:text/javascript,${encodeURIComponent(WORKERS)}`, shortCircuit: true }
        : next(specifier, context),
  });
  try {
    return (await import("@cloudflare/workers-oauth-provider")).OAuthProvider;
  } finally {
    hooks.deregister();
  }
}

/** A KV namespace in memory. */
class MemoryNamespace {
  readonly #values = new Map<string, string>();

  get(key: string, options?: { type?: string } | string): Promise<unknown> {
    const type = typeof options === "string" ? options : options?.type;
    const value = this.#values.get(key) ?? null;
    return Promise.resolve(type === "json" && value !== null ? JSON.parse(value) : value);
  }

  put(key: string, value: string): Promise<void> {
    this.#values.set(key, value);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.#values.delete(key);
    return Promise.resolve();
  }

  list({ prefix = "" }: { prefix?: string }) {
    const keys = [...this.#values.keys()].filter((name) => name.startsWith(prefix));
    return Promise.resolve({ keys: keys.map((name) => ({ name })), list_complete: true });
  }
}

/** The helpers of the library that a page of the server calls. */
export interface Helpers {
  parseAuthRequest(request: Request): Promise<object>;
  describeConsent(request: object): Promise<{ clientName: string; scope: readonly string[] }>;
  beginConsent(request: object): Promise<{ handle: string; headers: Headers }>;
  approveConsent(
    request: Request,
    handle: string,
    options: object,
  ): Promise<{ request: { scope: readonly string[] }; headers: Headers }>;
  denyConsent(request: Request, handle: string): Promise<{ headers: Headers }>;
  completeAuthorization(options: object): Promise<{ redirectTo: string }>;
}

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (it) => `&#${it.charCodeAt(0)};`);

/** A refused request: the library names the client to tell, if it can be trusted. */
function showError(error: Error & { redirectTo?: string }): Response {
  if (error.name !== "AuthorizationError") throw error;
  return error.redirectTo === undefined
    ? new Response(error.message, { status: 400 })
    : Response.redirect(error.redirectTo, 302);
}

async function showConsent(request: Request, oauth: Helpers): Promise<Response> {
  const asked = await oauth.parseAuthRequest(request);
  const { clientName, scope } = await oauth.describeConsent(asked);
  const { handle, headers } = await oauth.beginConsent(asked);
  headers.set("content-type", "text/html; charset=utf-8");
  const page = `<!doctype html><h1>Allow ${escapeHtml(clientName)}?</h1><form method="post">
    <input type="hidden" name="handle" value="${handle}">
    <input type="hidden" name="scope" value="${escapeHtml(scope.join(" "))}">
    <button name="decision" value="approve">Allow</button>
    <button name="decision" value="deny">Deny</button></form>`;
  return new Response(page, { headers });
}

async function grantConsent(request: Request, oauth: Helpers): Promise<Response> {
  const form = await request.clone().formData();
  const handle = String(form.get("handle"));
  if (form.get("decision") !== "approve") {
    const denied = await oauth.denyConsent(request, handle);
    return new Response(null, { status: 302, headers: denied.headers });
  }
  const scope = String(form.get("scope")).split(" ");
  const approved = await oauth.approveConsent(request, handle, { scope });
  const { redirectTo } = await oauth.completeAuthorization({
    request: approved.request,
    userId: "user",
    metadata: {},
    scope: approved.request.scope,
    props: {},
  });
  approved.headers.set("location", redirectTo);
  return new Response(null, { status: 302, headers: approved.headers });
}

/** What an operator of the library can change. */
export interface WorkerSettings {
  /** Options of the library. */
  readonly options?: (origin: string) => object;
  /** In front of the Worker. */
  readonly gateway?: Middleware;
  /** In front of the MCP server, behind the check of the token. */
  readonly api?: Middleware;
  /** The pages of the application. */
  readonly pages?: Partial<WorkerPages>;
}

interface WorkerPages {
  show(request: Request, oauth: Helpers): Promise<Response>;
  decide(request: Request, oauth: Helpers): Promise<Response>;
  fail(error: Error & { redirectTo?: string }): Response;
}

export const WORKER_PAGES: WorkerPages = {
  show: showConsent,
  decide: grantConsent,
  fail: showError,
};

const pass: Middleware = (request, next) => next(request);

export async function startWorker(
  { origin, tokenSeconds }: StartOptions,
  { options, gateway = pass, api = pass, pages }: WorkerSettings = {},
): Promise<RunningApp> {
  const OAuthProvider = await loadProvider();
  const env = { OAUTH_KV: new MemoryNamespace() };
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
  const { show, decide, fail } = { ...WORKER_PAGES, ...pages };
  return await startFetchApp(origin, (mcp) => {
    const worker = new OAuthProvider({
      apiRoute: "/mcp",
      apiHandler: { fetch: (request: Request) => api(request, mcp) },
      defaultHandler: {
        async fetch(request: Request, { OAUTH_PROVIDER }: { OAUTH_PROVIDER: Helpers }) {
          if (new URL(request.url).pathname !== "/authorize") {
            return new Response("not found", { status: 404 });
          }
          const answer = request.method === "GET" ? show : decide;
          return await answer(request, OAUTH_PROVIDER).catch(fail);
        },
      },
      authorizeEndpoint: "/authorize",
      tokenEndpoint: "/oauth/token",
      clientRegistrationEndpoint: "/oauth/register",
      scopesSupported: SCOPES,
      requiredScopes: ["mcp:read"],
      resourceMetadata: { resource: `${origin}/mcp`, authorization_servers: [origin] },
      accessTokenTTL: tokenSeconds,
      ...options?.(origin),
    });
    return async (request) =>
      await gateway(request, (passed) => worker.fetch(passed, env, context));
  });
}

export const WORKERS_OAUTH_PROVIDER: readonly RealServer[] = [{
  name: "workers-oauth-provider",
  start: (options) => startWorker(options),
  person: (browser, page) => browser.submit(page, { decision: "approve" }),
}];
