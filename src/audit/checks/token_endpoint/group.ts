/** The token endpoint (RFC 6749 §4.1.3, §5; RFC 7636 §4.6). @module */

import type { CheckGroup } from "../../context/check.ts";
import { CLIENT_CHECKS } from "./client_checks.ts";
import { CODE_CHECKS } from "./code_checks.ts";
import { DESTRUCTIVE_CHECKS } from "./destructive_checks.ts";
import { ERROR_SHAPE_CHECK, REFUSAL_CHECKS } from "./refusal_checks.ts";
import { GOOD_CHECK, RESPONSE_CHECKS } from "./response_checks.ts";

export const TOKEN_ENDPOINT_GROUP: CheckGroup = {
  id: "token_endpoint",
  title: "Token endpoint",
  requires: ["asm_endpoints"],
  checks: [
    GOOD_CHECK,
    ...RESPONSE_CHECKS,
    ...REFUSAL_CHECKS,
    ...CODE_CHECKS,
    ...CLIENT_CHECKS,
    ERROR_SHAPE_CHECK,
    ...DESTRUCTIVE_CHECKS,
  ],
};
