/** The checks that need no token: with the lab broken in the point of one, exactly that one deviates. @module */

import assert from "node:assert/strict";
import type { AuditCheckId } from "../../../src/findings/mod.ts";
import type { GroupId } from "../../../src/audit/context/verdict.ts";
import { GROUPS } from "../../../src/audit/checks/groups.ts";
import { faultsOf } from "../conformance/mutants.ts";

const CHECKS: Partial<Readonly<Record<GroupId, readonly AuditCheckId[]>>> = {
  challenge: [
    "challenge_status",
    "challenge_present",
    "challenge_scheme",
    "challenge_syntax",
    "challenge_no_error",
    "challenge_names_metadata",
    "challenge_metadata_absolute",
    "challenge_metadata_live",
    "challenge_scope",
    "challenge_no_offline",
    "challenge_uniform",
    "methods_get",
    "methods_delete",
    "methods_removed",
    "endpoint_direct",
    "refusal_clean",
    "proxy_headers_ignored",
  ],
  resource_metadata: [
    "prm_found",
    "prm_public",
    "prm_direct",
    "prm_media_type",
    "prm_resource",
    "prm_resource_fits",
    "prm_resource_form",
    "prm_servers",
    "prm_servers_form",
    "prm_header_method",
    "prm_types",
    "prm_scopes_known",
    "prm_scopes_modest",
    "prm_no_offline",
    "prm_copies_agree",
    "prm_binding",
    "version_header_tolerated",
  ],
  server_metadata: [
    "asm_found",
    "asm_oauth_document",
    "asm_media_type",
    "asm_issuer_identical",
    "asm_issuer_form",
    "asm_endpoints",
    "asm_endpoints_https",
    "asm_endpoint_query",
    "asm_code_flow",
    "asm_no_implicit",
    "asm_s256",
    "asm_no_plain",
    "asm_iss_flag",
    "asm_public_clients",
    "asm_auth_algs",
    "asm_client_route",
    "asm_refresh_listed",
    "asm_offline_listed",
    "asm_lists_resource",
    "asm_documents_agree",
    "asm_types",
    "asm_hosts",
  ],
  jwks: ["jwks_served", "jwks_public", "jwks_kid", "jwks_strength", "jwks_verifies"],
  cors: [
    "cors_documents",
    "cors_preflight",
    "cors_expose",
    "cors_token",
    "cors_no_credentials",
  ],
  transport: [
    "tls_plain",
    "tls_certificate",
    "tls_hsts",
    "documents_cacheable",
    "limits_shaped",
  ],
};

for (const id of Object.values(CHECKS).flat()) {
  Deno.test(`the lab broken for ${id}: exactly this check deviates`, async () => {
    assert.deepEqual(await faultsOf(id), []);
  });
}

Deno.test("each check of these groups is broken once", () => {
  for (const { id, checks } of GROUPS) {
    const own = checks.map((check) => check.id);
    if (CHECKS[id] !== undefined) assert.deepEqual(own.toSorted(), CHECKS[id].toSorted());
  }
});
