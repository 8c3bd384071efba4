import type { CheckGroup } from "../../context/check.ts";
import { BASIC_CHECKS } from "./basic_checks.ts";
import { FORGED_CHECKS } from "./forged_checks.ts";
import { OTHER_TOKEN_CHECKS } from "./other_token_checks.ts";
import { SESSION_CHECKS } from "./session_checks.ts";

export const TOKEN_VALIDATION_GROUP: CheckGroup = {
  id: "token_validation",
  title: "Token validation",
  requires: ["rs_good"],
  checks: [...BASIC_CHECKS, ...FORGED_CHECKS, ...OTHER_TOKEN_CHECKS, ...SESSION_CHECKS],
};
