/** Where `mcpass bridge --listen` accepts connections. @module */

export type ListenAddress =
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Longest path of a Unix socket, with room for the zero byte. */
const MAX_PATH_BYTES = 107;

/** An empty text is a free port of 127.0.0.1. Undefined for a text that is not an address. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    const isPath = path !== "" && !path.includes("\0") &&
      new TextEncoder().encode(path).length <= MAX_PATH_BYTES;
    return isPath ? { kind: "unix", path } : undefined;
  }
  const [isAddress, host = "", port] = /^(\[[\da-fA-F:.]+\]|[\w.-]*)(?::(\d{1,5}))?$/.exec(text) ??
    [];
  const isPortAlone = port === undefined && /^\d{1,5}$/.test(host);
  const number = Number(isPortAlone ? host : port ?? 0);
  if (isAddress === undefined || number > 65_535) return undefined;
  const hostname = host === "" || isPortAlone || host.toLowerCase() === "localhost"
    ? "127.0.0.1"
    : host.replace(/^\[|\]$/g, "");
  return { kind: "tcp", hostname, port: number };
}

/** True for an address that other machines can reach, or that has no known meaning. */
export function isExposed(address: ListenAddress): boolean {
  if (address.kind === "unix") return false;
  const { hostname } = address;
  return hostname !== "::1" && !/^127(?:\.\d{1,3}){3}$/.test(hostname);
}

export function hostText(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
