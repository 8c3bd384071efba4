/**
 * Which addresses of a host accept a connection.
 *
 * The runtime tries the addresses of one IP version in turn, and waits for a silent one as long as the
 * system does: minutes.
 *
 * @module
 */

import { portOf } from "../../core/url.ts";
import { type NameLookup, systemLookup } from "../name_lookup.ts";

const LIMIT_MS = 2000;

export interface ProbedAddresses {
  /** Those that accepted a connection, in the system's order. */
  readonly reachable: readonly string[];
  /** Those that did not respond. The runtime itself skips an address that refuses. */
  readonly silent: readonly string[];
}

async function probe(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<keyof ProbedAddresses | "refused"> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    (await Deno.connect({ hostname, port, signal: limit })).close();
    return "reachable";
  } catch {
    return limit.aborted ? "silent" : "refused";
  }
}

export async function probeAddresses(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<ProbedAddresses> {
  const outcomes = await Promise.all(addresses.map((it) => probe(it, port, signal)));
  const withOutcome = (outcome: keyof ProbedAddresses) =>
    addresses.filter((_, at) => outcomes[at] === outcome);
  return { reachable: withOutcome("reachable"), silent: withOutcome("silent") };
}

/** Probes the addresses of a URL's host; undefined for a host that has only one. */
export async function probeHost(
  url: URL,
  signal: AbortSignal,
  lookup: NameLookup = systemLookup,
): Promise<ProbedAddresses | undefined> {
  const addresses = await lookup(url.hostname, signal).catch(() => []);
  if (addresses.length < 2) return undefined;
  return await probeAddresses(addresses, portOf(url), signal);
}
