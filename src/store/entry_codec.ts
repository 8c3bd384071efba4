/**
 * The members of a stored sign-in in one table: how each is read, whether it is secret, and its name in a
 * credentials file. The store and credentials files use the same table.
 * @module
 */

import { isObject, type JsonObject } from "../core/json.ts";
import type { CertificateFiles } from "../oauth/client/client_certificate.ts";
import {
  DEFAULT_ACCOUNT,
  type PublicEntry,
  type RefreshJournal,
  type SecretName,
  type SecretValues,
  type StoredClient,
  type StoredEndpoints,
  type StoredEntry,
  type StoredGrant,
  type StoredRelaxations,
  type StoredTokens,
} from "./stored_entry.ts";
import {
  InvalidMember,
  nullable,
  optional,
  readBoolean,
  type Reader,
  type Readers,
  readList,
  readMembers,
  readText,
} from "./member_reader.ts";
import { contradiction, RULES, SECRET_RULES } from "./entry_rules.ts";

type Group = "client" | "tokens" | "endpoints";

type Values =
  & Omit<StoredEntry, Group>
  & { [K in keyof StoredClient as `client.${K}`]: StoredClient[K] }
  & { [K in keyof StoredTokens as `tokens.${K}`]: StoredTokens[K] }
  & { [K in keyof StoredEndpoints as `endpoints.${K}`]: StoredEndpoints[K] };

interface Member<T> {
  /** Its name in a credentials file; undefined if such a file does not have it. */
  readonly file: string | undefined;
  /** Undefined for a secret, which is read by {@link SECRET_RULES}. */
  readonly read: Reader<T> | undefined;
  /** Its value if a credentials file does not have it. */
  readonly missing: T | undefined;
}

function publicMember<T>(file: string | undefined, read: Reader<T>, missing?: T): Member<T> {
  return { file, read, missing };
}

function secretMember(file: string, missing?: null): Member<null> {
  return { file, read: undefined, missing };
}

function text<T extends string>(rule: keyof typeof RULES): Reader<T> {
  return readText<T>(RULES[rule]);
}

const CERTIFICATE = readMembers<CertificateFiles>({
  certFile: text("path"),
  keyFile: text("path"),
  passphraseFile: optional(text("path")),
});

const GRANT = readMembers<StoredGrant>({
  file: optional(text("path")),
  identityProvider: optional(readMembers<NonNullable<StoredGrant["identityProvider"]>>({
    issuer: text("url"),
    clientId: text("printable"),
    tokenEndpoint: optional(text("url")),
  })),
});

const TRUST_ISSUER = readMembers({ expected: text("url"), announced: text("printable") }, true);

const RELAXATIONS = readMembers<StoredRelaxations>({
  trustIssuer: optional(TRUST_ISSUER),
  trustPkce: optional(text("printable")),
  resource: optional(text("resourceOrNone")),
}, true);

const JOURNAL = readMembers<RefreshJournal>({
  startedAt: text("time"),
  refreshTokenFingerprint: text("fingerprint"),
});

const UNKNOWN_TIME = new Date(0).toISOString();

