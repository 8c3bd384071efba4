/**
 * Client authentication at the token endpoint, one row a method (RFC 6749 §2.3, RFC 7591 §2).
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { printable, quoted } from "../core/text.ts";

/** Methods this client can use. */
export type ClientAuthMethod = "none" | "client_secret_basic" | "client_secret_post";

/** What authenticates a client. */
export interface ClientCredentials {
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when there is one. */
  readonly clientSecret?: string | undefined;
}

interface MethodRow {
  readonly method: ClientAuthMethod;
  readonly needsSecret: boolean;
  /** Adds what the method sends to the request. */
  readonly authenticate: (
    client: ClientCredentials,
    body: URLSearchParams,
    headers: Headers,
  ) => void | Promise<void>;
}

function secretOf(client: ClientCredentials, method: ClientAuthMethod): string {
  if (client.clientSecret !== undefined) return client.clientSecret;
  throw new Failure(
    "client_secret_missing",
    `the client ${
      quoted(client.clientId)
    } has to authenticate with ${method}, which needs a client secret`,
    {
      kind: "usage",
      remedy: "Give the secret with --client-secret-file <path> or MCPASS_CLIENT_SECRET",
    },
  );
}

/** `application/x-www-form-urlencoded` of one value (RFC 6749 App. B). */
function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/**
 * The `Authorization` value of `client_secret_basic` (RFC 6749 §2.3.1). Characters
 * that form-encoding leaves alone (`-`, `.`, `_`, `*`) stay as they are: servers that do not decode
 * would take `a%2Db` for another client.
 */
function basicCredentials(clientId: string, secret: string): string {
  const credentials = `${formEncoded(clientId)}:${formEncoded(secret)}`;
  return `Basic ${new TextEncoder().encode(credentials).toBase64()}`;
}

/** The table, in order of preference for a client that has a secret. */
const METHODS: readonly MethodRow[] = [
  {
    method: "client_secret_basic",
    needsSecret: true,
    authenticate: (client, _body, headers) =>
      headers.set(
        "authorization",
        basicCredentials(client.clientId, secretOf(client, "client_secret_basic")),
      ),
  },
  {
    method: "client_secret_post",
    needsSecret: true,
    authenticate: (client, body) => {
      body.set("client_id", client.clientId);
      body.set("client_secret", secretOf(client, "client_secret_post"));
    },
  },
  {
    method: "none",
    needsSecret: false,
    authenticate: (client, body) => body.set("client_id", client.clientId),
  },
];

/** Every method, in order of preference. */
export const CLIENT_AUTH_METHODS: readonly ClientAuthMethod[] = METHODS.map((row) => row.method);

/** True for a method of the table. */
export function isClientAuthMethod(value: unknown): value is ClientAuthMethod {
  return METHODS.some((row) => row.method === value);
}

/** True when the method sends a secret. */
export function needsSecret(method: ClientAuthMethod): boolean {
  return METHODS.some((row) => row.method === method && row.needsSecret);
}

/**
 * Adds a client's authentication to a token request.
 *
 * @throws Failure `client_secret_missing` when the method needs a secret and there is none.
 */
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
 * Chooses the method for a client that was not registered just now: the one asked for, else the
 * first one the server lists that fits, else RFC 8414's default (fact order: RFC 8414 §2).
 *
 * @param supported `token_endpoint_auth_methods_supported`, or undefined when absent.
 * @throws Failure `no_common_auth_method` when the server lists only methods this client has not.
 */
export function chooseAuthMethod(
  client: ClientCredentials,
  supported: readonly string[] | undefined,
  wanted?: ClientAuthMethod,
): ClientAuthMethod {
  if (wanted !== undefined) return wanted;
  const hasSecret = client.clientSecret !== undefined;
  if (supported === undefined) return hasSecret ? "client_secret_basic" : "none";
  const fitting = METHODS.find((row) =>
    supported.includes(row.method) && (hasSecret || !row.needsSecret)
  );
  if (fitting !== undefined) return fitting.method;
  const listed = printable(supported.join(", "), 300);
  if (supported.some(isClientAuthMethod)) {
    throw new Failure(
      "client_secret_missing",
      `the token endpoint accepts ${listed}, and no client secret was given`,
      {
        kind: "usage",
        remedy: "Give the secret with --client-secret-file <path> or MCPASS_CLIENT_SECRET",
        reference: "RFC 8414 §2",
      },
    );
  }
  throw new Failure(
    "no_common_auth_method",
    `the token endpoint accepts only ${listed || "nothing"}, none of which this client can use`,
    {
      remedy: `The server has to accept one of ${CLIENT_AUTH_METHODS.join(", ")} for this client`,
      reference: "RFC 8414 §2, token_endpoint_auth_methods_supported",
    },
  );
}

/**
 * Chooses the method to ask for in a dynamic registration.
 *
 * @param supported As announced; undefined means `client_secret_basic` (RFC 8414 §2).
 * @param confidential True when the grant needs a secret (client credentials).
 */
export function chooseRegistrationMethod(
  supported: readonly string[] | undefined,
  confidential: boolean,
  wanted?: ClientAuthMethod,
): ClientAuthMethod {
  if (wanted !== undefined) return wanted;
  const listed = supported ?? ["client_secret_basic"];
  if (!confidential && listed.includes("none")) return "none";
  const fitting = METHODS.find((row) => row.needsSecret && listed.includes(row.method));
  return fitting?.method ?? (confidential ? "client_secret_basic" : "none");
}
