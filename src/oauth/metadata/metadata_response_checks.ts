import type { JsonObject } from "../../core/json.ts";
import { counted } from "../../core/quantities.ts";
import { quoted } from "../../core/text.ts";
import { type Checks, error, info, warning } from "../common/judgement.ts";
import type { EndpointResponse } from "../common/endpoint_response.ts";
import type { Revision } from "../mcp/revision.ts";
import type { ResourceMetadataCandidate } from "../mcp/well_known.ts";
import {
  contentKind,
  METADATA_KINDS,
  type MetadataKind,
  wellKnownLocation,
} from "./metadata_kind.ts";
import type { MetadataTrust } from "./server_metadata_judgements.ts";

export interface MetadataSubject {
  readonly kind: MetadataKind;
  /** The requested URL; the response has the one after redirects. */
  readonly url: string;
  readonly response: EndpointResponse;
  readonly document: JsonObject;
  /** The expected issuer, or the URL of the MCP server. */
  readonly identifier: string;
  /** Nobody named the issuer: it is the origin of the MCP server. */
  readonly isDefault?: boolean;
  readonly source: ResourceMetadataCandidate["source"];
  /** The URL whose scheme and host say which endpoints are acceptable. */
  readonly serverUrl: string;
  readonly resource?: string | undefined;
  readonly rules: Revision;
  readonly trust?: MetadataTrust | undefined;
  /** The values of `--resource` and `--authorization-server`. */
  readonly chosen?:
    | { readonly resource?: string | undefined; readonly authorizationServer?: string | undefined }
    | undefined;
}

const LARGE = 64 * 1024;
const CACHE_FIELDS = ["cache-control", "expires", "etag", "last-modified"];

/** How long a response may be used, by `max-age`; 0 without one. */
export function cacheSeconds(headers: Headers): number {
  const control = headers.get("cache-control") ?? "";
  return Number(/\bmax-age="?(\d+)/i.exec(control)?.[1] ?? 0);
}

const isServer = (kind: MetadataKind | undefined) =>
  kind === "authorization_server" || kind === "openid_configuration";

export const RESPONSE_CHECKS: Checks<MetadataSubject> = {
  metadata_kind_unexpected: error(
    "RFC 9728 §3; RFC 8414 §3",
    "Server: serve each kind of metadata at its own well-known URL",
    ({ url, document }) => {
      const place = wellKnownLocation(url)?.kind;
      const found = contentKind(document);
      return place === undefined || found === undefined || isServer(place) === isServer(found)
        ? []
        : [`expected ${METADATA_KINDS[place]} at this URL, received ${METADATA_KINDS[found]}`];
    },
  ),
  metadata_place_unusual: warning(
    "RFC 9728 §3.1; RFC 8414 §3.1",
    "Server: insert the well-known path between host and path",
    ({ url, source }) => {
      const elsewhere = wellKnownLocation(url)?.elsewhere;
      return elsewhere === undefined || source === "challenge"
        ? []
        : [`clients look for the document at ${quoted(elsewhere)}, not at ${quoted(url)}`];
    },
  ),
  metadata_redirected: warning(
    "RFC 9728 §3.2; RFC 8414 §3.2",
    "Server: return 200 at the well-known URL itself",
    ({ url, response }) =>
      new URL(url).href !== new URL(response.url).href &&
      `the URL redirects to ${quoted(response.url)}; some clients do not follow redirects`,
  ),
  metadata_caching: info(
    "RFC 9111 §4.2",
    "Server: send Cache-Control with a max-age of minutes to hours",
    ({ response: { headers } }) => {
      if (!CACHE_FIELDS.some((name) => headers.has(name))) {
        return "the response has no Cache-Control, so clients choose how long they use a copy";
      }
      const control = headers.get("cache-control") ?? "";
      if (/\bno-store\b/i.test(control)) {
        return `Cache-Control ${quoted(control)} makes clients fetch the document every time`;
      }
      const days = cacheSeconds(headers) / (24 * 60 * 60);
      return days > 1 &&
        `Cache-Control ${quoted(control)} lets clients use a copy for ${
            counted(Math.round(days), "day")
          }: ` +
          "they may miss changed endpoints and new keys for that time";
    },
  ),
  metadata_large: warning(
    "RFC 9728 §7.7",
    "Server: publish only what clients need; many read no large documents",
    ({ response }) => {
      const bytes = new TextEncoder().encode(response.body).length;
      return bytes > LARGE && `the document has ${bytes} bytes`;
    },
  ),
  metadata_sets_cookie: info(
    "RFC 9111 §7.3",
    "Server: send no Set-Cookie with public metadata",
    ({ response }) => response.headers.has("set-cookie") && "the response sets a cookie",
  ),
};
