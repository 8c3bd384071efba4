/** The parts of a JSON Web Token (RFC 7519), decoded; no signature is verified. @module */

import { isObject, type JsonObject, parseJson } from "../../core/json.ts";

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

/** RFC 7519 §4.1.3: a text or a list. */
export function audiencesOf(claims: JsonObject): string[] {
  return [claims["aud"]].flat().filter((value) => typeof value === "string");
}
