/** Seals one sign-in for another machine, and disables it here. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import type { Store } from "../../store/store.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { signInNeeded, signInRemedy, tokensGone } from "../context/sign_in_needed.ts";
import { storeRepository } from "../credentials/credential_repository.ts";
import { refreshSignIn } from "../credentials/refresh.ts";
import { secretsOf } from "../credentials/stored_client.ts";
import { validityLeft } from "../credentials/token_validity.ts";
import type { SealedFile, SealingKey } from "./age_file.ts";
import { lockedRepository } from "./locked_repository.ts";
import { moveSignIn, neverRotates } from "./move_sign_in.ts";
import { transferText } from "./transfer_payload.ts";

export interface ExportOptions {
  readonly store: Store;
  readonly key: string;
  readonly serverUrl: string;
  readonly seal: SealingKey;
  /** True to leave the sign-in usable here too. */
  readonly copy: boolean;
  readonly validForMs: number;
  /** This machine, as people call it. */
  readonly machine: string;
  /** Where the sign-in goes, as people call it. */
  readonly to: string;
  /** Writes the file so that a crash does not lose it, and returns what was read back from it. */
  deliver(file: SealedFile): Promise<Uint8Array>;
}

export interface ExportedSignIn {
  readonly entry: StoredEntry;
  readonly moved: boolean;
  readonly refreshed: boolean;
  readonly notAfter: string;
}

function refused(code: Code, entry: StoredEntry, why: string, remedy: string): Failure {
  const message = `the sign-in to ${quoted(entry.serverUrl)} was not exported: ${why}`;
  return new Failure(code, message, { remedy });
}

const THERE = "On the other machine, sign in";

/** @throws Failure if the other machine could not use the sign-in. */
function assertExportable(entry: StoredEntry, now: number): void {
  const { authMode, client, grant, moved, tokens } = entry;
  if (moved !== undefined || tokens === null && !repeatsGrant(authMode)) throw tokensGone(entry);
  const file = client.certificate?.certFile;
  if (file !== undefined) {
    const why = `its client uses the certificate in ${quoted(file, 4096)}, and mcpass does not ` +
      "copy private keys from files";
    throw refused("export_refused", entry, why, signInRemedy(entry, THERE));
  }
  if (grant?.file !== undefined && entry.idpIdToken === undefined) {
    const why = `its grant reads ${quoted(grant.file, 4096)}, a file of this machine`;
    throw refused("export_refused", entry, why, signInRemedy(entry, THERE));
  }
  const left = tokens === null ? null : validityLeft(tokens, now);
  const hasEnded = left !== null && left <= 0;
  if (hasEnded && !repeatsGrant(authMode) && tokens?.refreshToken === null) {
    const why = "it has expired and has no refresh token";
    throw refused("export_refused", entry, why, signInRemedy(entry));
  }
}

async function readEntry({ store, key, serverUrl }: ExportOptions): Promise<StoredEntry> {
  const entry = await store.read(key);
  if (entry !== undefined) return entry;
  throw signInNeeded("not_signed_in", `nothing is stored for ${quoted(serverUrl)}`, { serverUrl });
}

/** Refreshes once, so that no older token than the exported one is in use. */
async function newestEntry(
  deps: RefreshEffects,
  options: ExportOptions,
  entry: StoredEntry,
): Promise<StoredEntry> {
  if (neverRotates(entry)) return entry;
  const { store, key, serverUrl } = options;
  const repository = lockedRepository(storeRepository(store, key));
  return (await refreshSignIn(deps, repository, serverUrl, { force: true })).entry;
}

function assertCopyable(before: StoredEntry, after: StoredEntry, note: (text: string) => void) {
  if (neverRotates(after)) return;
  if (before.tokens?.refreshToken !== after.tokens?.refreshToken) {
    const why = "the authorization server replaces the refresh token at each refresh, so two " +
      "machines with one token would end the sign-in";
    const remedy = "Omit --copy to move the sign-in, or sign in on the other machine, too";
    throw refused("tokens_rotate", after, why, remedy);
  }
  note(
    "the authorization server did not replace the refresh token this time; if it does later, one of " +
      "the two copies ends",
  );
}

/**
 * Has the lock of the entry from the refresh to the end. A process that ends before the entry is
 * disabled leaves a sign-in that works here; afterwards the file is complete.
 *
 * @throws Failure `export_refused`, `tokens_rotate`, `tokens_gone`, `transfer_not_written`, and as
 * {@link refreshSignIn}; the sign-in is still usable here then.
 */
export async function exportSignIn(
  deps: RefreshEffects,
  options: ExportOptions,
): Promise<ExportedSignIn> {
  const { store, key, copy, machine, to } = options;
  const { sealFile } = await import("./age_file.ts");
  await using _lock = await store.lock(key, deps.signal);
  const before = await readEntry(options);
  for (const secret of secretsOf(before)) deps.secrets.add(secret);
  assertExportable(before, deps.clock.now());
  const entry = await newestEntry(deps, options, before);
  if (copy) assertCopyable(before, entry, deps.note);
  const now = deps.clock.now();
  const notAfter = new Date(now + options.validForMs).toISOString();
  const created = new Date(now).toISOString();
  const text = transferText({ created, notAfter, source: machine, moved: !copy, entry });
  const file = await sealFile(text, options.seal);
  await moveSignIn({
    entry,
    at: now,
    to,
    stays: copy,
    async deliver() {
      const written = await options.deliver(file);
      if (await file.reopen(written).catch(() => undefined) !== text) throw notReadBack(entry);
    },
    async disable(moved) {
      try {
        await store.write(moved, "moved");
      } catch (error) {
        throw notDisabled(entry, toFailure(error));
      }
    },
  });
  return { entry, moved: !copy, refreshed: entry !== before, notAfter };
}

function notReadBack(entry: StoredEntry): Failure {
  const why = "what was written differs from what can be read; the sign-in is still usable here";
  return refused("transfer_not_written", entry, why, "Use a file on another disk");
}

/** Two places would have the tokens if the file were imported. */
function notDisabled({ serverUrl }: StoredEntry, { code, message }: Failure): Failure {
  return new Failure(
    code,
    `the sign-in to ${quoted(serverUrl)} is still usable here: ${message}`,
    { remedy: "Delete the file that was written, fix the store, and run the command again" },
  );
}
