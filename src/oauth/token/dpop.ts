/** DPoP keys and proofs (RFC 9449). @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { sha256Base64url } from "../common/base64url.ts";
import { algorithmsOf, type PrivateJwk, publicJwk, signJwt } from "../common/signing.ts";

const ALGORITHMS: readonly string[] = ["ES256", "EdDSA", "Ed25519", "ES384", "PS256", "RS256"];

/** Makes a key for an algorithm that is in each of the lists `supported`. */
export async function createDpopKey(
  supported: readonly (readonly string[])[],
): Promise<PrivateJwk> {
  const alg = ALGORITHMS.find((name) => supported.every((list) => list.includes(name)));
  if (alg === undefined) {
    const accepted = supported.map((list) => quoted(list.join(", "))).join(" and ");
    const message =
      `DPoP proofs must be signed with ${accepted}, and mcpass has no algorithm that all of them accept`;
    const remedy = `Authorization server: list one of ${ALGORITHMS.join(", ")} in ` +
      'dpop_signing_alg_values_supported\nServer: list the same in "algs" of the challenge';
    throw new Failure("no_common_dpop_algorithm", message, { remedy, reference: "RFC 9449 §5.1" });
  }
  const { generateKeyPair, exportJWK } = await import("jose");
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return JSON.stringify({ ...await exportJWK(privateKey), alg });
}

interface ProofParts {
  readonly method: string;
  readonly url: string;
  readonly accessToken?: string | undefined;
  readonly nonce?: string | undefined;
  /** Seconds since the epoch; by default now. */
  readonly issuedAt?: number | undefined;
}

/** The value of a `DPoP` header (RFC 9449 §4.2), for one request. */
export async function dpopProof(
  key: PrivateJwk,
  { method, url, accessToken, nonce, issuedAt }: ProofParts,
): Promise<string> {
  const target = new URL(url);
  target.search = target.hash = "";
  return await signJwt(
    { typ: "dpop+jwt", jwk: publicJwk(key) },
    {
      htm: method,
      htu: target.href,
      ath: accessToken && await sha256Base64url(accessToken),
      nonce,
      ...issuedAt === undefined ? {} : { iat: issuedAt },
    },
    { jwk: key },
    algorithmsOf(key)[0] ?? "ES256",
  );
}

/** The nonce of a response (RFC 9449 §8.1), if a proof can have it. */
export function dpopNonce(headers: Headers): string | undefined {
  const nonce = headers.get("dpop-nonce");
  return nonce !== null && /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(nonce) ? nonce : undefined;
}
