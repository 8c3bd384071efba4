/** The parts of a JSON Web Token (RFC 7519), decoded; no signature is verified. @module */

import { isObject, type JsonObject, parseJson, stringMember } from "../../core/json.ts";
import { isPrintable } from "../../core/text.ts";

export function decodedPart(part: string): JsonObject | undefined {
  try {
    const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
    const value = parseJson(new TextDecoder().decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The claims of a token that looks like a JWT; undefined for an opaque one. Unverified. */
export function unverifiedClaims(token: string): JsonObject | undefined {
  const [, claims = "", signature, ...more] = token.split(".");
  return signature === undefined || more.length > 0 ? undefined : decodedPart(claims);
}

const PERSON_CLAIMS = ["email", "preferred_username", "name", "sub"];

/** How an ID token names the person, best first (OpenID Connect Core §5.1). Unverified. */
export function subjectOf(idToken: string | undefined): string | undefined {
  const claims = unverifiedClaims(idToken ?? "") ?? {};
  return PERSON_CLAIMS.map((name) => stringMember(claims, name))
    .find((text) => text !== undefined && text.length <= 200 && isPrintable(text));
}

/** RFC 7519 §4.1.3: a text or a list. */
export function audiencesOf(claims: JsonObject): string[] {
  return [claims["aud"]].flat().filter((value) => typeof value === "string");
}
