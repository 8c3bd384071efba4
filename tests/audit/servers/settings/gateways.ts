/** Gateways in front of a server, with an ordinary mistake each. @module */

import type { Middleware } from "../../../servers/fetch_handler.ts";

const pathOf = (request: Request) => new URL(request.url).pathname;

const json = (status: number, body: object, headers: HeadersInit = {}) =>
  Response.json(body, { status, headers });

/** Changes the headers of the responses at these paths. */
export const changesHeaders =
  (isConcerned: (path: string) => boolean, change: (headers: Headers) => void): Middleware =>
  async (request, next) => {
    const response = await next(request);
    if (!isConcerned(pathOf(request))) return response;
    const headers = new Headers(response.headers);
    change(headers);
    return new Response(response.body, { status: response.status, headers });
  };

/** Changes the challenge of a 401. */
export const changesChallenge = (
  change: (challenge: string, origin: string) => string | undefined,
): Middleware =>
async (request, next) => {
  const response = await next(request);
  const challenge = response.headers.get("www-authenticate");
  if (challenge === null) return response;
  const headers = new Headers(response.headers);
  const changed = change(challenge, new URL(request.url).origin);
  if (changed === undefined) headers.delete("www-authenticate");
  else headers.set("www-authenticate", changed);
  return new Response(response.body, { status: response.status, headers });
};

/** Answers at a path, or for what the request has, instead of the server. */
export const answers = (
  respond: (request: Request) => Response | undefined | Promise<Response | undefined>,
): Middleware =>
async (request, next) => await respond(request) ?? await next(request);

/** Changes requests on their way to the server. */
export const changesRequests =
  (change: (request: Request) => Request | Promise<Request>): Middleware => async (request, next) =>
    await next(await change(request));

/** Changes JSON responses at a path. */
export const changesJson = (
  path: string,
  change: (body: Record<string, unknown>) => object | undefined,
): Middleware =>
async (request, next) => {
  const response = await next(request);
  if (!pathOf(request).startsWith(path) || !response.ok) return response;
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  const body = change(await response.json());
  return new Response(JSON.stringify(body), { status: response.status, headers });
};

/** The request with other headers. */
export function withHeaders(request: Request, changes: Readonly<Record<string, string>>): Request {
  const headers = new Headers(request.headers);
  for (const [name, value] of Object.entries(changes)) headers.set(name, value);
  return new Request(request, { headers });
}

/** The request at another URL. */
export function atUrl(request: Request, change: (url: URL) => void): Request {
  const url = new URL(request.url);
  change(url);
  return new Request(url, request);
}

export const isMcp = (path: string): boolean => path === "/mcp";
export const isWellKnown = (path: string): boolean => path.startsWith("/.well-known/");
export const isResourceMetadata = (path: string): boolean =>
  path.startsWith("/.well-known/oauth-protected-resource");
export const isServerMetadata = (path: string): boolean =>
  path.startsWith("/.well-known/oauth-authorization-server");

const ALL = () => true;

