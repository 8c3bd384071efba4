/**
 * Group N: proofs of possession (RFC 9449) at the token endpoint and at the MCP server.
 *
 * @module
 */

import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";
import type { JWK, JWTPayload } from "jose";
import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { ALGORITHMS } from "./keys.ts";
import { sha256, switchesOf } from "./state.ts";
import type { AuditState } from "./state.ts";

/** Switches of group N; `dpop_algs` is in `server_metadata.ts`. */
export const DPOP_SWITCHES = ["dpop_not_bearer", "dpop_proof_checked", "dpop_stale"] as const;

/** Seconds by which `iat` may differ from the clock. */
const WINDOW = 300;

/** How a token was sent. */
export interface Presentation {
  readonly scheme: "bearer" | "dpop";
  readonly token: string;
  /** Thumbprint that the token is bound to. */
  readonly jkt?: string;
  /** URL of the resource. */
  readonly url: string;
}

/** Why a proof is refused. */
export interface ProofRefusal {
  readonly error: "invalid_dpop_proof" | "invalid_token";
  readonly why: string;
}

export interface Proofs {
  /** The thumbprint of the key of a proof for a request, or why it is refused. */
  check(request: RecordedRequest, url: string, token?: string): Promise<string | ProofRefusal>;
  /** Why a token is refused with this scheme or proof. */
  refusal(request: RecordedRequest, sent: Presentation): Promise<ProofRefusal | undefined>;
}

/** Makes the checks; each `jti` is accepted once. */
export function openProofs(state: AuditState): Proofs {
  const breaks = switchesOf(state, DPOP_SWITCHES);
  const used = new Set<string>();

  function isStale({ iat = 0 }: JWTPayload): boolean {
    return Math.abs(iat - state.now() / 1000) > WINDOW && !breaks("dpop_stale");
  }

  async function check(
    request: RecordedRequest,
    url: string,
    token?: string,
  ): Promise<string | ProofRefusal> {
    const refuse = (why: string): ProofRefusal => ({ error: "invalid_dpop_proof", why });
    const fields = request.headers.filter(([name]) => name.toLowerCase() === "dpop");
    if (fields.length !== 1) return refuse("Exactly one proof is needed");
    const verified = await jwtVerify(headerOf(request, "dpop") ?? "", EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: [...ALGORITHMS],
      currentDate: new Date(state.now()),
    }).catch((error) => String(error));
    if (typeof verified === "string") return refuse(verified);
    const { payload, protectedHeader: { jwk } } = verified;
    if (jwk !== undefined && "d" in jwk) return refuse("The proof has a private key");
    if (payload["htm"] !== request.method) return refuse("htm differs from the method");
    if (payload["htu"] !== url && !breaks("dpop_proof_checked")) {
      return refuse("htu differs from the URL");
    }
    if (token !== undefined && payload["ath"] !== await sha256(token)) {
      return refuse("ath differs from the token");
    }
    if (isStale(payload)) return refuse("iat is too far away");
    if (!payload.jti || used.has(payload.jti)) return refuse("jti is missing or was used before");
    used.add(payload.jti);
    return await calculateJwkThumbprint(jwk as JWK);
  }

  return {
    check,
    async refusal(request, { scheme, token, jkt, url }) {
      if (jkt === undefined) {
        return scheme === "bearer"
          ? undefined
          : { error: "invalid_token", why: "The token is not bound to a key" };
      }
      if (scheme === "bearer") {
        return breaks("dpop_not_bearer")
          ? undefined
          : { error: "invalid_token", why: "The token is bound to a key" };
      }
      const proved = await check(request, url, token);
      if (typeof proved !== "string") return proved;
      return proved === jkt
        ? undefined
        : { error: "invalid_token", why: "The token is bound to another key" };
    },
  };
}
