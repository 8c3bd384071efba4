/**
 * Whether parsed JSON is what an entry's file says it is.
 *
 * @module
 */

import { isObject } from "../core/json.ts";
import { parseUrl } from "../core/url.ts";

/** Says of a value whether it fits. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const url: Check = (value) => typeof value === "string" && parseUrl(value) !== undefined;
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const time: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const orNull = (check: Check): Check => (value) => value === null || check(value);
const optional = (check: Check): Check => (value) => value === undefined || check(value);
const oneOf = (...words: readonly string[]): Check => (value) => words.some((w) => w === value);

function members(checks: Readonly<Record<string, Check>>): Check {
  return (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));
}

/** The members of an entry that are not secret, in the file as in {@link "./entry.ts"}. */
const ENTRY: Readonly<Record<string, Check>> = {
  serverUrl: url,
  account: text,
  issuer: text,
  client: members({
    clientId: text,
    clientSecretSource: optional(oneOf("given", "issued")),
    approach: oneOf("preregistered", "cimd", "dcr", "none"),
    assertionAlgorithm: optional(text),
    tokenAuthMethod: text,
    redirectUri: orNull(text),
    registrationUri: optional(url),
    registeredScope: optional(text),
    certificate: optional(
      members({ certFile: text, keyFile: text, passphraseFile: optional(text) }),
    ),
  }),
  tokens: orNull(members({ tokenType: text, obtainedAt: time, expiresAt: orNull(time) })),
  authMode: text,
  grant: optional(members({
    file: optional(text),
    identityProvider: optional(
      members({ issuer: url, clientId: text, tokenEndpoint: optional(url) }),
    ),
  })),
  requestedScopes: orNull(texts),
  grantedScope: orNull(text),
  resource: orNull(text),
  endpoints: members({ token: url, revocation: optional(url), introspection: optional(url) }),
  protocolVersion: text,
  relaxations: members({
    trustIssuer: optional(members({ expected: text, announced: text })),
    trustPkce: optional(text),
    resource: optional(text),
  }),
  headerNames: texts,
  namedHosts: optional(texts),
  certificateAtServer: optional((value) => typeof value === "boolean"),
  journal: optional(members({ startedAt: time, refreshTokenFingerprint: text })),
};

const SECRETS = members({
  place: oneOf("file", "keyring"),
  values: optional((value) => isObject(value) && Object.values(value).every(text)),
  helper: optional(text),
  id: optional(text),
  sealed: optional(members({ nonce: text, data: text })),
});

const RECORD: Readonly<Record<string, Check>> = {
  entry: isObject,
  holds: texts,
  secrets: (value) =>
    SECRETS(value) && isObject(value) &&
    (value.place === "file" ? isObject(value.values) : isObject(value.sealed) && text(value.id)),
};

/** Name of the first member of a file that does not fit; undefined when all do. */
export function unfitMember(record: Readonly<Record<string, unknown>>): string | undefined {
  const unfit = (checks: Readonly<Record<string, Check>>, value: Record<string, unknown>) =>
    Object.entries(checks).find(([name, check]) => !check(value[name]))?.[0];
  return unfit(RECORD, record) ?? unfit(ENTRY, record.entry as Record<string, unknown>);
}
