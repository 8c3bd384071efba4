/**
 * DPoP at a resource server (RFC 9449 §4.3, §7.1): what a proof has to say, and nonces.
 *
 * @module
 */

import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, type JWK, jwtVerify } from "jose";
import { headerOf, type RecordedRequest } from "./journal.ts";

/** Why a request was refused. */
export interface DpopRefusal {
  /** `error` of the challenge. */
  readonly error: "invalid_dpop_proof" | "use_dpop_nonce" | "invalid_token";
  /** In one line. */
  readonly why: string;
  /** `DPoP-Nonce` of the answer. */
  readonly nonce?: string;
}

/** What is demanded. */
export interface DpopDemands {
  /** Nonces: one that stays, or another in each answer and none ever good. */
  readonly nonce?: "once" | "never_good";
}

/** Checks the proof of a request for a token. */
export type DpopCheck = (
  request: RecordedRequest,
  url: string,
  token: string,
) => Promise<DpopRefusal | undefined>;

/** Seconds that `iat` may be away. */
const WINDOW_S = 300;

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true });
}

function boundKey(token: string): unknown {
  try {
    return (decodeJwt(token)["cnf"] as { jkt?: string } | undefined)?.jkt;
  } catch {
    return undefined;
  }
}

/** Makes a check; each `jti` is good once. */
export function dpopCheck({ nonce: wanted }: DpopDemands): DpopCheck {
  const used = new Set<string>();
  const nonce = `rs-${crypto.randomUUID()}`;
  return async (request, url, token) => {
    const refuse = (why: string): DpopRefusal => ({ error: "invalid_dpop_proof", why });
    const proof = headerOf(request, "dpop") ?? "";
    const verified = await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt" }).catch((error) =>
      String(error)
    );
    if (typeof verified === "string") return refuse(verified);
    const { payload, protectedHeader: { jwk } } = verified;
    if (payload["htm"] !== request.method) return refuse(`htm is ${payload["htm"]}`);
    if (payload["htu"] !== url) return refuse(`htu is ${payload["htu"]}, asked was ${url}`);
    if (payload["ath"] !== await digest(token)) return refuse(`ath is ${payload["ath"]}`);
    if (Math.abs((payload.iat ?? 0) - Date.now() / 1000) > WINDOW_S) return refuse("iat is off");
    if (!payload.jti || used.has(payload.jti)) return refuse("jti was used before");
    used.add(payload.jti);
    if (await calculateJwkThumbprint(jwk as JWK) !== boundKey(token)) {
      return { error: "invalid_token", why: "the token is bound to another key" };
    }
    if (wanted === "never_good") {
      const next = `rs-${crypto.randomUUID()}`;
      return { error: "use_dpop_nonce", why: "another nonce is wanted", nonce: next };
    }
    if (wanted === "once" && payload["nonce"] !== nonce) {
      return { error: "use_dpop_nonce", why: "a nonce is wanted", nonce };
    }
    return undefined;
  };
}
