/**
 * Masking documents: this program's own members stay as they are, everything of another party is
 * masked.
 *
 * @module
 */

import { isObject } from "../core/json.ts";
import type { Secrets } from "./secrets.ts";

/**
 * How a member of this program's own documents is treated. `identifier`: an identifier, number or
 * time of this program, never masked. `text`: a message of this program that may quote another
 * party. `own`: an object or a list that is this program's own too.
 */
export type OwnMember = "identifier" | "text" | "own";

function named(role: OwnMember, names: string): [string, OwnMember][] {
  return names.split(" ").map((name) => [name, role]);
}

/**
 * The members of this program's own documents that are not foreign data. They hold only where every
 * object around them is in this list too; below any other member nothing is this program's own.
 */
export const OWN_MEMBERS: ReadonlyMap<string, OwnMember> = new Map([
  ...named(
    "own",
    "error result command options steps findings verification listTools callTool plan chain " +
      "revisions checks token probe places wires revoked check",
  ),
  ...named(
    "text",
    "message remedy reference detail decision reason objection note notes title serverUrl " +
      "redirectUrl where next",
  ),
  ...named(
    "identifier",
    "code severity step status currentStep id kind target verdict outcome errors warnings method " +
      "protocolVersion registrationStrategy registration authMode tokenAuthMethod transport state " +
      "startedAt checkedAt expiresAt durationMs exitStatus action renewal format name by store " +
      "secretsIn bodyEncoding",
  ),
]);

/** What identifiers, times and numbers of this program are made of. */
const IDENTIFIER = /^[\w.:+ -]{0,64}$/;

function isIdentifier(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isIdentifier);
  return typeof value === "string" ? IDENTIFIER.test(value) : typeof value !== "object";
}

/** How the parts of a document are masked. */
export interface DocumentMasks {
  /** A message of this program. */
  text(text: string): string;
  /** A value of another party; the name is that of the member it is in. */
  foreign(value: unknown, name: string): unknown;
}

/** A masked copy of one of this program's own documents. */
export function maskOwnDocument(document: unknown, masks: DocumentMasks): unknown {
  if (typeof document === "string") return masks.text(document);
  if (Array.isArray(document)) return document.map((item) => maskOwnDocument(item, masks));
  if (!isObject(document)) return document;
  return Object.fromEntries(
    Object.entries(document).map(([name, member]) => [name, ownMember(name, member, masks)]),
  );
}

function ownMember(name: string, member: unknown, masks: DocumentMasks): unknown {
  const role = OWN_MEMBERS.get(name);
  if (role === "identifier" && isIdentifier(member)) return member;
  if (role === "own" && typeof member === "object") return maskOwnDocument(member, masks);
  const isText = role !== undefined && typeof member === "string" && name !== "token";
  return isText ? masks.text(member) : masks.foreign(member, name);
}

/** True for a number of `JSON.rawJSON`, which is newer than the types. */
export function isRawNumber(value: object): value is { readonly rawJSON: string } {
  return Object.isFrozen(value) && "rawJSON" in value;
}

/** A masked copy of a value of another party: its strings, its numbers, and the names of members. */
export function maskForeignValue(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value === "number") return maskNumber(value, String(value), mask);
  if (Array.isArray(value)) return value.map((item) => maskForeignValue(item, mask));
  if (!isObject(value)) return value;
  if (isRawNumber(value)) return maskNumber(value, value.rawJSON, mask);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [mask(name), maskForeignValue(member, mask)]),
  );
}

/** A copy of one of this program's own documents in which every known secret is masked. */
export function maskDocument<T>(document: T, secrets: Pick<Secrets, "mask" | "maskForeign">): T {
  return maskOwnDocument(document, {
    text: secrets.mask,
    foreign: (value) => maskForeignValue(value, secrets.maskForeign),
  }) as T;
}

/** `value` unless its digits are a secret. */
export function maskNumber(
  value: unknown,
  digits: string,
  mask: (text: string) => string,
): unknown {
  const masked = mask(digits);
  return masked === digits ? value : masked;
}
