/**
 * The clients of the hand-made authorization server: who they are and how they prove it.
 *
 * @module
 */

import type { LabAuthMethod, LabClient } from "./authorization_server_options.ts";
import { formOf, headerOf } from "./journal.ts";
import type { RecordedRequest } from "./journal.ts";

/** An OAuth error answer in the making. */
export class Refused extends Error {
  /** HTTP status. */
  readonly status: number;
  /** `error`. */
  readonly code: string;

  /** The message becomes `error_description`. */
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A client as the server knows it. */
export interface KnownClient {
  /** `client_id`. */
  readonly id: string;
  /** `client_secret`. */
  readonly secret?: string;
  /** Token endpoint authentication. */
  readonly method: LabAuthMethod;
  /** Redirect URIs. */
  readonly redirectUris: readonly string[];
  /** Whether a loopback redirect URI may use any port. */
  readonly anyPort: boolean;
  /** Grant types. */
  readonly grantTypes: readonly string[];
}

/** What the list of clients is made from. */
export interface ClientOptions {
  /** Clients known beforehand. */
  readonly clients?: readonly LabClient[];
  /** Client ID metadata documents by URL. */
  readonly clientDocuments?: Readonly<Record<string, object>>;
  /** Methods offered to registrations. */
  readonly authMethods: readonly LabAuthMethod[];
}

/** The clients of one server. */
export interface Clients {
  /** Looks one up. */
  find(id: string): KnownClient | undefined;
  /** Registers one (RFC 7591); the answer's body. */
  register(request: RecordedRequest): Record<string, unknown>;
  /** Forgets one, as servers do after a while. */
  forget(id: string): void;
  /** Who makes a token request; checks the proof. */
  authenticate(request: RecordedRequest): KnownClient;
  /** Ids in the order of registration. */
  readonly registered: readonly string[];
}

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(?=\/|$)/;

/** Compares a redirect URI with the registered ones. */
export function redirectAllowed(client: KnownClient, uri: string): boolean {
  const portless = (value: string) => value.replace(LOOPBACK, "http://$1");
  return client.redirectUris.some((known) =>
    known === uri ||
    (client.anyPort && LOOPBACK.test(uri) && portless(known) === portless(uri))
  );
}

function formDecode(text: string): string {
  return new URLSearchParams(`value=${text}`).get("value") ?? "";
}

function strings(value: unknown, fallback: readonly string[]): readonly string[] {
  return Array.isArray(value) ? value.map(String) : fallback;
}

/** The proof in a token request: exactly one of header, body and none. */
function proof(request: RecordedRequest): { method: LabAuthMethod; id: string; secret: string } {
  const form = formOf(request);
  const [scheme = "", basic] = headerOf(request, "authorization")?.split(" ") ?? [];
  const inBody = form.get("client_secret");
  if (basic !== undefined && inBody !== null) {
    throw new Refused("invalid_request", "two ways of client authentication in one request");
  }
  if (basic !== undefined) {
    const [id = "", secret = ""] = scheme.toLowerCase() === "basic"
      ? atob(basic).split(":").map(formDecode)
      : [];
    if (form.get("client_id") !== null && form.get("client_id") !== id) {
      throw new Refused(
        "invalid_request",
        "client_id in the body differs from the one in the header",
      );
    }
    return { method: "client_secret_basic", id, secret };
  }
  const id = form.get("client_id") ?? "";
  if (form.has("client_assertion")) return { method: "private_key_jwt", id, secret: "" };
  return { method: inBody === null ? "none" : "client_secret_post", id, secret: inBody ?? "" };
}

/** Opens the list. */
export function openClients(options: ClientOptions): Clients {
  const known = new Map<string, KnownClient>();
  const registered: string[] = [];
  for (const client of options.clients ?? []) {
    known.set(client.clientId, {
      id: client.clientId,
      ...(client.clientSecret && { secret: client.clientSecret }),
      method: client.authMethod ?? (client.clientSecret ? "client_secret_basic" : "none"),
      redirectUris: client.redirectUris ?? ["http://127.0.0.1/callback"],
      anyPort: true,
      grantTypes: client.grantTypes ?? ["authorization_code", "refresh_token"],
    });
  }
  for (const [id, document] of Object.entries(options.clientDocuments ?? {})) {
    const { redirect_uris, grant_types } = document as Record<string, unknown>;
    known.set(id, {
      id,
      method: "none",
      redirectUris: strings(redirect_uris, []),
      anyPort: true,
      grantTypes: strings(grant_types, ["authorization_code"]),
    });
  }

  function metadataOf(request: RecordedRequest): Record<string, unknown> {
    if (!headerOf(request, "content-type")?.startsWith("application/json")) {
      throw new Refused("invalid_client_metadata", "a registration is JSON");
    }
    try {
      return JSON.parse(request.body);
    } catch {
      throw new Refused("invalid_client_metadata", "the registration is no JSON");
    }
  }

  return {
    registered,
    find: (id) => known.get(id),
    forget: (id) => void known.delete(id),
    register(request) {
      const wanted = metadataOf(request);
      const redirectUris = strings(wanted["redirect_uris"], []);
      const method = String(wanted["token_endpoint_auth_method"] ?? "client_secret_basic");
      const grantTypes = strings(wanted["grant_types"], ["authorization_code"]);
      if (redirectUris.length === 0 && grantTypes.includes("authorization_code")) {
        throw new Refused("invalid_redirect_uri", "redirect_uris is missing");
      }
      const bad = redirectUris.find((uri) =>
        !uri.startsWith("https://") &&
        !(LOOPBACK.test(uri) && wanted["application_type"] === "native")
      );
      if (bad !== undefined) {
        throw new Refused(
          "invalid_redirect_uri",
          `redirect_uris: ${bad} is neither https nor loopback of a native client`,
        );
      }
      const offered = options.authMethods.find((name) => name === method);
      if (offered === undefined) {
        throw new Refused("invalid_client_metadata", `${method} is not offered`);
      }
      const client: KnownClient = {
        id: `client-${crypto.randomUUID()}`,
        // Reserved characters on purpose: a client that does not encode them fails
        ...(offered !== "none" && { secret: `s:+/%&=? ${crypto.randomUUID()}` }),
        method: offered,
        redirectUris,
        anyPort: false,
        grantTypes,
      };
      known.set(client.id, client);
      registered.push(client.id);
      return {
        ...wanted,
        client_id: client.id,
        client_id_issued_at: Math.floor(Date.now() / 1000),
        ...(client.secret && { client_secret: client.secret, client_secret_expires_at: 0 }),
        token_endpoint_auth_method: offered,
        grant_types: client.grantTypes,
      };
    },
    authenticate(request) {
      const given = proof(request);
      const client = known.get(given.id);
      if (client === undefined) throw new Refused("invalid_client", "unknown client", 401);
      if (client.method !== given.method) {
        throw new Refused(
          "invalid_client",
          `the client authenticated with ${given.method}, registered is ${client.method}`,
          401,
        );
      }
      if ((client.secret ?? "") !== given.secret) {
        throw new Refused("invalid_client", "wrong client secret", 401);
      }
      return client;
    },
  };
}
