/** Networks of hosts, and the rule which network a server may lead into. @module */

import { isLoopbackHost } from "../core/url.ts";
import type { AddressKind } from "./address_ranges.ts";

/** `name` is a host name that is not an address: its network depends on its addresses. */
export type AddressClass = AddressKind | "name";

type Ranges = typeof import("./address_ranges.ts");

/** True for a host that is an address, in the form of `URL.hostname`. */
export function isAddress(hostname: string): boolean {
  return /^\[.*\]$|^[\d.]+$/.test(hostname);
}

async function classify(
  { hostname }: URL,
  kindOf: (ranges: Ranges, address: string) => AddressKind,
): Promise<AddressClass> {
  if (isLoopbackHost(hostname)) return "loopback";
  if (!isAddress(hostname)) return "name";
  return kindOf(await import("./address_ranges.ts"), hostname.replace(/^\[|\]$/g, ""));
}

/**
 * Classifies `url.hostname`. A `URL` has already normalised every form of an IPv4 address (`0x7f.1`,
 * `2130706433`). The registries are loaded only for an address that needs them.
 */
export async function addressClass(url: URL): Promise<AddressClass> {
  return await classify(url, (ranges, address) => ranges.addressKind(address));
}

/** The network of a server at this URL; `public` if unknown, which permits the least. */
export async function networkClass(url: URL): Promise<AddressClass> {
  return await classify(url, (ranges, address) => ranges.networkOfAddress(address));
}

/** From which networks a request may enter one that is not public. */
const MAY_ENTER: Readonly<Partial<Record<AddressClass, readonly AddressClass[]>>> = {
  loopback: ["loopback"],
  private: ["private", "loopback"],
  link_local: ["link_local"],
  reserved: ["reserved"],
};

/**
 * True when a server may send this program into a network: a public server must not lead into a private
 * one (RFC 9728 §7.7).
 *
 * @param origins The networks of the server and of its redirects; called only if they matter.
 */
export async function mayEnter(
  target: AddressClass,
  origins: () => Promise<readonly AddressClass[]>,
): Promise<boolean> {
  const permitted = MAY_ENTER[target];
  return permitted === undefined || (await origins()).every((it) => permitted.includes(it));
}
