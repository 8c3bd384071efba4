import type { Judgement } from "../../../core/finding.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Store, StoreMode } from "../../../store/store.ts";
import { toggle, value } from "../../command/flag.ts";
import { choice, identifier, path, signInName } from "../../args/values.ts";
import type { Runtime } from "../../command/runtime.ts";

const MODES: readonly StoreMode[] = ["auto", "keyring", "file", "postgres", "none"];

const account = (about: string) => value("<label>", about, identifier);

/** Without a group, because a login shows them in another group than other commands. */
export const STORE_FLAGS = {
  store: value(
    "<where>",
    `where to store credentials: ${MODES.join(", ")} (default: auto)`,
    choice(MODES),
  ),
  noStore: toggle("the same as --store none"),
  storeUrlFile: value(
    "<path>",
    "file with the database URL for --store postgres (default: MCPASS_STORE_URL)",
    path,
  ),
  storeKeyFile: value("<path>", "file with the keys that seal secrets in the database", path),
  account: account(
    'account to use if a server has several (default: "default", else the only one)',
  ),
};

export const LOGIN_STORE_FLAGS = {
  ...STORE_FLAGS,
  account: account("account label, to sign in to one server several times (default: default)"),
  name: value(
    "<name>",
    "short name, to use instead of the URL (default: from the host)",
    signInName,
  ),
};

export const STATUS_STORE_FLAGS = {
  ...STORE_FLAGS,
  account: account("show only this account (default: all)"),
};

export function storeMode(
  { store, noStore }: { readonly store: StoreMode | undefined; readonly noStore: boolean },
): StoreMode {
  return noStore ? "none" : store ?? "auto";
}

/** The options of a database; the commands have them with {@link STORE_FLAGS}. */
export interface DatabaseStoreOptions {
  readonly storeUrlFile?: string | undefined;
  readonly storeKeyFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** Milliseconds. */
  readonly stepTimeout?: number | undefined;
  readonly quiet?: boolean | undefined;
  readonly progress?: "text" | "json" | undefined;
}

type StoreRuntime = Pick<Runtime, "env" | "signal" | "load"> & Partial<Runtime>;

/** What was written there: a command may open its store several times. */
const written = new WeakMap<object, Set<string>>();

/** Writes each warning about the files of a database once to stderr. */
export function storeWarnings(
  io: Runtime["io"],
  { quiet, progress }: DatabaseStoreOptions,
): (warning: Judgement) => void {
  const before = written.get(io) ?? new Set();
  written.set(io, before);
  return (warning) => {
    const { code, message, reference, remedy, severity } = warning;
    if (quiet || before.has(message)) return;
    before.add(message);
    const event = { event: "finding", step: "plan", code, severity, message, remedy, reference };
    const text = `${severity}: ${message}\n${remedy.replace(/^/gm, "  ")}`;
    io.err(`${progress === "json" ? JSON.stringify(event) : text}\n`);
  };
}

export async function openStoreAs(
  mode: StoreMode,
  { env, signal, load, clock, beforeExit, io }: StoreRuntime,
  options: DatabaseStoreOptions = {},
): Promise<Store> {
  if (mode === "postgres") {
    const { openPostgresStore } = await load(() => import("../../../store/postgres/open_store.ts"));
    const { storeUrlFile, storeKeyFile, caFile, stepTimeout } = options;
    const files = { storeUrlFile, storeKeyFile, caFile };
    const now = clock && (() => clock.now());
    const warn = io && storeWarnings(io, options);
    const store = await openPostgresStore({ env, ...files, stepTimeout, now, warn });
    beforeExit?.push(() => store.close());
    return store;
  }
  const { openStore } = await load(() => import("../../../store/file/open_store.ts"));
  return openStore({ mode, env, signal, lockTimeoutMs: options.stepTimeout });
}

/** ISO 8601; empty without a token. */
export function obtainedAt({ tokens }: Pick<EntrySummary, "tokens">): string {
  return tokens?.obtainedAt ?? "";
}

export function newestFirst(entries: readonly EntrySummary[]): EntrySummary[] {
  return [...entries].sort((a, b) => obtainedAt(a) < obtainedAt(b) ? 1 : -1);
}
