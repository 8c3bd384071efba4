/** The stored sign-in that a mistyped URL probably means. @module */

import { editDistance, nearest } from "../../core/edit_distance.ts";
import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import { derivedName } from "../../store/sign_in_name.ts";
import { DEFAULT_ACCOUNT, type EntrySummary } from "../../store/stored_entry.ts";

function partsOf(text: string) {
  const url = parseUrl(text);
  const host = url?.hostname ?? "";
  return {
    host: isLoopbackHost(host) ? "localhost" : host,
    port: url?.port ?? "",
    path: (url?.pathname ?? "").toLowerCase().split("/").filter((it) => it !== "").join("/"),
  };
}

/** The best match first: the same server written otherwise, another path, another port, another host.
 * On loopback another port is another server, unless it looks mistyped. */
const MATCHES: readonly ((
  typed: ReturnType<typeof partsOf>,
  stored: ReturnType<typeof partsOf>,
) => boolean)[] = [
  (typed, stored) =>
    typed.host === stored.host && typed.port === stored.port && typed.path === stored.path,
  (typed, stored) => typed.host === stored.host && typed.port === stored.port,
  (typed, stored) =>
    typed.host === stored.host &&
    (typed.host !== "localhost" || editDistance(typed.port, stored.port) < 2),
  (typed, stored) => typed.host !== stored.host && nearest(typed.host, [stored.host]) !== undefined,
];

/** @param entries All entries of the store. */
export function nearSignIn(
  serverUrl: string,
  entries: readonly EntrySummary[],
): EntrySummary | undefined {
  const signIns = entries.filter(({ registeredOnly }) => !registeredOnly);
  const typed = partsOf(serverUrl);
  const name = derivedName(serverUrl, DEFAULT_ACCOUNT);
  for (const matches of MATCHES) {
    const found = signIns.find((entry) => matches(typed, partsOf(entry.serverUrl)));
    if (found !== undefined) return found;
  }
  return signIns.find((entry) => derivedName(entry.serverUrl, DEFAULT_ACCOUNT) === name);
}
