import type { CheckGroup } from "../../context/check.ts";
import { COPY_CHECKS, DOCUMENT_CHECKS } from "./documents.ts";
import { MEMBER_CHECKS } from "./members.ts";

export const RESOURCE_METADATA_GROUP: CheckGroup = {
  id: "resource_metadata",
  title: "Resource metadata",
  since: "2025-06-18",
  requires: ["prm_public", "prm_found"],
  checks: [...DOCUMENT_CHECKS, ...MEMBER_CHECKS, ...COPY_CHECKS],
};
