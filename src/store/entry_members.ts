/** How the members of a stored sign-in that are objects are read. @module */

import type { CertificateFiles } from "../oauth/client/client_certificate.ts";
import { RULES } from "./entry_rules.ts";
import {
  optional,
  readBoolean,
  readCount,
  type Reader,
  readList,
  readMembers,
  readTable,
  readText,
} from "./member_reader.ts";
import type {
  StoredEntry,
  StoredFlags,
  StoredGrant,
  StoredRefresh,
  StoredRelaxations,
} from "./stored_entry.ts";

export function text<T extends string>(rule: keyof typeof RULES): Reader<T> {
  return readText<T>(RULES[rule]);
}

export const CERTIFICATE = readMembers<CertificateFiles>({
  certFile: text("path"),
  keyFile: text("path"),
  passphraseFile: optional(text("path")),
});

export const GRANT = readMembers<StoredGrant>({
  file: optional(text("path")),
  identityProvider: optional(readMembers<NonNullable<StoredGrant["identityProvider"]>>({
    issuer: text("url"),
    clientId: text("printable"),
    tokenEndpoint: optional(text("url")),
  })),
});

const TRUST_ISSUER = readMembers({ expected: text("url"), announced: text("printable") }, true);

export const RELAXATIONS = readMembers<StoredRelaxations>({
  trustIssuer: optional(TRUST_ISSUER),
  trustPkce: optional(text("printable")),
  resource: optional(text("resourceOrNone")),
}, true);

const readFlagText = text("printable");

export const LOGIN_FLAGS = readTable(RULES.option, (value): StoredFlags[string] => {
  if (value === true) return value;
  return Array.isArray(value) ? readList(readFlagText)(value) : readFlagText(value);
});

export const REFRESH = readMembers<StoredRefresh>({
  withScope: optional(readBoolean),
  withoutResource: optional(readBoolean),
  refusedWith: optional(text("printable")),
});

export const JOURNAL = readMembers<NonNullable<StoredEntry["journal"]>>({
  startedAt: text("time"),
  refreshTokenFingerprint: text("fingerprint"),
  by: optional(text("printable")),
  id: optional(text("fingerprint")),
});

export const MOVED = readMembers<NonNullable<StoredEntry["moved"]>>({
  at: text("time"),
  to: text("printable"),
});

export const RECEIVED = readMembers<NonNullable<StoredEntry["received"]>>({
  at: text("time"),
  from: text("printable"),
  fingerprint: text("fingerprint"),
  moves: optional(readCount),
});
