/** The network of an IP address, from the registries of special-purpose addresses (RFC 6890). @module */

import ipaddr from "ipaddr.js";

/**
 * `link_local` includes the metadata services of clouds at any address, because they give credentials to
 * every client. `reserved` are unassigned or reserved ranges: unspecified, multicast, broadcast,
 * documentation, and IPv6 forms that no public network routes.
 */
export type AddressKind = "loopback" | "private" | "link_local" | "reserved" | "public";

/** By the range names of ipaddr.js; all others are `reserved`. */
const KINDS: ReadonlyMap<string, AddressKind> = new Map(Object.entries<AddressKind>({
  unicast: "public",
  loopback: "loopback",
  private: "private",
  carrierGradeNat: "private",
  uniqueLocal: "private",
  deprecatedSiteLocal: "private",
  linkLocal: "link_local",
}));

/** Metadata services outside of 169.254.0.0/16: Alibaba, Azure, Oracle, AWS, Google. */
const METADATA_SERVICES = [
  "100.100.100.200/32",
  "168.63.129.16/32",
  "192.0.0.192/32",
  "fd00:ec2::/32",
  "fd20:ce::254/128",
].map((range) => ipaddr.parseCIDR(range));

/** All public networks (RFC 4291 §2.4 and IANA). */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

type Offsets = readonly [number, number, number, number];

/** A form of IPv6 address that contains an IPv4 address, to which packets may be sent. */
interface Ipv4Embedding {
  readonly range: ReturnType<typeof ipaddr.parseCIDR>;
  /** Positions of the bytes of the IPv4 address. */
  readonly positions: readonly Offsets[];
  readonly inverted?: true;
  /** The kind of the form if its IPv4 address is public. */
  readonly kind: AddressKind;
}

const LAST: Offsets = [12, 13, 14, 15];

/** RFC 6052 §2.2, for prefixes of 48, 56, 64 and 96 bits. */
const TRANSLATED: readonly Offsets[] = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], LAST];

const IPV4_EMBEDDINGS: readonly Ipv4Embedding[] = [
  { range: ipaddr.parseCIDR("::ffff:0:0/96"), positions: [LAST], kind: "public" },
  { range: ipaddr.parseCIDR("::/96"), positions: [LAST], kind: "reserved" },
  { range: ipaddr.parseCIDR("::ffff:0:0:0/96"), positions: [LAST], kind: "reserved" },
  { range: ipaddr.parseCIDR("64:ff9b::/96"), positions: [LAST], kind: "public" },
  { range: ipaddr.parseCIDR("64:ff9b:1::/48"), positions: TRANSLATED, kind: "reserved" },
  { range: ipaddr.parseCIDR("2002::/16"), positions: [[2, 3, 4, 5]], kind: "reserved" },
  { range: ipaddr.parseCIDR("2001::/32"), positions: [[4, 5, 6, 7]], kind: "reserved" },
  { range: ipaddr.parseCIDR("2001::/32"), positions: [LAST], inverted: true, kind: "reserved" },
];

/** If several kinds apply, the first of these is used. */
const WORST: readonly AddressKind[] = ["link_local", "loopback", "private", "reserved", "public"];

function worst(kinds: readonly AddressKind[]): AddressKind {
  return WORST.find((kind) => kinds.includes(kind)) ?? "reserved";
}

function isInRange(address: ipaddr.IPv4 | ipaddr.IPv6, range: Ipv4Embedding["range"]): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}

/** ISATAP (RFC 5214 §6.1): the interface identifier contains an IPv4 address. */
function isIsatap(bytes: readonly number[]): boolean {
  return [0, 2].includes(bytes[8] ?? -1) && bytes[9] === 0 && bytes[10] === 0x5e &&
    bytes[11] === 0xfe;
}

function kindOf(address: ipaddr.IPv4 | ipaddr.IPv6): AddressKind {
  if (METADATA_SERVICES.some((range) => isInRange(address, range))) return "link_local";
  const kind = KINDS.get(address.range()) ?? "reserved";
  if (address.kind() === "ipv4" || kind === "loopback" || address.range() === "unspecified") {
    return kind;
  }
  const bytes = address.toByteArray();
  const embedded = (positions: readonly Offsets[], inverted = false): AddressKind[] =>
    positions.map((place) =>
      kindOf(new ipaddr.IPv4(place.map((at) => (bytes[at] ?? 0) ^ (inverted ? 0xff : 0))))
    );
  const embeddings = IPV4_EMBEDDINGS.filter(({ range }) => isInRange(address, range));
  if (embeddings.length > 0) {
    return worst(embeddings.flatMap((row) => [row.kind, ...embedded(row.positions, row.inverted)]));
  }
  if (kind !== "public") return kind;
  if (!isInRange(address, GLOBAL_UNICAST)) return "reserved";
  return isIsatap(bytes) ? worst([kind, ...embedded([LAST])]) : kind;
}

/** `reserved` when the text is not an address. */
export function addressKind(address: string): AddressKind {
  return ipaddr.isValid(address) ? kindOf(ipaddr.parse(address)) : "reserved";
}

/**
 * The network of a server; `public` if unknown, because that permits the least. It is unknown for an IPv6
 * address that contains an IPv4 address, because its owner chooses these bytes, except for a mapped
 * address (RFC 4291 §2.5.5.2).
 */
export function networkOfAddress(address: string): AddressKind {
  const kind = addressKind(address);
  if (!ipaddr.isValid(address)) return "public";
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4 || parsed.isIPv4MappedAddress()) return kind;
  if (["loopback", "unspecified"].includes(parsed.range())) return kind;
  const embedsIpv4 = IPV4_EMBEDDINGS.some(({ range }) => isInRange(parsed, range)) ||
    isIsatap(parsed.toByteArray());
  return embedsIpv4 ? "public" : kind;
}

export function isIpAddress(text: string): boolean {
  return ipaddr.isValid(text);
}
