import { isLoopbackHost } from "../core/url.ts";
import type { AddressKind } from "./address_ranges.ts";

/** `name`: a host name; its network depends on its addresses. */
export type AddressClass = AddressKind | "name";

/** The meaning of `localhost` (RFC 6761 §6.3): such a name is never looked up. */
export const LOOPBACK_ADDRESSES: readonly string[] = ["127.0.0.1", "::1"];

export function isAddress(hostname: string): boolean {
  return /^\[.*\]$|^[\d.]+$/.test(hostname);
}

/** @param isServer True for the network that a server at the URL is in. */
async function classify({ hostname }: URL, isServer: boolean): Promise<AddressClass> {
  if (isLoopbackHost(hostname)) return "loopback";
  if (!isAddress(hostname)) return "name";
  const { addressKind, networkOfAddress } = await import("./address_ranges.ts");
  return (isServer ? networkOfAddress : addressKind)(hostname.replace(/^\[|\]$/g, ""));
}

/** A `URL` has already normalised every form of an IPv4 address (`0x7f.1`, `2130706433`). */
export async function addressClass(url: URL): Promise<AddressClass> {
  return await classify(url, false);
}

/** The network of a server at this URL; `public` if unknown, because that permits the least. */
export async function networkClass(url: URL): Promise<AddressClass> {
  return await classify(url, true);
}

const MAY_ENTER: Readonly<Partial<Record<AddressClass, readonly AddressClass[]>>> = {
  loopback: ["loopback"],
  private: ["private", "loopback"],
  link_local: ["link_local"],
  reserved: ["reserved"],
};

/**
 * A public server must not lead mcpass into a private network (RFC 9728 §7.7).
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
