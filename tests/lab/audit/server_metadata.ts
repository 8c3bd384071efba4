/**
 * Group C: the metadata of the authorization server, in the form of RFC 8414 and of OpenID Connect.
 *
 * @module
 */

import type { RecordedRequest } from "../journal.ts";
import { wellKnownPaths } from "../issuer_paths.ts";
import { ALGORITHMS } from "./keys.ts";
import { json, NOT_FOUND, withFields } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { strangeVersionResponse } from "./resource_metadata.ts";
import {
  demandsBinding,
  endpointHasResource,
  FIRST_SCOPES,
  listsOffline,
  omnibusScopes,
  pushedRequests,
  STEP_UP_SCOPES,
  supports,
  switchesOf,
} from "./state.ts";
import type { AuditState, Site } from "./state.ts";

/** Switches of group C, and of others that change the document alone. */
export const SERVER_METADATA_SWITCHES = [
  "asm_found",
  "asm_oauth_document",
  "asm_media_type",
  "asm_endpoints",
  "asm_endpoints_https",
  "asm_code_flow",
  "asm_no_implicit",
  "asm_s256",
  "asm_no_plain",
  "asm_iss_flag",
  "asm_public_clients",
  "asm_auth_algs",
  "asm_client_route",
  "asm_refresh_listed",
  "asm_lists_resource",
  "asm_documents_agree",
  "asm_types",
  "asm_hosts",
  "dpop_algs",
] as const;

/** Scopes that the authorization server knows. */
export function knownScopes(state: AuditState): string[] {
  return [
    ...supports(state, "openid") ? ["openid"] : [],
    ...supports(state, "refresh") ? ["offline_access"] : [],
    ...FIRST_SCOPES,
    ...STEP_UP_SCOPES,
    ...omnibusScopes(state),
  ];
}

/** Responds to requests for the metadata of a site; undefined for other paths. */
export function openServerMetadata(
  state: AuditState,
): (request: RecordedRequest, site: Site) => LabResponse | undefined {
  const breaks = switchesOf(state, SERVER_METADATA_SWITCHES);
  const { tls } = state.options;

  const authMethods = () =>
    breaks("asm_public_clients")
      ? ["client_secret_basic"]
      : ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

  function authAlgorithms(): readonly string[] {
    return breaks("asm_auth_algs") ? [...ALGORITHMS, "none"] : ALGORITHMS;
  }

  function grantTypes(): string[] {
    return [
      "authorization_code",
      "client_credentials",
      ...supports(state, "refresh") && !breaks("asm_refresh_listed") ? ["refresh_token"] : [],
      ...breaks("asm_no_implicit") ? ["password"] : [],
    ];
  }

  function dpopAlgorithms(): object {
    if (!supports(state, "dpop") || demandsBinding(state)) return {};
    return {
      dpop_signing_alg_values_supported: breaks("dpop_algs")
        ? [...ALGORITHMS, "HS256"]
        : ALGORITHMS,
    };
  }

  function clientRoutes({ base }: Site): object {
    if (breaks("asm_client_route")) return {};
    return {
      ...supports(state, "registration") && { registration_endpoint: `${base}/register` },
      ...supports(state, "clientDocuments") && { client_id_metadata_document_supported: true },
    };
  }

  function pushed({ base }: Site): object {
    const { offered, announced } = pushedRequests(state);
    return {
      ...offered && { pushed_authorization_request_endpoint: `${base}/par` },
      ...announced && { require_pushed_authorization_requests: true },
    };
  }

  function tokenEndpoint(site: Site, oidc: boolean): string {
    if (breaks("asm_hosts")) {
      return `${site.base}/token`.replace("127.0.0.1", "localhost");
    }
    return oidc && breaks("asm_documents_agree") ? `${site.base}/token2` : `${site.base}/token`;
  }

  /** With TLS the key set is at an http URL, else its URL has a fragment. */
  function jwksUri({ base }: Site): string {
    if (!breaks("asm_endpoints_https")) return `${base}/jwks`;
    return tls ? `${base}/jwks`.replace("https:", "http:") : `${base}/jwks#keys`;
  }

  function document(site: Site, oidc: boolean): object {
    const { base } = site;
    const authorization = `${base}/authorize`;
    const { resource, otherResource } = state;
    return {
      issuer: site.issuer,
      authorization_endpoint: endpointHasResource(state)
        ? `${authorization}?resource=${encodeURIComponent(resource.id)}`
        : authorization,
      ...!breaks("asm_endpoints") && { token_endpoint: tokenEndpoint(site, oidc) },
      ...clientRoutes(site),
      ...supports(state, "revocation") && {
        revocation_endpoint: `${base}/revoke`,
        revocation_endpoint_auth_methods_supported: authMethods(),
        revocation_endpoint_auth_signing_alg_values_supported: authAlgorithms(),
      },
      ...supports(state, "introspection") && {
        introspection_endpoint: `${base}/introspect`,
        introspection_endpoint_auth_methods_supported: [
          "client_secret_basic",
          "client_secret_post",
        ],
      },
      ...pushed(site),
      jwks_uri: jwksUri(site),
      response_types_supported: breaks("asm_code_flow") ? ["token"] : ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: grantTypes(),
      token_endpoint_auth_methods_supported: authMethods(),
      token_endpoint_auth_signing_alg_values_supported: authAlgorithms(),
      ...!breaks("asm_s256") && {
        code_challenge_methods_supported: breaks("asm_no_plain") ? ["S256", "plain"] : ["S256"],
      },
      scopes_supported: knownScopes(state).filter((scope) =>
        scope !== "offline_access" || listsOffline(state)
      ),
      ...!breaks("asm_iss_flag") && { authorization_response_iss_parameter_supported: true },
      ...dpopAlgorithms(),
      ...tls && {
        tls_client_certificate_bound_access_tokens: true,
        mtls_endpoint_aliases: { token_endpoint: tokenEndpoint(site, false) },
      },
      protected_resources: breaks("asm_lists_resource")
        ? [`${state.mcpOrigin}/elsewhere`]
        : [resource.id, otherResource.id],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ALGORITHMS,
      ...breaks("asm_types") && { require_pushed_authorization_requests: "false" },
    };
  }

  return (request, site) => {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const paths = wellKnownPaths(site.identifier);
    const form = (["oauth", "oidc", "oidc_appended"] as const)
      .find((name) => paths[name] === request.path);
    if (form === undefined) return undefined;
    if (breaks("asm_found")) return NOT_FOUND;
    if (form === "oauth" && breaks("asm_oauth_document")) return NOT_FOUND;
    const strange = strangeVersionResponse(state, request);
    if (strange !== undefined) return strange;
    const response = json(document(site, form !== "oauth"));
    return breaks("asm_media_type")
      ? withFields(response, { "content-type": "text/html" })
      : response;
  };
}
