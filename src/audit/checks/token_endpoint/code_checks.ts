/** Exchanges of a real code with one wrong value (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 8707 §2.2). @module */

import type { Severity } from "../../../core/finding.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import type { AuditCheck } from "../../context/check.ts";
import type { WrongExchange } from "../../context/grants.ts";
import { INVENTED_ORIGIN } from "../../judge/invented.ts";
import { judgeRefusal } from "../../judge/refusal.ts";
import type { Attacker } from "../../context/verdict.ts";

interface CodeRow extends WrongExchange {
  readonly severity: Severity;
  readonly attacker: Attacker;
  readonly since?: AuditCheck["since"];
  /** The wrong value, as the subject of a sentence. */
  readonly what: string;
  readonly codes: readonly string[];
}

/** In the order in which they are tried on one code: some servers revoke it for another client. */
const ROWS: readonly CodeRow[] = [
  {
    id: "exchange_wrong_verifier",
    severity: "error",
    attacker: "A3",
    what: "a code with another verifier",
    codes: ["invalid_grant", "invalid_request"],
    changes: () => ({ code_verifier: randomValue() }),
  },
  {
    id: "exchange_no_verifier",
    severity: "error",
    attacker: "A3",
    what: "a code without its verifier",
    codes: ["invalid_grant", "invalid_request"],
    changes: () => ({ code_verifier: undefined }),
  },
  {
    id: "exchange_wrong_redirect",
    severity: "warning",
    attacker: "A3",
    what: "a code with another redirect URI",
    codes: ["invalid_grant", "invalid_request", "invalid_redirect_uri"],
    changes: ({ record }) => ({ redirect_uri: `${record.redirectUri}/other` }),
  },
  {
    id: "exchange_other_resource",
    severity: "warning",
    attacker: "A5",
    since: "2025-06-18",
    what: "a code with another resource",
    codes: ["invalid_target", "invalid_grant", "invalid_request", "invalid_scope"],
    changes: () => ({ resource: `${INVENTED_ORIGIN}/x` }),
  },
  {
    id: "exchange_wrong_client",
    severity: "error",
    attacker: "A3",
    what: "a code of another client",
    codes: [
      "invalid_grant",
      "invalid_client",
      "unauthorized_client",
      "access_denied",
      "invalid_request",
    ],
    client: "other",
    changes: () => ({}),
  },
];

export const CODE_CHECKS: readonly AuditCheck[] = ROWS.map((row) => ({
  id: row.id,
  severity: row.severity,
  attacker: row.attacker,
  ...row.since === undefined ? {} : { since: row.since },
  requires: ["exchange_good"],
  // Without a person, also the authorization request for a code of its own.
  cost: { requests: 2 },
  grant: "first",
  wrongExchange: row,
  run: async ({ grants }) =>
    judgeRefusal(await grants.tryWrongExchange(row), {
      what: row.what,
      codes: row.codes,
      anyForm: true,
    }),
}));
