/**
 * What the parts of the audit lab share: its addresses, clients, grants and switches.
 *
 * @module
 */

import type { JWK } from "jose";
import type { RecordedRequest } from "../journal.ts";
import type { LabKeys } from "./keys.ts";

/** Which protocol eras the MCP server speaks. */
export type LabProtocol = "both" | "stateless" | "initialize";

/** Optional features; each default is `true` unless it says otherwise. */
export interface LabFeatures {
  /** Dynamic client registration. */
  readonly registration?: boolean;
  /** RFC 7592: registered clients can be read and deleted. */
  readonly management?: boolean;
  /** Client ID metadata documents. */
  readonly clientDocuments?: boolean;
  readonly refresh?: boolean;
  readonly revocation?: boolean;
  readonly introspection?: boolean;
  readonly dpop?: boolean;
  /** `openid`: ID tokens. */
  readonly openid?: boolean;
  /** Pushed authorization requests; default neither. */
  readonly par?: "offered" | "required";
}

/** Options of `startAuditLab`. */
export interface AuditLabOptions {
  /** Ids of the checks that have to fail; each breaks the server in that point alone. */
  readonly broken?: readonly string[];
  /** Kind of the access tokens; default `jwt`. */
  readonly tokens?: "jwt" | "opaque";
  /** Path of the issuer; default none. */
  readonly issuerPath?: string;
  /** Default `both`. */
  readonly protocol?: LabProtocol;
  /** Whether the authorization endpoint consents at once or shows a page; default `auto`. */
  readonly consent?: "auto" | "page";
  /** Milliseconds since the epoch; default the real time. */
  readonly now?: () => number;
  /** What it offers. */
  readonly supports?: LabFeatures;
  /** False: a token that is requested without a resource has no audience, and is refused. */
  readonly defaultAudience?: boolean;
  /** Seconds that an access token lives; default 3600. */
  readonly tokenLifetime?: number;
  /** Refuses registrations beyond this many a minute with 429; default no limit. */
  readonly registrationsPerMinute?: number;
  /** Serves both by https, and binds tokens to client certificates (RFC 8705); default http. */
  readonly tls?: boolean;
}

/** How a client authenticates. */
export type ClientMethod =
  | "none"
  | "client_secret_basic"
  | "client_secret_post"
  | "private_key_jwt";

export interface AuditClient {
  readonly id: string;
  readonly secret?: string;
  readonly method: ClientMethod;
  readonly redirectUris: readonly string[];
  readonly applicationType: "native" | "web";
  readonly grantTypes: readonly string[];
  /** Registered with `dpop_bound_access_tokens`. */
  readonly dpopBound: boolean;
  /** Registered with `tls_client_certificate_bound_access_tokens`. */
  readonly certificateBound?: boolean;
  /** Keys of `private_key_jwt`. */
  readonly jwks?: { readonly keys: readonly JWK[] };
  /** A broken server compares the port of its redirect URIs. */
  readonly exactPorts?: boolean;
  /** Where it is from. */
  readonly source: "configured" | "registered" | "document";
  /** What it registered, as the response says it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** `registration_access_token`. */
  readonly managementToken?: string;
}

/** What a person consented to. */
export interface Grant {
  readonly client: AuditClient;
  readonly scopes: readonly string[];
  /** Audience of its access tokens; absent only in a broken server. */
  readonly resource: string | undefined;
  /** Issuer in whose name it was made. */
  readonly issuer: string;
  /** Everything issued from one authorization shares it. */
  readonly family: string;
  readonly subject: string;
  /** Thumbprint of the DPoP key. */
  readonly jkt?: string;
  /** Thumbprint of the client certificate. */
  readonly certificate?: string;
  readonly nonce?: string;
}

export interface CodeRecord extends Grant {
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly challengeMethod: "S256" | "plain";
  readonly expiresAt: number;
  used: boolean;
}

export interface AccessRecord extends Grant {
  readonly expiresAt: number;
  /** Resource at which a broken server accepts it, whatever its audience is. */
  readonly acceptedAt?: string;
  revoked: boolean;
}

export interface RefreshRecord extends Grant {
  spent: boolean;
  revoked: boolean;
}

/** An issuer with its endpoints: the authorization server, or the MCP server's origin (2025-03-26). */
export interface Site {
  readonly origin: string;
  /** Origin and issuer path: the endpoints are below it. */
  readonly base: string;
  /** Issuer identifier that leads to its metadata. */
  readonly identifier: string;
  /** Issuer identifier as it calls itself; another one only in a broken server. */
  readonly issuer: string;
}

/** A protected resource. */
export interface Resource {
  /** Path at the MCP server. */
  readonly path: string;
  readonly url: string;
  /** Its identifier; not its URL only in a broken server. */
  readonly id: string;
}

