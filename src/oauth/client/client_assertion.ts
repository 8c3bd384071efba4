/** `private_key_jwt` and `client_secret_jwt` (RFC 7523 §2.2, §3; audience: rfc7523bis). @module */

import { chooseAlgorithm, keyIdOf, type SigningKey, signJwt } from "../common/signing.ts";

const LIFETIME_S = 60;

interface AssertionParts {
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
  const assertion = await signJwt(
    { typ: "client-authentication+jwt", kid: "jwk" in key ? keyIdOf(key.jwk) : undefined },
    { iss: clientId, sub: clientId, aud: audience },
    key,
    algorithm ?? chooseAlgorithm(key, undefined, ""),
    LIFETIME_S,
  );
  body.set("client_id", clientId);
  body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  body.set("client_assertion", assertion);
}
