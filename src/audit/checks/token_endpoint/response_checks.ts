/** The response to a valid exchange, and the tokens in it (RFC 6749 §5.1, RFC 9068 §2). @module */

import { Failure } from "../../../core/failure.ts";
import { type JsonObject, member } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import type { Code } from "../../../findings/mod.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { isSuccess, mediaType } from "../../../oauth/common/endpoint_response.ts";
import { audiencesOf, decodedPart, unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { judgeClaimedExpiry, type TokenResponse } from "../../../oauth/common/issued_token.ts";
import { missingScopes, parseScope } from "../../../oauth/mcp/scope.ts";
import { claimedScopes } from "../../../oauth/token/access_token_claims.ts";
import { judgeTokenResponse } from "../../../oauth/token/token_response.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { skipCheck } from "../../context/end_check.ts";
import type { Grant } from "../../context/grants.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { guessableFault } from "../../judge/random_value.ts";

const NO_TOKEN_REQUEST = "an access token was given, so no token was requested";

/** The grant with its response; a given token has none. */
async function exchangedGrant({ grants }: Audit) {
  const grant = await grants.first();
  const { response } = grant;
  if (response === undefined) {
    throw skipCheck("needs_consent", NO_TOKEN_REQUEST, "1");
  }
  const isForm = mediaType(response) === "application/x-www-form-urlencoded";
  return { ...grant, response, isForm };
}

/** What a login finds in the response. @throws Failure if it would refuse it. */
const findingsOf = (response: HttpResponse): TokenResponse =>
  judgeTokenResponse(response, {
    encodingMatters: false,
    resourceSent: false,
    assertion: false,
    bound: true,
  });

/** Judges the response by the findings of a login with these codes. */
function byFindings(response: HttpResponse, codes: readonly Code[], good: string): Outcome {
  const { judgements } = findingsOf(response);
  const found = judgements.find(({ code }) => codes.includes(code));
  return found === undefined ? passed(good) : deviates(found.message, { remedy: found.remedy });
}

/** @throws CheckEnd `opaque_token`. */
function claimsOf({ accessToken }: Grant): JsonObject {
  const claims = unverifiedClaims(accessToken);
  if (claims === undefined) throw skipCheck("opaque_token", "the access token is not a JWT");
  return claims;
}

const DAY = 24 * 3600;

async function judgeLifetime(audit: Audit): Promise<Outcome> {
  const { response, isForm } = await exchangedGrant(audit);
  const token = findingsOf(response);
  const codes: readonly Code[] = [
    "expires_in_missing",
    "expires_in_invalid",
    "expires_in_not_positive",
    // A form has no numbers, and is a deviation of its own.
    ...isForm ? [] : ["expires_in_string" as const],
  ];
  const claims = unverifiedClaims(token.accessToken);
  const [shorter] = judgeClaimedExpiry(token, lastResponseAt(audit, claims));
  const found = token.judgements.find(({ code }) => codes.includes(code)) ?? shorter;
  if (found !== undefined) return deviates(found.message, { severity: found.severity });
  const { expiresIn } = token;
  return expiresIn !== null && expiresIn > DAY
    ? deviates(`"expires_in" is ${expiresIn}: ${Math.round(expiresIn / DAY)} days`)
    : passed(`"expires_in" is ${expiresIn}`);
}

/** When the token was issued: its own claim, else now, which is later. */
function lastResponseAt({ clock }: Audit, claims: JsonObject | undefined): number {
  const iat = claims?.["iat"];
  return typeof iat === "number" ? Math.min(clock.now(), iat * 1000) : clock.now();
}

async function judgeNamedScope(audit: Audit): Promise<Outcome> {
  const { accessToken, document, requestedScopes: requested } = await exchangedGrant(audit);
  const { scope } = document;
  const inResponse = typeof scope === "string" ? parseScope(scope) : undefined;
  const claimed = claimedScopes(unverifiedClaims(accessToken) ?? null);
  const named = inResponse ?? requested;
  if (claimed === undefined) {
    return inResponse === undefined
      ? skipped("opaque_token", "neither the response nor the token names the granted scope")
      : passed(`the response names the scope ${quoted(inResponse.join(" "))}`);
  }
  const missing = missingScopes(named, claimed, true);
  if (missing.length === 0) return passed(`the token has the scope ${quoted(claimed.join(" "))}`);
  const fault = inResponse === undefined ? "the response does not say so" : "the response names it";
  return deviates(`the token does not have the scope ${quoted(missing.join(" "))}, but ${fault}`);
}

const PROFILE_CLAIMS = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] as const;