/** In the order of a credentials file. */
const MEMBERS: {
  readonly [P in keyof Values]-?: Member<P extends SecretName ? null : Values[P] | undefined>;
} = {
  "serverUrl": publicMember("serverUrl", text("url")),
  "account": publicMember(undefined, text("printable"), DEFAULT_ACCOUNT),
  "issuer": publicMember("issuer", text("any"), ""),
  "client.clientId": publicMember("clientId", text("printableOrEmpty"), ""),
  "client.clientSecret": secretMember("clientSecret"),
  "client.clientSecretSource": publicMember("clientSecretSource", optional(text("secretSource"))),
  "client.approach": publicMember("registration", text("approach"), "preregistered"),
  "client.redirectUri": publicMember("redirectUrl", nullable(text("url")), null),
  "tokens.accessToken": secretMember("accessToken", null),
  "tokens.refreshToken": secretMember("refreshToken", null),
  "tokens.idToken": secretMember("idToken"),
  "tokens.tokenType": publicMember("tokenType", text("tokenType"), "Bearer"),
  "tokens.obtainedAt": publicMember("obtainedAt", text("time"), UNKNOWN_TIME),
  "tokens.expiresAt": publicMember("expiresAt", nullable(text("time")), null),
  "grantedScope": publicMember("scope", nullable(text("scope")), null),
  "requestedScopes": publicMember("requestedScopes", nullable(readList(text("scopeToken"))), null),
  "resource": publicMember("resource", nullable(text("resource")), null),
  "endpoints.token": publicMember("tokenEndpoint", text("any"), ""),
  "endpoints.revocation": publicMember("revocationEndpoint", optional(text("any"))),
  "endpoints.introspection": publicMember("introspectionEndpoint", optional(text("any"))),
  "client.tokenAuthMethod": publicMember("tokenAuthMethod", text("authMethod")),
  "client.privateKey": secretMember("privateKey"),
  "client.assertionAlgorithm": publicMember("assertionAlgorithm", optional(text("algorithm"))),
  "client.registeredScope": publicMember("registeredScope", optional(text("scope"))),
  "client.registrationUri": publicMember("registrationClientUri", optional(text("any"))),
  "client.registrationToken": secretMember("registrationAccessToken"),
  "client.certificate": publicMember("clientCertificate", optional(CERTIFICATE)),
  "certificateAtServer": publicMember("certificateAtServer", optional(readBoolean)),
  "dpopKey": secretMember("dpopKey"),
  "grant": publicMember("grant", optional(GRANT)),
  "idpClientSecret": secretMember("idpClientSecret"),
  "idpIdToken": secretMember("idpIdToken"),
  "idpRefreshToken": secretMember("idpRefreshToken"),
  "authMode": publicMember("authMode", text("authMode"), "interactive"),
  "protocolVersion": publicMember("protocolVersion", text("revision"), "auto"),
  "headerNames": publicMember("headerNames", readList(text("fieldName")), []),
  "namedHosts": publicMember("namedHosts", optional(readList(text("host")))),
  "relaxations": publicMember("relaxed", RELAXATIONS, {}),
  "journal": publicMember("refreshBegun", optional(JOURNAL)),
};

const ROWS = Object.entries<Member<unknown>>(MEMBERS).map(([path, member]) => {
  const [name = "", group] = path.split(".").reverse();
  return { ...member, path, group, name };
});

type MemberRow = typeof ROWS[number];

/** In the order of a summary. */
const SECRETS = Object.entries(SECRET_RULES).flatMap(([name, rule]) =>
  ROWS.filter(({ path }) => path === name)
    .map((row) => ({ ...row, read: optional(readText(rule, true)) }))
);

function ownMember(holder: unknown, name: string): unknown {
  return isObject(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined;
}

function valueAt(entry: object, { group, name }: MemberRow): unknown {
  return ownMember(group === undefined ? entry : ownMember(entry, group), name);
}

/** Makes an entry, or a part of one, from the values of its members. */
function assemble(
  valueOf: (row: MemberRow) => unknown,
  isSignedOut: boolean,
): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  for (const row of ROWS) {
    const { group, name } = row;
    const value = valueOf(row);
    if (isSignedOut && group === "tokens") entry.tokens = null;
    else if (value === undefined) continue;
    else if (group === undefined) entry[name] = value;
    else ((entry[group] ??= {}) as Record<string, unknown>)[name] = value;
  }
  return entry;
}

export function splitEntry(
  entry: StoredEntry,
): { readonly publicEntry: PublicEntry; readonly secrets: SecretValues } {
  const publicEntry = assemble(
    (row) => row.read && valueAt(entry, row),
    entry.tokens === null,
  );
  const secrets = SECRETS.map((row) => [row.path, valueAt(entry, row)] as const)
    .filter(([, value]) => typeof value === "string");
  return {
    publicEntry: publicEntry as unknown as PublicEntry,
    secrets: Object.fromEntries(secrets),
  };
}

