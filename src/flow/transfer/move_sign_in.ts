/**
 * How a sign-in moves: a server that rotates refresh tokens ends a sign-in that is used
 * in two places (RFC 9700 §4.14.2), so only one place has its tokens. First they are delivered, then they are
 * removed where they were; a process that ends in between leaves both, never none. @module
 */

import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import type { PublicEntry, StoredClient, StoredEntry } from "../../store/stored_entry.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";

/** True if two places can use the same credentials: no refresh token can be rotated away. */
export function neverRotates({ authMode, tokens }: StoredEntry): boolean {
  return repeatsGrant(authMode) || tokens === null || tokens.refreshToken === null;
}

/** Of what would be used twice; undefined without tokens. */
function fingerprintOf({ tokens }: StoredEntry): string | undefined {
  return tokens === null
    ? undefined
    : sha256Hex(tokens.refreshToken ?? tokens.accessToken).slice(0, 32);
}

/** The client remains for another sign-in, without the token that could change it (RFC 7592). */
function clientAfterMove(client: StoredClient): StoredClient {
  const { registrationUri: _, registrationToken: __, privateKey: ___, ...rest } = client;
  const { clientSecret: ____, clientSecretSource: _____, ...known } = rest;
  return client.approach === "dcr" ? rest : known;
}

/** What remains of a sign-in after its tokens were moved. */
export function movedEntry(entry: StoredEntry, at: number, to: string): StoredEntry {
  const {
    dpopKey: _,
    idpClientSecret: __,
    idpIdToken: ___,
    idpRefreshToken: ____,
    journal: _____,
    ...rest
  } = entry;
  return {
    ...rest,
    client: clientAfterMove(entry.client),
    tokens: null,
    moved: { at: new Date(at).toISOString(), to },
  };
}

/** Of the sign-in as it is; entries of older versions have no number. */
function movesOf({ received }: Pick<StoredEntry, "received">): number {
  return received === undefined ? 0 : received.moves ?? 1;
}

/** A sign-in as it is stored where it arrives. */
export function arrivedEntry(entry: StoredEntry, at: number, from: string): StoredEntry {
  const { moved: _, received: __, ...rest } = entry;
  const fingerprint = fingerprintOf(entry);
  if (fingerprint === undefined) return rest;
  const moves = movesOf(entry) + 1;
  return { ...rest, received: { at: new Date(at).toISOString(), from, fingerprint, moves } };
}

interface Move {
  readonly entry: StoredEntry;
  readonly at: number;
  /** As people call the new place. */
  readonly to: string;
  /** True if the sign-in also remains where it is. */
  readonly stays: boolean;
  /** Resolves when the sign-in is safe at its new place. */
  deliver(): Promise<void>;
  /** Replaces the entry at the old place. */
  disable(entry: StoredEntry): Promise<void>;
}

/** The caller has the lock of the entry, and has just read it. */
export async function moveSignIn({ entry, at, to, stays, deliver, disable }: Move): Promise<void> {
  await deliver();
  if (!stays) await disable(movedEntry(entry, at, to));
}

/**
 * What the entry that is stored under the same key means for one that arrives:
 * `free`: nothing is lost by storing it; `arrived`: its token is or was here already; `older` and
 * `newer`: the stored one is another sign-in.
 */
export type Stored = "free" | "arrived" | "older" | "newer";

export function compareStored(stored: StoredEntry | undefined, arriving: StoredEntry): Stored {
  if (stored === undefined) return "free";
  const fingerprint = fingerprintOf(arriving);
  if (fingerprint === undefined) {
    if (stored.tokens !== null) return "newer";
    return stored.moved !== undefined && repeatsGrant(arriving.authMode) ? "free" : "arrived";
  }
  if (hasReceived(stored, arriving)) return "arrived";
  if (stored.tokens === null) return "free";
  if (fingerprintOf(stored) === fingerprint) return "arrived";
  return stored.tokens.obtainedAt > (arriving.tokens?.obtainedAt ?? "") ? "newer" : "older";
}

/** True if the token has arrived at this entry before, even if it was refreshed or moved since. */
export function hasReceived(
  { received, moved, tokens }: Pick<PublicEntry, "received" | "moved" | "tokens">,
  arriving: StoredEntry,
): boolean {
  if (received === undefined || received.fingerprint !== fingerprintOf(arriving)) return false;
  if (tokens !== null) return true;
  // What was moved away may come back with the same token.
  return moved !== undefined && movesOf(arriving) < movesOf({ received });
}
