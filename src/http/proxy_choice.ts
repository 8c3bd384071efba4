import type { Env } from "../core/system.ts";
import { isLoopbackHost } from "../core/url.ts";

export interface ProxySettings {
  readonly proxy?: string | undefined;
  readonly env: Env;
}

function bothCases(name: string): string[] {
  return [name, name.toLowerCase()];
}

export const PROXY_VARIABLES: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
  .flatMap(bothCases);

export const NO_PROXY_VARIABLES: readonly string[] = bothCases("NO_PROXY");

/** True if requests to this host (by default to any host) may go through a proxy. */
export function usesProxy({ proxy, env }: ProxySettings, hostname?: string): boolean {
  if (hostname !== undefined && isLoopbackHost(hostname)) return false;
  return proxy !== undefined || PROXY_VARIABLES.some((name) => env.get(name));
}

function needsNoProxy(hostname: string, env: Env): boolean {
  const list = env.get("NO_PROXY") || env.get("no_proxy") || "";
  return list.split(",").some((member) => {
    const domain = member.trim().toLowerCase().replace(/^\*?\./, "");
    return domain === "*" || hostname === domain ||
      (domain !== "" && hostname.endsWith(`.${domain}`));
  });
}

/** The proxy for a URL whose host is a name; undefined for a direct connection. */
export function proxyFor(
  { protocol, hostname }: URL,
  { proxy, env }: ProxySettings,
): string | undefined {
  if (isLoopbackHost(hostname) || needsNoProxy(hostname, env)) return undefined;
  if (proxy !== undefined) return proxy;
  const scheme = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  return ["ALL_PROXY", scheme].flatMap(bothCases).map((name) => env.get(name))
    .find((value) => value);
}
