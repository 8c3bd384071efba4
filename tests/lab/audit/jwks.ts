/**
 * Group D: the key set.
 *
 * @module
 */

import { json, NOT_FOUND } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditState } from "./state.ts";

/** Switches of group D. */
export const JWKS_SWITCHES = [
  "jwks_served",
  "jwks_public",
  "jwks_kid",
  "jwks_strength",
  "jwks_verifies",
] as const;

/** A key that only looks like one. */
function shortKey(): object {
  const modulus = crypto.getRandomValues(new Uint8Array(128));
  modulus[0] = 0xc1;
  modulus[127] = 0x01;
  const n = modulus.toBase64({ alphabet: "base64url", omitPadding: true });
  return { kty: "RSA", n, e: "AQAB", kid: "short", alg: "RS256", use: "sig" };
}

/** The response of the key set's URL. */
export function keySet(state: AuditState): LabResponse {
  const breaks = switchesOf(state, JWKS_SWITCHES);
  if (breaks("jwks_served")) return NOT_FOUND;
  const { keys: [first, second], unused } = state.keys;
  const signing = breaks("jwks_verifies") ? { ...unused.jwk, kid: first.kid } : first.jwk;
  const leaked = breaks("jwks_public") ? { d: first.privateJwk.d } : {};
  const secondKid = breaks("jwks_kid") ? first.kid : second.kid;
  return json({
    keys: [
      { ...signing, ...leaked },
      { ...second.jwk, kid: secondKid },
      ...breaks("jwks_strength") ? [shortKey()] : [],
    ],
  });
}
