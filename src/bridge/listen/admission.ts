/**
 * Which requests the listener accepts. A web page can send requests to loopback, also under a host
 * name of its own (DNS rebinding), and so can every program on this machine. @module
 */

import { createMessage } from "../message/message.ts";

export interface AdmissionRules {
  /** The values of `Host`, in lower case; undefined: any. */
  readonly hosts: readonly string[] | undefined;
  /** The first segment of every path; undefined if a bearer token or the folder protects. */
  readonly pathSecret: string | undefined;
  readonly bearerToken: string | undefined;
  /** The last part of the path of each server, such as `linear/mcp`. */
  readonly routes: ReadonlySet<string>;
}

export type Admission =
  | { readonly route: string }
  | { readonly response: Response; readonly reason: string };

/** The time does not depend on where the texts differ. */
export function isSameSecret(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let at = 0; at < secret.length; at += 1) {
    difference |= (given.charCodeAt(at) | 0) ^ secret.charCodeAt(at);
  }
  return difference === 0;
}

const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
};

/** No challenge, so that a client does not try to sign in to this listener. */
function refuse(status: number, reason: string, more: HeadersInit = {}): Admission {
  const headers = new Headers({ ...SECURITY_HEADERS, "content-type": "application/json" });
  for (const [name, value] of new Headers(more)) headers.set(name, value);
  // An error of JSON-RPC without an id, as MCP defines it for a refused origin.
  const { text } = createMessage({ error: { code: -32600, message: `mcpass bridge: ${reason}` } });
  return { response: new Response(text, { status, headers }), reason };
}

/** The path as sent: a parser would resolve dot segments. */
function targetOf({ url }: Request): string {
  return /^[a-z+]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "";
}

function hasToken(headers: Headers, token: string): boolean {
  const [, given = ""] = /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  return isSameSecret(given, token);
}

/** The part of the path after the secret; undefined if the secret is missing or wrong. */
function routeOf(path: string, { pathSecret }: AdmissionRules): string | undefined {
  if (pathSecret === undefined) return path.slice(1);
  const [, given = "", route = ""] = /^\/([^/]*)\/(.*)$/s.exec(path) ?? [];
  return isSameSecret(given, pathSecret) ? route : undefined;
}

const METHODS: readonly string[] = ["GET", "POST", "DELETE"];

export function admit(request: Request, rules: AdmissionRules): Admission {
  const { headers, method, url } = request;
  const host = headers.get("host")?.toLowerCase();
  const { hosts, bearerToken, routes } = rules;
  // A target with a host of its own must not differ from the header.
  const isOwn = hosts === undefined ||
    (host !== undefined && hosts.includes(host) && url.toLowerCase().startsWith(`http://${host}/`));
  if (!isOwn) return refuse(421, "this host name is not served");
  if (headers.has("origin")) return refuse(403, "requests of web pages are not accepted");
  const path = targetOf(request);
  if (path === "/healthz") {
    const response = new Response("ok\n", {
      headers: { ...SECURITY_HEADERS, "content-type": "text/plain" },
    });
    return { response, reason: "health" };
  }
  const route = routeOf(path, rules);
  // Whoever lacks the token does not learn which servers there are; metadata is not there for anybody.
  const isMetadata = path.includes("/.well-known/");
  if (bearerToken !== undefined && !isMetadata && !hasToken(headers, bearerToken)) {
    return refuse(403, "the bearer token of --listen-token-file is missing or wrong");
  }
  if (route === undefined || !routes.has(route)) return refuse(404, "there is nothing here");
  if (!METHODS.includes(method)) {
    return refuse(405, "the method is not supported", { allow: METHODS.join(", ") });
  }
  return { route };
}
