/**
 * Masking documents: this program's own members stay as they are, everything of another party is
 * masked.
 *
 * @module
 */

import { isObject } from "../core/json.ts";
import type { Secrets } from "./secrets.ts";
import { isWeakSecret } from "./weak_secrets.ts";

/**
 * How a member of this program's own documents is treated. `identifier`: an identifier, number or
 * time of this program, never masked; any other value there is masked. `text`: a message of this program that may quote another
 * party. `own`: an object or a list whose names of members are this program's; `error`: the same, or
 * a message. `foreign`: data of another party, like every member that is not listed.
 */
export type OwnMember = "identifier" | "text" | "own" | "error" | "foreign";

function named(role: OwnMember, names: string): [string, OwnMember][] {
  return names.split(" ").map((name) => [name, role]);
}

/**
 * The members of this program's own documents, by name, or by the names of the object around them and
 * their own. They hold only where every object around them is this program's own too; below any
 * other member nothing is.
 */
export const OWN_MEMBERS: ReadonlyMap<string, OwnMember> = new Map([
  ...named("error", "error"),
  ...named(
    "own",
    "result command options steps findings verification listTools callTool plan endpoints " +
      "credentials hidden chain revisions checks token probe places wires challenge " +
      "resourceMetadata authorizationServer connection counts clocks server revoked check " +
      "request redirect timings tls certificate",
  ),
  ...named(
    "text",
    "message remedy reference detail decision reason objection note notes title serverUrl " +
      "redirectUrl where next",
  ),
  ...named(
    "identifier",
    "code severity step status currentStep id kind target verdict outcome errors warnings method " +
      "protocolVersion registrationStrategy registration authMode tokenAuthMethod transport wire " +
      "asked state startedAt checkedAt expiresAt durationMs exitStatus action renewal format by " +
      "secretsIn bodyEncoding",
  ),
  ...named("own", "authorizationServer.registration"),
  ...named("foreign", "challenge.error endpoints.registration endpoints.token request.method"),
]);

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/;

/** True for an identifier, number or time of this program. Any other value may hold a secret. */
function isIdentifier(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isIdentifier);
  if (typeof value !== "string") return typeof value !== "object";
  return isWeakSecret(value) || TIME.test(value);
}

/** How the parts of a document are masked. */
export interface DocumentMasks {
  /** A message of this program. */
  text(text: string): string;
  /** A value of another party; the name is that of the member it is in. */
  foreign(value: unknown, name: string): unknown;
}

/**
 * A masked copy of one of this program's own documents.
 *
 * @param parent The name of the member that the document is in.
 */
export function maskOwnDocument(document: unknown, masks: DocumentMasks, parent = ""): unknown {
  if (typeof document === "string") return masks.text(document);
  if (Array.isArray(document)) return document.map((item) => maskOwnDocument(item, masks, parent));
  if (!isObject(document)) return document;
  return Object.fromEntries(
    Object.entries(document).map((
      [name, member],
    ) => [
      OWN_MEMBERS.has(name) ? name : masks.text(name),
      maskOwnMember(parent, name, member, masks),
    ]),
  );
}

function maskOwnMember(
  parent: string,
  name: string,
  member: unknown,
  masks: DocumentMasks,
): unknown {
  const role = OWN_MEMBERS.get(`${parent}.${name}`) ?? OWN_MEMBERS.get(name) ?? "foreign";
  if (role === "identifier" && isIdentifier(member)) return member;
  if (typeof member === "string") {
    return role === "foreign" || role === "own" ? masks.foreign(member, name) : masks.text(member);
  }
  return (role === "own" || role === "error" || role === "text") && typeof member === "object"
    ? maskOwnDocument(member, masks, name)
    : masks.foreign(member, name);
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
