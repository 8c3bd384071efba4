/**
 * Names of files that say nothing to a reader and are found from a server URL alone.
 *
 * @module
 */

import { canonicalResource } from "../oauth/mcp/resource.ts";
import { sha256Hex } from "../trace/fingerprint.ts";
import type { EntryIdentity } from "./entry.ts";

const SERVER_DIGITS = 32;
const PART_DIGITS = 16;

/** Name of the folder of a server's entries. */
export function serverName(serverUrl: string): string {
  return sha256Hex(canonicalResource(serverUrl)).slice(0, SERVER_DIGITS);
}

/** What the names of an account's entries begin with. */
export function accountPrefix(account: string): string {
  return `${sha256Hex(account).slice(0, PART_DIGITS)}-`;
}

/** `<server>/<account>-<issuer and client>`, each a hash. */
export function entryKey({ serverUrl, account, issuer, client }: EntryIdentity): string {
  const client16 = sha256Hex(JSON.stringify([issuer, client.clientId])).slice(0, PART_DIGITS);
  return `${serverName(serverUrl)}/${accountPrefix(account)}${client16}`;
}

/** The parts of a key. */
export function splitKey(key: string): { readonly server: string; readonly name: string } {
  const [, server, name] = /^([0-9a-f]{32})\/([0-9a-f]{16}-[0-9a-f]{16})$/.exec(key) ?? [];
  if (server === undefined || name === undefined) throw new RangeError(`no entry key: "${key}"`);
  return { server, name };
}

/** True for the name of a server's folder. */
export function isServerName(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}

const ENTRY_FILE = /^([0-9a-f]{16}-[0-9a-f]{16})\.json$/;

/** The entry that a file holds by its name, or undefined for other files. */
export function entryOfFile(fileName: string): string | undefined {
  return ENTRY_FILE.exec(fileName)?.[1];
}
