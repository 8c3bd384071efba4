/** Serves a {@link ProductServer} on two free ports of localhost. @module */

import { formOf, headerOf, type RecordedRequest } from "../lab/journal.ts";
import { type Answer, type Handler, startScriptedServer } from "../lab/scripted_server.ts";
import type { ProductServer, Rule, RuleEndpoint } from "./product.ts";
import {
  clientAuthentication,
  ENDPOINTS,
  matches,
  type ProductState,
  redirectBack,
  type Values,
} from "./product_endpoints.ts";

export interface RunningProduct extends AsyncDisposable {
  readonly mcpUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** Writes the origins into a text. */
  fill(text: string): string;
  /** Accepts no access token any more; `forgotten`: nor refresh tokens; `reset`: nor clients. */
  forget(what: "revoked" | "forgotten" | "reset"): void;
}

const MEMBERS: Readonly<Record<string, RuleEndpoint>> = {
  authorization_endpoint: "authorize",
  token_endpoint: "token",
  registration_endpoint: "register",
  revocation_endpoint: "revoke",
  device_authorization_endpoint: "device",
};

/** A key of RFC 7517 (appendix A.1); the tokens of these servers have no valid signature. */
const PUBLIC_KEY = {
  kty: "EC",
  crv: "P-256",
  x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
  y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
  kid: "1",
};

/** A copy in which every text has the origins; patterns stay as they are. */
function filled<T>(value: T, fill: (text: string) => string): T {
  if (typeof value === "string") return fill(value) as T;
  if (typeof value !== "object" || value === null || value instanceof RegExp) return value;
  if (Array.isArray(value)) return value.map((it) => filled(it, fill)) as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, it]) => [fill(name), filled(it, fill)]),
  ) as T;
}

/** What the conditions of a rule see. */
function valuesOf({ access }: ProductState, at: RuleEndpoint, request: RecordedRequest): Values {
  const authorization = headerOf(request, "authorization") ?? "";
  const common = { ...Object.fromEntries(request.query), authorization, verb: request.method };
  if (at === "authorize") return common;
  if (at === "register" || at === "mcp") {
    const members: object = request.body === "" ? {} : JSON.parse(request.body);
    const text = (value: unknown) => typeof value === "string" ? value : JSON.stringify(value);
    const values = Object.fromEntries(
      Object.entries(members).map(([name, it]) => [name, text(it)]),
    );
    const bearer = authorization.replace(/^Bearer /i, "");
    const token = bearer === "" ? "none" : access.has(bearer) ? "valid" : "invalid";
    return { ...common, ...values, token };
  }
  const { auth } = clientAuthentication(request);
  return { ...common, ...Object.fromEntries(formOf(request)), auth };
}

function endpointHandler(state: ProductState, at: RuleEndpoint, used: Map<Rule, number>): Handler {
  return (request) => {
    const values = valuesOf(state, at, request);
    const rule = state.shape.rules?.find((it) =>
      it.at === at && matches(it.when, values) && (used.get(it) ?? 0) < (it.times ?? Infinity)
    );
    if (rule === undefined) return ENDPOINTS[at](state, request, values);
    used.set(rule, (used.get(rule) ?? 0) + 1);
    const { answer } = rule;
    if (!("error" in answer)) return answer;
    return at === "authorize"
      ? redirectBack(state.shape, values, answer)
      : { status: 400, body: answer };
  };
}

/** Where something is served: a server, and a path without query. */
const placeOf = (url: string, origins: readonly string[]): readonly [number, string] => {
  const { origin, pathname } = new URL(url.replace("//127.0.0.1:", "//localhost:"));
  return [origins.indexOf(origin), pathname];
};

/** @param product With the placeholders `{mcp}` and `{as}`, and `{as-ip}` for another name of `{as}`. */
export function startProduct(product: ProductServer): RunningProduct {
  const requests: RecordedRequest[] = [];
  const servers = ["mcp", "as"].map((name) =>
    startScriptedServer({ name, host: "localhost", journal: requests })
  );
  const origins = servers.map(({ origin }) => origin);
  const [mcp = "", as = ""] = origins;
  const fill = (text: string) =>
    text.replaceAll("{mcp}", mcp).replaceAll("{as}", as)
      .replaceAll("{as-ip}", as.replace("localhost", "127.0.0.1"));
  const shape = filled(product, fill);
  const known = () => Object.entries(shape.clients ?? {});
  const state: ProductState = {
    shape,
    clients: new Map(known()),
    codes: new Map(),
    access: new Set(),
    refresh: new Map(),
  };
  const used = new Map<Rule, number>();
  const serve = (url: string, handler: Handler | Answer) => {
    const [server, path] = placeOf(url, origins);
    const routes = servers[server]?.routes;
    if (routes !== undefined) routes[path] = handler;
  };
  const { documents, notFound = { status: 404, body: { error: "not_found" } } } = shape;
  for (const { routes } of servers) routes["*"] = notFound;
  for (const [url, document] of Object.entries(documents)) {
    serve(url, "status" in document ? document as Answer : { body: document });
  }
  for (const document of Object.values(documents)) {
    for (const [name, url] of Object.entries(document)) {
      const at = MEMBERS[name];
      if (at !== undefined) serve(url, endpointHandler(state, at, used));
      if (name === "jwks_uri" && documents[url] === undefined) {
        serve(url, { body: { keys: [PUBLIC_KEY] } });
      }
    }
  }
  const mcpUrl = `${mcp}${shape.path ?? "/mcp"}`;
  serve(mcpUrl, endpointHandler(state, "mcp", used));
  const { access, clients, refresh } = state;
  return {
    mcpUrl,
    requests,
    fill,
    forget(what) {
      access.clear();
      if (what !== "revoked") refresh.clear();
      if (what !== "reset") return;
      clients.clear();
      for (const [id, client] of known()) clients.set(id, client);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
