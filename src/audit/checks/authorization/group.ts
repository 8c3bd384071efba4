/** The authorization endpoint (RFC 6749 §4.1.1, RFC 9700 §4): requests that nobody consents to. @module */

import type { CheckGroup } from "../../context/check.ts";
import { ERROR_RESPONSE_CHECKS } from "./error_responses.ts";
import { PAGE_CHECKS } from "./pages.ts";
import { PARAMETER_CHECKS } from "./parameters.ts";
import { REDIRECT_URI_CHECKS } from "./redirect_uris.ts";

export const AUTHORIZATION_GROUP: CheckGroup = {
  id: "authorization",
  title: "Authorization endpoint",
  requires: ["asm_endpoints"],
  checks: [...PARAMETER_CHECKS, ...ERROR_RESPONSE_CHECKS, ...REDIRECT_URI_CHECKS, ...PAGE_CHECKS],
};
