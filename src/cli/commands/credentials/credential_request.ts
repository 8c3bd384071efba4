/** The requests of the credential protocol, version 1. `docs/credential.md` describes it. @module */

import { usageFailure } from "../../../core/failure.ts";
import { hasRepeatedMember, isObject, type JsonObject, parseJson } from "../../../core/json.ts";
import { isFieldName, isPrintable, isScopeToken, quoted } from "../../../core/text.ts";

export const PROTOCOL_VERSION = 1;

export const ACTIONS = ["get", "erase", "list", "capabilities"] as const;
export type Action = typeof ACTIONS[number];

/** The request that a DPoP proof is for (RFC 9449 §4.2). */
export interface ProofRequest {
  readonly method: string;
  readonly url: string;
  /** `DPoP-Nonce` of the server's last response. */
  readonly nonce?: string | undefined;
}

export interface CredentialRequest {
  readonly action: Action;
  readonly url?: string | undefined;
  readonly account?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly minValidSeconds?: number | undefined;
  /** `WWW-Authenticate` of the response that refused the token. */
  readonly challenge?: string | undefined;
  /** SHA-256 of the refused token in hexadecimal digits. */
  readonly rejected?: string | undefined;
  readonly request?: ProofRequest | undefined;
}

const MAX_REQUEST = 64 * 1024;
const MAX_DEPTH = 8;
const MAX_SECONDS = 366 * 86_400;

function invalid(message: string): Error {
  return usageFailure(
    "credential_request_invalid",
    `the credential request is invalid: ${message}`,
    'Write one JSON object to standard input, such as {"v":1,"action":"get","url":"https://server.example/mcp"}',
  );
}

type Check = readonly [expected: string, isValid: (value: unknown) => boolean];

const textOf = (most: number, isValid: (text: string) => boolean) => (value: unknown) =>
  typeof value === "string" && value.length <= most && isValid(value);

const URL_TEXT: Check = ["a URL of at most 8192 characters", textOf(8192, isPrintable)];

/** What each member has to be, if it is there and not null. */
const MEMBERS: Readonly<Record<Exclude<keyof CredentialRequest, "action" | "request">, Check>> = {
  url: URL_TEXT,
  account: ["an account label", textOf(256, isPrintable)],
  scope: [
    "a list of scopes (RFC 6749 §3.3)",
    (value) =>
      Array.isArray(value) && value.length <= 200 && value.every(textOf(1024, isScopeToken)),
  ],
  minValidSeconds: [
    "a number of seconds",
    (value) => typeof value === "number" && value >= 0 && value <= MAX_SECONDS,
  ],
  challenge: ["the text of a WWW-Authenticate header", textOf(16_384, () => true)],
  rejected: [
    '"sha256:" and the 64 hexadecimal digits of the token\'s hash',
    textOf(71, (text) => /^sha256:[0-9a-f]{64}$/.test(text)),
  ],
};

const PROOF_MEMBERS: Readonly<Record<keyof ProofRequest, Check>> = {
  method: ["an HTTP method", textOf(40, isFieldName)],
  url: URL_TEXT,
  nonce: [
    "a DPoP nonce (RFC 9449 §8.1)",
    textOf(1024, (text) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)),
  ],
};

/** The members that are checked; null is the same as absent, and others are ignored. */
function read(
  object: JsonObject,
  checks: Readonly<Record<string, Check>>,
  prefix = "",
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(checks).flatMap(([name, [expected, isValid]]) => {
      const value = Object.hasOwn(object, name) ? object[name] ?? undefined : undefined;
      if (value === undefined) return [];
      if (!isValid(value)) throw invalid(`${quoted(prefix + name)} is not ${expected}`);
      return [[name, value]];
    }),
  );
}

const own = (object: JsonObject, name: string) =>
  Object.hasOwn(object, name) ? object[name] ?? undefined : undefined;

function requestText(bytes: Uint8Array): string {
  if (bytes.length > MAX_REQUEST) throw invalid("it is larger than 64 KiB");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("it is not UTF-8");
  }
}

/** @throws Failure `credential_request_invalid` of kind `usage`. */
export function readCredentialRequest(bytes: Uint8Array): CredentialRequest {
  const text = requestText(bytes);
  if (text.trim() === "") throw invalid("standard input is empty");
  const object = parseJson(text, MAX_DEPTH);
  if (!isObject(object)) throw invalid("it is not a JSON object");
  if (hasRepeatedMember(text)) throw invalid("an object has a member twice");
  if (own(object, "v") !== PROTOCOL_VERSION) {
    const found = own(object, "v");
    throw invalid(
      typeof found === "number"
        ? `version ${found} is not supported, only version 1`
        : 'the member "v":1 is missing',
    );
  }
  const action = ACTIONS.find((it) => it === own(object, "action"));
  if (action === undefined) throw invalid(`"action" must be one of: ${ACTIONS.join(", ")}`);
  const interaction = own(object, "interaction") ?? "never";
  if (interaction !== "never") throw invalid('"interaction" must be "never"');
  const members = read(object, MEMBERS) as Omit<CredentialRequest, "action">;
  const needsUrl = action === "get" || action === "erase";
  if (needsUrl && members.url === undefined) throw invalid('the member "url" is missing');
  if (action === "erase" && members.rejected === undefined) {
    throw invalid('the member "rejected" is missing: it names the token to forget');
  }
  const request = own(object, "request");
  if (request === undefined) return { ...members, action };
  if (!isObject(request)) throw invalid('"request" is not an object');
  const proof = read(request, PROOF_MEMBERS, "request.") as unknown as Partial<ProofRequest>;
  const { method, url } = proof;
  if (method === undefined || url === undefined) {
    throw invalid('"request" must have the members "method" and "url"');
  }
  return { ...members, action, request: { ...proof, method, url } };
}
