import { isSignInName } from "../../../core/command_text.ts";
import { quoted } from "../../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../../core/url.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { StoreMode } from "../../../store/store.ts";
import type { Flag } from "../../command/flag.ts";
import type { RequiredOption } from "../../command/command.ts";
import type { Choice, Runtime } from "../../command/runtime.ts";
import { newestFirst, openStoreAs, storeMode } from "./store_options.ts";

const MAX_OFFERED = 10;

/** True for a host with an optional port and path: its last label is a domain or a number, unlike a token's. */
export function isHostText(text: string): boolean {
  const host =
    /^(?:localhost|[\w-]{1,63}(?=:\d)|(?:[\w-]{1,63}\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]+)\.?|\d+(?:\.\d+){3}|\[[\da-f:.]+\])(?::\d+)?(?:\/|$)/;
  return host.test(text.toLowerCase());
}

/** Adds the scheme to a typed host name: https, or http for loopback. */
export function completeUrl(answer: string): string {
  const typed = answer.trim();
  if (typed === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(typed)) return typed;
  const host = parseUrl(`https://${typed}`)?.hostname;
  return `${host !== undefined && isLoopbackHost(host) ? "http" : "https"}://${typed}`;
}

export async function storedSignIns(
  options: Readonly<Record<string, unknown>>,
  runtime: Runtime,
): Promise<readonly EntrySummary[]> {
  const store = options["store"] as StoreMode | undefined;
  const mode = storeMode({ store, noStore: options["noStore"] === true });
  return (await (await openStoreAs(mode, runtime, options)).list()).entries;
}

async function serverChoices(
  options: Readonly<Record<string, unknown>>,
  runtime: Runtime,
  valueOf: (serverUrl: string, names: readonly string[]) => string,
): Promise<Choice[]> {
  const entries = await storedSignIns(options, runtime);
  return [...Map.groupBy(newestFirst(entries), ({ serverUrl }) => serverUrl)].slice(0, MAX_OFFERED)
    .map(([serverUrl, ofServer]) => {
      const names = [...new Set(ofServer.flatMap(({ name }) => name ?? []))];
      return {
        value: valueOf(serverUrl, names),
        label: [names.join(", "), serverUrl].filter(Boolean).join(": "),
        hint: ofServer.every((it) => it.registeredOnly)
          ? "client registered, not signed in"
          : "stored sign-in",
      };
    });
}

export type WithUrl = Readonly<{ url: Flag<string | undefined> }>;

/** A host gets its scheme; a name of a sign-in remains. */
function interpretServer(answer: string): string {
  const typed = answer.trim();
  return isHostText(typed) ? completeUrl(typed) : typed;
}

/** Another text may be a secret in the wrong place, so it is not repeated. */
export function unknownServerText(text: string): string {
  return isSignInName(text.toLowerCase())
    ? `no sign-in is named ${quoted(text)}`
    : "the server is neither a URL, a host, nor the name of a sign-in";
}

/** The objection to an answer that names no server. */
async function objectionToServer(
  options: Readonly<Record<string, unknown>>,
  runtime: Runtime,
): Promise<(answer: string) => string | undefined> {
  const entries = await storedSignIns(options, runtime).catch(() => []);
  return (answer) =>
    answer.includes("://") || entries.some(({ name }) => name === answer)
      ? undefined
      : `${unknownServerText(answer)}. Type its URL or host`;
}

export const REQUIRED_SERVER: RequiredOption<WithUrl> = {
  option: "url",
  missing: ({ url }) => url === undefined,
  message: "Which MCP server?",
  reason: "the URL of the server, or the name of a stored sign-in",
  example: "https://server.example/mcp, or just server.example",
  offer: (options, runtime) => serverChoices(options, runtime, (serverUrl) => serverUrl),
  other: "Another server: type its URL or host",
  interpret: interpretServer,
  objectionFor: objectionToServer,
};

/** For a command that uses a stored sign-in. */
export const REQUIRED_SIGN_IN: RequiredOption<WithUrl> = { ...REQUIRED_SERVER, orOnlySignIn: true };

/** For a login: the name of the only sign-in at a server repeats that sign-in. */
export const REQUIRED_LOGIN_SERVER: RequiredOption<WithUrl> = {
  ...REQUIRED_SERVER,
  offer: (options, runtime) =>
    serverChoices(
      options,
      runtime,
      (serverUrl, [name, ...others]) => others.length === 0 && name || serverUrl,
    ),
};
