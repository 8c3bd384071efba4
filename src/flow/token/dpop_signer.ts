/**
 * Signs DPoP proofs, and remembers the nonces of each server (RFC 9449 §8, §9).
 *
 * @module
 */

import { createDpopKey, dpopNonce, dpopProof } from "../../oauth/token/dpop.ts";
import { keySecrets, type PrivateJwk } from "../../oauth/common/signing.ts";
import type { Secrets } from "../../trace/secrets.ts";

/** The receiver of a proof: each has its own nonces, even at one origin. */
export type ProofAudience = "authorization_server" | "resource_server";

export interface Proof {
  /** Value of the `DPoP` header. */
  readonly field: string;
  readonly nonce: string | undefined;
}

export interface DpopSigner {
  /** A JWK in JSON. */
  readonly key: PrivateJwk;
  proof(
    audience: ProofAudience,
    method: string,
    url: string,
    accessToken?: string,
  ): Promise<Proof>;
  /**
   * Remembers the nonce of a response.
   *
   * @returns True if the proof of the request did not have this nonce.
   */
  learn(audience: ProofAudience, url: string, headers: Headers, proof: Proof): boolean;
}

export function dpopSigner(key: PrivateJwk, secrets: Secrets): DpopSigner {
  for (const secret of keySecrets(key)) secrets.add(secret);
  const nonces = new Map<string, string>();
  const place = (audience: ProofAudience, url: string) => `${audience} ${new URL(url).origin}`;
  return {
    key,
    async proof(audience, method, url, accessToken) {
      const nonce = nonces.get(place(audience, url));
      return { field: await dpopProof(key, { method, url, accessToken, nonce }), nonce };
    },
    learn(audience, url, headers, proof) {
      const nonce = dpopNonce(headers);
      if (nonce !== undefined) nonces.set(place(audience, url), nonce);
      return nonce !== undefined && nonce !== proof.nonce;
    },
  };
}

/**
 * A signer with a new key.
 *
 * @param supported `dpop_signing_alg_values_supported` of each server that has it.
 * @throws Failure `no_common_dpop_algorithm`.
 */
export async function newDpopSigner(
  supported: readonly (readonly string[])[],
  secrets: Secrets,
): Promise<DpopSigner> {
  return dpopSigner(await createDpopKey(supported), secrets);
}
