/** The token in a file that an earlier `oauth token --watch` wrote. @module */

import { isObject, parseJson, stringMember } from "../../../core/json.ts";
import { unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { timeOf } from "../../../oauth/token/access_token_claims.ts";

/** The longest text in which a token is looked for, in bytes. */
const MAX_BYTES = 1_000_000;

/** The first word that looks like a JWT; empty without one. */
const jwtIn = (text: string) => text.split(/[^\w.-]+/).find((word) => word.startsWith("eyJ")) ?? "";

/** Milliseconds since 1970; undefined if the text does not show it. */
function expiryIn(text: string): number | undefined {
  const document = parseJson(text);
  const expiresAt = isObject(document)
    ? Date.parse(stringMember(document, "expiresAt") ?? "")
    : undefined;
  const shown = expiresAt ?? timeOf(unverifiedClaims(jwtIn(text)) ?? null, "exp");
  return Number.isNaN(shown) ? undefined : shown;
}

interface EarlierToken {
  readonly text: string;
  /** Milliseconds since 1970; undefined if the text does not show it: only `--as json` and a JWT do. */
  readonly expiry: number | undefined;
}

/** The text of the file; undefined if there is none that could have a token. */
export async function earlierToken(path: string): Promise<EarlierToken | undefined> {
  try {
    const { size } = await Deno.stat(path);
    if (size === 0 || size > MAX_BYTES) return undefined;
    const text = await Deno.readTextFile(path);
    return { text, expiry: expiryIn(text) };
  } catch {
    // Nothing is there, or it cannot be read: the first write replaces it, or says why it cannot.
    return undefined;
  }
}
