/** Client authentication at the token endpoint, one row a method (RFC 6749 §2.3, RFC 7591 §2). @module */

import { Failure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";
import type { ClientCertificate } from "./client_certificate.ts";

export type ClientAuthMethod =
  | "none"
  | "client_secret_basic"
  | "client_secret_post"
  | "client_secret_jwt"
  | "private_key_jwt"
  | "self_signed_tls_client_auth"
  | "tls_client_auth";

export const SECRET_SOURCES = ["given", "issued"] as const;

/** A secret that the person gave is never printed; the server may issue one (RFC 7591 §3.2.1). */
export type SecretSource = (typeof SECRET_SOURCES)[number];

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly certificate?: ClientCertificate | undefined;
  /** Algorithm of its assertions; absent: the first of the key. */
  readonly assertionAlgorithm?: string | undefined;
  readonly issuer?: string | undefined;
}

type Credential = "secret" | "key" | "authority" | "certificate" | undefined;

interface MethodRow {
  readonly method: ClientAuthMethod;
  readonly needs: Credential;
  readonly authenticate: (
    client: ClientCredentials,
    body: URLSearchParams,
    headers: Headers,
  ) => void | Promise<void>;
}

const MISSING = {
  secret: [
    "client_secret_missing",
    "client secret",
    "Give the secret with --client-secret-file <path> or MCPASS_CLIENT_SECRET",
  ],
  key: ["private_key_missing", "private key", "Give the key with --private-key-file <path>"],
  certificate: [
    "client_certificate_missing",
    "client certificate",
    "Give the certificate and its key with --client-cert <path> --client-key <path>",
  ],
} as const;

function missing(
  what: keyof typeof MISSING,
  message: (name: string) => string,
  reference?: string,
): Failure {
  const [code, name, remedy] = MISSING[what];
  return new Failure(code, message(name), { kind: "usage", remedy, reference });
}

function requireCredential<T>(
  value: T | undefined,
  what: keyof typeof MISSING,
  { clientId }: ClientCredentials,
  method: ClientAuthMethod,
): T {
  if (value !== undefined) return value;
  const client = `the client ${quoted(clientId)}`;
  throw missing(
    what,
    (name) => `${client} has to authenticate with ${method}, which needs a ${name}`,
  );
}

function secretOf(client: ClientCredentials, method: ClientAuthMethod): string {
  return requireCredential(client.clientSecret, "secret", client, method);
}

/** The TLS handshake authenticates the client (RFC 8705 §2). */
function nameCertified(
  client: ClientCredentials,
  body: URLSearchParams,
  method: ClientAuthMethod,
): void {
  requireCredential(client.certificate, "certificate", client, method);
  body.set("client_id", client.clientId);
}

async function assert(
  client: ClientCredentials,
  key: { readonly jwk: string } | { readonly secret: string },
  body: URLSearchParams,
): Promise<void> {
  const { clientId, issuer: audience = "", assertionAlgorithm: algorithm } = client;
  const { addClientAssertion } = await import("./client_assertion.ts");
  await addClientAssertion(body, { clientId, audience, key, algorithm });
}

/** `application/x-www-form-urlencoded` of one value (RFC 6749 App. B). */
function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/** `client_secret_basic` (RFC 6749 §2.3.1). `-._*` are not encoded: servers that do not decode would see another client. */
function basicCredentials(clientId: string, secret: string): string {
  const credentials = `${formEncoded(clientId)}:${formEncoded(secret)}`;
  return `Basic ${new TextEncoder().encode(credentials).toBase64()}`;
}

/** In order of preference for a client that has a secret or a key. */
const METHODS: readonly MethodRow[] = [
  {
    method: "private_key_jwt",
    needs: "key",
    authenticate: (client, body) =>
      assert(
        client,
        { jwk: requireCredential(client.privateKey, "key", client, "private_key_jwt") },
        body,
      ),
  },
  {
    method: "tls_client_auth",
    needs: "authority",
    authenticate: (client, body) => nameCertified(client, body, "tls_client_auth"),
  },
  {
    method: "self_signed_tls_client_auth",
    needs: "certificate",
    authenticate: (client, body) => nameCertified(client, body, "self_signed_tls_client_auth"),
  },
  {
    method: "client_secret_basic",
    needs: "secret",
    authenticate: (client, _body, headers) =>
      headers.set(
        "authorization",
        basicCredentials(client.clientId, secretOf(client, "client_secret_basic")),
      ),
  },
  {
    method: "client_secret_post",
    needs: "secret",
    authenticate: (client, body) => {
      body.set("client_id", client.clientId);
      body.set("client_secret", secretOf(client, "client_secret_post"));
    },
  },
  {
    method: "client_secret_jwt",
    needs: "secret",
    authenticate: (client, body) =>
      assert(client, { secret: secretOf(client, "client_secret_jwt") }, body),
  },
  {
    method: "none",
    needs: undefined,
    // A grant that is not bound to a client (RFC 7523 §3.1) has none to name.
    authenticate: (client, body) => {
      if (client.clientId !== "") body.set("client_id", client.clientId);
    },
  },
];

