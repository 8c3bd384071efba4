/**
 * The signing keys of the audit lab: one set for all labs of a process.
 *
 * @module
 */

import { exportJWK, exportSPKI, generateKeyPair } from "jose";
import type { CryptoKey, JWK } from "jose";

/** Algorithms that the lab signs and verifies with. */
export const ALGORITHMS = ["ES256", "RS256"] as const;

export interface LabKey {
  readonly alg: typeof ALGORITHMS[number];
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** Public JWK as published. */
  readonly jwk: JWK;
  /** Private JWK. */
  readonly privateJwk: JWK;
  /** SubjectPublicKeyInfo as PEM. */
  readonly pem: string;
}

/** The keys; the first one signs. */
export interface LabKeys {
  readonly keys: readonly [LabKey, LabKey];
  /** A key that the lab never signs with. */
  readonly unused: LabKey;
}

async function makeKey(alg: LabKey["alg"]): Promise<LabKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = crypto.randomUUID();
  const jwk = { ...await exportJWK(publicKey), kid, alg, use: "sig" };
  return {
    alg,
    kid,
    privateKey,
    publicKey,
    jwk,
    privateJwk: await exportJWK(privateKey),
    pem: await exportSPKI(publicKey),
  };
}

let made: Promise<LabKeys> | undefined;

/** The keys of this process. */
export function labKeys(): Promise<LabKeys> {
  return made ??= (async () => {
    const [first, second, unused] = await Promise.all([
      makeKey("ES256"),
      makeKey("RS256"),
      makeKey("ES256"),
    ]);
    return { keys: [first, second], unused };
  })();
}
