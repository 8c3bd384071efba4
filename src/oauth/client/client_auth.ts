/** Client authentication at the token endpoint, one row a method (RFC 6749 §2.3, RFC 7591 §2). @module */

import { flagsText, type Remedy } from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";
import type { ClientCertificate } from "./client_certificate.ts";

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
  /** True if the server requires `client_id` in the form with Basic too (RFC 6749 §3.2.1). */
  readonly clientIdInForm?: boolean | undefined;
  /** True if `aud` of its assertions is the URL of the endpoint, as before rfc7523bis. */
  readonly audienceIsEndpoint?: boolean | undefined;
  /** True if the server requires `client_secret` in the form, and it has none there (RFC 6749 §2.3.1). */
  readonly hasEmptySecret?: boolean | undefined;
}

/** What the command line of a login leaves out, because it contradicts another credential. */
const NO_SECRET = {
  clientSecret: undefined,
  clientSecretFile: undefined,
  tokenAuthMethod: undefined,
};

const CREDENTIALS = {
  key: {
    valueOf: ({ privateKey }: ClientCredentials) => privateKey,
    name: "private key",
    missing: "private_key_missing",
    flags: { privateKeyFile: "<path>", ...NO_SECRET },
    reference: "RFC 8414 §2",
  },
  certificate: {
    valueOf: ({ certificate }: ClientCredentials) => certificate,
    name: "client certificate",
    missing: "client_certificate_missing",
    flags: { clientCert: "<path>", clientKey: "<path>", ...NO_SECRET },
    reference: "RFC 8414 §2; RFC 8705 §2",
  },
  secret: {
    valueOf: ({ clientSecret }: ClientCredentials) => clientSecret,
    name: "client secret",
    missing: "client_secret_missing",
    flags: { ...NO_SECRET, clientSecretFile: "<path>" },
    reference: "RFC 8414 §2",
  },
} as const;

type Credential = keyof typeof CREDENTIALS;

interface MethodRow {
  readonly needs?: Credential;
  /** True if the certificate has to be one of an authority. */
  readonly authority?: boolean;
  /** Is called with a client that has the credential. */
  authenticate(
    client: ClientCredentials,
    body: URLSearchParams,
    headers: Headers,
  ): void | Promise<void>;
}

