/**
 * Reading a stored sign-in from parsed JSON. It does not use zod, because loading zod takes longer than
 * all of `oauth token`. A property test compares it with the zod schema.
 *
 * @module
 */

import { describeValue, isObject } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import type { CertificateFiles } from "../oauth/client/client_certificate.ts";
import {
  contradiction,
  isSecretName,
  type MemberFault,
  type Rule,
  RULES,
  SECRET_RULES,
} from "./entry_rules.ts";
import type {
  EntryRecord,
  PublicEntry,
  RecordSecrets,
  SecretName,
  SecretValues,
  StoredEntry,
} from "./stored_entry.ts";

/** Reads a value, or throws {@link InvalidMember}. */
type Read<T> = (value: unknown, at: string) => T;

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

function text<T extends string = string>({ test, expected }: Rule, secret = false): Read<T> {
  return (value, member) => {
    if (typeof value === "string" && test(value)) return value as T;
    throw new InvalidMember({ member, expected, ...(secret ? {} : { found: value }) });
  };
}

const flag: Read<boolean> = (value, member) => {
  if (typeof value === "boolean") return value;
  throw new InvalidMember({ member, expected: "true or false", found: value });
};

function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, at) => value === undefined ? undefined : read(value, at);
}

function orNull<T>(read: Read<T>): Read<T | null> {
  return (value, at) => value === null ? null : read(value, at);
}

function list<T>(read: Read<T>): Read<T[]> {
  return (value, member) => {
    if (Array.isArray(value)) return value.map((item, index) => read(item, `${member}.${index}`));
    throw new InvalidMember({ member, expected: "a list", found: value });
  };
}

/** A reader for each member of the type. */
type Members<T> = { readonly [K in keyof T]-?: Read<T[K] | undefined> };

/** Reads an object. Other members are left out; with `only`, they are refused. */
function members<T extends object>(readers: Members<T>, only = false): Read<T> {
  const entries = Object.entries(readers) as [string, Read<unknown>][];
  return (value, at) => {
    const path = (name: string) => at === "" ? name : `${at}.${name}`;
    if (!isObject(value)) {
      throw new InvalidMember({ member: at, expected: "a JSON object", found: value });
    }
    const other = only
      ? Object.keys(value).find((name) => !Object.hasOwn(readers, name))
      : undefined;
    if (other !== undefined) {
      throw new InvalidMember({
        member: path(other),
        expected: "left out: mcpass does not know it",
      });
    }
    const found = entries.map(([name, read]) =>
      [name, read(Object.hasOwn(value, name) ? value[name] : undefined, path(name))] as const
    );
    return Object.fromEntries(found.filter(([, it]) => it !== undefined)) as T;
  };
}

type IdentityProvider = NonNullable<NonNullable<StoredEntry["grant"]>["identityProvider"]>;

const PUBLIC_ENTRY = members<PublicEntry>({
  serverUrl: text(RULES.url),
  account: text(RULES.printable),
  issuer: text(RULES.any),
  client: members<PublicEntry["client"]>({
    clientId: text(RULES.printableOrEmpty),
    clientSecretSource: optional(text(RULES.secretSource)),
    approach: text(RULES.approach),
    tokenAuthMethod: text(RULES.authMethod),
    assertionAlgorithm: optional(text(RULES.algorithm)),
    redirectUri: orNull(text(RULES.url)),
    registrationUri: optional(text(RULES.any)),
    registeredScope: optional(text(RULES.scope)),
    certificate: optional(members<CertificateFiles>({
      certFile: text(RULES.path),
      keyFile: text(RULES.path),
      passphraseFile: optional(text(RULES.path)),
    })),
  }),
  tokens: orNull(members<NonNullable<PublicEntry["tokens"]>>({
    tokenType: text(RULES.tokenType),
    obtainedAt: text(RULES.time),
    expiresAt: orNull(text(RULES.time)),
  })),
  authMode: text(RULES.authMode),
  requestedScopes: orNull(list(text(RULES.scopeToken))),
  grantedScope: orNull(text(RULES.scope)),
  resource: orNull(text(RULES.resource)),
  endpoints: members<PublicEntry["endpoints"]>({
    token: text(RULES.any),
    revocation: optional(text(RULES.any)),
    introspection: optional(text(RULES.any)),
  }),
  protocolVersion: text(RULES.revision),
  relaxations: members<PublicEntry["relaxations"]>({
    trustIssuer: optional(
      members({ expected: text(RULES.url), announced: text(RULES.printable) }, true),
    ),
    trustPkce: optional(text(RULES.printable)),
    resource: optional(text(RULES.resourceOrNone)),
  }, true),
  headerNames: list(text(RULES.fieldName)),
  namedHosts: optional(list(text(RULES.host))),
  grant: optional(members<NonNullable<StoredEntry["grant"]>>({
    file: optional(text(RULES.path)),
    identityProvider: optional(members<IdentityProvider>({
      issuer: text(RULES.url),
      clientId: text(RULES.printable),
      tokenEndpoint: optional(text(RULES.url)),
    })),
  })),
  certificateAtServer: optional(flag),
  journal: optional(members<NonNullable<StoredEntry["journal"]>>({
    startedAt: text(RULES.time),
    refreshTokenFingerprint: text(RULES.fingerprint),
  })),
});

const VALUES = members<SecretValues>(
  Object.fromEntries(
    Object.entries(SECRET_RULES).map(([name, rule]) => [name, optional(text(rule, true))]),
  ) as unknown as Members<SecretValues>,
  true,
);

const SECRET_NAME = text<SecretName>({
  test: isSecretName,
  expected: "the name of a secret that mcpass knows",
});

const PLACES: Readonly<Record<RecordSecrets["place"], Read<RecordSecrets>>> = {
  file: (value, at) => ({ place: "file", ...members({ values: VALUES })(value, at) }),
  keyring: (value, at) => ({
    place: "keyring",
    ...members({
      helper: text(RULES.printable),
      id: text(RULES.keyId),
      sealed: members({ nonce: text(RULES.base64), data: text(RULES.base64) }),
    })(value, at),
  }),
};

const PLACE = text<RecordSecrets["place"]>({
  test: (name) => Object.hasOwn(PLACES, name),
  expected: "file or keyring",
});

/** @throws InvalidMember */
export function readPublicEntry(value: unknown, at = ""): PublicEntry {
  const entry = PUBLIC_ENTRY(value, at);
  const fault = contradiction(entry);
  if (fault === undefined) return entry;
  throw new InvalidMember({ ...fault, member: at === "" ? fault.member : `${at}.${fault.member}` });
}

/** @throws InvalidMember, also if there are tokens without an access token. */
export function readSecrets(value: unknown, { tokens }: PublicEntry, at = ""): SecretValues {
  const values = VALUES(value, at);
  const name = "tokens.accessToken";
  if (tokens === null || values[name] !== undefined) return values;
  const { expected } = SECRET_RULES[name];
  throw new InvalidMember({ member: at === "" ? name : `${at}.${name}`, expected });
}

/**
 * Reads a record of the current version.
 *
 * @throws InvalidMember
 */
export function readRecord(value: Readonly<Record<string, unknown>>): Omit<EntryRecord, "version"> {
  const entry = readPublicEntry(value.entry, "entry");
  const holds = list(SECRET_NAME)(value.holds, "holds");
  const { place } = members({ place: PLACE })(value.secrets, "secrets");
  const secrets = PLACES[place](value.secrets, "secrets");
  if (secrets.place === "file") readSecrets(secrets.values, entry, "secrets.values");
  return { entry, holds, secrets };
}
