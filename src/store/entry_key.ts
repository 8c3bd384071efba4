/**
 * The names of an entry's file and folder: hashes, which reveal nothing. The folder depends only on the
 * server URL.
 * @module
 */

import { canonicalResource } from "../oauth/mcp/resource.ts";
import { sha256Hex } from "../trace/fingerprint.ts";
import type { EntryIdentity } from "./stored_entry.ts";

const SERVER_DIGITS = 32;
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
  return sha256Hex(canonicalServer(serverUrl)).slice(0, SERVER_DIGITS);
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

const ENTRY_FILE = /^([0-9a-f]{16}-[0-9a-f]{16})\.json$/;

/** The name of the entry in a file; undefined for other files. */
export function entryName(fileName: string): string | undefined {
  return ENTRY_FILE.exec(fileName)?.[1];
}
