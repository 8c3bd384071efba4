/** The keys that seal secrets before they leave the process: a file with one key a line. @module */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { unreadableReason } from "../../core/input_file.ts";
import { readSecretFile } from "../../core/secret_file.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { isKey } from "../seal.ts";
import { keyFileInvalid, keyFileUnreadable } from "./failures.ts";

export interface SealingKey {
  /** Shows which key sealed an entry, and reveals nothing about it. */
  readonly id: string;
  /** 64 hexadecimal digits. */
  readonly key: string;
}

export interface KeyRing {
  /** The first key of the file: it seals. */
  readonly current: SealingKey;
  find(id: string): SealingKey | undefined;
}

function keyOf(line: string): string | undefined {
  const hex = line.toLowerCase();
  if (isKey(hex)) return hex;
  try {
    const bytes = Uint8Array.fromBase64(line);
    return bytes.length === 32 ? bytes.toHex() : undefined;
  } catch {
    return undefined;
  }
}

export function sealingKey(key: string): SealingKey {
  return { key, id: sha256Hex(`mcpass sealing key ${key}`).slice(0, 16) };
}

/** @throws Failure `store_key_invalid`, which names the line and not its text. */
export function parseKeys(text: string, path: string): KeyRing {
  const keys: SealingKey[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/#.*/, "").trim();
    if (line === "") return;
    const key = keyOf(line);
    if (key === undefined) throw keyFileInvalid(path, `line ${index + 1} is not a key`);
    keys.push(sealingKey(key));
  });
  const [current] = keys;
  if (current === undefined) throw keyFileInvalid(path, "it has no key");
  const byId = new Map(keys.map((one) => [one.id, one]));
  return { current, find: (id) => byId.get(id) };
}

/** @throws Failure `store_key_unreadable`, `store_key_invalid`, `secret_file_writable`. */
export async function readKeyFile(
  path: string,
  warn?: (warning: Judgement) => void,
): Promise<KeyRing> {
  try {
    const { text, findings } = await readSecretFile(path, "usage");
    for (const finding of findings) warn?.(finding);
    return parseKeys(text, path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw keyFileUnreadable(unreadableReason(error) ?? "the system cannot open it");
  }
}
