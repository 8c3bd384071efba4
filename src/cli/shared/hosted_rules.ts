/** Rules inside a service that sends requests for its users (`MCPASS_HOSTED`). @module */

import type { Env } from "../../core/system.ts";
import { usageFailure } from "../../core/failure.ts";
import type { HttpClientOptions } from "../../http/http_client.ts";

const OFF = ["", "0", "false"];

export function isHosted(env: Env): boolean {
  return !OFF.includes((env.get("MCPASS_HOSTED") ?? "").toLowerCase());
}

/** Only public addresses, no redirect, no proxy. */
export async function hostedHttp(
  url: string,
  proxy: string | undefined,
  caCerts: readonly string[],
): Promise<Partial<HttpClientOptions>> {
  if (proxy !== undefined) {
    throw usageFailure(
      "proxy_refused",
      "--proxy (or MCPASS_PROXY) cannot be used while MCPASS_HOSTED is set",
      "A proxy would resolve names itself, so addresses could not be checked. Omit --proxy",
    );
  }
  const { guardedUrl, createResolver } = await import("../../http/guard/ssrf_guard.ts");
  const { guardedFetch } = await import("../../http/guard/guarded_request.ts");
  const rules = { allowPrivate: false };
  guardedUrl(url, rules);
  const fetch = guardedFetch({ rules, resolve: createResolver(), caCerts });
  return { fetch, followRedirects: false };
}
