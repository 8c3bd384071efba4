/**
 * What `oauth metadata` is made of: loaded together when it begins.
 *
 * @module
 */

export { inspect } from "../../../flow/inspect/inspect.ts";
export { guardedUrl } from "../../../http/guard/ssrf_guard.ts";
export { createResolver } from "../../../http/guard/ssrf_guard.ts";
export { guardedFetch } from "../../../http/guard/guarded_fetch.ts";
export { createHttpClient } from "../../../http/client/create_http_client.ts";
export { createSecrets } from "../../../trace/secrets.ts";
