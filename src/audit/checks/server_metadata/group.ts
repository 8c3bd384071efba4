import type { CheckGroup } from "../../context/check.ts";
import { CAPABILITY_CHECKS } from "./capabilities.ts";
import { DOCUMENT_CHECKS } from "./documents.ts";
import { ENDPOINT_CHECKS } from "./endpoints.ts";

export const SERVER_METADATA_GROUP: CheckGroup = {
  id: "server_metadata",
  title: "Authorization server metadata",
  requires: ["asm_found"],
  checks: [...DOCUMENT_CHECKS, ...ENDPOINT_CHECKS, ...CAPABILITY_CHECKS],
};
