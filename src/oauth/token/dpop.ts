/** DPoP keys and proofs (RFC 9449). */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { algorithmsOf, newJwtId, type PrivateJwk, publicJwk, signJwt } from "../common/signing.ts";

/** Algorithms a key is made for, preferred first. */
const ALGORITHMS: readonly string[] = ["ES256", "EdDSA", "Ed25519", "ES384", "PS256", "RS256"];

/**
 * Makes a key.
 *
 * @param supported `dpop_signing_alg_values_supported` of each server that has it, and `algs` of the
 * challenge (RFC 9449 §7.1).
 * @throws Failure `no_common_dpop_algorithm`.
 */
export async function newDpopKey(
  supported: readonly (readonly string[])[],
): Promise<PrivateJwk> {
  const alg = ALGORITHMS.find((name) => supported.every((list) => list.includes(name)));
  if (alg === undefined) {
    throw new Failure(
      "no_common_dpop_algorithm",
      `DPoP proofs are taken signed with ${
        supported.map((list) => quoted(list.join(", "))).join(" and ")
      }, and none of these can be made here for all`,
      {
        remedy: `Servers: list one of ${
          ALGORITHMS.join(", ")
        } in dpop_signing_alg_values_supported and in the challenge's "algs"`,
        reference: "RFC 9449 §5.1",
      },
    );
  }
  const { generateKeyPair, exportJWK } = await import("jose");
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return JSON.stringify({ ...await exportJWK(privateKey), alg });
}

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toBase64(BASE64URL);
}

/** The thumbprint of a key (RFC 7638): `dpop_jkt`, and `jkt` of the tokens bound to it. */
export async function dpopThumbprint(key: PrivateJwk): Promise<string> {
  const { calculateJwkThumbprint } = await import("jose");
  return await calculateJwkThumbprint(publicJwk(key), "sha256");
}

export interface ProofParts {
  readonly method: string;
  /** URL of the request; its query and fragment are left out. */
  readonly url: string;
  /** The access token that goes along, when one does. */
  readonly accessToken?: string | undefined;
  /** The nonce that the server last gave, when it gave one. */
  readonly nonce?: string | undefined;
}

/** Makes the value of a `DPoP` field (RFC 9449 §4.2); good for one request. */
export async function dpopProof(
  key: PrivateJwk,
  { method, url, accessToken, nonce }: ProofParts,
): Promise<string> {
  const target = new URL(url);
  target.search = target.hash = "";
  return await signJwt(
    { typ: "dpop+jwt", jwk: publicJwk(key) },
    {
      jti: newJwtId(),
      htm: method,
      htu: target.href,
      iat: Math.floor(Date.now() / 1000),
      ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
      ...(nonce === undefined ? {} : { nonce }),
    },
    { jwk: key },
    algorithmsOf(key)[0] ?? "ES256",
  );
}

/** The nonce of an answer (RFC 9449 §8.1); undefined when there is none, or none that can be sent. */
export function dpopNonce(headers: Headers): string | undefined {
  const nonce = headers.get("dpop-nonce");
  return nonce !== null && /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(nonce) ? nonce : undefined;
}
