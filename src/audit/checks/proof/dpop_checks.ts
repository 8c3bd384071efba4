/** DPoP at the token endpoint and at the MCP server (RFC 9449). @module */

import { isObject, member, stringMember } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import { newDpopSigner } from "../../../flow/token/dpop_signer.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import { sha256Base64url } from "../../../oauth/common/base64url.ts";
import { unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { keyThumbprint, publicJwk } from "../../../oauth/common/signing.ts";
import { createDpopKey, dpopProof } from "../../../oauth/token/dpop.ts";
import type { PrivateJwk } from "../../../oauth/common/signing.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { signedWithSecret, unsigned } from "../../judge/forged_jwt.ts";
import { deviates, inconclusive, passed, skipped, worstOf } from "../../context/outcome.ts";
import { bearer } from "../../judge/mcp_request.ts";
import { judgeRefusal, noJudgement, observed } from "../../judge/refusal.ts";
import { judgeAttempt, refusesEach, type TokenAttempt } from "../../judge/token_attempt.ts";
import type { Outcome } from "../../context/verdict.ts";
import {
  assertProofWorks,
  boundGrant,
  dpopAlgorithms,
  dpopGrant,
  type MakeProof,
  tryProof,
} from "./dpop_grant.ts";
import { INVENTED_RESOURCE } from "../../judge/invented.ts";

/** Servers accept a proof for some minutes at most. */
const STALE_SECONDS = 600;

/** Servers have to tolerate this difference between clocks. */
const SKEW_SECONDS = 10;

/** Seconds. With a larger difference between clocks, the valid proof would have been refused. */
const MAX_CLOCK_DIFFERENCE = 60;

/** Errors of a refused proof or key. */
const PROOF_ERRORS = ["invalid_grant", "invalid_dpop_proof", "invalid_request", "invalid_client"];

interface ProofChanges {
  readonly key?: PrivateJwk;
  readonly method?: string;
  readonly url?: string;
  readonly accessToken?: string;
  /** Seconds from now. */
  readonly later?: number;
}

/** A bound token, and proofs for the request of a check: valid, or with one wrong value. */
async function proofs(audit: Audit) {
  const { clock, plan } = audit;
  const { signer: { key }, grant: { accessToken } } = await boundGrant(audit);
  const parts = { method: "POST", url: plan.serverUrl, accessToken };
  const seconds = () => Math.floor(clock.now() / 1000);
  const make =
    ({ later = 0, key: otherKey = key, ...changes }: ProofChanges = {}): MakeProof => (nonce) =>
      dpopProof(otherKey, { ...parts, ...changes, nonce, issuedAt: seconds() + later });
  return { key, accessToken, parts, seconds, make };
}

/** A proof with an algorithm that anyone can use. */
function weakProof(
  alg: "none" | "HS256",
  { key, accessToken, parts, seconds }: Awaited<ReturnType<typeof proofs>>,
): MakeProof {
  return async (nonce) => {
    const jwk = publicJwk(key);
    const header = { typ: "dpop+jwt", alg, jwk };
    const claims = {
      jti: crypto.randomUUID(),
      iat: seconds(),
      htm: parts.method,
      htu: parts.url,
      ath: await sha256Base64url(accessToken),
      ...nonce === undefined ? {} : { nonce },
    };
    const secret = new TextEncoder().encode(JSON.stringify(jwk));
    return alg === "none"
      ? unsigned(alg, header, claims)
      : await signedWithSecret(header, claims, secret);
  };
}

/** Seconds by which the clock of the server is ahead: it judges proofs by its own clock. */
function secondsAhead({ clock }: Audit, { response }: TokenAttempt): number {
  const ahead = (Date.parse(response.headers.get("date") ?? "") - clock.now()) / 1000;
  return Math.abs(ahead) < MAX_CLOCK_DIFFERENCE ? Math.round(ahead) : 0;
}

/** Errors that are not about the proof. */
const CLIENT_ERRORS: readonly string[] = ["invalid_client", "unauthorized_client"];

/** Judges whether the token response and the token name the key of the proof. */
async function judgeBinding(audit: Audit): Promise<Outcome> {
  const { response, grant, signer } = await dpopGrant(audit);
  if (!isSuccess(response)) {
    const saw = `a token request with a proof is refused: ${observed(response)}`;
    const isOfClient = CLIENT_ERRORS.includes(errorResponse(response).error ?? "");
    return noJudgement(response) ??
      (isOfClient ? inconclusive("other_refusal", saw) : deviates(saw));
  }
  const type = stringMember(grant.document, "token_type");
  if (type?.toLowerCase() !== "dpop") {
    const message = `a token request with a proof gets "token_type": ${quoted(type ?? "")}`;
    return deviates(`${message}, expected "DPoP"`);
  }
  const claims = unverifiedClaims(grant.accessToken);
  if (claims === undefined) return passed('"token_type" is DPoP; the token is opaque');
  const confirmation = member(claims, "cnf");
  const jkt = isObject(confirmation) ? confirmation["jkt"] : undefined;
  return jkt === await keyThumbprint(signer.key)
    ? passed('the token is bound to the key ("cnf")')
    : deviates(
      `"cnf" of the token is ${quoted(JSON.stringify(confirmation ?? null))}, expected the ` +
        "thumbprint of the key of the proof",
    );
}

export const DPOP_CHECKS: readonly AuditCheck[] = [
  {
    id: "dpop_algs",
    severity: "warning",
    cost: { requests: 0 },
    run(audit) {
      audit.cite(audit.discovery.server?.answer);
      const listed = dpopAlgorithms(audit);
      const wrong = listed.filter((alg) => /^(none|HS\d+)$/i.test(alg));
      if (listed.length === 0) return deviates("dpop_signing_alg_values_supported is empty");
      return wrong.length === 0
        ? passed(`${listed.join(", ")} are listed`)
        : deviates(`dpop_signing_alg_values_supported lists ${quoted(wrong.join(", "))}`);
    },
  },
  {
    id: "dpop_binds",
    severity: "error",
    attacker: "A5",
    requires: ["exchange_good", "exchange_answer"],
    cost: { requests: 4, registrations: 1, consents: 1 },
    run: judgeBinding,
  },
  {
    id: "dpop_demanded",
    severity: "error",
    attacker: "A3",
    requires: ["dpop_binds"],
    cost: { requests: 1 },
    async run(audit) {
      dpopAlgorithms(audit);
      const { unproved } = await dpopGrant(audit);
      return unproved === undefined
        ? skipped("not_applicable", "the client is not registered with dpop_bound_access_tokens")
        : judgeRefusal(unproved, {
          what: "a token request without a proof",
          codes: PROOF_ERRORS,
        });
    },
  },
  {
    id: "dpop_not_bearer",
    severity: "error",
    attacker: "A5",
    requires: ["dpop_binds"],
    cost: { requests: 4 },
    async run(audit) {
      const { accessToken, make } = await proofs(audit);
      assertProofWorks(await tryProof(audit, accessToken, make()));
      return await refusesEach(audit, [
        { what: "a bound token sent as Bearer", credentials: bearer(accessToken) },
      ]);
    },
  },
  {
    id: "dpop_proof_checked",
    severity: "error",
    attacker: "A5",
    requires: ["dpop_binds"],
    cost: { requests: 9 },
    async run(audit) {
      const bound = await proofs(audit);
      const { accessToken, make } = bound;
      assertProofWorks(await tryProof(audit, accessToken, make()));
      const wrong: readonly (readonly [what: string, proof: MakeProof])[] = [
        ["of another key", make({ key: await createDpopKey([dpopAlgorithms(audit)]) })],
        ['with another "htm"', make({ method: "GET" })],
        ['with another "htu"', make({ url: INVENTED_RESOURCE })],
        ['with another "ath"', make({ accessToken: "mcpass-audit" })],
        ['with "alg": "none"', weakProof("none", bound)],
        ['with "alg": "HS256"', weakProof("HS256", bound)],
      ];
      const outcomes = [];
      for (const [what, proof] of wrong) {
        const attempt = await tryProof(audit, accessToken, proof);
        outcomes.push(judgeAttempt(attempt, { what: `a proof ${what}` }));
      }
      return worstOf(outcomes);
    },
  },
  {
    id: "dpop_stale",
    severity: "warning",
    attacker: "A5",
    requires: ["dpop_binds"],
    cost: { requests: 5 },
    async run(audit) {
      const { accessToken, make } = await proofs(audit);
      const control = await tryProof(audit, accessToken, make());
      assertProofWorks(control);
      const ahead = secondsAhead(audit, control);
      const send = (seconds: number) =>
        tryProof(audit, accessToken, make({ later: ahead + seconds }));
      const stale = await send(-STALE_SECONDS);
      const outcomes = [judgeAttempt(stale, { what: "a proof that is ten minutes old" })];
      for (const seconds of [-SKEW_SECONDS, SKEW_SECONDS]) {
        const { response, isAccepted } = await send(seconds);
        const what = `a proof that is ${SKEW_SECONDS} s ${seconds < 0 ? "old" : "ahead"}`;
        outcomes.push(
          isAccepted
            ? passed(`${what} is accepted`)
            : noJudgement(response) ?? deviates(`${what} is refused: ${observed(response)}`),
        );
      }
      return worstOf(outcomes);
    },
  },
  {
    id: "dpop_refresh_bound",
    severity: "error",
    attacker: "A5",
    requires: ["dpop_binds"],
    cost: { requests: 3 },
    async run(audit) {
      const { grant } = await boundGrant(audit);
      if (grant.refreshToken === undefined) {
        return skipped("needs_refresh_token", "the grant has no refresh token");
      }
      if (grant.client.method !== "none") {
        return skipped("not_applicable", "a confidential client is bound by its authentication");
      }
      const otherSigner = await newDpopSigner(
        [dpopAlgorithms(audit)],
        audit.secrets,
        audit.clock.now,
      );
      const other = { ...grant.client, signer: otherSigner };
      const wrong = await audit.grants.refresh(grant, undefined, other);
      const outcome = judgeRefusal(wrong, {
        what: "a refresh with another key",
        codes: PROOF_ERRORS,
      });
      if (outcome.kind !== "passed") return outcome;
      const right = await audit.grants.refresh(grant);
      if (isSuccess(right)) return outcome;
      const message = `a refresh with the right key is refused: ${observed(right)}`;
      return skipped("needs_control", message, "refresh_good");
    },
  },
];
