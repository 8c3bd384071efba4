/** What an audit made at the server, in a file, until it is removed. @module */

import type { ClientAuthMethod } from "../../oauth/client/client_auth.ts";
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
  /** Stores the entry before the request that makes it. */
  add<Entry extends ResidueEntry>(entry: Entry): Promise<Entry>;
  /** Stores what is known now. */
  changed(): Promise<void>;
  /** Forgets what exists no more. */
  delete(entry: ResidueEntry): Promise<void>;
}

/** Writes the entries to a file with mode 0600, which is removed when there is nothing left. */
export type WriteResidue = (entries: readonly ResidueEntry[]) => Promise<void>;

export function createResidue(write: WriteResidue, entries: readonly ResidueEntry[] = []): Residue {
  const all = new Set<ResidueEntry>(entries);
  let writing = Promise.resolve();
  // One after the other: the last state is what stays in the file.
  const changed = () => writing = writing.then(() => write([...all]));
  return {
    entries: all,
    async add(entry) {
      all.add(entry);
      await changed();
      return entry;
    },
    changed,
    async delete(entry) {
      if (all.delete(entry)) await changed();
    },
  };
}

const FORMAT = "mcpass-residue-1";

export function residueText(entries: readonly ResidueEntry[]): string {
  return `${JSON.stringify({ format: FORMAT, entries }, undefined, 2)}\n`;
}

/** @throws Failure `residue_file_invalid` (usage). */
export function readResidue(text: string, path: string): ResidueEntry[] {
  const document = parseJson(text);
  const entries = isObject(document) && document["format"] === FORMAT ? document["entries"] : null;
  if (!Array.isArray(entries)) {
    throw usageFailure(
      "residue_file_invalid",
      `${quoted(path)} is not a residue file of an audit`,
      "Use the file that the audit named at its end",
    );
  }
  return entries as ResidueEntry[];
}
