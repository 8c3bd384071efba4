/**
 * What kind of network a URL's host belongs to, by its spelling alone.
 *
 * @module
 */

/**
 * `name` is any host name that is not an address: what it resolves to is not known here.
 * `reserved` holds addresses that are nobody's server: unspecified, multicast, broadcast,
 * documentation, and translation prefixes around such addresses.
 */
export type AddressClass = "loopback" | "private" | "link_local" | "reserved" | "public" | "name";

type Range = readonly [prefix: string, bits: number, kind: AddressClass];

/** IANA special-purpose registry for IPv4 (RFC 6890), the most specific first. */
const IPV4: readonly Range[] = [
  ["127.0.0.0", 8, "loopback"],
  ["10.0.0.0", 8, "private"],
  ["172.16.0.0", 12, "private"],
  ["192.168.0.0", 16, "private"],
  ["100.64.0.0", 10, "private"],
  ["169.254.0.0", 16, "link_local"],
  ["0.0.0.0", 8, "reserved"],
  ["192.0.0.0", 24, "reserved"],
  ["192.0.2.0", 24, "reserved"],
  ["198.18.0.0", 15, "reserved"],
  ["198.51.100.0", 24, "reserved"],
  ["203.0.113.0", 24, "reserved"],
  ["224.0.0.0", 3, "reserved"],
];

/** The same for IPv6; addresses that carry an IPv4 address are judged by that one. */
const IPV6: readonly Range[] = [
  ["0:0:0:0:0:0:0:1", 128, "loopback"],
  ["0:0:0:0:0:0:0:0", 128, "reserved"],
  ["fc00:0:0:0:0:0:0:0", 7, "private"],
  ["fe80:0:0:0:0:0:0:0", 10, "link_local"],
  ["fec0:0:0:0:0:0:0:0", 10, "private"],
  ["ff00:0:0:0:0:0:0:0", 8, "reserved"],
  ["100:0:0:0:0:0:0:0", 64, "reserved"],
  ["2001:db8:0:0:0:0:0:0", 32, "reserved"],
];

/** Prefixes of IPv6 addresses that carry an IPv4 address, and the group at which it begins. */
const CARRIERS: readonly (readonly [prefix: string, bits: number, group: number])[] = [
  ["0:0:0:0:0:ffff:0:0", 96, 6],
  ["0:0:0:0:0:0:0:0", 96, 6],
  ["64:ff9b:0:0:0:0:0:0", 96, 6],
  ["64:ff9b:1:0:0:0:0:0", 48, 6],
  ["2002:0:0:0:0:0:0:0", 16, 1],
];

function ipv4Number(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

/** The number of an IPv6 address in the form that WHATWG URL serializes (no dotted part). */
function ipv6Number(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":");
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after]
    .reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

const within = (address: bigint, prefix: bigint, bits: number, width: number): boolean =>
  address >> BigInt(width - bits) === prefix >> BigInt(width - bits);

function classOfIpv4(address: bigint): AddressClass {
  const row = IPV4.find(([prefix, bits]) => within(address, ipv4Number(prefix) ?? 0n, bits, 32));
  return row?.[2] ?? "public";
}

function classOfIpv6(address: bigint): AddressClass {
  const row = IPV6.find(([prefix, bits]) => within(address, ipv6Number(prefix), bits, 128));
  if (row) return row[2];
  const carrier = CARRIERS.find(([prefix, bits]) => within(address, ipv6Number(prefix), bits, 128));
  if (!carrier) return "public";
  return classOfIpv4((address >> BigInt(128 - 16 * (carrier[2] + 2))) & 0xffffffffn);
}

/**
 * Classifies `url.hostname`. Every spelling of an IPv4 address (`0x7f.1`, `2130706433`) has already
 * become the dotted one in a `URL`.
 */
export function addressClass(url: URL): AddressClass {
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return classOfIpv6(ipv6Number(host.slice(1, -1)));
  const ipv4 = ipv4Number(host);
  if (ipv4 !== undefined) return classOfIpv4(ipv4);
  return host === "localhost" || host.endsWith(".localhost") ? "loopback" : "name";
}
