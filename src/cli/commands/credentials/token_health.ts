/** `/healthz` of `oauth token --watch`. @module */

import { bindListener } from "../../../bridge/listen/bind_listener.ts";
import { parseListenAddress } from "../../../bridge/listen/listen_address.ts";
import { usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import type { Code } from "../../../findings/mod.ts";
import type { TokenFile } from "./token_file.ts";

/** Why there is no valid token; `starting` before the first result. */
export type UnhealthyReason = Code | "starting";

const HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

function respond({ method, url }: Request, file: TokenFile, reason: UnhealthyReason): Response {
  // A socket has no host, so its URL is not that of HTTP.
  const path = /^[a-z+]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1];
  if (path !== "/healthz") return new Response(null, { status: 404 });
  if (method !== "GET" && method !== "HEAD") {
    return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const ok = file.isValid();
  const body = ok ? { ok, expiresAt: file.expiresAt() } : { ok, reason };
  return new Response(`${JSON.stringify(body)}\n`, { status: ok ? 200 : 503, headers: HEADERS });
}

/**
 * Answers on any address, because a response has no secret and no name of a server.
 *
 * @returns Its URL.
 * @throws Failure `invalid_value`, `listen_address_unavailable`, `listen_socket_refused` (usage).
 */
export async function openHealth(
  text: string,
  file: TokenFile,
  reason: () => UnhealthyReason,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const address = parseListenAddress(text);
  if (address === undefined) {
    throw usageFailure(
      "invalid_value",
      `--health: ${quoted(text, 200)} is not an address`,
      "Use an address such as 127.0.0.1:8080, a port, or unix:<path> with at most 107 bytes",
    );
  }
  const { origin, close } = await bindListener({
    address,
    option: "--health",
    handler: (request) => Promise.resolve(respond(request, file, reason())),
    log: () => {},
    uid: Deno.uid(),
  });
  return { url: `${origin}/healthz`, close };
}
