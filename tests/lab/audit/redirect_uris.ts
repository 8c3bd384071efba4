/**
 * Which redirect URIs may be registered, and which ones a request may name.
 *
 * @module
 */

import { switchesOf } from "./state.ts";
import type { AuditClient, AuditState } from "./state.ts";

/** Switches about redirect URIs. */
export const REDIRECT_SWITCHES = [
  "dcr_loopback_names",
  "dcr_http_refused",
  "dcr_lookalike_refused",
  "dcr_script_refused",
  "dcr_wildcard_refused",
  "dcr_fragment_refused",
  "authorize_foreign_redirect",
  "authorize_redirect_tricks",
  "authorize_port_free",
] as const;

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(?=[/?]|$)/;
const SCRIPT = /^\s*(javascript|data|vbscript):/i;

/** Whether a redirect URI is on this machine. */
export function isLoopbackUri(uri: string): boolean {
  return LOOPBACK.test(uri);
}

/** Why a redirect URI cannot be registered. */
export function redirectRefusal(state: AuditState, uri: string): string | undefined {
  const breaks = switchesOf(state, REDIRECT_SWITCHES);
  if (SCRIPT.test(uri)) return breaks("dcr_script_refused") ? undefined : "is a script";
  if (uri.includes("*")) return breaks("dcr_wildcard_refused") ? undefined : "has a wildcard";
  if (!URL.canParse(uri)) return "is not a URL";
  if (uri.includes("#")) return breaks("dcr_fragment_refused") ? undefined : "has a fragment";
  const { protocol, username, password } = new URL(uri);
  if (/^http:\/\/(127\.0\.0\.1|localhost)/.test(uri) && !isLoopbackUri(uri)) {
    return breaks("dcr_lookalike_refused") ? undefined : "only looks like loopback";
  }
  if (username !== "" || password !== "") return "has user information";
  if (isLoopbackUri(uri)) {
    const is4 = uri.startsWith("http://127.0.0.1");
    return !is4 && breaks("dcr_loopback_names") ? "is not on 127.0.0.1" : undefined;
  }
  if (protocol === "https:") return undefined;
  if (protocol === "http:") return breaks("dcr_http_refused") ? undefined : "is not https";
  return protocol.includes(".") ? undefined : "has a scheme that is not allowed";
}

/** What `*` stands for, in a server that accepts patterns. */
function matchesPattern(pattern: string, uri: string): boolean {
  const literal = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${pattern.split("*").map(literal).join(".*")}$`).test(uri);
}

/** Whether a client may be sent to a redirect URI: exact, but for the port on loopback. */
export function redirectAllowed(state: AuditState, client: AuditClient, uri: string): boolean {
  const breaks = switchesOf(state, REDIRECT_SWITCHES);
  const portless = (value: string) => value.replace(LOOPBACK, "http://$1");
  const queryless = (value: string) => value.replace(/\?[^#]*$/, "");

  function matches(registered: string): boolean {
    if (registered === uri) return true;
    if (registered.includes("*")) return matchesPattern(registered, uri);
    if (isLoopbackUri(uri) && portless(uri) === portless(registered)) {
      return client.exactPorts !== true && !breaks("authorize_port_free");
    }
    const longer = uri.startsWith(registered) && /^\/[\w-]+$/.test(uri.slice(registered.length));
    if (longer) return breaks("authorize_foreign_redirect");
    return queryless(uri) === queryless(registered) && breaks("authorize_redirect_tricks");
  }

  return client.redirectUris.some(matches);
}
