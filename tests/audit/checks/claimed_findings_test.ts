import assert from "node:assert/strict";
import { GROUPS } from "../../../src/audit/checks/groups.ts";
import { MEMBER_CHECKS } from "../../../src/oauth/metadata/metadata_member_checks.ts";
import { RESOURCE_CHECKS } from "../../../src/oauth/metadata/metadata_resource_checks.ts";
import { RESPONSE_CHECKS } from "../../../src/oauth/metadata/metadata_response_checks.ts";
import { SERVER_CHECKS } from "../../../src/oauth/metadata/metadata_server_checks.ts";

/** Findings that no check of the audit reports, each with the reason. */
const UNCLAIMED: Readonly<Record<string, string>> = {
  metadata_large: "a limit of some clients, not a rule",
  pushed_requests_required: "a choice of the operator, which the metadata announces",
};

Deno.test("each rule about metadata of a login is that of a check of the audit too", () => {
  const claimed = new Set<string>(
    GROUPS.flatMap(({ checks }) => checks.flatMap(({ findings = [] }) => findings)),
  );
  const rules = { ...RESOURCE_CHECKS, ...SERVER_CHECKS, ...MEMBER_CHECKS, ...RESPONSE_CHECKS };
  const missing = Object.entries(rules)
    .filter(([code, { severity }]) => severity !== "info" && !claimed.has(code))
    .map(([code]) => code);
  assert.deepEqual(missing.toSorted(), Object.keys(UNCLAIMED).toSorted());
});