export function joinEntry(publicEntry: PublicEntry, secrets: SecretValues): StoredEntry {
  const values: JsonObject = { "tokens.refreshToken": null, ...secrets };
  const entry = assemble(
    (row) => row.read ? valueAt(publicEntry, row) : ownMember(values, row.path),
    publicEntry.tokens === null,
  );
  return entry as unknown as StoredEntry;
}

function publicReaders(group?: Group): Readers<Record<string, unknown>> {
  const rows = ROWS.filter((row) => row.group === group);
  return Object.fromEntries(rows.flatMap(({ name, read }) => read ? [[name, read]] : []));
}

const readPublicMembers = readMembers({
  ...publicReaders(),
  client: readMembers(publicReaders("client")),
  tokens: nullable(readMembers(publicReaders("tokens"))),
  endpoints: readMembers(publicReaders("endpoints")),
});

/**
 * Reads the part of an entry that is not secret.
 *
 * @throws InvalidMember
 */
export function readPublicEntry(value: unknown): PublicEntry {
  const entry = readPublicMembers(value) as unknown as PublicEntry;
  const fault = contradiction(entry);
  if (fault !== undefined) throw new InvalidMember(fault);
  return entry;
}

const readValues = readMembers<SecretValues>(
  Object.fromEntries(SECRETS.map(({ path, read }) => [path, read])) as Readers<SecretValues>,
  true,
);

/**
 * Reads the secrets of an entry, by their names; an entry with tokens has an access token.
 *
 * @throws InvalidMember
 */
export function readSecrets(value: unknown, { tokens }: PublicEntry): SecretValues {
  const values = readValues(value);
  const member = "tokens.accessToken";
  if (tokens === null || values[member] !== undefined) return values;
  throw new InvalidMember({ member, expected: SECRET_RULES[member].expected });
}

export function toFileMembers(entry: StoredEntry): JsonObject {
  const isRelaxed = Object.keys(entry.relaxations).length > 0;
  const members: Record<string, unknown> = {};
  for (const row of ROWS) {
    const found = valueAt(entry, row);
    // The file has these members also after a sign-out.
    const value = found === undefined && row.group === "tokens" ? row.missing : found;
    const isLeftOut = row.path === "relaxations" && !isRelaxed;
    if (row.file !== undefined && value !== undefined && !isLeftOut) members[row.file] = value;
  }
  return members;
}

/**
 * The entry in a credentials file. Members that are missing or null have their default.
 *
 * @throws InvalidMember
 */
export function fromFileMembers(document: JsonObject): StoredEntry {
  if (!Object.hasOwn(document, "accessToken")) {
    const expected = "an access token, or null";
    throw new InvalidMember({ member: "tokens.accessToken", expected });
  }
  const { clientSecret = null, accessToken } = document;
  const authMethod = clientSecret === null ? "none" : "client_secret_basic";
  const valueOf = ({ path, file, missing }: MemberRow) =>
    (file === undefined ? undefined : ownMember(document, file)) ??
      (path === "client.tokenAuthMethod" ? authMethod : missing);
  const read = readPublicEntry(assemble((row) => row.read && valueOf(row), false));
  const entry = accessToken === null ? { ...read, tokens: null } : read;
  const secrets = Object.fromEntries(SECRETS.map((row) => [row.path, valueOf(row) ?? undefined]));
  return joinEntry(entry, readSecrets(secrets, entry));
}

export function fileMemberName(member: string): string {
  const row = ROWS.find(({ path }) => member === path || member.startsWith(`${path}.`));
  return (row?.file ?? row?.path ?? "") + member.slice(row?.path.length ?? 0);
}
