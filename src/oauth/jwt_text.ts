/**
 * JSON Web Tokens that stand in a text (RFC 7519), decoded to be looked at. No signature is
 * verified.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../core/json.ts";

/** A token, decoded. */
export interface DecodedJwt {
  /** The name of the member it stands under, or null. */
  readonly member: string | null;
  /** JOSE header. */
  readonly header: JsonObject;
  /** Claims; null for an encrypted token. */
  readonly claims: JsonObject | null;
  /** `exp`, `iat`, `nbf` and `auth_time` as ISO 8601. */
  readonly times: Readonly<Record<string, string>>;
}

/** Signed (three parts) and encrypted (five parts) tokens. */
const JWT = /(?:"([\w.-]{1,64})"\s*:\s*")?\b(eyJ[\w-]+\.[\w-]*\.[\w-]*(?:\.[\w-]+\.[\w-]+)?)/g;

/** More are a server's joke. */
const MOST = 10;

const TIMES = ["exp", "iat", "nbf", "auth_time"];

function decodedPart(part: string): JsonObject | undefined {
  try {
    const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
    const value = parseJson(new TextDecoder().decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function timesOf(claims: JsonObject): Record<string, string> {
  const found = TIMES.flatMap((name) => {
    const seconds = claims[name];
    if (typeof seconds !== "number" || Math.abs(seconds) > 8e12) return [];
    return [[name, new Date(seconds * 1000).toISOString()]];
  });
  return Object.fromEntries(found);
}

/** The tokens in a text, each once, at most ten. */
export function jwtsIn(text: string): DecodedJwt[] {
  const found = new Map<string, DecodedJwt>();
  for (const [, member = null, token = ""] of text.matchAll(JWT)) {
    if (found.size >= MOST) break;
    const parts = token.split(".");
    const header = decodedPart(parts[0] ?? "");
    if (header === undefined || found.has(token)) continue;
    const claims = parts.length === 3 ? decodedPart(parts[1] ?? "") : undefined;
    if (parts.length === 3 && claims === undefined) continue;
    found.set(token, {
      member,
      header,
      claims: claims ?? null,
      times: claims === undefined ? {} : timesOf(claims),
    });
  }
  return [...found.values()];
}
