/** Where the database is and which keys seal: from options, files and the environment. @module */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { readInputText, unreadableReason } from "../../core/input_file.ts";
import { readSecretFile } from "../../core/secret_file.ts";
import type { Env } from "../../core/system.ts";
import { quoted } from "../../core/text.ts";
import type { DatabaseOptions } from "./connection.ts";
import { parseConnectionUrl } from "./connection_url.ts";
import { authoritiesUnreadable, keyMissing, urlFileUnreadable, urlMissing } from "./failures.ts";
import { type KeyRing, readKeyFile } from "./key_ring.ts";

export interface StoreSettings {
  readonly env: Env;
  /** The paths of `--store-url-file`, `--store-key-file` and `--ca-file`. */
  readonly storeUrlFile?: string | undefined;
  readonly storeKeyFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** Milliseconds of `--step-timeout`. */
  readonly stepTimeout?: number | undefined;
  /** Receives a warning about a file with a secret that others can read. */
  readonly warn?: ((warning: Judgement) => void) | undefined;
  /** Milliseconds since the epoch; by default of this machine. */
  readonly now?: (() => number) | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

const reasonOf = (error: unknown) => unreadableReason(error) ?? quoted(String(error));

async function readUrl(path: string, warn: StoreSettings["warn"]): Promise<string> {
  try {
    const { text, findings } = await readSecretFile(path, "usage");
    for (const finding of findings) warn?.(finding);
    return text;
  } catch (error) {
    throw error instanceof Failure
      ? error
      : urlFileUnreadable(unreadableReason(error) ?? "the system cannot open it");
  }
}

async function readAuthorities(path: string): Promise<string> {
  try {
    const pem = await readInputText(path);
    if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  } catch (error) {
    throw authoritiesUnreadable(path, reasonOf(error));
  }
  throw authoritiesUnreadable(path, "it contains no PEM certificate");
}

/** @throws Failure `store_url_missing`, `store_url_invalid`, `no_certificate`. */
export async function databaseOptions(settings: StoreSettings): Promise<DatabaseOptions> {
  const { env, caFile, stepTimeout = DEFAULT_TIMEOUT_MS } = settings;
  const { storeUrlFile = env.get("MCPASS_STORE_URL_FILE") } = settings;
  const url = storeUrlFile === undefined
    ? env.get("MCPASS_STORE_URL")
    : await readUrl(storeUrlFile, settings.warn);
  if (url === undefined || url.trim() === "") throw urlMissing();
  const connection = parseConnectionUrl(url.trim());
  const files = connection.tls ? [caFile, connection.authorities] : [];
  const paths = files.filter((path) => path !== undefined);
  const caCerts = await Promise.all(paths.map(readAuthorities));
  return { settings: connection, caCerts, timeoutMs: stepTimeout };
}

export interface OpenSettings {
  readonly database: DatabaseOptions;
  readonly keys: KeyRing;
  now(): number;
}

/** @throws Failure as {@link databaseOptions}, and `store_key_…`. */
export async function openStoreSettings(settings: StoreSettings): Promise<OpenSettings> {
  const database = await databaseOptions(settings);
  const { storeKeyFile = settings.env.get("MCPASS_STORE_KEY_FILE"), now = Date.now } = settings;
  if (!storeKeyFile) throw keyMissing();
  return { database, keys: await readKeyFile(storeKeyFile, settings.warn), now };
}