/** Each mistake with its gateway. */
export const GATEWAYS: Readonly<Record<string, Middleware>> = {
  "drops WWW-Authenticate": changesHeaders(isMcp, (it) => it.delete("www-authenticate")),
  "turns 401 into 403": async (request, next) => {
    const { status, headers, body } = await next(request);
    return new Response(body, {
      status: status === 401 && isMcp(pathOf(request)) ? 403 : status,
      headers,
    });
  },
  "offers Basic instead": changesChallenge((_, origin) =>
    `Basic realm="gateway", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`
  ),
  "adds resource_metadata once more": changesChallenge((it, origin) =>
    `${it}, resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`
  ),
  "writes a challenge of its own, and routes only /mcp and the authorization server": async (
    request,
    next,
  ) =>
    isResourceMetadata(pathOf(request))
      ? json(404, { message: "no route" })
      : await changesChallenge(() => 'Bearer realm="gateway"')(request, next),
  "writes a relative resource_metadata": changesChallenge((it, origin) =>
    it.replace(`="${origin}`, '="')
  ),
  "writes a resource_metadata that it has no route for": changesChallenge((it) =>
    it.replace("/.well-known/oauth-protected-resource/mcp", "/meta/oauth-protected-resource")
  ),
  "writes an error into each challenge": changesChallenge((it) =>
    it.includes("error=") ? it : `${it}, error="invalid_token"`
  ),
  "removes the error from challenges": changesChallenge((it) =>
    it.replace(/,? ?error(_description)?="[^"]*"/g, "").replace("Bearer ,", "Bearer ")
  ),
  "protects /.well-known too": answers((request) =>
    isWellKnown(pathOf(request)) && !request.headers.has("authorization")
      ? json(401, { message: "Unauthorized" })
      : undefined
  ),
  "protects the resource metadata too": answers((request) =>
    isResourceMetadata(pathOf(request)) ? json(401, { message: "Unauthorized" }) : undefined
  ),
  "redirects the resource metadata": answers((request) =>
    isResourceMetadata(pathOf(request)) && !request.url.includes("moved")
      ? new Response(null, { status: 302, headers: { location: `${request.url}?moved` } })
      : undefined
  ),
  "serves the resource metadata as text": changesHeaders(
    isResourceMetadata,
    (it) => it.set("content-type", "text/plain"),
  ),
  "serves the server metadata as HTML": changesHeaders(
    isServerMetadata,
    (it) => it.set("content-type", "text/html"),
  ),
  "refuses unknown MCP-Protocol-Version everywhere": answers((request) =>
    request.headers.get("mcp-protocol-version") === "1999-01-01"
      ? json(400, { message: "unsupported version" })
      : undefined
  ),
  "redirects to a slash": answers((request) =>
    isMcp(pathOf(request))
      ? new Response(null, { status: 307, headers: { location: `${request.url}/` } })
      : undefined
  ),
  "trusts X-Forwarded-User": answers((request) =>
    isMcp(pathOf(request)) && request.headers.has("x-forwarded-user")
      ? json(200, { jsonrpc: "2.0", id: 1, result: { tools: [] } })
      : undefined
  ),
  "writes a stack trace into 401": async (request, next) => {
    const response = await next(request);
    if (response.status !== 401 || !isMcp(pathOf(request))) return response;
    const stack = new Error("no token").stack;
    return new Response(stack, {
      status: 401,
      headers: { "www-authenticate": response.headers.get("www-authenticate") ?? "" },
    });
  },
  "asks a token for tools/list without a challenge": async (request, next) => {
    const isList = isMcp(pathOf(request)) &&
      (await request.clone().text()).includes('"tools/list"');
    const response = await next(request);
    if (response.status !== 401 || !isList) return response;
    return json(401, { message: "Unauthorized" });
  },
  "refuses OPTIONS": answers((request) =>
    request.method === "OPTIONS" ? json(401, { message: "Unauthorized" }) : undefined
  ),
  "removes CORS headers": changesHeaders(ALL, (it) => {
    for (const name of [...it.keys()].filter((key) => key.startsWith("access-control-"))) {
      it.delete(name);
    }
  }),
  "does not expose WWW-Authenticate": changesHeaders(
    ALL,
    (it) => it.delete("access-control-expose-headers"),
  ),
  "allows each origin with credentials": async (request, next) => {
    const origin = request.headers.get("origin");
    const response = await next(request);
    if (origin === null) return response;
    const headers = new Headers(response.headers);
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-allow-credentials", "true");
    return new Response(response.body, { status: response.status, headers });
  },
  "adds CORS headers to pages too": changesHeaders(
    (path) => path === "/authorize",
    (it) => it.set("access-control-allow-origin", "*"),
  ),
  "lets everything be cached for a year": changesHeaders(
    ALL,
    (it) => it.set("cache-control", "public, max-age=31536000"),
  ),
  "removes Cache-Control": changesHeaders(ALL, (it) => it.delete("cache-control")),
  "limits large headers with a bare 429": answers((request) =>
    (request.headers.get("authorization")?.length ?? 0) > 8192
      ? new Response(null, { status: 429 })
      : undefined
  ),
  "answers a registration with 200": async (request, next) => {
    const { status, headers, body } = await next(request);
    return new Response(body, { status: status === 201 ? 200 : status, headers });
  },
  "has a firewall against localhost": answers(async (request) =>
    request.method === "POST" && /localhost|\[::1\]/.test(await request.clone().text())
      ? new Response("<h1>blocked</h1>", { status: 403, headers: { "content-type": "text/html" } })
      : undefined
  ),
  "validates registrations, without unknown members": answers(async (request) =>
    request.method === "POST" && (await request.clone().text()).includes('"mcpass_audit"')
      ? json(400, { message: "additional properties are not allowed" })
      : undefined
  ),
  "validates authorization requests, without unknown parameters": answers((request) => {
    const { pathname, searchParams } = new URL(request.url);
    const known = [
      "response_type",
      "client_id",
      "redirect_uri",
      "scope",
      "state",
      "code_challenge",
      "code_challenge_method",
      "resource",
      "prompt",
      "nonce",
    ];
    return pathname === "/authorize" && [...searchParams.keys()].some((it) => !known.includes(it))
      ? json(400, { error: "invalid_request", error_description: "unknown parameter" })
      : undefined;
  }),
  "validates authorization requests, without resource": answers((request) => {
    const { pathname, searchParams } = new URL(request.url);
    return pathname === "/authorize" && searchParams.has("resource")
      ? json(400, { error: "invalid_request", error_description: "unknown parameter resource" })
      : undefined;
  }),
  "moves the query of a POST into its form": changesRequests(async (request) => {
    const { searchParams } = new URL(request.url);
    if (pathOf(request) !== "/oauth/token" || searchParams.size === 0) return request;
    const form = new URLSearchParams(await request.clone().text());
    for (const [name, value] of searchParams) form.append(name, value);
    return new Request(atUrl(request, (url) => url.search = "").url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form,
    });
  }),
  "reads access_token in the query": changesRequests((request) => {
    const token = new URL(request.url).searchParams.get("access_token");
    return token === null || request.headers.has("authorization")
      ? request
      : atUrl(withHeaders(request, { authorization: `Bearer ${token}` }), (url) => url.search = "");
  }),
  "accepts only Bearer with a capital letter": changesRequests((request) => {
    const authorization = request.headers.get("authorization");
    if (authorization === null || !isMcp(pathOf(request)) || authorization.startsWith("Bearer ")) {
      return request;
    }
    const headers = new Headers(request.headers);
    headers.delete("authorization");
    return new Request(request, { headers });
  }),
  "takes the last word of Authorization as the token": changesRequests((request) => {
    const authorization = request.headers.get("authorization");
    return authorization === null || !isMcp(pathOf(request)) || /^bearer/i.test(authorization)
      ? request
      : withHeaders(request, { authorization: `Bearer ${authorization.split(" ").at(-1)}` });
  }),
  "crashes at a broken Authorization": answers((request) => {
    const authorization = request.headers.get("authorization");
    return authorization !== null && isMcp(pathOf(request)) &&
        authorization.split(/[ ,]+/).filter((it) => it !== "").length !== 2
      ? new Response("Internal Server Error", { status: 500 })
      : undefined;
  }),
  "crashes at a large header": answers((request) =>
    (request.headers.get("authorization")?.length ?? 0) > 8192
      ? new Response("Internal Server Error", { status: 500 })
      : undefined
  ),
  "removes headers against framing": changesHeaders(ALL, (it) => {
    it.delete("x-frame-options");
    it.delete("content-security-policy");
  }),
  "answers errors of the token endpoint as text": async (request, next) => {
    const response = await next(request);
    return response.status < 400 || !pathOf(request).startsWith("/oauth/")
      ? response
      : new Response("Bad Request", {
        status: response.status,
        headers: { "content-type": "text/plain" },
      });
  },
  "sends tokens as HTML": changesHeaders(
    (path) => path === "/oauth/token",
    (it) => it.set("content-type", "text/html"),
  ),
  "sends the protocol version that the server expects": changesRequests((request) =>
    isMcp(pathOf(request)) && request.headers.get("mcp-protocol-version") === "1999-01-01"
      ? withHeaders(request, { "mcp-protocol-version": "2025-06-18" })
      : request
  ),
};

