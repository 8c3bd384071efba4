/**
 * Getting past an address of a name that does not answer, while another one does.
 *
 * The runtime tries the addresses of one IP version in turn and waits for each as long as the system
 * does: minutes where nothing answers, not even with a refusal.
 *
 * @module
 */

import { portOf } from "../../core/url.ts";
import { type NameLookup, systemLookup } from "../name_lookup.ts";

/** Milliseconds in which a living address takes a connection. */
const ALIVE_MS = 2000;

/** The addresses of a name, by what a connection to them came to. */
export interface Addresses {
  /** Those that took one, in the system's order. */
  readonly alive: readonly string[];
  /** Those that said nothing. The runtime itself gets past one that refuses, or has no way there. */
  readonly dead: readonly string[];
}

async function knock(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<keyof Addresses | "refused"> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ALIVE_MS)]);
  try {
    (await Deno.connect({ hostname, port, signal: limit })).close();
    return "alive";
  } catch {
    return limit.aborted ? "dead" : "refused";
  }
}

/** Asks every address for a connection. */
export async function sortAddresses(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Addresses> {
  const found = await Promise.all(addresses.map((it) => knock(it, port, signal)));
  const those = (outcome: keyof Addresses) => addresses.filter((_, at) => found[at] === outcome);
  return { alive: those("alive"), dead: those("dead") };
}

/** Asks every address of a URL's host for a connection; undefined for a name that has only one. */
export async function tryAddresses(
  url: URL,
  signal: AbortSignal,
  lookup: NameLookup = systemLookup,
): Promise<Addresses | undefined> {
  const addresses = await lookup(url.hostname, signal).catch(() => []);
  if (addresses.length < 2) return undefined;
  return await sortAddresses(addresses, portOf(url), signal);
}
