/** Valid and invented tokens, and how they are sent (RFC 6750). @module */

import { quoted } from "../../../core/text.ts";
import type { HeaderList } from "../../../core/exchange.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { isAccessToken } from "../../../oauth/common/issued_token.ts";
import { unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { parseChallenges } from "../../../oauth/mcp/challenge.ts";
import { canonicalResource } from "../../../oauth/mcp/resource.ts";
import { judgeAccessToken } from "../../../oauth/token/access_token_claims.ts";
import type { Audit } from "../../context/audit.ts";
import type { Grant } from "../../context/grants.ts";
import type { AuditCheck } from "../../context/check.ts";
import { doubtCheck } from "../../context/end_check.ts";
import { bearer } from "../../judge/mcp_request.ts";
import { deviates, passed, skipped, worstOf } from "../../context/outcome.ts";
import { missingInChallenge } from "../../judge/challenge.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import {
  citeControl,
  judgeAttempt,
  refusesEach,
  type TokenAttempt,
  tryCredentials,
  tryToken,
} from "../../judge/token_attempt.ts";

/** Larger than usual tokens. With more, servers on Node.js close the connection without a response. */
const LARGE_TOKEN = 15 * 1024;

/** A token shows whether the server supports the stateless protocol. */
async function tryInEachProtocol(audit: Audit, token: string): Promise<TokenAttempt> {
  const attempt = await tryToken(audit, token);
  if (attempt.isAccepted || attempt.verdict.kind !== "other_era") return attempt;
  const { id } = audit.rules;
  audit.useProtocol("initialize");
  if (audit.rules.id !== id) return await tryToken(audit, token);
  throw doubtCheck(
    "other_refusal",
    `the server does not support MCP ${id} (${
      observed(attempt.response)
    }): choose another --revision`,
  );
}

/** True for a server that accepts no Bearer token. */
function demandsBoundTokens({ discovery }: Audit): boolean {
  const { resourceDocument, opening } = discovery;
  const { challenges } = parseChallenges(opening?.answer.headers.get("www-authenticate") ?? "");
  const schemes = challenges.map(({ scheme }) => scheme.toLowerCase());
  return resourceDocument["dpop_bound_access_tokens_required"] === true ||
    schemes.includes("dpop") && !schemes.includes("bearer");
}

/** Why a server may refuse a readable token, as the end of a message. */
function claimObjection({ discovery, clock, plan }: Audit, grant: Grant): string {
  const claims = unverifiedClaims(grant.accessToken);
  if (claims === undefined) return "";
  const { metadata, resourceParameter } = discovery;
  const resources = [resourceParameter, canonicalResource(plan.serverUrl), plan.serverUrl];
  const [first] = judgeAccessToken({ header: null, claims, expiresAt: null }, {
    issuers: metadata === undefined ? [] : [metadata.issuer],
    clientId: null,
    sendsProof: false,
    resources: resources.filter((it) => it !== undefined),
    requestedScopes: discovery.probe.challenge?.scope ?? [],
    hasRefreshToken: grant.refreshToken !== undefined,
  }, clock.now());
  return first === undefined ? "" : `; ${first.message}`;
}

function accepts({ response, isAccepted }: TokenAttempt, what: string) {
  if (isAccepted) return passed(`${what} is accepted: HTTP ${response.status}`);
  return noJudgement(response) ?? deviates(`${what} is refused: ${observed(response)}`);
}

export const BASIC_CHECKS: readonly AuditCheck[] = [
  {
    id: "rs_good",
    severity: "error",
    cost: { requests: 4 },
    async run(audit) {
      const grant = await audit.grants.first();
      if (!isAccessToken(grant.accessToken)) {
        return deviates("the token has characters that an Authorization header cannot have", {
          remedy: "Authorization server: issue tokens of the characters in RFC 6750 §2.1",
        });
      }
      const attempt = await tryInEachProtocol(audit, grant.accessToken);
      const outcome = accepts(attempt, "a valid token");
      if (outcome.kind !== "deviates") return outcome;
      return demandsBoundTokens(audit)
        ? skipped("not_applicable", "the server accepts only tokens that are bound to a key")
        : deviates(outcome.message + claimObjection(audit, grant));
    },
  },
  {
    id: "rs_invented",
    severity: "error",
    cost: { requests: 1 },
    run: (audit) =>
      refusesEach(audit, [
        { what: "an invented token", credentials: bearer(randomValue()), statuses: [401] },
      ]),
  },
  {
    id: "rs_challenge_again",
    severity: "warning",
    requires: ["rs_invented"],
    cost: { requests: 1 },
    async run(audit) {
      const { response } = await tryToken(audit, randomValue());
      if (response.status !== 401) {
        return skipped("needs_control", "an invented token gets no HTTP 401", "rs_invented");
      }
      const header = response.headers.get("www-authenticate");
      if (header === null) return deviates("the 401 has no WWW-Authenticate header");
      const missing = missingInChallenge(audit, header, "invalid_token");
      return missing.length === 0
        ? passed("the 401 has a complete challenge")
        : deviates(`the challenge ${quoted(header)} is missing ${missing.join(" and ")}`);
    },
  },
  {
    id: "rs_scheme_case",
    severity: "warning",
    cost: { requests: 4 },
    async run(audit) {
      citeControl(audit);
      const { accessToken } = await audit.grants.first();
      const outcomes = [];
      for (const scheme of ["bearer", "BEARER"]) {
        const header = [["authorization", `${scheme} ${accessToken}`]] as const;
        outcomes.push(accepts(await tryCredentials(audit, header), `the scheme ${scheme}`));
      }
      return worstOf(outcomes);
    },
  },
  {
    id: "rs_other_scheme",
    severity: "warning",
    cost: { requests: 3 },
    async run(audit) {
      const { accessToken } = await audit.grants.first();
      const row = (what: string, value: string) => ({
        what,
        credentials: [["authorization", value]] as const,
      });
      return await refusesEach(audit, [
        row("a valid token with the scheme Basic", `Basic ${accessToken}`),
        row("a valid token with the scheme Token", `Token ${accessToken}`),
        row("a valid token without a scheme", accessToken),
      ]);
    },
  },
  {
    id: "rs_malformed",
    severity: "warning",
    cost: { requests: 3 },
    async run(audit) {
      citeControl(audit);
      const { accessToken } = await audit.grants.first();
      const headers: readonly (readonly [what: string, credentials: HeaderList])[] = [
        ["Bearer without a token", [["authorization", "Bearer"]]],
        ["a header with two tokens", [["authorization", `Bearer ${accessToken} ${accessToken}`]]],
        // The first token is invented: a server that reads the first field refuses it too.
        ["two header fields", [...bearer(randomValue()), ...bearer(accessToken)]],
      ];
      const outcomes = [];
      for (const [what, credentials] of headers) {
        const outcome = judgeAttempt(await tryCredentials(audit, credentials), { what });
        // A header with a valid token that is accepted harms nobody.
        const isHarmless = outcome.kind === "deviates" && outcome.severity === undefined;
        outcomes.push(isHarmless ? { ...outcome, severity: "info" as const } : outcome);
      }
      return worstOf(outcomes);
    },
  },
  {
    id: "rs_large_token",
    severity: "warning",
    cost: { requests: 1 },
    run(audit) {
      const unit = randomValue();
      const token = unit.repeat(Math.ceil(LARGE_TOKEN / unit.length)).slice(0, LARGE_TOKEN);
      return refusesEach(audit, [
        { what: "a token of 15 KiB", credentials: bearer(token), others: [404, 413, 414, 431] },
      ]);
    },
  },
];
