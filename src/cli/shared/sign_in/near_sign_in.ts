/** The stored sign-in that a mistyped URL probably means. @module */

import { type PrintedCommand, withCommand } from "../../../core/command_text.ts";
import { editDistance, nearest } from "../../../core/edit_distance.ts";
import { Failure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../../core/url.ts";
import { derivedName } from "../../../store/sign_in_name.ts";
import { DEFAULT_ACCOUNT, type EntrySummary } from "../../../store/stored_entry.ts";

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
 * On loopback another port is another server, unless it is missing or looks mistyped. */
const MATCHES: readonly ((
  typed: ReturnType<typeof partsOf>,
  stored: ReturnType<typeof partsOf>,
) => boolean)[] = [
  (typed, stored) =>
    typed.host === stored.host && typed.port === stored.port && typed.path === stored.path,
  (typed, stored) => typed.host === stored.host && typed.port === stored.port,
  (typed, stored) =>
    typed.host === stored.host &&
    (typed.host !== "localhost" || typed.port === "" || editDistance(typed.port, stored.port) < 2),
  (typed, stored) => typed.host !== stored.host && nearest(typed.host, [stored.host]) !== undefined,
];

/** The sign-ins of the first rule that matches any. @param entries All entries of the store. */
function nearSignIns(serverUrl: string, entries: readonly EntrySummary[]): EntrySummary[] {
  const signIns = entries.filter(({ registeredOnly, name }) =>
    !registeredOnly && name !== undefined
  );
  const typed = partsOf(serverUrl);
  for (const matches of MATCHES) {
    const found = signIns.filter((entry) => matches(typed, partsOf(entry.serverUrl)));
    if (found.length > 0) return found;
  }
  const name = derivedName(serverUrl, DEFAULT_ACCOUNT);
  return signIns.filter((entry) => derivedName(entry.serverUrl, DEFAULT_ACCOUNT) === name);
}

/**
 * Undefined if no sign-in is near.
 *
 * @param entries All entries of the store.
 * @param command The command for another sign-in; without it, the failed command is repeated with it.
 */
export function nearSignInFailure(
  serverUrl: string,
  message: string,
  entries: readonly EntrySummary[],
  command?: (name: string) => PrintedCommand,
): Failure | undefined {
  const near = nearSignIns(serverUrl, entries);
  const [first] = near;
  if (first === undefined) return undefined;
  const urls = new Set(near.map((entry) => entry.serverUrl));
  const shown = near.slice(0, 5).flatMap(({ name }) => name ?? []);
  if (urls.size > 1) {
    const remedy = `Did you mean one of the sign-ins ${shown.join(", ")}?`;
    return new Failure("not_signed_in", message, { kind: "sign_in_needed", remedy });
  }
  const { name = "" } = first;
  const remedy = `Did you mean the sign-in ${name}?`;
  return new Failure(
    "not_signed_in",
    `${message}; there is a sign-in to ${quoted(first.serverUrl)}`,
    {
      kind: "sign_in_needed",
      ...command === undefined
        ? { remedy, commandFlags: { url: name } }
        : { remedy: withCommand(remedy, command(name)) },
    },
  );
}
