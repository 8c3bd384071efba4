/**
 * The credentials file of `--credentials-out` and `--credentials-file`: version 1 of its content, one
 * sign-in with everything that using, refreshing and revoking its token needs.
 *
 * Only `version`, `serverUrl` and `accessToken` must be there; a token without `tokenEndpoint` is used
 * until it expires. Members that are not named here stay in the file.
 *
 * @module
 */

import { usageFailure } from "../../core/failure.ts";
import { isObject, type JsonObject, parseJson } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { DEFAULT_ACCOUNT, type StoredEntry } from "../../store/stored_entry.ts";
import { joinEntry } from "../../store/entry_record.ts";
import { isSecretName } from "../../store/entry_rules.ts";
import {
  InvalidMember,
  invalidMemberText,
  readPublicEntry,
  readSecrets,
} from "../../store/entry_reader.ts";

/** The members of the file, and the member of an entry that each of them is. */
export const MEMBERS = [
  ["serverUrl", "serverUrl"],
  ["issuer", "issuer"],
  ["clientId", "client.clientId"],
  ["clientSecret", "client.clientSecret"],
  ["clientSecretSource", "client.clientSecretSource"],
  ["registration", "client.approach"],
  ["redirectUrl", "client.redirectUri"],
  ["accessToken", "tokens.accessToken"],
  ["refreshToken", "tokens.refreshToken"],
  ["idToken", "tokens.idToken"],
  ["tokenType", "tokens.tokenType"],
  ["obtainedAt", "tokens.obtainedAt"],
  ["expiresAt", "tokens.expiresAt"],
  ["scope", "grantedScope"],
  ["requestedScopes", "requestedScopes"],
  ["resource", "resource"],
  ["tokenEndpoint", "endpoints.token"],
  ["revocationEndpoint", "endpoints.revocation"],
  ["introspectionEndpoint", "endpoints.introspection"],
  ["tokenAuthMethod", "client.tokenAuthMethod"],
  ["privateKey", "client.privateKey"],
  ["assertionAlgorithm", "client.assertionAlgorithm"],
  ["registeredScope", "client.registeredScope"],
  ["registrationClientUri", "client.registrationUri"],
  ["registrationAccessToken", "client.registrationToken"],
  ["clientCertificate", "client.certificate"],
  ["certificateAtServer", "certificateAtServer"],
  ["dpopKey", "dpopKey"],
  ["grant", "grant"],
  ["idpClientSecret", "idpClientSecret"],
  ["idpIdToken", "idpIdToken"],
  ["idpRefreshToken", "idpRefreshToken"],
  ["authMode", "authMode"],
  ["protocolVersion", "protocolVersion"],
  ["headerNames", "headerNames"],
  ["namedHosts", "namedHosts"],
  ["relaxed", "relaxations"],
  ["refreshBegun", "journal"],
] as const satisfies readonly (readonly [name: string, path: string])[];

const NEVER = new Date(0).toISOString();

/** Values of the members that are missing or null in the file. */
export function defaultsFor(document: JsonObject): Readonly<Record<string, unknown>> {
  const hasSecret = document.clientSecret !== undefined && document.clientSecret !== null;
  return {
    "account": DEFAULT_ACCOUNT,
    "issuer": "",
    "client.clientId": "",
    "client.approach": "preregistered",
    "client.redirectUri": null,
    "client.tokenAuthMethod": hasSecret ? "client_secret_basic" : "none",
    "tokens.tokenType": "Bearer",
    "tokens.obtainedAt": NEVER,
    "tokens.expiresAt": null,
    "grantedScope": null,
    "requestedScopes": null,
    "resource": null,
    "endpoints.token": "",
    "authMode": "interactive",
    "protocolVersion": "auto",
    "headerNames": [],
    "relaxations": {},
  };
}

/** Members that are always written, with their default values. */
const ALWAYS = new Map<string, unknown>([
  ["accessToken", null],
  ["refreshToken", null],
  ["tokenType", "Bearer"],
  ["obtainedAt", NEVER],
  ["expiresAt", null],
]);

function valueAt(entry: StoredEntry, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, name) => isObject(value) ? value[name] : undefined,
    entry,
  );
}

/** An entry as the file's content. */
export function credentialsFile(entry: StoredEntry): JsonObject {
  const relaxed = Object.keys(entry.relaxations).length > 0;
  const found = MEMBERS.map(([name, path]) => {
    const value = valueAt(entry, path);
    return [name, value === undefined ? ALWAYS.get(name) : value] as const;
  });
  const present = found.filter(([name, value]) =>
    value !== undefined && (name !== "relaxed" || relaxed)
  );
  return { version: 1, ...Object.fromEntries(present) };
}

function unusable(path: string, reason: string, remedy: string): Error {
  return usageFailure(
    "credentials_file_invalid",
    `the credentials file ${quoted(path, 4096)} cannot be used: ${reason}`,
    remedy,
  );
}

const WRITTEN_BY = "Write one with mcpass login --credentials-out <path>";

/**
 * Reads the text of a credentials file.
 *
 * @returns The parsed document, all members, and the sign-in in it.
 * @throws Failure `credentials_file_invalid` of kind `usage`.
 */
export function readCredentials(
  content: string,
  path: string,
): { readonly document: JsonObject; readonly entry: StoredEntry } {
  const document = parseJson(content);
  if (!isObject(document)) throw unusable(path, "it is not a JSON object", WRITTEN_BY);
  if (document.version !== 1) {
    const newer = typeof document.version === "number" && document.version > 1;
    throw unusable(
      path,
      newer
        ? `it has version ${document.version}, and this mcpass knows version 1`
        : 'it has no "version": 1',
      newer ? "Use the newer mcpass that wrote it" : WRITTEN_BY,
    );
  }
  try {
    return { document, entry: entryOfDocument(document) };
  } catch (error) {
    if (!(error instanceof InvalidMember)) throw error;
    throw unusable(
      path,
      invalidMemberText(error, fileName),
      `Correct it, or sign in again. ${WRITTEN_BY}`,
    );
  }
}

/** What the file calls a member of an entry. */
function fileName(member: string): string {
  const [name, path] = MEMBERS.find(([, it]) => member === it || member.startsWith(`${it}.`)) ??
    [member, member];
  return name + member.slice(path.length);
}

/** @throws InvalidMember */
function entryOfDocument(document: JsonObject): StoredEntry {
  if (!Object.hasOwn(document, "accessToken")) {
    throw new InvalidMember({
      member: "tokens.accessToken",
      expected: "an access token, or null",
    });
  }
  const values = new Map(Object.entries(defaultsFor(document)));
  for (const [name, path] of MEMBERS) {
    const value = Object.hasOwn(document, name) ? document[name] : undefined;
    if (value !== undefined && value !== null) values.set(path, value);
  }
  const secrets: Record<string, unknown> = {};
  const shown: Record<string, unknown> = { client: {}, tokens: {}, endpoints: {} };
  for (const [path, value] of values) {
    const [group = "", name] = path.split(".");
    if (isSecretName(path)) secrets[path] = value;
    else if (name === undefined) shown[group] = value;
    else Object.assign(shown[group] as object, { [name]: value });
  }
  const signedOut = document.accessToken === null;
  const read = readPublicEntry(shown);
  const entry = signedOut ? { ...read, tokens: null } : read;
  return joinEntry(entry, readSecrets(secrets, entry));
}
