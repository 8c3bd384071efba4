/**
 * The members of a stored sign-in, in one table: how each is read, whether it is secret, and its name in
 * a credentials file. The store's files and credentials files are read and written by it.
 * @module
 */

import { isObject, type JsonObject } from "../core/json.ts";
import type { CertificateFiles } from "../oauth/client/client_certificate.ts";
import {
  DEFAULT_ACCOUNT,
  type PublicEntry,
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
  flag,
  InvalidMember,
  memberPath,
  optional,
  orNull,
  type Read,
  type Readers,
  readList,
  readMembers,
  readText,
} from "./member_reader.ts";
import { contradiction, isSecretMember, RULES, SECRET_RULES } from "./entry_rules.ts";

/** Members of an entry that are objects with members of their own in the table. */
const GROUPS = ["client", "tokens", "endpoints"] as const;

type Values =
  & Omit<StoredEntry, typeof GROUPS[number]>
  & { [K in keyof StoredClient as `client.${K}`]: StoredClient[K] }
  & { [K in keyof StoredTokens as `tokens.${K}`]: StoredTokens[K] }
  & { [K in keyof StoredEndpoints as `endpoints.${K}`]: StoredEndpoints[K] };

interface FileMember {
  /** Its name in a credentials file; undefined if such a file does not have it. */
  readonly file?: string | undefined;
  /** Its value if a credentials file does not have it. */
  readonly missing?: unknown;
}

interface PublicMember<T> extends FileMember {
  readonly read: Read<T>;
}

function publicMember<T>(file: string | undefined, read: Read<T>, missing?: T): PublicMember<T> {
  return { file, read, missing };
}

/** A secret; how it is read is in {@link SECRET_RULES}. */
function secretMember(file: string, missing?: null): FileMember {
  return { file, missing };
}

type IdentityProvider = NonNullable<StoredGrant["identityProvider"]>;

/** The time of a token of which nothing is known. */
const NEVER = new Date(0).toISOString();

/** The table, in the order of a credentials file. */
const MEMBERS: {
  readonly [P in keyof Values]-?: P extends SecretName ? FileMember
    : PublicMember<Values[P] | undefined>;
} = {
  "serverUrl": publicMember("serverUrl", readText(RULES.url)),
  "account": publicMember(undefined, readText(RULES.printable), DEFAULT_ACCOUNT),
  "issuer": publicMember("issuer", readText(RULES.any), ""),
  "client.clientId": publicMember("clientId", readText(RULES.printableOrEmpty), ""),
  "client.clientSecret": secretMember("clientSecret"),
  "client.clientSecretSource": publicMember(
    "clientSecretSource",
    optional(readText(RULES.secretSource)),
  ),
  "client.approach": publicMember("registration", readText(RULES.approach), "preregistered"),
  "client.redirectUri": publicMember("redirectUrl", orNull(readText(RULES.url)), null),
  "tokens.accessToken": secretMember("accessToken", null),
  "tokens.refreshToken": secretMember("refreshToken", null),
  "tokens.idToken": secretMember("idToken"),
  "tokens.tokenType": publicMember("tokenType", readText(RULES.tokenType), "Bearer"),
  "tokens.obtainedAt": publicMember("obtainedAt", readText(RULES.time), NEVER),
  "tokens.expiresAt": publicMember("expiresAt", orNull(readText(RULES.time)), null),
  "grantedScope": publicMember("scope", orNull(readText(RULES.scope)), null),
  "requestedScopes": publicMember(
    "requestedScopes",
    orNull(readList(readText(RULES.scopeToken))),
    null,
  ),
  "resource": publicMember("resource", orNull(readText(RULES.resource)), null),
  "endpoints.token": publicMember("tokenEndpoint", readText(RULES.any), ""),
  "endpoints.revocation": publicMember("revocationEndpoint", optional(readText(RULES.any))),
  "endpoints.introspection": publicMember("introspectionEndpoint", optional(readText(RULES.any))),
  "client.tokenAuthMethod": publicMember("tokenAuthMethod", readText(RULES.authMethod)),
  "client.privateKey": secretMember("privateKey"),
  "client.assertionAlgorithm": publicMember(
    "assertionAlgorithm",
    optional(readText(RULES.algorithm)),
  ),
  "client.registeredScope": publicMember("registeredScope", optional(readText(RULES.scope))),
  "client.registrationUri": publicMember("registrationClientUri", optional(readText(RULES.any))),
  "client.registrationToken": secretMember("registrationAccessToken"),
  "client.certificate": publicMember(
    "clientCertificate",
    optional(readMembers<CertificateFiles>({
      certFile: readText(RULES.path),
      keyFile: readText(RULES.path),
      passphraseFile: optional(readText(RULES.path)),
    })),
  ),
  "certificateAtServer": publicMember("certificateAtServer", optional(flag)),
  "dpopKey": secretMember("dpopKey"),
  "grant": publicMember(
    "grant",
    optional(readMembers<StoredGrant>({
      file: optional(readText(RULES.path)),
      identityProvider: optional(readMembers<IdentityProvider>({
        issuer: readText(RULES.url),
        clientId: readText(RULES.printable),
        tokenEndpoint: optional(readText(RULES.url)),
      })),
    })),
  ),
  "idpClientSecret": secretMember("idpClientSecret"),
  "idpIdToken": secretMember("idpIdToken"),
  "idpRefreshToken": secretMember("idpRefreshToken"),
  "authMode": publicMember("authMode", readText(RULES.authMode), "interactive"),
  "protocolVersion": publicMember("protocolVersion", readText(RULES.revision), "auto"),
  "headerNames": publicMember("headerNames", readList(readText(RULES.fieldName)), []),
  "namedHosts": publicMember("namedHosts", optional(readList(readText(RULES.host)))),
  "relaxations": publicMember(
    "relaxed",
    readMembers<StoredRelaxations>({
      trustIssuer: optional(
        readMembers({ expected: readText(RULES.url), announced: readText(RULES.printable) }, true),
      ),
      trustPkce: optional(readText(RULES.printable)),
      resource: optional(readText(RULES.resourceOrNone)),
    }, true),
    {},
  ),
  "journal": publicMember(
    "refreshBegun",
    optional(readMembers<NonNullable<StoredEntry["journal"]>>({
      startedAt: readText(RULES.time),
      refreshTokenFingerprint: readText(RULES.fingerprint),
    })),
  ),
};

