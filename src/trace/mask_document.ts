/**
 * Masking documents: this program's own members stay as they are, and everything of another party is
 * masked.
 * @module
 */

import { finish, type Pieces } from "../core/pieces.ts";
import { isObject } from "../core/json.ts";
import type { Secrets } from "./secrets.ts";
import { isWeakSecret } from "./weak_secrets.ts";

/**
 * How a member of this program's own documents is treated. `identifier`: an identifier, number or
 * time of this program, never masked; any other value there is masked. `text`: a message of this
 * program that may quote another party. `own`: an object or a list whose member names are this
 * program's; `error`: the same, or a message. `foreign`: data of another party, like every member
 * that is not listed.
 */
export type MemberRole = "identifier" | "text" | "own" | "error" | "foreign";

function named(role: MemberRole, names: string): [string, MemberRole][] {
  return names.split(" ").map((name) => [name, role]);
}

/**
 * The members of this program's own documents, by name, or by the name of the object around them and
 * their own. They apply only where every object around them is this program's own too.
 */
export const MEMBER_ROLES: ReadonlyMap<string, MemberRole> = new Map([
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

export interface DocumentMasks {
  text(text: string): string;
  /** For a value of another party; the name is that of the member it is in. */
  foreign(value: unknown, name: string): Pieces<unknown>;
}

/** Makes something of each item, which may take long itself. */
export function* mapList<T>(
  list: readonly T[],
  make: (item: T, at: number) => Pieces<unknown>,
): Pieces<unknown[]> {
  const made: unknown[] = [];
  for (const [at, item] of list.entries()) {
    made.push(yield* make(item, at));
    yield;
  }
  return made;
}

/** {@link mapList} for the members of an object, whose names are masked too. */
export function* mapMembers(
  object: object,
  maskName: (name: string) => Pieces<string>,
  make: (name: string, member: unknown) => Pieces<unknown>,
): Pieces<object> {
  const made: [string, unknown][] = [];
  for (const [name, member] of Object.entries(object)) {
    made.push([yield* maskName(name), yield* make(name, member)]);
    yield;
  }
  return Object.fromEntries(made);
}

/**
 * A masked copy of one of this program's own documents.
 *
 * @param parent The name of the member that the document is in.
 */
export function* maskOwnDocument(
  document: unknown,
  masks: DocumentMasks,
  parent = "",
): Pieces<unknown> {
  if (typeof document === "string") return masks.text(document);
  if (Array.isArray(document)) {
    return yield* mapList(document, (item) => maskOwnDocument(item, masks, parent));
  }
  if (!isObject(document)) return document;
  return yield* mapMembers(
    document,
    function* (name) {
      return MEMBER_ROLES.has(name) ? name : masks.text(name);
    },
    (name, member) => maskOwnMember(parent, name, member, masks),
  );
}

function* maskOwnMember(
  parent: string,
  name: string,
  member: unknown,
  masks: DocumentMasks,
): Pieces<unknown> {
  const role = MEMBER_ROLES.get(`${parent}.${name}`) ?? MEMBER_ROLES.get(name) ?? "foreign";
  if (role === "identifier" && isIdentifier(member)) return member;
  if (typeof member === "string") {
    return role === "foreign" || role === "own"
      ? yield* masks.foreign(member, name)
      : masks.text(member);
  }
  return (role === "own" || role === "error" || role === "text") && typeof member === "object"
    ? yield* maskOwnDocument(member, masks, name)
    : yield* masks.foreign(member, name);
}

/** True for a number of `JSON.rawJSON`, which is newer than the types. */
export function isRawNumber(value: object): value is { readonly rawJSON: string } {
  return Object.isFrozen(value) && "rawJSON" in value;
}

type ForeignMask = Pick<Secrets, "maskForeign" | "maskForeignPieces">;

/** A masked copy of a value of another party: its strings, its numbers, and the names of members. */
export function* maskForeignValue(value: unknown, secrets: ForeignMask): Pieces<unknown> {
  if (typeof value === "string") return yield* secrets.maskForeignPieces(value);
  if (typeof value === "number") return maskNumber(value, String(value), secrets.maskForeign);
  if (Array.isArray(value)) {
    return yield* mapList(value, (item) => maskForeignValue(item, secrets));
  }
  if (!isObject(value)) return value;
  if (isRawNumber(value)) return maskNumber(value, value.rawJSON, secrets.maskForeign);
  return yield* maskForeignObject(value, secrets);
}

/** {@link maskForeignValue} for an object. */
export function maskForeignObject(object: object, secrets: ForeignMask): Pieces<object> {
  return mapMembers(
    object,
    secrets.maskForeignPieces,
    (_, member) => maskForeignValue(member, secrets),
  );
}

/** A copy of one of this program's own documents in which every known secret is masked. */
export function* maskDocumentPieces<T>(
  document: T,
  secrets: ForeignMask & Pick<Secrets, "mask" | "isEmpty">,
): Pieces<T> {
  if (secrets.isEmpty()) return document;
  return (yield* maskOwnDocument(document, {
    text: secrets.mask,
    foreign: (value) => maskForeignValue(value, secrets),
  })) as T;
}

/** {@link maskDocumentPieces} without a pause, for documents that are never long. */
export function maskDocument<T>(
  document: T,
  secrets: ForeignMask & Pick<Secrets, "mask" | "isEmpty">,
): T {
  return finish(maskDocumentPieces(document, secrets));
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