export const CLIENT_AUTH_METHODS: readonly ClientAuthMethod[] = METHODS.map((row) => row.method);

export function isClientAuthMethod(value: unknown): value is ClientAuthMethod {
  return METHODS.some((row) => row.method === value);
}

export function needsCertificate(method: string): boolean {
  return METHODS.some((row) =>
    row.method === method && (row.needs === "certificate" || row.needs === "authority")
  );
}

/** A certificate of an authority fits both methods for certificates. */
const HAS: Readonly<
  Record<Exclude<Credential, undefined>, (client: ClientCredentials) => boolean>
> = {
  key: ({ privateKey }) => privateKey !== undefined,
  secret: ({ clientSecret }) => clientSecret !== undefined,
  certificate: ({ certificate }) => certificate !== undefined,
  authority: ({ certificate }) => certificate !== undefined && !certificate.facts.selfSigned,
};

export function needsSecret(method: ClientAuthMethod): boolean {
  return METHODS.some((row) => row.method === method && row.needs === "secret");
}

/** Adds the client authentication to a token request. */
export async function authenticateClient(
  method: ClientAuthMethod,
  client: ClientCredentials,
  body: URLSearchParams,
  headers: Headers,
): Promise<void> {
  const row = METHODS.find((candidate) => candidate.method === method);
  if (row === undefined) throw new RangeError(`no client authentication method "${method}"`);
  await row.authenticate(client, body, headers);
}

/**
 * Chooses the method of a client that exists: the wanted one, else the first listed one that it can
 * use, else the default of RFC 8414 §2.
 *
 * @param supported `token_endpoint_auth_methods_supported`.
 */
export function chooseAuthMethod(
  client: ClientCredentials,
  supported: readonly string[] | undefined,
  wanted?: ClientAuthMethod,
): ClientAuthMethod {
  if (wanted !== undefined) return wanted;
  const has = (need: Credential) => need === undefined || HAS[need](client);
  if (supported === undefined) {
    if (has("key")) return "private_key_jwt";
    if (has("secret")) return "client_secret_basic";
    // Nothing is announced, and the request is the same for a client that only binds its tokens.
    return "none";
  }
  const fitting = METHODS.find((row) => supported.includes(row.method) && has(row.needs));
  if (fitting !== undefined) return fitting.method;
  const listed = printable(supported.join(", "), 300);
  const without = (name: string) =>
    `the token endpoint accepts ${listed}, and no ${name} was given`;
  if (client.privateKey === undefined && supported.includes("private_key_jwt")) {
    throw missing("key", without, "RFC 8414 §2");
  }
  if (client.certificate === undefined && supported.some(needsCertificate)) {
    throw missing("certificate", without, "RFC 8414 §2; RFC 8705 §2");
  }
  if (METHODS.some((row) => row.needs === "secret" && supported.includes(row.method))) {
    throw missing("secret", without, "RFC 8414 §2");
  }
  throw new Failure(
    "no_common_auth_method",
    `the token endpoint accepts only ${listed || "nothing"}, none of which this client can use`,
    {
      remedy: `The server has to accept one of ${CLIENT_AUTH_METHODS.join(", ")} for this client`,
      reference: "RFC 8414 §2",
    },
  );
}

/**
 * Chooses the method to register; a certificate is preferred to secrets.
 *
 * @param supported Undefined means `client_secret_basic` (RFC 8414 §2).
 * @param confidential True if the grant needs a secret (client credentials).
 */
export function chooseRegistrationMethod(
  supported: readonly string[] | undefined,
  confidential: boolean,
  wanted?: ClientAuthMethod,
  certificate?: ClientCertificate,
): ClientAuthMethod {
  if (wanted !== undefined) return wanted;
  const listed = supported ?? ["client_secret_basic"];
  const certified = METHODS.find((row) =>
    needsCertificate(row.method) && listed.includes(row.method) && row.needs !== undefined &&
    HAS[row.needs]({ clientId: "", certificate })
  );
  if (certified !== undefined) return certified.method;
  if (!confidential && listed.includes("none")) return "none";
  const fitting = METHODS.find((row) => row.needs === "secret" && listed.includes(row.method));
  return fitting?.method ?? (confidential ? "client_secret_basic" : "none");
}