const ROWS = Object.entries(MEMBERS).map(([path, member]) => {
  const [group = "", name] = path.split(".");
  const isSecret = isSecretMember(path);
  const read: Read<unknown> = isSecret
    ? optional(readText(SECRET_RULES[path], true))
    : (member as PublicMember<unknown>).read;
  return { path, group, name, isSecret, file: member.file, missing: member.missing, read };
});

type Row = typeof ROWS[number];

/** In the order in which a summary lists them. */
const SECRETS = Object.keys(SECRET_RULES).flatMap((name) =>
  ROWS.filter(({ path }) => path === name)
);

function ownMember(holder: unknown, name: string): unknown {
  return isObject(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined;
}

function valueAt(entry: object, { group, name }: Row): unknown {
  const value = ownMember(entry, group);
  return name === undefined ? value : ownMember(value, name);
}

/** An entry, or the part of one, from the values of its members; `tokens` is null if signed out. */
function assemble(valueOf: (row: Row) => unknown, isSignedOut: boolean): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  for (const row of ROWS) {
    const { group, name } = row;
    const value = valueOf(row);
    if (isSignedOut && group === "tokens") entry.tokens = null;
    else if (value === undefined) continue;
    else if (name === undefined) entry[group] = value;
    else ((entry[group] ??= {}) as Record<string, unknown>)[name] = value;
  }
  return entry;
}

export function splitEntry(
  entry: StoredEntry,
): { readonly publicEntry: PublicEntry; readonly secrets: SecretValues } {
  const publicEntry = assemble(
    (row) => row.isSecret ? undefined : valueAt(entry, row),
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
    (row) => row.isSecret ? ownMember(values, row.path) : valueAt(publicEntry, row),
    publicEntry.tokens === null,
  );
  return entry as unknown as StoredEntry;
}

/**
 * Reads the part of an entry that is not secret.
 *
 * @throws InvalidMember
 */
export function readPublicEntry(value: unknown, at = ""): PublicEntry {
  const expected = "a JSON object";
  if (!isObject(value)) throw new InvalidMember({ member: at, expected, found: value });
  const isSignedOut = ownMember(value, "tokens") === null;
  for (const group of GROUPS) {
    const found = ownMember(value, group);
    if (isObject(found) || isSignedOut && group === "tokens") continue;
    throw new InvalidMember({ member: memberPath(at, group), expected, found });
  }
  const read = (row: Row) =>
    row.isSecret || isSignedOut && row.group === "tokens"
      ? undefined
      : row.read(valueAt(value, row), memberPath(at, row.path));
  const entry = assemble(read, isSignedOut) as unknown as PublicEntry;
  const unfit = contradiction(entry);
  if (unfit === undefined) return entry;
  throw new InvalidMember({ ...unfit, member: memberPath(at, unfit.member) });
}

/** Reads secrets by their names; other names are refused. */
export const readValues = readMembers<SecretValues>(
  Object.fromEntries(SECRETS.map(({ path, read }) => [path, read])) as Readers<SecretValues>,
  true,
);

/**
 * Reads the secrets of an entry, by their names; an entry with tokens has an access token.
 *
 * @throws InvalidMember
 */
export function readSecrets(value: unknown, { tokens }: PublicEntry, at = ""): SecretValues {
  const values = readValues(value, at);
  const member = "tokens.accessToken";
  if (tokens === null || values[member] !== undefined) return values;
  const { expected } = SECRET_RULES[member];
  throw new InvalidMember({ member: memberPath(at, member), expected });
}

export function toFileMembers(entry: StoredEntry): JsonObject {
  const isRelaxed = Object.keys(entry.relaxations).length > 0;
  const found = ROWS.map((row) => {
    const value = valueAt(entry, row);
    // A reader of the file finds these members also after a sign-out.
    return [row, value === undefined && row.group === "tokens" ? row.missing : value] as const;
  });
  return Object.fromEntries(
    found.filter(([{ file, group }, value]) =>
      file !== undefined && value !== undefined && (isRelaxed || group !== "relaxations")
    ).map(([{ file }, value]) => [file, value]),
  );
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
  const defaults: JsonObject = {
    "client.tokenAuthMethod": clientSecret === null ? "none" : "client_secret_basic",
  };
  const valueOf = ({ path, file, missing }: Row) =>
    (file === undefined ? undefined : ownMember(document, file)) ??
      ownMember(defaults, path) ?? missing;
  const read = readPublicEntry(assemble((row) => row.isSecret ? undefined : valueOf(row), false));
  const entry = accessToken === null ? { ...read, tokens: null } : read;
  const secrets = SECRETS.map((row) => [row.path, valueOf(row) ?? undefined] as const);
  const given = secrets.filter(([, value]) => value !== undefined);
  return joinEntry(entry, readSecrets(Object.fromEntries(given), entry));
}

/** What a credentials file calls a member of an entry. */
export function fileMemberName(member: string): string {
  const row = ROWS.find(({ path }) => member === path || member.startsWith(`${path}.`));
  return (row?.file ?? row?.path ?? "") + member.slice(row?.path.length ?? 0);
}
