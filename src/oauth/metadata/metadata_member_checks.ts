/** Checks of the types, names and URLs of members. @module */

import { editDistance } from "../../core/edit_distance.ts";
import { describeValue, isObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { parsePlainUrl } from "../../core/url.ts";
import type { MetadataChecks, MetadataSubject } from "./metadata_check.ts";
import { membersOf, membersOfOtherKind, type MemberType } from "./metadata_members.ts";
import { judgeEndpoint, LOGIN_ENDPOINTS } from "./server_metadata.ts";

const isString = (value: unknown): value is string => typeof value === "string" && value !== "";
const isList = (value: unknown, item: (value: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(item);

const TYPES: Readonly<
  Record<MemberType, readonly [name: string, fits: (value: unknown) => boolean]>
> = {
  endpoint: ["a string", isString],
  page: ["a string", isString],
  string: ["a string", isString],
  strings: ["a list of strings", (value) => isList(value, isString)],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  object: ["an object", isObject],
  any: ["anything", () => true],
};

function baseName(name: string, subject: MetadataSubject): string {
  const [base = "", tag] = name.split(/#(.*)/s);
  const tagged = tag !== undefined && /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(tag);
  return tagged && membersOf(subject.kind).get(base)?.localized === true ? base : name;
}

type KnownMember = [name: string, type: MemberType, value: unknown];

function knownMembers(subject: MetadataSubject): KnownMember[] {
  return Object.entries(subject.document).flatMap(([name, value]): KnownMember[] => {
    const member = membersOf(subject.kind).get(baseName(name, subject));
    return member === undefined ? [] : [[name, member.type, value]];
  });
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

function probableName(name: string, subject: MetadataSubject): string | undefined {
  const names = [...membersOf(subject.kind).keys()];
  const same = names.find((it) =>
    plain(it) === plain(name) || plain(it) === `${plain(name)}supported`
  );
  if (same !== undefined || name.length > 80) return same;
  const most = name.length < 8 ? 1 : 2;
  return names.find((it) => editDistance(name.toLowerCase(), it) <= most);
}

function unknownMembers(subject: MetadataSubject): [name: string, meant: string | undefined][] {
  const { document, kind } = subject;
  return Object.keys(document)
    .filter((name) => !membersOf(kind).has(baseName(name, subject)))
    .map((
      name,
    ) => [name, membersOfOtherKind(kind).has(name) ? undefined : probableName(name, subject)]);
}

const listed = (names: readonly string[]) =>
  names.slice(0, 12).map((name) => quoted(name, 60)).join(", ") +
  (names.length > 12 ? ` and ${names.length - 12} more` : "");

export const MEMBER_CHECKS: MetadataChecks = {
  member_misspelt: {
    severity: "warning",
    reference: "RFC 9728 §2; RFC 8414 §2",
    remedy: "Server: write the name as the standard does; clients ignore names they do not know",
    find: (subject) =>
      unknownMembers(subject).flatMap(([name, right]) =>
        right === undefined
          ? []
          : [`${quoted(name, 60)} is no member of this document; did you mean "${right}"?`]
      ),
  },
  member_unknown: {
    severity: "info",
    reference: "RFC 9728 §2; RFC 8414 §2",
    remedy: "Nothing, if they are extensions that your clients know",
    find(subject) {
      const elsewhere = membersOfOtherKind(subject.kind);
      const names = unknownMembers(subject).filter(([, right]) => right === undefined)
        .map(([name]) => name).filter((name) => !elsewhere.has(name));
      return names.length > 0 && `clients ignore what they do not know: ${listed(names)}`;
    },
  },
  member_of_other_document: {
    severity: "warning",
    reference: "RFC 9728 §2; RFC 8414 §2",
    remedy: "Server: publish them in the other document; here they say nothing",
    find(subject) {
      const elsewhere = membersOfOtherKind(subject.kind);
      const names = unknownMembers(subject).map(([name]) => name).filter((name) =>
        elsewhere.has(name)
      );
      const other = subject.kind === "protected_resource"
        ? "authorization server metadata"
        : "protected resource metadata";
      return names.length > 0 && `members of ${other} stand in this document: ${listed(names)}`;
    },
  },
  member_type: {
    severity: "warning",
    reference: "RFC 9728 §2; RFC 8414 §2",
    remedy: "Server: publish the type that the standard names, or leave the member out",
    find: (subject) =>
      knownMembers(subject).filter(([, type, value]) => !TYPES[type][1](value)).map((
        [name, type, value],
      ) => `${quoted(name, 60)} is ${describeItems(value)}, where ${TYPES[type][0]} is due`),
  },
  member_empty: {
    severity: "warning",
    reference: "RFC 9728 §3.2; RFC 8414 §3.2",
    remedy: "Server: leave out members that have no values",
    find: (subject) =>
      knownMembers(subject).filter(([, , value]) => Array.isArray(value) && value.length === 0)
        .map(([name]) => `${quoted(name, 60)} is an empty list`),
  },
  endpoint_insecure: {
    severity: "error",
    reference: "MCP authorization, Communication Security",
    remedy: "Server: serve every endpoint on https",
    find(subject) {
      const { mtls_endpoint_aliases: aliases } = subject.document;
      const own = knownMembers(subject).filter(([name, type]) =>
        type === "endpoint" && !LOGIN_ENDPOINTS.some((it) => it === name)
      ).map(([name, , value]) => [name, value] as const);
      const mutual = isObject(aliases) ? Object.entries(aliases) : [];
      return [...own, ...mutual].flatMap(([name, value]) => {
        if (!isString(value)) return [];
        const fault = judgeEndpoint(name, value, new URL(subject.serverUrl));
        return fault === undefined ? [] : [fault.message];
      });
    },
  },
  page_url_unsafe: {
    severity: "warning",
    reference: "RFC 9728 §2; RFC 8414 §2",
    remedy: "Server: publish an https URL that people can open",
    find: (subject) =>
      knownMembers(subject).flatMap(([name, type, value]) => {
        if (type !== "page" || !isString(value)) return [];
        return /^https?:/.test(parsePlainUrl(value)?.protocol ?? "")
          ? []
          : [`${quoted(name, 60)} is ${quoted(value)}, which is no web address`];
      }),
  },
};

function describeItems(value: unknown): string {
  if (typeof value === "boolean") return `the boolean ${value}`;
  if (typeof value === "string") return value === "" ? "empty" : `the string ${quoted(value, 60)}`;
  if (!Array.isArray(value)) return describeValue(value);
  const odd = value.find((item) => !isString(item));
  return odd === undefined ? "a list" : `a list with ${describeValue(odd)} in it`;
}
