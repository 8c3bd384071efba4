/**
 * Readers for the members of parsed JSON. They do not use zod, because loading zod takes longer than all
 * of `oauth token`.
 * @module
 */

import { describeValue, isObject } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import type { MemberFault, Rule } from "./entry_rules.ts";

/** Reads a value, or throws {@link InvalidMember}. */
export type Read<T> = (value: unknown, at: string) => T;

/** Thrown for a member that is missing or invalid. */
export class InvalidMember extends Error implements MemberFault {
  readonly member: string;
  readonly expected: string;
  readonly found?: unknown;

  constructor({ member, expected, found }: MemberFault) {
    super(member);
    this.member = member;
    this.expected = expected;
    this.found = found;
  }
}

/** @param nameOf The name of a member in the file. */
export function invalidMemberText(
  { member, expected, found }: MemberFault,
  nameOf: (member: string) => string = (it) => it,
): string {
  // The part before "@" may be a password.
  const shown = typeof found === "string" && !found.includes("@")
    ? quoted(found, 200)
    : found === undefined || typeof found === "string"
    ? undefined
    : describeValue(found);
  return `${quoted(nameOf(member), 200)} must be ${expected}` +
    (shown === undefined ? "" : `; it is ${shown}`);
}

export function memberPath(at: string, name: string): string {
  return at === "" ? name : `${at}.${name}`;
}

export function readText<T extends string = string>(
  { test, expected }: Rule,
  isSecret = false,
): Read<T> {
  return (value, member) => {
    if (typeof value === "string" && test(value)) return value as T;
    throw new InvalidMember({ member, expected, ...(isSecret ? {} : { found: value }) });
  };
}

export function flag(value: unknown, member: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidMember({ member, expected: "true or false", found: value });
}

export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, at) => value === undefined ? undefined : read(value, at);
}

export function orNull<T>(read: Read<T>): Read<T | null> {
  return (value, at) => value === null ? null : read(value, at);
}

export function readList<T>(read: Read<T>): Read<T[]> {
  return (value, member) => {
    if (Array.isArray(value)) return value.map((item, index) => read(item, `${member}.${index}`));
    throw new InvalidMember({ member, expected: "a list", found: value });
  };
}

export type Readers<T> = { readonly [K in keyof T]-?: Read<T[K] | undefined> };

/** The named members of an object; others are left out, or refused if `isStrict`. */
export function readMembers<T extends object>(readers: Readers<T>, isStrict = false): Read<T> {
  const entries = Object.entries(readers) as [string, Read<unknown>][];
  return (value, at) => {
    if (!isObject(value)) {
      throw new InvalidMember({ member: at, expected: "a JSON object", found: value });
    }
    const other = isStrict
      ? Object.keys(value).find((name) => !Object.hasOwn(readers, name))
      : undefined;
    if (other !== undefined) {
      const expected = "left out: mcpass does not know it";
      throw new InvalidMember({ member: memberPath(at, other), expected });
    }
    const found = entries.map(([name, read]) => {
      const own = Object.hasOwn(value, name) ? value[name] : undefined;
      return [name, read(own, memberPath(at, name))] as const;
    });
    return Object.fromEntries(found.filter(([, it]) => it !== undefined)) as T;
  };
}
