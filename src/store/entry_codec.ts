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
  list,
  memberPath,
  members,
  optional,
  orNull,
  type Read,
  type Readers,
  text,
} from "./member_reader.ts";
import { contradiction, isSecretName, RULES, SECRET_RULES } from "./entry_rules.ts";

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

function open<T>(file: string | undefined, read: Read<T>, missing?: T): PublicMember<T> {
  return { file, read, missing };
}

/** A secret; how it is read is in {@link SECRET_RULES}. */
function secret(file: string, missing?: null): FileMember {
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
  "serverUrl": open("serverUrl", text(RULES.url)),
  "account": open(undefined, text(RULES.printable), DEFAULT_ACCOUNT),
  "issuer": open("issuer", text(RULES.any), ""),
  "client.clientId": open("clientId", text(RULES.printableOrEmpty), ""),
  "client.clientSecret": secret("clientSecret"),
  "client.clientSecretSource": open("clientSecretSource", optional(text(RULES.secretSource))),
  "client.approach": open("registration", text(RULES.approach), "preregistered"),
  "client.redirectUri": open("redirectUrl", orNull(text(RULES.url)), null),
  "tokens.accessToken": secret("accessToken", null),
  "tokens.refreshToken": secret("refreshToken", null),
  "tokens.idToken": secret("idToken"),
  "tokens.tokenType": open("tokenType", text(RULES.tokenType), "Bearer"),
  "tokens.obtainedAt": open("obtainedAt", text(RULES.time), NEVER),
  "tokens.expiresAt": open("expiresAt", orNull(text(RULES.time)), null),
  "grantedScope": open("scope", orNull(text(RULES.scope)), null),
  "requestedScopes": open("requestedScopes", orNull(list(text(RULES.scopeToken))), null),
  "resource": open("resource", orNull(text(RULES.resource)), null),
  "endpoints.token": open("tokenEndpoint", text(RULES.any), ""),
  "endpoints.revocation": open("revocationEndpoint", optional(text(RULES.any))),
  "endpoints.introspection": open("introspectionEndpoint", optional(text(RULES.any))),
  "client.tokenAuthMethod": open("tokenAuthMethod", text(RULES.authMethod)),
  "client.privateKey": secret("privateKey"),
  "client.assertionAlgorithm": open("assertionAlgorithm", optional(text(RULES.algorithm))),
  "client.registeredScope": open("registeredScope", optional(text(RULES.scope))),
  "client.registrationUri": open("registrationClientUri", optional(text(RULES.any))),
  "client.registrationToken": secret("registrationAccessToken"),
  "client.certificate": open(
    "clientCertificate",
    optional(members<CertificateFiles>({
      certFile: text(RULES.path),
      keyFile: text(RULES.path),
      passphraseFile: optional(text(RULES.path)),
    })),
  ),
  "certificateAtServer": open("certificateAtServer", optional(flag)),
  "dpopKey": secret("dpopKey"),
  "grant": open(
    "grant",
    optional(members<StoredGrant>({
      file: optional(text(RULES.path)),
      identityProvider: optional(members<IdentityProvider>({
        issuer: text(RULES.url),
        clientId: text(RULES.printable),
        tokenEndpoint: optional(text(RULES.url)),
      })),
    })),
  ),
  "idpClientSecret": secret("idpClientSecret"),
  "idpIdToken": secret("idpIdToken"),
  "idpRefreshToken": secret("idpRefreshToken"),
  "authMode": open("authMode", text(RULES.authMode), "interactive"),
  "protocolVersion": open("protocolVersion", text(RULES.revision), "auto"),
  "headerNames": open("headerNames", list(text(RULES.fieldName)), []),
  "namedHosts": open("namedHosts", optional(list(text(RULES.host)))),
  "relaxations": open(
    "relaxed",
    members<StoredRelaxations>({
      trustIssuer: optional(
        members({ expected: text(RULES.url), announced: text(RULES.printable) }, true),
      ),
      trustPkce: optional(text(RULES.printable)),
      resource: optional(text(RULES.resourceOrNone)),
    }, true),
    {},
  ),
  "journal": open(
    "refreshBegun",
    optional(members<NonNullable<StoredEntry["journal"]>>({
      startedAt: text(RULES.time),
      refreshTokenFingerprint: text(RULES.fingerprint),
    })),
  ),
};

const ROWS = Object.entries(MEMBERS).map(([path, member]) => {
  const [group = "", name] = path.split(".");
  const isSecret = isSecretName(path);
  const read: Read<unknown> = isSecret
    ? optional(text(SECRET_RULES[path], true))
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
export const readValues = members<SecretValues>(
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
