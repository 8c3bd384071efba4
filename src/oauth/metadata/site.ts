import { isLoopbackHost } from "../../core/url.ts";

export type SameSite = (one: string, other: string) => Promise<boolean>;

/**
 * True for hosts below one registrable domain of the public suffix list, its private section
 * included: `a.github.io` and `b.github.io` are two sites. An IP address, a single-label name and a
 * public suffix have no registrable domain.
 */
export async function sameRegistrableDomain(one: string, other: string): Promise<boolean> {
  const { getDomain } = await import("tldts");
  const domain = (host: string) => getDomain(host, { allowPrivateDomains: true });
  const found = domain(one);
  return found !== null && found === domain(other);
}

/** True for the same host, the same registrable domain, or two loopback hosts. */
export async function isSameParty(
  one: string,
  other: string,
  sameSite: SameSite = sameRegistrableDomain,
): Promise<boolean> {
  const [first, second] = [new URL(one).hostname, new URL(other).hostname];
  if (first === second) return true;
  const loopback = [first, second].filter(isLoopbackHost).length;
  return loopback > 0 ? loopback === 2 : await sameSite(first, second);
}
