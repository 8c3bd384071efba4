/**
 * Logins that `oauth login --begin` started and another process finishes. The handle, which only the
 * person who began has, seals the record before an engine receives it; without the handle, the record
 * cannot be found either. @module
 */

import { isObject, parseJson } from "../core/json.ts";
import { randomBase64url } from "../oauth/common/base64url.ts";
import { seal, type Sealed, unseal } from "./seal.ts";

/** Milliseconds for which an engine says how a login ended. */
export const OUTCOME_LIFETIME_MS: number = 24 * 3_600_000;

/** How a login ended. */
export type PendingOutcome = "signed_in" | "refused" | "failed" | "expired";

/** `claimed`: a process received the record, and has not said how the login ended. */
export type PendingClaim =
  | { readonly state: "open"; readonly record: string; readonly expiresAt: string }
  | { readonly state: "claimed" }
  | { readonly state: PendingOutcome; readonly at: string };

/**
 * The records of an engine by their ids; times are ISO 8601 by the clock of the store, which is the
 * same for all machines. Each method throws a `Failure` as the methods of the `Store` do.
 */
export interface PendingLogins {
  /** Stores a record, removes old ones, and returns when this one expires. */
  put(id: string, record: string, lifetimeMs: number): Promise<string>;
  /** Only one claim receives the record. Undefined if nothing has this id. */
  claim(id: string): Promise<PendingClaim | undefined>;
  /** Lets one more claim receive the record; false if that is not possible, for example the second time. */
  release(id: string): Promise<boolean>;
  /** Deletes the record. For a day, a claim receives the outcome. */
  close(id: string, outcome: PendingOutcome): Promise<void>;
}

/** 32 random bytes in base64url. */
export function newHandle(): string {
  return randomBase64url(32);
}

export function isHandle(text: string): boolean {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text);
}

interface PendingKeys {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly key: string;
}

/** HKDF (RFC 5869) with the handle as its secret and `state` as its salt. */
export async function pendingKeys(handle: string, state: string): Promise<PendingKeys> {
  const encoder = new TextEncoder();
  const secret = Uint8Array.fromBase64(handle, { alphabet: "base64url" });
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const derive = async (use: string) => {
    const info = encoder.encode(`mcpass pending login ${use}`);
    const parameters = { name: "HKDF", hash: "SHA-256", salt: encoder.encode(state), info };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, base, 256)).toHex();
  };
  return { id: await derive("id"), key: await derive("key") };
}

export async function sealRecord(record: object, { id, key }: PendingKeys): Promise<string> {
  return JSON.stringify(await seal(JSON.stringify(record), key, id));
}

/** Undefined if the record was changed. */
export async function openRecord(text: string, { id, key }: PendingKeys): Promise<unknown> {
  const sealed = parseJson(text);
  if (!isObject(sealed)) return undefined;
  return parseJson(await unseal(sealed as unknown as Sealed, key, id) ?? "");
}
