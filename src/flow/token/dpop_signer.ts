/** Signs DPoP proofs, and remembers the nonces of each server (RFC 9449 §8, §9). @module */

import { createDpopKey, dpopNonce, dpopProof } from "../../oauth/token/dpop.ts";
import { keySecrets, type PrivateJwk } from "../../oauth/common/signing.ts";
import type { Secrets } from "../../trace/secrets.ts";

interface ProofTarget {
  /** The receiver: each has its own nonces, even at one origin. */
  readonly audience: "authorization_server" | "resource_server";
  readonly method: string;
  readonly url: string;
  readonly accessToken?: string | undefined;
}

export interface DpopSigner {
  /** A JWK in JSON. */
  readonly key: PrivateJwk;
  /**
   * Sends a request with a proof; a second time if the response has another nonce and requires it.
   *
   * @param send Receives the value of the `DPoP` header.
   */
  send<R extends { readonly headers: Headers }>(
    target: ProofTarget,
    send: (proof: string) => Promise<R>,
    requiresNonce: (response: R) => boolean,
  ): Promise<R>;
}

/** @param now Milliseconds since the epoch; by default of this machine. */
export function dpopSigner(
  key: PrivateJwk,
  secrets: Secrets,
  now?: () => number,
): DpopSigner {
  for (const secret of keySecrets(key)) secrets.add(secret);
  const nonces = new Map<string, string>();
  return {
    key,
    async send({ audience, ...request }, send, requiresNonce) {
      const receiver = `${audience} ${new URL(request.url).origin}`;
      const once = async () => {
        const nonce = nonces.get(receiver);
        const issuedAt = now === undefined ? undefined : Math.floor(now() / 1000);
        const response = await send(await dpopProof(key, { ...request, nonce, issuedAt }));
        const found = dpopNonce(response.headers);
        if (found !== undefined) nonces.set(receiver, found);
        return { response, isNew: found !== undefined && found !== nonce };
      };
      const { response, isNew } = await once();
      return isNew && requiresNonce(response) ? (await once()).response : response;
    },
  };
}

/**
 * @param supported `dpop_signing_alg_values_supported` of each server that has it.
 * @throws Failure `no_common_dpop_algorithm`.
 */
export async function newDpopSigner(
  supported: readonly (readonly string[])[],
  secrets: Secrets,
  now?: () => number,
): Promise<DpopSigner> {
  return dpopSigner(await createDpopKey(supported), secrets, now);
}
