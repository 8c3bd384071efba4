import { runAtOnce, type Work } from "../core/work.ts";
import { isObject } from "../core/json.ts";
import type { Secrets } from "./secrets.ts";
import { isWeakSecret } from "./weak_secrets.ts";

/**
 * How a member of a document of mcpass is masked. `identifier`: an identifier, number or time of mcpass,
 * never masked; any other value there is masked. `text`: a message of mcpass that may quote another party.
 * `own`: an object or list with member names of mcpass; `error`: the same, or a message. `foreign`: data of
 * another party, like every member that is not listed.
 */
type MemberRole = "identifier" | "text" | "own" | "error" | "foreign";

function named(role: MemberRole, names: string): [string, MemberRole][] {
  return names.split(" ").map((name) => [name, role]);
}

/**
 * The members of documents of mcpass, by name, or by the name of the object around them and their own.
 * They apply only if every object around them is `own`.
 */
export const MEMBER_ROLES: ReadonlyMap<string, MemberRole> = new Map([
  ...named("error", "error"),
  ...named(
    "own",
    "result command options steps findings verification listTools callTool plan endpoints " +
      "credentials hidden chain revisions checks token probe metadataAttempts eras challenge " +
      "resourceMetadata authorizationServer connection counts clocks server revoked notRevoked check " +
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
      "protocolVersion registrationStrategy registration authMode tokenAuthMethod transport era " +
      "event at until asked state startedAt checkedAt expiresAt durationMs exitStatus action renewal format by " +
      "secretsIn bodyEncoding",
  ),
  ...named("own", "authorizationServer.registration"),
  ...named("foreign", "challenge.error endpoints.registration endpoints.token request.method"),
]);

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/;

function isIdentifier(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isIdentifier);
  if (typeof value !== "string") return typeof value !== "object";
  return isWeakSecret(value) || TIME.test(value);
}

interface DocumentMasks {
  text(text: string): string;
  /** @param name Of the member with the value of another party. */
  foreign(value: unknown, name: string): Work<unknown>;
}

export function* mapList<T>(
  list: readonly T[],
  make: (item: T, at: number) => Work<unknown>,
): Work<unknown[]> {
  const made: unknown[] = [];
  for (const [at, item] of list.entries()) {
    made.push(yield* make(item, at));
    yield;
  }
  return made;
}

export function* mapMembers(
  object: object,
  maskName: (name: string) => Work<string>,
  make: (name: string, member: unknown) => Work<unknown>,
): Work<object> {
  const made: [string, unknown][] = [];
  for (const [name, member] of Object.entries(object)) {
    made.push([yield* maskName(name), yield* make(name, member)]);
    yield;
  }
  return Object.fromEntries(made);
}

/** @param parent The name of the member that the document is in. */
export function* maskOwnDocument(
  document: unknown,
  masks: DocumentMasks,
  parent = "",
): Work<unknown> {
  function* maskName(name: string): Work<string> {
    yield;
    return MEMBER_ROLES.has(name) ? name : masks.text(name);
  }
  function* maskMember(name: string, member: unknown): Work<unknown> {
    const role = MEMBER_ROLES.get(`${parent}.${name}`) ?? MEMBER_ROLES.get(name) ?? "foreign";
    if (role === "identifier" && isIdentifier(member)) return member;
    if (typeof member === "string" && role !== "foreign" && role !== "own") {
      return masks.text(member);
    }
    const isOwn = typeof member === "object" &&
      (role === "own" || role === "error" || role === "text");
    return yield* isOwn ? maskOwnDocument(member, masks, name) : masks.foreign(member, name);
  }
  if (typeof document === "string") return masks.text(document);
  if (Array.isArray(document)) {
    return yield* mapList(document, (item) => maskOwnDocument(item, masks, parent));
  }
  return isObject(document) ? yield* mapMembers(document, maskName, maskMember) : document;
}

/** True for a number, also for one of `JSON.rawJSON`. */
export function isNumber(value: unknown): boolean {
  return typeof value === "number" ||
    (isObject(value) && Object.isFrozen(value) && "rawJSON" in value);
}

export function maskNumber(value: unknown, mask: (digits: string) => string): unknown {
  const digits = String(isObject(value) ? value["rawJSON"] : value);
  const masked = mask(digits);
  return masked === digits ? value : masked;
}

/** Masks strings, numbers and member names. */
export function* maskForeignValue(value: unknown, secrets: Secrets): Work<unknown> {
  if (typeof value === "string") return yield* secrets.maskForeignWork(value);
  if (isNumber(value)) return maskNumber(value, secrets.maskForeign);
  if (Array.isArray(value)) {
    return yield* mapList(value, (item) => maskForeignValue(item, secrets));
  }
  return isObject(value) ? yield* maskForeignObject(value, secrets) : value;
}

export function maskForeignObject(object: object, secrets: Secrets): Work<object> {
  const maskMember = (_: string, member: unknown) => maskForeignValue(member, secrets);
  return mapMembers(object, secrets.maskForeignWork, maskMember);
}

export function* maskDocumentWork<T>(document: T, secrets: Secrets): Work<T> {
  if (secrets.isEmpty()) return document;
  return (yield* maskOwnDocument(document, {
    text: secrets.mask,
    foreign: (value) => maskForeignValue(value, secrets),
  })) as T;
}

/** For documents that are never long. */
export function maskDocument<T>(document: T, secrets: Secrets): T {
  return runAtOnce(maskDocumentWork(document, secrets));
}
