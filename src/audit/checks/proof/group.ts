/** Tokens that are bound to a key or a certificate (RFC 9449, RFC 8705). @module */

import type { CheckGroup } from "../../context/check.ts";
import { DPOP_CHECKS } from "./dpop_checks.ts";
import { MTLS_CHECKS } from "./mtls_checks.ts";

export const PROOF_GROUP: CheckGroup = {
  id: "proof",
  title: "Bound tokens",
  requires: ["asm_endpoints"],
  checks: [...DPOP_CHECKS, ...MTLS_CHECKS],
};
