import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import type { StoreMode } from "../../store/store.ts";
import type { Flag } from "../command/flag.ts";
import type { RequiredOption } from "../command/command.ts";
import type { Choice, Runtime } from "../command/runtime.ts";
import { newestFirst, openStoreAs, storeMode } from "./store_options.ts";

const MAX_OFFERED = 10;

/** Adds the scheme to a typed host name: https, or http for loopback. */
export function completeUrl(answer: string): string {
  const typed = answer.trim();
  if (typed === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(typed)) return typed;
  const host = parseUrl(`https://${typed}`)?.hostname;
  return `${host !== undefined && isLoopbackHost(host) ? "http" : "https"}://${typed}`;
}

async function storedServers(
  options: Readonly<Record<string, unknown>>,
  runtime: Runtime,
): Promise<Choice[]> {
  const store = options["store"] as StoreMode | undefined;
  const mode = storeMode({ store, noStore: options["noStore"] === true });
  const { entries } = await (await openStoreAs(mode, runtime)).list();
  return [...Map.groupBy(newestFirst(entries), ({ serverUrl }) => serverUrl)].slice(0, MAX_OFFERED)
    .map(([value, ofServer]) => ({
      value,
      hint: ofServer.every((it) => it.registeredOnly)
        ? "only a client is registered"
        : "signed in to before",
    }));
}

export type WithUrl = Readonly<{ url: Flag<string | undefined> }>;

export const REQUIRED_SERVER: RequiredOption<WithUrl> = {
  option: "url",
  missing: ({ url }) => url === undefined,
  message: "Which MCP server?",
  reason: "the address of the MCP server",
  example: "https://server.example/mcp, or just server.example",
  offer: storedServers,
  other: "Another server",
  interpret: completeUrl,
};
