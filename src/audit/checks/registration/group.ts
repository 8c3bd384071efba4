/** Dynamic client registration (RFC 7591) and its management (RFC 7592). @module */

import type { CheckGroup } from "../../context/check.ts";
import { ACCEPTED_CHECKS } from "./accepted.ts";
import { MANAGEMENT_CHECKS } from "./management.ts";
import { REFUSED_CHECKS } from "./refused.ts";

export const REGISTRATION_GROUP: CheckGroup = {
  id: "registration",
  title: "Client registration",
  requires: ["asm_endpoints", "dcr_native"],
  checks: [...ACCEPTED_CHECKS, ...REFUSED_CHECKS, ...MANAGEMENT_CHECKS],
};
