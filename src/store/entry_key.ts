/** An entry's file and folder have hashes as names, which reveal nothing. @module */

import { canonicalResource } from "../oauth/mcp/resource.ts";
import { sha256Hex } from "../trace/fingerprint.ts";

export interface EntryIdentity {
  /** The MCP server's URL, as typed; compared in its canonical form. */
  readonly serverUrl: string;
  readonly account: string;
  /** As announced. */
  readonly issuer: string;
  readonly client: { readonly clientId: string };
}

const PART_DIGITS = 16;

/** A list of entries needs the results for the same texts again and again. */
export function memoize<T>(make: (text: string) => T): (text: string) => T {
  const results = new Map<string, T>();
  return (text) => {
    const result = results.get(text) ?? make(text);
    results.set(text, result);
    return result;
  };
}

export const canonicalServer = memoize(canonicalResource);

export function serverFolderName(serverUrl: string): string {
  return sha256Hex(canonicalServer(serverUrl)).slice(0, 32);
}

export const accountPrefix = memoize((account) => `${sha256Hex(account).slice(0, PART_DIGITS)}-`);

/** `<server>/<account>-<issuer and client>`, each a hash. */
export function entryKey({ serverUrl, account, issuer, client }: EntryIdentity): string {
  const clientHash = sha256Hex(JSON.stringify([issuer, client.clientId])).slice(0, PART_DIGITS);
  return `${serverFolderName(serverUrl)}/${accountPrefix(account)}${clientHash}`;
}

export function splitKey(key: string): { readonly server: string; readonly name: string } {
  const [, server, name] = /^([0-9a-f]{32})\/([0-9a-f]{16}-[0-9a-f]{16})$/.exec(key) ?? [];
  if (server === undefined || name === undefined) throw new RangeError(`no entry key: "${key}"`);
  return { server, name };
}

export function isServerFolderName(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}

export function entryName(fileName: string): string | undefined {
  return /^([0-9a-f]{16}-[0-9a-f]{16})\.json$/.exec(fileName)?.[1];
}
