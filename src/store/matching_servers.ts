/** Which stored server a URL belongs to. A look-alike must never receive its token. @module */

import { canonicalResource } from "../oauth/mcp/resource.ts";
import { parsePlainUrl } from "../core/url.ts";

/** What a server may read as another path: dot segments, empty segments, and encoded separators. */
const AMBIGUOUS = /\/\.{1,2}(?:[/;]|$)|\/\/|%(?:2[ef]|5c|00)/i;

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([["http:", "80"], ["https:", "443"]]);

/** True if the text has the host as the parser reads it: neither `0x7f.1` nor `%65xample.com`. */
function hasPlainHost(text: string, { protocol, host, hostname }: URL): boolean {
  const authority = /^[^:]+:\/\/([^/?#]+)/.exec(text)?.[1]?.toLowerCase();
  return authority === host || authority === `${hostname}:${DEFAULT_PORTS.get(protocol)}`;
}

/**
 * The server URLs that a request to this URL may belong to, most specific first: itself, then every
 * parent path. Scheme, host and port are always the same. A path that a server may read differently
 * belongs only to itself.
 *
 * @returns Undefined if it is not an http or https URL in plain characters, or if it has user info or
 * a fragment.
 */
export function matchingServers(text: string): string[] | undefined {
  const url = parsePlainUrl(text);
  if (url === undefined || !DEFAULT_PORTS.has(url.protocol) || text.includes("#")) return undefined;
  if (!hasPlainHost(text, url)) return undefined;
  const canonical = canonicalResource(text);
  const [path = "", query] = canonical.slice(url.origin.length).split(/\?(.*)/s, 2);
  const servers = [canonical];
  if (AMBIGUOUS.test(path) || (path !== "" && path !== url.pathname)) return servers;
  if (query !== undefined) servers.push(canonicalResource(url.origin + path));
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (end < path.length - 1) servers.push(url.origin + path.slice(0, end + 1));
    servers.push(url.origin + path.slice(0, end));
  }
  return path === "" || path === "/" ? [...new Set(servers)] : [...servers, url.origin];
}
