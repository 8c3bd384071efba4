import { type JsonObject, member, stringMember } from "../../core/json.ts";
import { listMember } from "./list_member.ts";
import {
  AUTHORIZATION_SERVER,
  OPENID_CONFIGURATION,
  PROTECTED_RESOURCE,
} from "../mcp/well_known.ts";

export const METADATA_KINDS = {
  protected_resource: "protected resource metadata (RFC 9728)",
  authorization_server: "authorization server metadata (RFC 8414)",
  openid_configuration: "OpenID provider metadata (OpenID Connect Discovery)",
} as const;

export type MetadataKind = keyof typeof METADATA_KINDS;

export interface WellKnownLocation {
  readonly kind: MetadataKind;
  readonly identifier: string;
  readonly source: "path" | "root";
  /** Where MCP clients look, if not at this URL. */
  readonly elsewhere: string | undefined;
}

const WELL_KNOWN: readonly (readonly [suffix: string, kind: MetadataKind])[] = [
  [PROTECTED_RESOURCE, "protected_resource"],
  [AUTHORIZATION_SERVER, "authorization_server"],
  [OPENID_CONFIGURATION, "openid_configuration"],
];

export function wellKnownLocation(url: string): WellKnownLocation | undefined {
  const { origin, pathname, search } = new URL(url);
  for (const [suffix, kind] of WELL_KNOWN) {
    const query = kind === "protected_resource" ? search : "";
    const place = (path: string, elsewhere?: string): WellKnownLocation => ({
      kind,
      identifier: origin + path + query,
      source: path === "" || path === "/" ? "root" : "path",
      elsewhere,
    });
    if (pathname === suffix || pathname.startsWith(`${suffix}/`)) {
      return place(pathname.slice(suffix.length));
    }
    if (!pathname.endsWith(suffix)) continue;
    const path = pathname.slice(0, -suffix.length);
    const usual = kind === "openid_configuration" ? undefined : origin + suffix + path + query;
    return place(path, usual);
  }
  return undefined;
}

const OPENID_MEMBERS = ["subject_types_supported", "userinfo_endpoint", "claims_supported"];

export function contentKind(document: JsonObject): MetadataKind | undefined {
  const has = (name: string) => member(document, name) !== undefined;
  if (stringMember(document, "issuer") !== undefined || has("token_endpoint")) {
    return OPENID_MEMBERS.some(has) ? "openid_configuration" : "authorization_server";
  }
  const listed = listMember(document, "authorization_servers");
  return listed !== undefined || stringMember(document, "resource") !== undefined
    ? "protected_resource"
    : undefined;
}

/**
 * The identifier that the URL is made from. A URL does not show whether an issuer ends in a slash
 * (RFC 8414 §3.1), nor which resource a root document is about.
 */
export function expectedIdentifier(place: WellKnownLocation, document: JsonObject): string {
  const { kind, identifier, source } = place;
  if (kind !== "protected_resource") {
    return stringMember(document, "issuer") === `${identifier}/` ? `${identifier}/` : identifier;
  }
  const resource = stringMember(document, "resource") ?? "";
  const below = source === "root" && URL.parse(resource)?.origin === new URL(identifier).origin;
  return below ? resource : identifier;
}
