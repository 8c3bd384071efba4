/** The residue: clients and tokens of an audit, recorded in a file until they are removed. @module */

import { type ClientAuthMethod, isClientAuthMethod } from "../../oauth/client/client_auth.ts";
import { isObject, parseJson } from "../../core/json.ts";
import { usageFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";

export interface ClientResidue {
  readonly kind: "client";
  readonly issuer: string;
  readonly endpoint: string;
  /** Null while the registration is under way: it may exist. */
  clientId: string | null;
  registrationUri: string | null;
  registrationToken: string | null;
}

export interface TokenResidue {
  readonly kind: "token";
  readonly issuer: string;
  /** Null if the server offers no revocation. */
  readonly revocationEndpoint: string | null;
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** How the client authenticates. */
  readonly method: ClientAuthMethod;
  readonly hint: "access_token" | "refresh_token";
  readonly token: string;
}

export type ResidueEntry = ClientResidue | TokenResidue;

export interface Residue {
  readonly entries: ReadonlySet<ResidueEntry>;
  /** Clients that were registered, and those of them that are removed. */
  readonly clients: { readonly registered: number; readonly removed: number };
  /** Stores the entry before the request that makes it. */
  add<Entry extends ResidueEntry>(entry: Entry): Promise<Entry>;
  /** Writes the current state of the entries. */
  changed(): Promise<void>;
  /** Deletes the entry of a client or token that was removed. */
  delete(entry: ResidueEntry): Promise<void>;
}

/** Writes the entries to a file with mode 0600; without any, it removes the file. */
export type WriteResidue = (entries: readonly ResidueEntry[]) => Promise<void>;

export function createResidue(write: WriteResidue, entries: readonly ResidueEntry[] = []): Residue {
  const all = new Set<ResidueEntry>(entries);
  let writing = Promise.resolve();
  // One after the other, so that the file ends with the last state.
  const changed = () => writing = writing.then(() => write([...all]));
  const clients = () => [...all].filter(({ kind, clientId }) => kind === "client" && clientId);
  let removed = 0;
  return {
    entries: all,
    get clients() {
      return { registered: removed + clients().length, removed };
    },
    async add(entry) {
      all.add(entry);
      await changed();
      return entry;
    },
    changed,
    async delete(entry) {
      if (!all.delete(entry)) return;
      if (entry.kind === "client" && entry.clientId !== null) removed += 1;
      await changed();
    },
  };
}

const FORMAT = "mcpass-residue-1";

export interface ResidueDocument {
  /** The server that was audited. */
  readonly serverUrl: string;
  readonly entries: readonly ResidueEntry[];
}

export function residueText({ serverUrl, entries }: ResidueDocument): string {
  return `${JSON.stringify({ format: FORMAT, serverUrl, entries }, undefined, 2)}\n`;
}

/** @throws Failure `residue_file_invalid` (usage). */
export function readResidue(text: string, path: string): ResidueDocument {
  const document = parseJson(text);
  const isResidue = isObject(document) && document["format"] === FORMAT;
  const { entries, serverUrl } = isResidue ? document : {};
  if (!Array.isArray(entries) || !entries.every(isEntry) || typeof serverUrl !== "string") {
    throw usageFailure(
      "residue_file_invalid",
      `${quoted(path)} is not the residue file of an audit`,
      "Use the file that the audit named at its end",
    );
  }
  return { serverUrl, entries };
}

function isText(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isEntry(value: unknown): value is ResidueEntry {
  if (!isObject(value) || !isText(value["clientId"])) return false;
  const { kind, hint, token, method } = value;
  if (kind === "client") {
    return isText(value["registrationUri"]) && isText(value["registrationToken"]);
  }
  return kind === "token" && typeof token === "string" && isText(value["revocationEndpoint"]) &&
    isText(value["clientSecret"]) && isClientAuthMethod(String(method)) &&
    (hint === "access_token" || hint === "refresh_token");
}
