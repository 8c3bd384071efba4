/** The members of a stored sign-in in one table, for the store and credentials files. @module */

import { isObject, type JsonObject } from "../core/json.ts";
import { isLoopbackHost } from "../core/url.ts";
import {
  DEFAULT_ACCOUNT,
  type PublicEntry,
  type SecretValues,
  type StoredClient,
  type StoredEntry,
  type StoredTokens,
} from "./stored_entry.ts";
import {
  InvalidMember,
  type MemberFault,
  nullable,
  optional,
  readBoolean,
  type Reader,
  type Readers,
  readList,
  readMembers,
  readText,
} from "./member_reader.ts";
import {
  CERTIFICATE,
  GRANT,
  JOURNAL,
  LOGIN_FLAGS,
  MOVED,
  RECEIVED,
  REFRESH,
  RELAXATIONS,
  text,
} from "./entry_members.ts";
import { RULES, SECRET_RULES, type SecretName } from "./entry_rules.ts";

type Endpoints = StoredEntry["endpoints"];
type Group = "client" | "tokens" | "endpoints";

type Values =
  & Omit<StoredEntry, Group>
  & { [K in keyof StoredClient as `client.${K}`]: StoredClient[K] }
  & { [K in keyof StoredTokens as `tokens.${K}`]: StoredTokens[K] }
  & { [K in keyof Endpoints as `endpoints.${K}`]: Endpoints[K] };

/** The name in a credentials file, how a public member is read, and its value if that file has none. */
type Member<T, R> = readonly [file: string | undefined, read: R, missing?: T];

/** In the order of a credentials file. */
const MEMBERS: {
  readonly [P in keyof Values]-?: P extends SecretName ? Member<null, "secret">
    : Member<Values[P], Reader<Values[P] | undefined>>;
} = {
  "serverUrl": ["serverUrl", text("url")],
  "account": [undefined, text("printable"), DEFAULT_ACCOUNT],
  "name": [undefined, optional(text("name"))],
  "issuer": ["issuer", text("any"), ""],
  "client.clientId": ["clientId", text("printableOrEmpty"), ""],
  "client.clientName": ["clientName", optional(text("text"))],
  "client.clientSecret": ["clientSecret", "secret"],
  "client.clientSecretSource": ["clientSecretSource", optional(text("secretSource"))],
  "client.approach": ["registration", text("approach"), "preregistered"],
  "client.redirectUri": ["redirectUrl", nullable(text("url")), null],
  "tokens.accessToken": ["accessToken", "secret", null],
  "tokens.refreshToken": ["refreshToken", "secret", null],
  "tokens.idToken": ["idToken", "secret"],
  "tokens.tokenType": ["tokenType", text("tokenType"), "Bearer"],
  "tokens.obtainedAt": ["obtainedAt", text("time"), new Date(0).toISOString()],
  "tokens.expiresAt": ["expiresAt", nullable(text("time")), null],
  "grantedScope": ["scope", nullable(text("scope")), null],
  "requestedScopes": ["requestedScopes", nullable(readList(text("scopeToken"))), null],
  "resource": ["resource", nullable(text("resource")), null],
  "endpoints.token": ["tokenEndpoint", text("any"), ""],
  "endpoints.revocation": ["revocationEndpoint", optional(text("any"))],
  "endpoints.introspection": ["introspectionEndpoint", optional(text("any"))],
  "client.tokenAuthMethod": ["tokenAuthMethod", text("authMethod")],
  "client.clientIdInForm": ["clientIdInForm", optional(readBoolean)],
  "client.audienceIsEndpoint": ["audienceIsEndpoint", optional(readBoolean)],
  "client.privateKey": ["privateKey", "secret"],
  "client.assertionAlgorithm": ["assertionAlgorithm", optional(text("algorithm"))],
  "client.registeredScope": ["registeredScope", optional(text("scope"))],
  "client.registrationUri": ["registrationClientUri", optional(text("any"))],
  "client.registrationToken": ["registrationAccessToken", "secret"],
  "client.certificate": ["clientCertificate", optional(CERTIFICATE)],
  "registeredOnly": [undefined, optional(readBoolean)],
  "subject": [undefined, optional(text("printable"))],
  "certificateAtServer": ["certificateAtServer", optional(readBoolean)],
  "dpopKey": ["dpopKey", "secret"],
  "grant": ["grant", optional(GRANT)],
  "refresh": ["refresh", optional(REFRESH)],
  "idpClientSecret": ["idpClientSecret", "secret"],
  "idpIdToken": ["idpIdToken", "secret"],
  "idpRefreshToken": ["idpRefreshToken", "secret"],
  "authMode": ["authMode", text("authMode"), "interactive"],
  "protocolVersion": ["protocolVersion", text("revision"), "auto"],
  "headerNames": ["headerNames", readList(text("fieldName")), []],
  "namedHosts": ["namedHosts", optional(readList(text("host")))],
  "relaxations": ["relaxed", RELAXATIONS, {}],
  "loginFlags": ["loginFlags", optional(LOGIN_FLAGS)],
  "journal": ["refreshBegun", optional(JOURNAL)],
  "moved": [undefined, optional(MOVED)],
  "received": [undefined, optional(RECEIVED)],
};

type AnyMember = Member<unknown, Reader<unknown> | "secret">;

const ROWS = Object.entries<AnyMember>(MEMBERS).map(([path, [file, reader, missing]]) => {
  const [name = "", group] = path.split(".").reverse();
  const read = reader === "secret" ? undefined : reader;
  return { path, group, name, file, read, missing };
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
function assemble(valueOf: (row: MemberRow) => unknown, isSignedOut: boolean): JsonObject {
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
): { publicEntry: PublicEntry; secrets: SecretValues } {
  const publicEntry = assemble((row) => row.read && valueAt(entry, row), entry.tokens === null);
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

type LinkedMembers =
  & Pick<StoredEntry, "serverUrl" | "issuer" | "endpoints" | "relaxations">
  & { readonly client: Pick<StoredClient, "registrationUri"> };

/** The first member that contradicts another one: a URL that this server may not name. */
export function contradiction(entry: LinkedMembers): MemberFault | undefined {
  const { serverUrl, issuer, endpoints, relaxations, client } = entry;
  const { test, expected } = RULES.url;
  // Only a server that is itself on loopback may name an http URL.
  const mayName = (url: string) =>
    test(url) && (/^https:/i.test(url) || isLoopbackHost(new URL(serverUrl).hostname));
  const trusted = relaxations.trustIssuer?.announced === issuer;
  if (issuer !== "" && !trusted && !(mayName(issuer) && !issuer.includes("?"))) {
    return { member: "issuer", expected: `${expected}, without a query`, found: issuer };
  }
  const urls = {
    "endpoints.token": endpoints.token === "" ? undefined : endpoints.token,
    "endpoints.revocation": endpoints.revocation,
    "endpoints.introspection": endpoints.introspection,
    "client.registrationUri": client.registrationUri,
  };
  for (const [member, found] of Object.entries(urls)) {
    if (found !== undefined && !mayName(found)) return { member, expected, found };
  }
  return undefined;
}

/** @throws InvalidMember */
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

/** @throws InvalidMember, also if an entry with tokens has no access token. */
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

/** Members that are missing or null have their default. @throws InvalidMember */
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
