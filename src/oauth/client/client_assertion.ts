/** `private_key_jwt` and `client_secret_jwt` (RFC 7523 §2.2, §3; audience: rfc7523bis). @module */

import {
  chooseAlgorithm,
  createJwtId,
  keyIdOf,
  type SigningKey,
  signJwt,
} from "../common/signing.ts";

const LIFETIME_S = 60;

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface AssertionParts {
  /** `iss` and `sub`. */
  readonly clientId: string;
  /** `aud`: the issuer of the authorization server, as one string. */
  readonly audience: string;
  readonly key: SigningKey;
  readonly algorithm?: string | undefined;
}

export async function addClientAssertion(
  body: URLSearchParams,
  { clientId, audience, key, algorithm }: AssertionParts,
): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const kid = "jwk" in key ? keyIdOf(key.jwk) : undefined;
  const assertion = await signJwt(
    { typ: "client-authentication+jwt", ...(kid === undefined ? {} : { kid }) },
    {
      iss: clientId,
      sub: clientId,
      aud: audience,
      jti: createJwtId(),
      iat: now,
      exp: now + LIFETIME_S,
    },
    key,
    algorithm ?? chooseAlgorithm(key, undefined, ""),
  );
  body.set("client_id", clientId);
  body.set("client_assertion_type", ASSERTION_TYPE);
  body.set("client_assertion", assertion);
}
