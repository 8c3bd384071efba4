/** Loading zod would take longer than everything else in `oauth token`. @module */

import { describeValue, isObject } from "../core/json.ts";
import { quoted } from "../core/text.ts";

/** Reads a value, or throws {@link InvalidMember}. */
export type Reader<T> = (value: unknown) => T;

export interface Rule {
  readonly test: (text: string) => boolean;
  readonly expected: string;
}

export interface MemberFault {
  /** The path, e.g. `endpoints.token`. */
  readonly member: string;
  readonly expected: string;
  /** The value; undefined for a secret or a missing member. */
  readonly found?: unknown;
}

export class InvalidMember extends Error {
  readonly fault: MemberFault;

  constructor(fault: MemberFault) {
    super(fault.expected);
    this.fault = fault;
  }
}

function invalid(expected: string, found?: unknown, member = ""): InvalidMember {
  return new InvalidMember({ member, expected, found });
}

export function invalidMemberText(
  { member, expected, found }: MemberFault,
  nameOf: (member: string) => string = (it) => it,
): string {
  const text = `${quoted(nameOf(member), 200)} must be ${expected}`;
  if (found === undefined) return text;
  if (typeof found !== "string") return `${text}; it is ${describeValue(found)}`;
  // The part before "@" may be a password.
  return found.includes("@") ? text : `${text}; it is ${quoted(found, 200)}`;
}

export function readMember<T>(name: string, read: Reader<T>, value: unknown): T {
  try {
    return read(value);
  } catch (error) {
    if (!(error instanceof InvalidMember)) throw error;
    const { fault } = error;
    const member = fault.member === "" ? name : `${name}.${fault.member}`;
    throw new InvalidMember({ ...fault, member });
  }
}

export function readText<T extends string>({ test, expected }: Rule, isSecret = false): Reader<T> {
  return (value) => {
    if (typeof value === "string" && test(value)) return value as T;
    throw invalid(expected, isSecret ? undefined : value);
  };
}

export function readBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalid("true or false", value);
}

export function readCount(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid("a whole number from 0", value);
}

export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value) => value === undefined ? undefined : read(value);
}

export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value) => value === null ? null : read(value);
}

export function readList<T>(read: Reader<T>): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw invalid("a list", value);
    return value.map((item, index) => readMember(String(index), read, item));
  };
}

/** Reads an object with any number of members, whose names follow a rule. */
export function readTable<T>(name: Rule, read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  const readName = readText(name);
  return (value) => {
    if (!isObject(value)) throw invalid("a JSON object", value);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [readName(key), readMember(key, read, item)]),
    );
  };
}

export type Readers<T> = { readonly [K in keyof T]-?: Reader<T[K] | undefined> };

/** Reads the named members of an object. Others are ignored, or an error if `isStrict`. */
export function readMembers<T extends object>(readers: Readers<T>, isStrict = false): Reader<T> {
  const rows = Object.entries<Reader<unknown>>(readers).map(([name, read]) => ({ name, read }));
  return (value) => {
    if (!isObject(value)) throw invalid("a JSON object", value);
    const other = isStrict && Object.keys(value).find((name) => !Object.hasOwn(readers, name));
    if (typeof other === "string") {
      throw invalid("absent: mcpass does not know this member", undefined, other);
    }
    // A plain loop, because a list of 1,000 entries calls this 5,000 times.
    const members: Record<string, unknown> = {};
    for (const { name, read } of rows) {
      const own = Object.hasOwn(value, name) ? value[name] : undefined;
      const member = readMember(name, read, own);
      if (member !== undefined) members[name] = member;
    }
    return members as T;
  };
}
