/** What a request without a token receives (RFC 9110 §11, RFC 9728 §5). @module */

import { quoted } from "../../core/text.ts";
import { parseChallenges } from "../../oauth/mcp/challenge.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { deviationFrom } from "../context/findings.ts";
import { deviates, passed } from "../context/outcome.ts";
import { observed } from "../context/refusal.ts";

const CHECKS: readonly AuditCheck[] = [
  {
    id: "challenge_status",
    severity: "error",
    cost: { requests: 0 },
    run(audit) {
      const { opening, probe } = audit.discovery;
      audit.cite(opening?.answer);
      if (opening?.answer.status === 401) return passed(`HTTP 401 to ${opening.summary.asked}`);
      if (probe.challenge !== null) return passed("a later request receives the challenge");
      return deviates(opening === undefined ? "no response" : observed(opening.answer));
    },
  },
  {
    id: "challenge_present",
    severity: "error",
    cost: { requests: 0 },
    run(audit) {
      audit.cite(audit.discovery.opening?.answer);
      return deviationFrom(audit, ["challenge_missing"]) ?? passed("WWW-Authenticate is there");
    },
  },
  {
    id: "challenge_no_error",
    severity: "info",
    requires: ["challenge_present"],
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const answer = discovery.opening?.answer;
      cite(answer);
      const header = answer?.headers.get("www-authenticate") ?? "";
      const error = parseChallenges(header).challenges
        .flatMap(({ parameters }) => parameters).find(([name]) => name === "error");
      return error === undefined
        ? passed("the challenge has no error code")
        : deviates(`the challenge has error=${quoted(error[1])} although no token was sent`);
    },
  },
];

export const CHALLENGE_GROUP: CheckGroup = {
  id: "challenge",
  title: "Challenge and methods",
  requires: ["challenge_status"],
  checks: CHECKS,
};
