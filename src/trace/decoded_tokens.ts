import type { Work } from "../core/work.ts";
import type { Exchange } from "../core/exchange.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { type DecodedJwt, jwtsIn } from "../oauth/common/jwt_text.ts";

/** A token without its signature, which is not verified. Personal data is masked. */
export interface DecodedToken extends DecodedJwt {
  readonly exchange: number;
}

const MAX_TOKENS = 40;

const MAX_CLAIMS_LENGTH = 16 * 1024;

/** Claims about a person (OpenID Connect Core 1.0 §5.1, and what directories add to them). */
const PERSONAL = new Set(
  ("name given_name family_name middle_name nickname preferred_username profile picture website " +
    "email gender birthdate zoneinfo locale phone_number address upn unique_name ipaddr login_hint " +
    "username user_name display_name mail mobile").split(" "),
);

function isMailAddress(text: string): boolean {
  const [person = "", host = "", ...more] = text.split("@");
  return person !== "" && host.includes(".", 1) && more.length === 0 && !/\s/.test(text);
}

function maskPerson(value: unknown): unknown {
  if (typeof value === "string") return isMailAddress(value) ? "[masked]" : value;
  if (Array.isArray(value)) return value.map(maskPerson);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      PERSONAL.has(name.toLowerCase()) ? "[masked]" : maskPerson(member),
    ]),
  );
}

function textsOf({ request, response }: Exchange): string[] {
  const fields = request.headers.filter(([name]) => /^(dpop|authorization)$/i.test(name))
    .map(([name, value]) => `"${name.toLowerCase()}":"${value.replace(/^(Bearer|DPoP) +/i, "")}"`);
  const form = request.body === null
    ? []
    : request.body.startsWith("{")
    ? [request.body]
    : [...new URLSearchParams(request.body)].map(([name, value]) => `"${name}":"${value}"`);
  return [...form, ...fields, response?.body ?? ""];
}

/** @param exchanges Without masks. */
export function* decodedTokens(exchanges: readonly Exchange[]): Work<DecodedToken[]> {
  const seen = new Set<string>();
  const tokens: DecodedToken[] = [];
  for (const exchange of exchanges) {
    for (const jwt of textsOf(exchange).flatMap(jwtsIn)) {
      const text = JSON.stringify([jwt.header, jwt.claims]);
      if (seen.has(text) || tokens.length >= MAX_TOKENS || text.length > MAX_CLAIMS_LENGTH) {
        continue;
      }
      seen.add(text);
      const header = maskPerson(jwt.header) as JsonObject;
      const claims = jwt.claims && maskPerson(jwt.claims) as JsonObject;
      tokens.push({ exchange: exchange.id, ...jwt, header, claims });
    }
    yield;
  }
  return tokens;
}
