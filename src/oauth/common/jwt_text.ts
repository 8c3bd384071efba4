/** JSON Web Tokens in a text (RFC 7519), decoded for display. No signature is verified. @module */

import { type JsonObject, member } from "../../core/json.ts";
import { decodedPart } from "./jwt_claims.ts";

export interface DecodedJwt {
  /** The JSON member whose value the token is, or null. */
  readonly member: string | null;
  readonly header: JsonObject;
  /** Null for an encrypted token. */
  readonly claims: JsonObject | null;
  /** `exp`, `iat`, `nbf` and `auth_time` as ISO 8601. */
  readonly times: Readonly<Record<string, string>>;
}

/** The characters of a token, and of a member's name. */
const RUN = /[\w.-]+/g;

const MAX_DECODED = 10;
const MAX_TRIED = 1000;

/** The times among the claims, as ISO 8601. */
export function claimTimes(claims: JsonObject): Record<string, string> {
  const found = ["exp", "iat", "nbf", "auth_time"].flatMap((name) => {
    const seconds = member(claims, name);
    if (typeof seconds !== "number" || Math.abs(seconds) > 8e12) return [];
    return [[name, new Date(seconds * 1000).toISOString()]];
  });
  return Object.fromEntries(found);
}

/** Signed (three parts) and encrypted (five parts) tokens by their form, each with its member. */
function* tokensIn(text: string): Generator<readonly [member: string | null, token: string]> {
  let [name, end] = ["", 0];
  for (const { 0: run, index } of text.matchAll(RUN)) {
    const parts = run.split(".");
    for (let at = 0; at + 2 < parts.length; at += 1) {
      const [first = "", , , fourth, fifth] = parts.slice(at, at + 5);
      const start = first.search(/\beyJ[\w-]/);
      if (start === -1) continue;
      const count = fourth && fifth ? 5 : 3;
      const isValue = at === 0 && start === 0 && name.length <= 64 &&
        text[end - name.length - 1] === '"' && /^"\s*:\s*"$/.test(text.slice(end, index));
      yield [
        isValue ? name : null,
        [first.slice(start), ...parts.slice(at + 1, at + count)].join("."),
      ];
      at += count - 1;
    }
    [name, end] = [run, index + run.length];
  }
}

export function jwtsIn(text: string): DecodedJwt[] {
  const found = new Map<string, DecodedJwt>();
  let tried = 0;
  for (const [member, token] of tokensIn(text)) {
    tried += 1;
    if (found.size >= MAX_DECODED || tried > MAX_TRIED) break;
    const parts = token.split(".");
    const header = decodedPart(parts[0] ?? "");
    if (header === undefined || found.has(token)) continue;
    const claims = parts.length === 3 ? decodedPart(parts[1] ?? "") : undefined;
    if (parts.length === 3 && claims === undefined) continue;
    found.set(token, { member, header, claims: claims ?? null, times: claimTimes(claims ?? {}) });
  }
  return [...found.values()];
}
