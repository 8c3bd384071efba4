/**
 * What kind of network a URL's host belongs to, by its spelling alone.
 *
 * @module
 */

import { isLoopbackHost } from "../core/url.ts";
import type { AddressKind } from "./address_ranges.ts";

/** `name` is any host name that is not an address: what it resolves to is not known here. */
export type AddressClass = AddressKind | "name";

type Ranges = typeof import("./address_ranges.ts");

async function classify(
  { hostname }: URL,
  kindOf: (ranges: Ranges, address: string) => AddressKind,
): Promise<AddressClass> {
  if (isLoopbackHost(hostname)) return "loopback";
  if (!/^\[.*\]$|^[\d.]+$/.test(hostname)) return "name";
  return kindOf(await import("./address_ranges.ts"), hostname.replace(/^\[|\]$/g, ""));
}

/**
 * Classifies `url.hostname`. Every spelling of an IPv4 address (`0x7f.1`, `2130706433`) has already
 * become the dotted one in a `URL`. The registries are loaded only for an address that needs them.
 */
export async function addressClass(url: URL): Promise<AddressClass> {
  return await classify(url, (ranges, address) => ranges.addressKind(address));
}

/** The network that a server at this URL is in; `public` if unknown, which allows the least. */
export async function networkClass(url: URL): Promise<AddressClass> {
  return await classify(url, (ranges, address) => ranges.networkOfAddress(address));
}