export interface AuditState {
  readonly options: AuditLabOptions;
  readonly broken: ReadonlySet<string>;
  readonly now: () => number;
  readonly keys: LabKeys;
  /** Origin of the MCP server. */
  readonly mcpOrigin: string;
  readonly resource: Resource;
  readonly otherResource: Resource;
  readonly authorizationServer: Site;
  /** The MCP server's origin as an authorization server: all that 2025-03-26 knows. */
  readonly ownSite: Site;
  readonly clients: Map<string, AuditClient>;
  /** Ids of deleted clients. */
  readonly deleted: Set<string>;
  readonly codes: Map<string, CodeRecord>;
  readonly access: Map<string, AccessRecord>;
  readonly refresh: Map<string, RefreshRecord>;
  /** Thumbprints of client certificates, by request. */
  readonly certificates: WeakMap<RecordedRequest, string>;
  /** URLs of client ID metadata documents that were fetched. */
  readonly documentFetches: string[];
}

/** Scopes of a first sign-in: the challenge and the resource metadata name them. */
export const FIRST_SCOPES = ["mcp:read", "mcp:notify"] as const;
/** Scopes that the tool `write-thing` needs too. */
export const STEP_UP_SCOPES = ["mcp:write", "mcp:confirm"] as const;

/** Makes `breaks` for the switches of one file. */
export function switchesOf<const Id extends string>(
  { broken }: Pick<AuditState, "broken">,
  _ids: readonly Id[],
): (id: Id) => boolean {
  return (id) => broken.has(id);
}

/** Switches that are asked by several files, each by one function here. */
export const SHARED_SWITCHES = [
  "challenge_names_metadata",
  "challenge_scope",
  "prm_binding",
  "prm_scopes_known",
  "prm_scopes_modest",
  "asm_endpoint_query",
  "asm_offline_listed",
  "authorize_par_enforced",
  "authorize_pkce",
  "exchange_unasked_verifier",
] as const;

/** Whether resource metadata can be found at all. */
export function hasResourceMetadata(state: AuditState): boolean {
  return !switchesOf(state, SHARED_SWITCHES)("challenge_names_metadata");
}

/** Whether challenge and resource metadata name scopes. */
export function namesScopes(state: AuditState): boolean {
  return !switchesOf(state, SHARED_SWITCHES)("challenge_scope");
}

/** Whether the resource metadata demands DPoP, and the authorization server lists no algorithm. */
export function demandsBinding(state: AuditState): boolean {
  return switchesOf(state, SHARED_SWITCHES)("prm_binding");
}

/** Scopes that the resource names and the authorization server does not know; it drops them. */
export function unknownScopes(state: AuditState): string[] {
  return switchesOf(state, SHARED_SWITCHES)("prm_scopes_known") ? ["mcp:unknown"] : [];
}

/** Whether `offline_access` is listed; where it is not, only it leads to a refresh token. */
export function listsOffline(state: AuditState): boolean {
  return !switchesOf(state, SHARED_SWITCHES)("asm_offline_listed");
}

/** Whether the authorization endpoint's URL has a parameter of the protocol in it. */
export function endpointHasResource(state: AuditState): boolean {
  return switchesOf(state, SHARED_SWITCHES)("asm_endpoint_query");
}

/** What the server requires of PKCE. */
export function pkceRules(state: AuditState): {
  /** A code is given only for a challenge. */
  readonly demanded: boolean;
  /** A code without a challenge is exchanged without a verifier. */
  readonly optional: boolean;
  /** A verifier for a code without a challenge is refused. */
  readonly unaskedRefused: boolean;
} {
  const breaks = switchesOf(state, SHARED_SWITCHES);
  const optional = breaks("authorize_pkce");
  const ignored = breaks("exchange_unasked_verifier");
  return { demanded: !optional && !ignored, optional, unaskedRefused: !ignored };
}

/** Scopes that stand for all others. */
export function omnibusScopes(state: AuditState): string[] {
  return switchesOf(state, SHARED_SWITCHES)("prm_scopes_modest") ? ["*"] : [];
}

/** Pushed authorization requests: whether they are offered, and whether plain ones are refused. */
export function pushedRequests(
  state: AuditState,
): { offered: boolean; announced: boolean; enforced: boolean } {
  const { par } = state.options.supports ?? {};
  const forgotten = switchesOf(state, SHARED_SWITCHES)("authorize_par_enforced");
  return {
    offered: par !== undefined || forgotten,
    announced: par === "required" || forgotten,
    enforced: par === "required" && !forgotten,
  };
}

/** Whether a feature is offered. */
export function supports(
  { options }: AuditState,
  feature: Exclude<keyof LabFeatures, "par">,
): boolean {
  return options.supports?.[feature] !== false;
}

/** 256 random bits. */
export function randomValue(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** SHA-256 in base64url. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Ends all tokens of one authorization, or all of a client. */
export function endTokens(state: AuditState, ends: (grant: Grant) => boolean): void {
  for (const record of [...state.access.values(), ...state.refresh.values()]) {
    if (ends(record)) record.revoked = true;
  }
}
