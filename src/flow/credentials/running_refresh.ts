/** The record of a refresh in the stored sign-in, by which other processes know about it. @module */

import { Failure } from "../../core/failure.ts";
import { processName } from "../../core/process_name.ts";
import { formatPeriod } from "../../core/quantities.ts";
import { quoted } from "../../core/text.ts";
import { wait } from "../../core/wait.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { isStoreUnreachable } from "../../store/failures.ts";
import { refreshLimitMs } from "../../store/lock_limit.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { judgeClientSecret } from "../../trace/weak_secrets.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { isEntryChanged } from "./change_sign_in.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { pauses, persistentWrite } from "./persistent_write.ts";

export interface RunningRefresh {
  readonly deps: RefreshEffects;
  readonly repository: CredentialRepository;
  /** With what this refresh has learned, whether it is stored already or not. */
  entry: StoredEntry;
  /** As this refresh read or wrote it last. */
  stored: StoredEntry;
  /** Which response was lost, so that the effect of its request is unknown. */
  lost: string | undefined;
}

type Journal = NonNullable<StoredEntry["journal"]>;

const sinceText = ({ by, startedAt }: Journal) =>
  `${by === undefined ? "" : `by ${by} `}that started ${startedAt}`;

/** The times of a journal may differ from read to read, by the clocks of a machine and a database. */
function isSameRefresh(one: Journal | undefined, other: Journal | undefined): boolean {
  return one?.refreshTokenFingerprint === other?.refreshTokenFingerprint && one?.id === other?.id;
}

/** Writes the entry with the journal; a lost connection leaves open whether it was stored. */
async function writeWithJournal(refresh: RunningRefresh, entry: StoredEntry): Promise<void> {
  const { deps, repository } = refresh;
  try {
    await persistentWrite(
      deps,
      () => repository.write(entry, "refresh_started"),
      isStoreUnreachable,
    );
  } catch (error) {
    if (!isEntryChanged(error)) throw error;
    const stored = await repository.read();
    if (!isSameRefresh(stored?.journal, entry.journal)) throw error;
  }
  refresh.stored = entry;
}

/**
 * Writes the journal before the request: another process waits for the result, and if none is stored,
 * the next one knows that the response was lost.
 *
 * @throws Failure `store_entry_changed`: another process was faster.
 */
export async function writeJournal(refresh: RunningRefresh): Promise<void> {
  const { deps, entry } = refresh;
  const refreshToken = entry.tokens?.refreshToken;
  if (repeatsGrant(entry.authMode) || !refreshToken) return;
  const refreshTokenFingerprint = sha256Hex(refreshToken).slice(0, 16);
  if (entry.journal?.refreshTokenFingerprint === refreshTokenFingerprint) {
    refresh.lost = `a refresh ${sinceText(entry.journal)} was interrupted`;
    const tried = "the old refresh token is tried once, and the server may have revoked it";
    deps.note(`${refresh.lost}; ${tried}`);
  }
  for (const { message } of judgeClientSecret(entry.client.clientSecret)) deps.note(message);
  const journal = {
    startedAt: new Date(deps.clock.now()).toISOString(),
    refreshTokenFingerprint,
    by: processName(),
    id: crypto.getRandomValues(new Uint8Array(8)).toHex(),
  };
  refresh.entry = { ...entry, journal };
  await writeWithJournal(refresh, refresh.entry);
}

/** Writes the journal again before another request: the time limit of the first one may pass. */
export async function prolongJournal(refresh: RunningRefresh): Promise<void> {
  const { repository, stored } = refresh;
  if (stored.journal === undefined || repository.refreshUnderWay === undefined) return;
  await writeWithJournal(refresh, stored);
}

/** Says that this refresh has ended without a result, so that no other process waits for one. */
export async function endJournal(refresh: RunningRefresh): Promise<void> {
  const { repository, stored } = refresh;
  if (stored.journal === undefined || repository.refreshUnderWay === undefined) return;
  await repository.write(stored, "refresh_failed");
}

function stillRefreshing({ serverUrl, journal }: StoredEntry, waitedMs: number): Failure {
  const by = journal?.by ?? "another process";
  return new Failure(
    "refresh_under_way",
    `the token for ${quoted(serverUrl)} is being refreshed by ${by} since ` +
      `${journal?.startedAt}, which has stored no result within ${formatPeriod(waitedMs / 1000)}`,
    { remedy: "Run the command again; to wait longer, use --step-timeout <ms>" },
  );
}

/**
 * Waits while the refresh of the journal may be running in another living process, which has lost
 * its lock: a second request with the same refresh token would end the sign-in at a server that
 * detects reuse (RFC 9700 §4.14.2).
 *
 * @returns False if there was nothing to wait for; otherwise the entry has to be read again.
 * @throws Failure `refresh_under_way` after the time limit of a refresh, `cancelled`.
 */
export async function waitForOtherRefresh(
  { clock, note, signal, stepTimeoutMs }: RefreshEffects,
  repository: CredentialRepository,
  entry: StoredEntry,
): Promise<boolean> {
  const { journal } = entry;
  if (journal === undefined || repository.refreshUnderWay === undefined) return false;
  const [started, limitMs] = [clock.now(), refreshLimitMs(stepTimeoutMs)];
  let until = started + await repository.refreshUnderWay();
  if (until === started) return false;
  note(`waiting for the result of a refresh ${sinceText(journal)}`);
  for (const pause of pauses()) {
    const now = clock.now();
    if (now - started >= limitMs && until > now) throw stillRefreshing(entry, limitMs);
    await wait(clock, Math.max(1, Math.min(pause, until - now)), signal);
    const stored = await repository.read();
    if (!isSameRefresh(stored?.journal, journal)) return true;
    if (clock.now() < until) continue;
    const left = await repository.refreshUnderWay();
    if (left === 0) return true;
    until = clock.now() + left;
  }
  throw new RangeError("unreachable");
}