const sessionOf = (request: Request) => request.headers.get("mcp-session-id");

/** Sessions that the gateway saw with a token, and their tokens. */
function sessionTokens(): Map<string, string> {
  return new Map();
}

/** Mistakes about sessions, GET and DELETE, which the newest revision does not have. */
export const SESSION_GATEWAYS: Readonly<Record<string, () => Middleware>> = {
  "shows a status page for GET": () =>
    answers((request) =>
      isMcp(pathOf(request)) && request.method === "GET"
        ? new Response('data: {"sessions": 3}\n\n', {
          headers: { "content-type": "text/event-stream" },
        })
        : undefined
    ),
  "answers DELETE by itself": () =>
    answers((request) =>
      isMcp(pathOf(request)) && request.method === "DELETE"
        ? new Response(null, { status: 200 })
        : undefined
    ),
  "crashes at an unknown session": () => {
    const sessions = sessionTokens();
    return async (request, next) => {
      const id = sessionOf(request);
      if (isMcp(pathOf(request)) && id !== null && !sessions.has(id)) {
        return new Response("Internal Server Error", { status: 500 });
      }
      const response = await next(request);
      const opened = response.headers.get("mcp-session-id");
      if (opened !== null) sessions.set(opened, "");
      return response;
    };
  },
  "asks for a token only at initialize": () => {
    const sessions = sessionTokens();
    return async (request, next) => {
      const authorization = sessions.get(sessionOf(request) ?? "");
      const response = await next(
        authorization === undefined ? request : withHeaders(request, { authorization }),
      );
      const opened = response.headers.get("mcp-session-id");
      if (opened !== null) sessions.set(opened, request.headers.get("authorization") ?? "");
      return response;
    };
  },
  "has no route for GET": () =>
    answers((request) =>
      isMcp(pathOf(request)) && request.method === "GET"
        ? json(401, { message: "Unauthorized" })
        : undefined
    ),
};
