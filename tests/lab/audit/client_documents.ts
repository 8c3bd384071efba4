/**
 * Group F: clients that are known by a document (CIMD).
 *
 * @module
 */

import type { JWK } from "jose";
import { supports, switchesOf } from "./state.ts";
import type { AuditClient, AuditState, ClientMethod } from "./state.ts";

/** Switches of group F; `cimd_key_client` is in `client_authentication.ts`. */
export const DOCUMENT_SWITCHES = [
  "cimd_works",
  "cimd_id_compared",
  "cimd_redirect_compared",
  "cimd_document_checked",
  "cimd_no_shared_secret",
  "cimd_url_rules",
  "cimd_port_free",
  "cimd_no_redirects",
  "cimd_private_refused",
  "cimd_size",
  "cimd_errors_uncached",
] as const;

const LARGEST = 64 * 1024;
const TIMEOUT = 5000;

type Members = Readonly<Record<string, unknown>>;

/** The clients, those with documents too. */
export interface ClientDocuments {
  /** Finds a client; the document of a client ID URL is fetched. */
  find(id: string): Promise<AuditClient | undefined>;
}

function isUrl(id: string): boolean {
  return /^https?:/i.test(id) && URL.canParse(id);
}

/** Loopback hosts from which the lab accepts documents by http, as a server under development does. */
function isDevelopment({ hostname }: URL): boolean {
  return hostname === "127.0.0.1" || hostname === "localhost";
}

function isPrivate({ hostname }: URL): boolean {
  return hostname.startsWith("[") || hostname.endsWith(".localhost") ||
    /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(hostname);
}

/** The URL's own rules (draft-00 §3), judged by its text. */
function followsUrlRules(id: string): boolean {
  const url = new URL(id);
  const path = /^https?:\/\/[^/?#]*([^?#]*)/i.exec(id)?.[1] ?? "";
  const dots = /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path);
  return (url.protocol === "https:" || isDevelopment(url)) && path.length > 1 && !dots &&
    !id.includes("#") && url.username === "" && url.password === "";
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((it) => typeof it === "string");
}

/** Reads a body up to a size; undefined if there is more. */
async function readUpTo(response: Response, largest: number): Promise<string | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largest) return undefined;
    chunks.push(chunk);
  }
  return await new Blob(chunks).text();
}

export function openClientDocuments(state: AuditState): ClientDocuments {
  const breaks = switchesOf(state, DOCUMENT_SWITCHES);
  const failed = new Set<string>();

  async function fetchText(id: string): Promise<string | undefined> {
    state.documentFetches.push(id);
    const follows = breaks("cimd_no_redirects");
    const largest = breaks("cimd_size") ? Infinity : LARGEST;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT);
    try {
      const response = await fetch(id, {
        redirect: follows ? "follow" : "manual",
        headers: { accept: "application/json" },
        signal: stop.signal,
      });
      const tooLarge = Number(response.headers.get("content-length") ?? 0) > largest;
      if (response.status !== 200 || tooLarge) return undefined;
      return await readUpTo(response, largest);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  }

  function mayFetch(id: string): boolean {
    if (!followsUrlRules(id) && !breaks("cimd_url_rules")) return false;
    const url = new URL(id);
    return isDevelopment(url) || !isPrivate(url) || breaks("cimd_private_refused");
  }

  function hasSharedSecret(document: Members): boolean {
    return document["client_secret"] !== undefined ||
      String(document["token_endpoint_auth_method"] ?? "none").startsWith("client_secret");
  }

  function parse(text: string): Members | undefined {
    try {
      const value = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    } catch {
      // not JSON
    }
    return undefined;
  }

  /** The redirect URIs in force; undefined if the document is refused. */
  function redirectsOf(document: Members): readonly string[] | undefined {
    const { redirect_uris: uris, client_name: name } = document;
    const complete = isStringList(uris) && typeof name === "string" && name !== "";
    if (!complete && !breaks("cimd_document_checked")) return undefined;
    if (!isStringList(uris) || breaks("cimd_redirect_compared")) return ["*"];
    return uris;
  }

  function clientOf(id: string, text: string): AuditClient | undefined {
    const document = parse(text) ?? {};
    if (breaks("cimd_works")) return undefined;
    const compared = document["client_id"] === id || parse(text) === undefined;
    if (!compared && !breaks("cimd_id_compared")) return undefined;
    if (hasSharedSecret(document) && !breaks("cimd_no_shared_secret")) return undefined;
    const redirectUris = redirectsOf(document);
    if (redirectUris === undefined) return undefined;
    const keys = document["jwks"] as { keys: JWK[] } | undefined;
    const asked = document["token_endpoint_auth_method"];
    const method: ClientMethod = asked === "private_key_jwt" ? asked : "none";
    const grantTypes = document["grant_types"];
    return {
      id,
      method,
      redirectUris,
      applicationType: "native",
      grantTypes: isStringList(grantTypes) ? grantTypes : ["authorization_code"],
      dpopBound: document["dpop_bound_access_tokens"] === true,
      ...keys !== undefined && { jwks: keys },
      ...breaks("cimd_port_free") && { exactPorts: true },
      source: "document",
      metadata: document,
    };
  }

  return {
    async find(id) {
      if (!isUrl(id)) return state.clients.get(id);
      if (!supports(state, "clientDocuments") || !mayFetch(id)) {
        return undefined;
      }
      if (failed.has(id) && breaks("cimd_errors_uncached")) return undefined;
      const text = await fetchText(id);
      const client = text === undefined ? undefined : clientOf(id, text);
      if (client === undefined) failed.add(id);
      else state.clients.set(id, client);
      return client;
    },
  };
}