/** The TLS handshake authenticates the client (RFC 8705 §2). */
function nameClient({ clientId }: ClientCredentials, body: URLSearchParams): void {
  body.set("client_id", clientId);
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

/** In order of preference for a client that has a secret or a key. */
const METHODS = {
  private_key_jwt: {
    needs: "key",
    authenticate: (client, body) => assert(client, { jwk: client.privateKey ?? "" }, body),
  },
  tls_client_auth: { needs: "certificate", authority: true, authenticate: nameClient },
  self_signed_tls_client_auth: { needs: "certificate", authenticate: nameClient },
  client_secret_basic: {
    needs: "secret",
    // `-._*` are not encoded (RFC 6749 §2.3.1): servers that do not decode would see another client.
    authenticate({ clientId, clientSecret = "", clientIdInForm }, body, headers) {
      // Not by default: some servers count it as a second authentication.
      if (clientIdInForm) body.set("client_id", clientId);
      const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
      headers.set("authorization", `Basic ${new TextEncoder().encode(credentials).toBase64()}`);
    },
  },
  client_secret_post: {
    needs: "secret",
    authenticate({ clientId, clientSecret = "" }, body) {
      body.set("client_id", clientId);
      body.set("client_secret", clientSecret);
    },
  },
  client_secret_jwt: {
    needs: "secret",
    authenticate: (client, body) => assert(client, { secret: client.clientSecret ?? "" }, body),
  },
  none: {
    // A grant that is not bound to a client (RFC 7523 §3.1) has none to name.
    authenticate({ clientId }, body) {
      if (clientId !== "") body.set("client_id", clientId);
    },
  },
} as const satisfies Readonly<Record<string, MethodRow>>;

export type ClientAuthMethod = keyof typeof METHODS;

const rowOf = (method: ClientAuthMethod): MethodRow => METHODS[method];

export const CLIENT_AUTH_METHODS = Object.keys(METHODS) as readonly ClientAuthMethod[];

export function isClientAuthMethod(value: unknown): value is ClientAuthMethod {
  return CLIENT_AUTH_METHODS.some((method) => method === value);
}

export function needsSecret(method: ClientAuthMethod): boolean {
  return rowOf(method).needs === "secret";
}

/** True for a method whose credential is a JWT (RFC 7523 §2.2). */
export function isAssertion(method: ClientAuthMethod): boolean {
  return method === "private_key_jwt" || method === "client_secret_jwt";
}

export function needsCertificate(method: string): boolean {
  return isClientAuthMethod(method) && rowOf(method).needs === "certificate";
}

function canUse(method: ClientAuthMethod, client: ClientCredentials): boolean {
  const { needs, authority } = rowOf(method);
  return needs === undefined ||
    CREDENTIALS[needs].valueOf(client) !== undefined &&
      !(authority && client.certificate?.facts.selfSigned);
}

export async function authenticateClient(
  method: ClientAuthMethod,
  client: ClientCredentials,
  body: URLSearchParams,
  headers: Headers,
): Promise<void> {
  const { needs, authenticate } = rowOf(method);
  if (needs !== undefined && CREDENTIALS[needs].valueOf(client) === undefined) {
    const { missing, name, flags: loginFlags } = CREDENTIALS[needs];
    const message = `the client ${quoted(client.clientId)} has to authenticate with ${method}, ` +
      `which needs a ${name}`;
    throw new Failure(missing, message, {
      kind: "usage",
      remedy: `Give the ${name}`,
      loginFlags,
    });
  }
  await authenticate(client, body, headers);
  if (client.hasEmptySecret) body.set("client_secret", "");
}

function isPublic(client: ClientCredentials): boolean {
  return Object.values(CREDENTIALS).every(({ valueOf }) => valueOf(client) === undefined);
}

/**
 * Chooses the method of a client that exists: the wanted one, else `none` for a client without
 * credentials, else the first listed one that it can use, else the default of RFC 8414 §2. Many
 * servers have public clients and do not list `none`.
 *
 * @param supported `token_endpoint_auth_methods_supported`.
 * @param confidential True if the grant needs a client with credentials (client credentials).
 */
export function chooseAuthMethod(
  client: ClientCredentials,
  supported: readonly string[] | undefined,
  wanted?: ClientAuthMethod,
  confidential = false,
): ClientAuthMethod {
  if (wanted !== undefined) return wanted;
  if (!confidential && isPublic(client)) return "none";
  if (supported === undefined) {
    if (client.privateKey !== undefined) return "private_key_jwt";
    // Without a secret, the request is the same for a client that only binds its tokens.
    return client.clientSecret === undefined ? "none" : "client_secret_basic";
  }
  const listed = CLIENT_AUTH_METHODS.filter((method) => supported.includes(method));
  const fitting = listed.find((method) => canUse(method, client));
  // A client with a secret is confidential, even if the server lists public clients only.
  if (fitting === "none" && client.clientSecret !== undefined) return "client_secret_basic";
  if (fitting !== undefined) return fitting;
  const names = printable(supported.join(", "), 300);
  for (const need of ["key", "certificate", "secret"] as const) {
    const { valueOf, missing, name, flags: loginFlags, reference } = CREDENTIALS[need];
    if (valueOf(client) === undefined && listed.some((method) => rowOf(method).needs === need)) {
      const message = `the token endpoint accepts ${names}, and no ${name} was given`;
      const remedy = `Give the ${name}`;
      throw new Failure(missing, message, { kind: "usage", remedy, loginFlags, reference });
    }
  }
  throw new Failure(
    "no_common_auth_method",
    `the token endpoint accepts only ${names || "nothing"}, none of which this client can use`,
    {
      remedy: `Authorization server: accept one of ${
        CLIENT_AUTH_METHODS.join(", ")
      } for this client`,
      reference: "RFC 8414 §2",
    },
  );
}

/**
 * The method to try after a refusal of `current`: another way to send the secret.
 *
 * @param supported `token_endpoint_auth_methods_supported`.
 */
export function nextAuthMethod(
  client: ClientCredentials,
  current: ClientAuthMethod,
  supported: readonly string[] = ["client_secret_post", "client_secret_basic"],
): ClientAuthMethod | undefined {
  const others = CLIENT_AUTH_METHODS.filter((method) =>
    method !== current && needsSecret(method) && canUse(method, client)
  );
  if (current === "none" && others.includes("client_secret_post")) return "client_secret_post";
  return others.find((method) => supported.includes(method));
}

/** How to give a client without credentials what a server lists; undefined if it lists nothing. */
export function credentialRemedy(supported: readonly string[] = []): Remedy | undefined {
  const needed = new Set(supported.filter(isClientAuthMethod).map((method) => rowOf(method).needs));
  const [first, ...others] = Object.entries(CREDENTIALS)
    .filter(([need]) => needed.has(need as Credential)).map(([, row]) => row).toReversed();
  if (first === undefined) return undefined;
  const or = others.map(({ name, flags }) => `with a ${name}, add ${flagsText(flags)}`);
  return {
    remedy: [...or, `with a ${first.name}, add it`].join("; "),
    loginFlags: first.flags,
  };
}

/**
 * Chooses the method to register; a certificate is preferred to secrets. A secret in the form is
 * preferred to Basic: some servers require `client_id` in the form with Basic too, or a secret in the
 * form of a revocation, and servers disagree about encoding in Basic.
 *
 * @param supported Undefined means `client_secret_basic` (RFC 8414 §2).
 * @param confidential True if the grant needs a secret (client credentials).
 */
export function chooseRegistrationMethod(
  supported: readonly string[] = ["client_secret_basic"],
  confidential: boolean,
  wanted?: ClientAuthMethod,
  certificate?: ClientCertificate,
): ClientAuthMethod {
  if (wanted !== undefined) return wanted;
  const listed = CLIENT_AUTH_METHODS.filter((method) => supported.includes(method));
  const certified = listed.find((method) =>
    needsCertificate(method) && canUse(method, { clientId: "", certificate })
  );
  if (certified !== undefined) return certified;
  if (!confidential && listed.includes("none")) return "none";
  if (listed.includes("client_secret_post")) return "client_secret_post";
  return listed.find(needsSecret) ?? (confidential ? "client_secret_basic" : "none");
}
