/** The ordinary behaviour of the servers of a product: registration, authorization, tokens, MCP. @module */

import { createHash } from "node:crypto";
import { formOf, headerOf, type RecordedRequest } from "../lab/journal.ts";
import type { Answer } from "../lab/scripted_server.ts";
import type { Conditions, ProductServer, RegisteredClient, RuleEndpoint } from "./product.ts";

/** The parameters of a request, by name. */
export type Values = Readonly<Record<string, string>>;

interface Grant {
  readonly clientId: string;
  readonly asked: Values;
}

/** What the servers know; `shape` has no placeholders any more. */
export interface ProductState {
  readonly shape: ProductServer;
  readonly clients: Map<string, RegisteredClient>;
  readonly codes: Map<string, Grant>;
  readonly access: Set<string>;
  readonly refresh: Map<string, Grant>;
}

type Endpoint = (state: ProductState, request: RecordedRequest, values: Values) => Answer;

const random = () => crypto.randomUUID().replaceAll("-", "");
const base64url = (value: object) =>
  btoa(JSON.stringify(value)).replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");

export const matches = (when: Conditions | undefined, values: Values): boolean =>
  Object.entries(when ?? {}).every(([name, pattern]) => pattern.test(values[name] ?? ""));

const refusal = (error: string, status = 400): Answer => ({ status, body: { error } });

/** A redirect to the redirect URI of the request. */
export function redirectBack(
  { iss }: ProductServer,
  { redirect_uri: redirect = "", state = "" }: Values,
  parameters: object,
): Answer {
  const url = new URL(redirect);
  const added = { ...parameters, state, ...iss !== undefined && { iss } };
  for (const [name, value] of Object.entries(added)) url.searchParams.set(name, value);
  return { status: 302, headers: [["location", url.href]] };
}

interface ClientAuthentication {
  readonly auth: string;
  readonly id: string;
  readonly secret: string;
}

/** How a client authenticated, with its id and secret. */
export function clientAuthentication(request: RecordedRequest): ClientAuthentication {
  const basic = /^Basic (.+)$/.exec(headerOf(request, "authorization") ?? "")?.[1];
  if (basic !== undefined) {
    const [id = "", secret = ""] = atob(basic).split(":")
      .map((it) => decodeURIComponent(it.replaceAll("+", " ")));
    return { auth: "client_secret_basic", id, secret };
  }
  const form = formOf(request);
  const secret = form.get("client_secret") ?? "";
  const unsigned = secret === "" ? "none" : "client_secret_post";
  const auth = form.has("client_assertion") ? "private_key_jwt" : unsigned;
  return { auth, id: form.get("client_id") ?? "", secret };
}

function isAuthenticated(
  client: RegisteredClient | undefined,
  { auth, secret }: ClientAuthentication,
): boolean {
  if (client === undefined || (client.secret ?? "") !== secret) return false;
  const methods = client.methods ??
    (client.secret === undefined ? ["none"] : ["client_secret_basic", "client_secret_post"]);
  return methods.includes(auth);
}

function tokenResponse({ access, refresh, shape }: ProductState, grant: Grant): Answer {
  const { access_token: claims, ...more } = shape.token ?? {};
  const accessToken = typeof claims === "object" && claims !== null
    ? `${base64url({ alg: "RS256", typ: "JWT" })}.${base64url({ ...claims, jti: random() })}.c2ln`
    : `at_${random()}`;
  access.add(accessToken);
  const refreshToken = `rt_${random()}`;
  const isRefreshable = matches(shape.refreshTokenIf, grant.asked);
  if (isRefreshable) refresh.set(refreshToken, grant);
  const body: Record<string, unknown> = {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: 3600,
    ...isRefreshable && { refresh_token: refreshToken },
    ...grant.asked["scope"] && { scope: grant.asked["scope"] },
    ...more,
  };
  for (const name of shape.tokenWithout ?? []) delete body[name];
  return { headers: [["cache-control", "no-store"]], body };
}

const register: Endpoint = ({ clients, shape }, { body }) => {
  const asked = JSON.parse(body);
  const isPublic = asked.token_endpoint_auth_method === "none";
  const registered = {
    client_id: `dcr_${random()}`,
    client_id_issued_at: Math.floor(Date.now() / 1000),
    ...asked,
    ...isPublic ? {} : { client_secret: random(), client_secret_expires_at: 0 },
    ...shape.registration,
  };
  const { client_id: id, client_secret: secret } = registered;
  clients.set(String(id), secret === undefined ? {} : { secret });
  return { status: 201, body: registered };
};

const authorize: Endpoint = ({ clients, codes, shape }, _request, values) => {
  const { client_id: clientId = "", redirect_uri: redirect = "" } = values;
  const client = clients.get(clientId);
  if (client === undefined) return { status: 400, body: "unknown client" };
  if (client.redirect?.test(redirect) === false) {
    return { status: 400, body: "redirect_uri mismatch" };
  }
  const code = `code_${random()}`;
  codes.set(code, { clientId, asked: values });
  return redirectBack(shape, values, { code });
};

const token: Endpoint = (state, request, values) => {
  const sent = clientAuthentication(request);
  if (!isAuthenticated(state.clients.get(sent.id), sent)) return refusal("invalid_client", 401);
  const { grant_type: type = "", code_verifier: verifier = "" } = values;
  if (type === "client_credentials" || type.endsWith(":device_code")) {
    return tokenResponse(state, { clientId: sent.id, asked: values });
  }
  const isCode = type === "authorization_code";
  if (!isCode && type !== "refresh_token") return refusal("unsupported_grant_type");
  const store = isCode ? state.codes : state.refresh;
  const secret = values[isCode ? "code" : "refresh_token"] ?? "";
  const grant = store.get(secret);
  store.delete(secret);
  if (grant?.clientId !== sent.id) return refusal("invalid_grant");
  const { code_challenge: challenge, redirect_uri: redirect } = grant.asked;
  const isOurs = challenge === createHash("sha256").update(verifier).digest("base64url") &&
    redirect === values["redirect_uri"];
  return isCode && !isOurs ? refusal("invalid_grant") : tokenResponse(state, grant);
};

const RESULTS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "product", version: "1" },
  },
  "tools/list": { tools: [{ name: "echo", inputSchema: { type: "object" } }] },
  "tools/call": { content: [{ type: "text", text: "echo" }] },
};

const mcp: Endpoint = ({ shape: { challenge } }, request, { token, verb }) => {
  if (token !== "valid") {
    const headers = challenge === undefined ? [] : [["www-authenticate", challenge] as const];
    return { status: 401, headers, body: { error: "invalid_token" } };
  }
  if (verb !== "POST") return { status: 405 };
  const { id, method } = JSON.parse(request.body);
  if (id === undefined) return { status: 202 };
  const result = RESULTS[method];
  const error = { code: -32601, message: "Method not found" };
  return { body: { jsonrpc: "2.0", id, ...result === undefined ? { error } : { result } } };
};

export const ENDPOINTS: Readonly<Record<RuleEndpoint, Endpoint>> = {
  mcp,
  register,
  authorize,
  token,
  device: () => ({
    body: {
      device_code: random(),
      user_code: "ABCD-EFGH",
      verification_uri: "https://device.example/",
      expires_in: 900,
      interval: 1,
    },
  }),
  revoke: ({ access, refresh }, _request, { token = "" }) => {
    access.delete(token);
    refresh.delete(token);
    return { status: 200 };
  },
};
