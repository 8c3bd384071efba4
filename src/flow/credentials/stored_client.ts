import { pickDefined } from "../../core/pick_defined.ts";
import { quoted } from "../../core/text.ts";
import type { SecretSource } from "../../oauth/client/client_auth.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import { isBoundToKey } from "../../oauth/common/issued_token.ts";
import { splitEntry } from "../../store/entry_codec.ts";
import type { StoredClient, StoredEntry } from "../../store/stored_entry.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Client } from "../context/client.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import { signInNeeded } from "../context/sign_in_needed.ts";
import type { AuthenticationAttempts, TokenClient } from "../token/post_as_client.ts";

/**
 * @throws Failure `client_certificate_unreadable`, `client_certificate_unusable` if the files of
 * its certificate changed.
 */
export async function clientOf(
  entry: StoredEntry,
  note: (message: string) => void = () => {},
): Promise<TokenClient & { readonly attempts: AuthenticationAttempts }> {
  const { client, issuer, namedHosts } = entry;
  const { assertionAlgorithm, audienceIsEndpoint, clientId, clientIdInForm } = client;
  const { clientSecret, privateKey } = client;
  return {
    clientId,
    clientIdInForm,
    audienceIsEndpoint,
    clientSecret,
    privateKey,
    assertionAlgorithm,
    method: client.tokenAuthMethod,
    issuer,
    namedHosts,
    certificate: await certificateOf(entry),
    attempts: { chosenBy: "server", isProven: true, note },
  };
}

export async function certificateOf(entry: StoredEntry): Promise<ClientCertificate | undefined> {
  if (entry.client.certificate === undefined) return undefined;
  return await (await import("../client/certificate_files.ts")).storedCertificate(entry);
}

/**
 * @throws Failure `dpop_key_gone` (of kind `sign_in_needed`): a bound token is never sent without a
 * proof.
 */
export async function tokenSigner(
  entry: StoredEntry,
  secrets: Secrets,
): Promise<DpopSigner | undefined> {
  if (!isBoundToKey(entry.tokens?.tokenType ?? "")) return undefined;
  const signer = await storedSigner(entry, secrets);
  if (signer !== undefined) return signer;
  throw signInNeeded(
    "dpop_key_gone",
    `the token for ${quoted(entry.serverUrl)} is bound to a key that is not stored`,
    entry,
  );
}

/** The signer for requests to the authorization server. */
export async function storedSigner(
  { dpopKey }: StoredEntry,
  secrets: Secrets,
): Promise<DpopSigner | undefined> {
  if (dpopKey === undefined) return undefined;
  const { dpopSigner } = await import("../token/dpop_signer.ts");
  return dpopSigner(dpopKey, secrets);
}

export function secretsOf(entry: StoredEntry): (string | undefined)[] {
  return Object.values(splitEntry(entry).secrets);
}

/** Old entries do not say where a secret comes from, but only DCR issues one. */
export function secretSource(client: StoredClient): SecretSource | undefined {
  if (client.clientSecret === undefined) return undefined;
  return client.clientSecretSource ?? (client.approach === "dcr" ? "issued" : "given");
}

/** A client of a stored sign-in, for another login at the same issuer. */
export function registeredClient(
  { account, client, endpoints, issuer, registeredOnly }: Pick<
    StoredEntry,
    "account" | "client" | "endpoints" | "issuer" | "registeredOnly"
  >,
): Client {
  return {
    account,
    registeredOnly,
    issuer,
    tokenEndpoint: endpoints.token,
    approach: "dcr",
    clientId: client.clientId,
    clientName: client.clientName,
    clientSecret: client.clientSecret,
    clientSecretSource: secretSource(client),
    method: client.tokenAuthMethod,
    clientIdInForm: client.clientIdInForm,
    audienceIsEndpoint: client.audienceIsEndpoint,
    redirectUri: client.redirectUri,
    registeredScope: client.registeredScope,
    registrationUri: client.registrationUri,
    registrationToken: client.registrationToken,
  };
}

export function withClient(entry: StoredEntry, client: Client): StoredEntry {
  const { clientSecret, clientSecretSource, registeredScope } = client;
  const { registrationToken, registrationUri } = client;
  const changed = pickDefined({
    clientSecret,
    clientSecretSource,
    registeredScope,
    registrationToken,
    registrationUri,
  });
  return { ...entry, client: { ...entry.client, ...changed } };
}
