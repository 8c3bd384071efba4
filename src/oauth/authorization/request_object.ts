/** Signed authorization requests (JAR, RFC 9101). @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { chooseAlgorithm, keyIdOf, type PrivateJwk, signJwt } from "../common/signing.ts";

/** The server reads the request object before the person signs in. */
const LIFETIME_S = 300;

interface RequestSigner {
  readonly clientId: string;
  /** `aud`: the authorization server. */
  readonly issuer: string;
  readonly key: PrivateJwk | undefined;
  readonly algorithms: readonly string[] | undefined;
}

export function requestKeyFailure(issuer: string): Failure {
  const remedy = "Register a public key for the client there, and sign in with " +
    "--client-id <id> --private-key-file <path>";
  return new Failure(
    "request_object_key_missing",
    `${quoted(issuer)} accepts only signed authorization requests ` +
      '("require_signed_request_object"), and no private key was given',
    { kind: "usage", remedy, reference: "RFC 9101 §10.5" },
  );
}

/** Signs an authorization request; the result replaces its parameters. */
export async function signedRequest(
  parameters: readonly (readonly [name: string, value: string])[],
  { clientId, issuer, key, algorithms }: RequestSigner,
): Promise<readonly (readonly [name: string, value: string])[]> {
  if (key === undefined) throw requestKeyFailure(issuer);
  const algorithm = chooseAlgorithm(
    { jwk: key },
    algorithms,
    "request_object_signing_alg_values_supported",
  );
  const request = await signJwt(
    { typ: "oauth-authz-req+jwt", kid: keyIdOf(key) },
    { ...Object.fromEntries(parameters), iss: clientId, aud: issuer },
    { jwk: key },
    algorithm,
    LIFETIME_S,
  );
  return [["client_id", clientId], ["request", request]];
}