function judgeProfile(grant: Grant): Outcome {
  const claims = claimsOf(grant);
  const isIdToken = claims["nonce"] !== undefined ||
    audiencesOf(claims).includes(grant.client.clientId) && grant.accessToken === grant.idToken;
  if (isIdToken) {
    const fault = claims["nonce"] === undefined ? "is the same as id_token" : "has a nonce";
    return deviates(`the access token ${fault}, so it is an ID token`, { severity: "warning" });
  }
  const header = decodedPart(grant.accessToken.split(".")[0] ?? "") ?? {};
  const type = String(header["typ"] ?? "").toLowerCase();
  const faults = PROFILE_CLAIMS.filter((name) => member(claims, name) === undefined)
    .map((name) => `${name} is missing`);
  if (type !== "at+jwt" && type !== "application/at+jwt") {
    faults.unshift(`typ is ${quoted(String(header["typ"] ?? ""))}, expected "at+jwt"`);
  }
  return faults.length === 0
    ? passed("header and claims are those of RFC 9068")
    : deviates(faults.join("; "));
}

const WHAT_IS_EXCHANGED = {
  code: "a valid code",
  client_credentials: "the client credentials",
  device: "an approved device code",
} as const;

export const GOOD_CHECK: AuditCheck = {
  id: "exchange_good",
  severity: "error",
  cost: { requests: 5 },
  grant: "first",
  async run({ grants, plan }) {
    const { response, isSecondTry } = await grants.attempted();
    const what = WHAT_IS_EXCHANGED[plan.authMode ?? "code"];
    if (response === undefined) {
      return skipped("needs_consent", NO_TOKEN_REQUEST, "1");
    }
    if (!isSuccess(response)) {
      return noJudgement(response) ?? deviates(`${what} is refused: ${observed(response)}`);
    }
    const note = isSecondTry ? "; the first code had ended at a refused exchange" : "";
    return passed(`${what} gets ${observed(response)}${note}`);
  },
};

const CHECKS: readonly Omit<AuditCheck, "requires" | "cost" | "grant">[] = [
  {
    id: "exchange_answer",
    severity: "error",
    async run(audit) {
      const { response, document } = await audit.grants.attempted();
      const members = Object.keys(document).slice(0, 20).map((name) => quoted(name)).join(", ");
      if (response === undefined) return skipped("needs_consent", NO_TOKEN_REQUEST, "1");
      try {
        const type = document["token_type"];
        const codes: readonly Code[] = ["token_type_missing", "token_type_unknown"];
        const outcome = byFindings(response, codes, `token_type is ${quoted(String(type))}`);
        return outcome.kind === "deviates" ? { ...outcome, severity: "error" } : outcome;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return deviates(`${error.message}; members: ${members || "none"}`);
      }
    },
  },
  {
    id: "exchange_no_store",
    severity: "error",
    async run(audit) {
      const { response } = await exchangedGrant(audit);
      return byFindings(response, ["token_cacheable"], "the response has Cache-Control: no-store");
    },
  },
  {
    id: "exchange_media_type",
    severity: "warning",
    async run(audit) {
      const { response } = await exchangedGrant(audit);
      return byFindings(response, ["token_content_type"], "the content type is JSON");
    },
  },
  { id: "exchange_lifetime", severity: "warning", attacker: "A5", run: judgeLifetime },
  { id: "exchange_scope_told", severity: "warning", run: judgeNamedScope },
  {
    id: "exchange_entropy",
    severity: "warning",
    attacker: "A1",
    async run(audit) {
      await audit.grants.first();
      const { code, access_token, refresh_token } = audit.grants.issued;
      const samples = { code, access_token, refresh_token };
      const faults = Object.entries(samples).flatMap(([name, values]) => {
        const fault = guessableFault(values);
        return fault === undefined ? [] : [`${name}: ${fault}`];
      });
      return faults.length === 0
        ? passed("codes and tokens have at least 22 characters that differ")
        : deviates(faults.join("; "));
    },
  },
  {
    id: "exchange_audience",
    severity: "warning",
    attacker: "A5",
    since: "2025-06-18",
    async run(audit) {
      const claims = claimsOf(await exchangedGrant(audit));
      const { resourceParameter = audit.plan.serverUrl } = audit.discovery;
      const audiences = audiencesOf(claims);
      const bare = (text: string) => text.replace(/\/$/, "");
      const found = quoted(audiences.join(" "));
      return audiences.some((it) => bare(it) === bare(resourceParameter))
        ? passed(`aud is ${found}`)
        : deviates(
          `aud is ${found}, expected the resource ${quoted(resourceParameter)}. The check ` +
            "rs_wrong_audience tests whether the server accepts tokens for other resources",
        );
    },
  },
  {
    id: "exchange_jwt_profile",
    severity: "info",
    run: async (audit) => judgeProfile(await exchangedGrant(audit)),
  },
];

export const RESPONSE_CHECKS: readonly AuditCheck[] = CHECKS.map((check) => ({
  ...check,
  requires: ["exchange_good"],
  cost: { requests: 0 },
  grant: "first",
}));
