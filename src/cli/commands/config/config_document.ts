/** The documents of the config commands. @module */

import type { EntryKind } from "../../../flow/mcp_clients/client_config.ts";
import type { ErrorMember } from "../../terminal/error_document.ts";

/** `file` is that of `--file`. */
type DocumentScope = "user" | "project" | "file";

export interface ConfigDocument {
  readonly completed: boolean;
  readonly status: "printed" | "written" | "unchanged" | "refused";
  readonly client: string;
  /** Of the entry. */
  readonly name: string;
  readonly serverUrl: string;
  /** Null for the default account. */
  readonly account: string | null;
  readonly scope: DocumentScope;
  readonly path: string;
  readonly direct: boolean;
  readonly entry: Readonly<Record<string, unknown>>;
  /** A file that has only the entry. */
  readonly text: string;
  /** The command line of the client's own program; null if it is not used. */
  readonly installer: readonly string[] | null;
  readonly diff: string | null;
  readonly backup: string | null;
  readonly notes: readonly string[];
}

export interface ConfigRemoveDocument {
  readonly completed: boolean;
  readonly client: string;
  readonly name: string;
  readonly scope: DocumentScope;
  readonly path: string;
  /** True if mcpass had written the entry. */
  readonly own: boolean;
  readonly diff: string | null;
  readonly backup: string | null;
}

export interface ListedEntry {
  /** Its word on the command line; null for a client that mcpass only reads. */
  readonly client: string | null;
  readonly clientName: string;
  readonly name: string;
  readonly path: string;
  /** The project in a file of the user; null for all. */
  readonly project: string | null;
  readonly kind: EntryKind;
  readonly serverUrl: string | null;
  readonly program: string | null;
}

export interface ConfigListDocument {
  readonly completed: boolean;
  readonly entries: readonly ListedEntry[];
  readonly problems: readonly ErrorMember[];
}
