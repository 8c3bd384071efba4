/** Refresh tokens (RFC 6749 §6, RFC 8707 §2.2, RFC 9700 §4.14.2). @module */

import type { HttpResponse } from "../../http/http_client.ts";
import { quoted } from "../../core/text.ts";
import { randomValue } from "../../oauth/authorization/authorization.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import { isBoundToKey } from "../../oauth/common/issued_token.ts";
import { audiencesOf, unverifiedClaims } from "../../oauth/common/jwt_claims.ts";
import { parseScope, sameScopes, unionScopes } from "../../oauth/mcp/scope.ts";
import { listMember } from "../../oauth/metadata/list_member.ts";
import { claimedScopes } from "../../oauth/token/access_token_claims.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { skipCheck } from "../context/end_check.ts";
import type { Grant } from "../context/grants.ts";
import { INVENTED_ORIGIN } from "../judge/invented.ts";
import { tryToken } from "../judge/token_attempt.ts";
import { deviates, inconclusive, passed, skipped } from "../context/outcome.ts";
import { judgeRefusal, noJudgement, observed, succeeds } from "../judge/refusal.ts";
import type { Outcome } from "../context/verdict.ts";

/** Scopes that do not concern the MCP server. */
const IDENTITY_SCOPES = ["openid", "offline_access", "profile", "email", "address", "phone"];

/** Errors for a token that has ended: some servers use the second one for it. */
const ENDED = ["invalid_grant", "invalid_request"];

const withoutIdentity = (scopes: readonly string[]): string[] =>
  scopes.filter((it) => !IDENTITY_SCOPES.includes(it));

function grantedScopes({ document, requestedScopes }: Grant): readonly string[] {
  const { scope } = document;
  return typeof scope === "string" ? parseScope(scope) : requestedScopes;
}

/** The scopes of a refreshed token, as response or token name them. */
function namedScopes(
  response: HttpResponse,
  { accessToken }: Grant,
): readonly string[] | undefined {
  const { scope } = errorResponse(response).members;
  const claimed = claimedScopes(unverifiedClaims(accessToken) ?? null);
  const inResponse = typeof scope === "string" ? parseScope(scope) : undefined;
  return inResponse === undefined && claimed === undefined
    ? undefined
    : unionScopes(inResponse, claimed);
}

async function judgeNarrow({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.live("first");
  const [narrow, ...rest] = withoutIdentity(grantedScopes(grant));
  if (narrow === undefined || rest.length === 0) {
    return skipped("not_applicable", "the grant has fewer than two scopes");
  }
  const response = await grants.refresh(grant, { scope: narrow });
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  const what = `a refresh with the scope ${quoted(narrow)} only`;
  if (!succeeds(response)) return deviates(`${what} is refused: ${observed(response)}`);
  const named = withoutIdentity(namedScopes(response, grant) ?? [narrow]);
  return sameScopes(named, [narrow])
    ? passed(`${what} gives that scope`)
    : deviates(`${what} gives the scope ${quoted(named.join(" "))}`);
}

async function judgeWidening({ discovery, grants }: Audit): Promise<Outcome> {
  const grant = await grants.live("first");
  const granted = grantedScopes(grant);
  const [extra] = withoutIdentity(unionScopes(
    listMember(discovery.resourceDocument, "scopes_supported"),
    listMember(discovery.serverDocument, "scopes_supported"),
  )).filter((it) => !granted.includes(it) && it !== "*");
  if (extra === undefined) {
    return skipped("not_applicable", "every listed scope was granted");
  }
  const response = await grants.refresh(grant, { scope: [...granted, extra].join(" ") });
  const what = `a refresh with the scope ${quoted(extra)}, which was not granted,`;
  if (!succeeds(response)) {
    return judgeRefusal(response, {
      what,
      codes: ["invalid_scope", "invalid_grant"],
      anyForm: true,
    });
  }
  const named = namedScopes(response, grant);
  if (named === undefined) {
    const message = `${what} succeeds; neither response nor token names the granted scope`;
    return inconclusive("indistinct", message);
  }
  return named.includes(extra)
    ? deviates(`${what} gives it`)
    : passed(`${what} gives the scope ${quoted(named.join(" "))}`);
}

async function judgeOtherResource(audit: Audit): Promise<Outcome> {
  const { grants } = audit;
  const grant = await grants.live("first");
  const resource = `${INVENTED_ORIGIN}/x`;
  const response = await grants.refresh(grant, { resource });
  const what = `a refresh for the resource ${quoted(resource)}`;
  if (!succeeds(response)) {
    const codes = ["invalid_target", "invalid_grant", "invalid_request", "invalid_scope"];
    return judgeRefusal(response, { what, codes, anyForm: true });
  }
  const claims = unverifiedClaims(grant.accessToken);
  if (claims !== undefined) {
    const audiences = audiencesOf(claims);
    const saw = `${what} gives a token with aud ${quoted(audiences.join(" "))}`;
    return audiences.some((it) => it.startsWith(INVENTED_ORIGIN)) ? deviates(saw) : passed(saw);
  }
  if (audit.result("rs_good")?.verdict !== "passed") {
    return inconclusive("indistinct", `${what} gives a token that cannot be read`);
  }
  const { response: use, isAccepted } = await tryToken(audit, grant.accessToken);
  if (isAccepted) return passed(`${what} gives a token that this server accepts`);
  return noJudgement(use) ??
    deviates(`${what} gives a token that this server refuses: ${observed(use)}`);
}

async function judgeBare({ grants, discovery }: Audit): Promise<Outcome> {
  const grant = await grants.live("first");
  const response = await grants.refresh(grant, { scope: undefined, resource: undefined });
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  const used = grants.refreshParameters;
  if (!succeeds(response)) {
    const saw = `a refresh without scope and resource is refused: ${observed(response)}`;
    return deviates(`${saw}; it is accepted with ${used.join(" and ")}`);
  }
  return discovery.resourceParameter !== undefined && !used.includes("resource")
    ? deviates("a refresh with resource is refused, but one without it is accepted")
    : passed("a refresh without scope and resource is accepted");
}

/** Some servers accept a refresh token for 30 or 60 s after it was replaced. */
const GRACE_SECONDS = [0, 35, 65];

/** For a requirement whose deviation is only a warning in some revisions. */
function requirePassed({ result }: Audit, id: "refresh_rotates" | "refresh_old_refused"): void {
  if (result(id)?.verdict === "passed") return;
  throw skipCheck("needs_control", `${id} has not passed`, id);
}

async function judgeOld(audit: Audit): Promise<Outcome> {
  const { grants, plan } = audit;
  requirePassed(audit, "refresh_rotates");
  const grant = await grants.live("first");
  const old = grant.refreshToken;
  await grants.refresh(grant);
  const newest = await grants.live("first");
  const what = "a refresh token that was replaced";
  let waited = 0;
  for (const seconds of GRACE_SECONDS) {
    if (seconds - waited > plan.maxWaitSeconds) {
      return inconclusive(
        "indistinct",
        `${what} is accepted after ${waited} s; to test whether it ends later: --max-wait ${
          seconds - waited
        }`,
      );
    }
    if (seconds > 0) await audit.wait(seconds - waited);
    waited = seconds;
    const response = await grants.refresh({ ...newest }, { refresh_token: old });
    if (succeeds(response)) continue;
    if (seconds > 0 && noJudgement(response) === undefined) {
      const message = `${what} is accepted at first, and refused only after ${seconds} s`;
      return deviates(message, { severity: "warning" });
    }
    return judgeRefusal(response, { what, codes: ENDED, anyForm: true });
  }
  return deviates(`${what} is still accepted after ${waited} s`);
}

async function judgeWrongClient({ clients, grants }: Audit): Promise<Outcome> {
  const grant = await grants.live("first");
  const other = await clients.other(grant.client);
  const response = await grants.refresh(grant, {}, other);
  const outcome = judgeRefusal(response, {
    what: "a refresh token of another client",
    codes: [
      ...["invalid_grant", "unauthorized_client", "access_denied", "invalid_request"],
      "invalid_client",
    ],
    anyForm: true,
  });
  if (outcome.kind !== "passed") return outcome;
  const control = await grants.refresh(grant);
  if (succeeds(control)) return outcome;
  return noJudgement(control) ??
    deviates(`${outcome.message}; after that, its own client is refused: ${observed(control)}`, {
      severity: "warning",
    });
}

async function judgeClientAuth({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.confidential();
  if (grant.client.clientSecret === undefined) {
    return skipped("needs_client", "the server issued no client secret");
  }
  const response = await grants.refresh(grant, {}, { ...grant.client, method: "none" });
  const outcome = judgeRefusal(response, {
    what: "a refresh of a confidential client without its secret",
    codes: ["invalid_client", "unauthorized_client", "invalid_request", "invalid_grant"],
    anyForm: true,
  });
  if (outcome.kind !== "passed") return outcome;
  const control = await grants.refresh(grant);
  return succeeds(control) ? outcome : noJudgement(control) ??
    skipped(
      "needs_control",
      `a refresh with the secret is refused too: ${observed(control)}`,
      "refresh_good",
    );
}

async function judgeGood(audit: Audit): Promise<Outcome> {
  const { grants } = audit;
  const grant = await grants.first();
  const response = await grants.refresh(grant);
  if (!succeeds(response)) {
    return noJudgement(response) ?? deviates(`the refresh is refused: ${observed(response)}`);
  }
  if (audit.result("rs_good")?.verdict !== "passed") return passed("the refresh gives a new token");
  const { response: use, isAccepted } = await tryToken(audit, grant.accessToken);
  return isAccepted
    ? passed("the refresh gives a new token, which the server accepts")
    : noJudgement(use) ??
      deviates(`the server accepts the first token, but not the refreshed one: ${observed(use)}`);
}

async function judgeGiven({ grants, discovery, cite }: Audit): Promise<Outcome> {
  const grant = await grants.first();
  cite(grant.response, discovery.server?.answer);
  if (grant.refreshToken !== undefined) return passed("a refresh token was issued");
  if (grant.reply === undefined) {
    return skipped("needs_consent", "without a person, a grant needs no refresh token", "1");
  }
  const listed = listMember(discovery.serverDocument, "grant_types_supported") ?? [];
  const scope = quoted(grant.requestedScopes.join(" "));
  return listed.includes("refresh_token")
    ? deviates(
      `no refresh token was issued for the scope ${scope}, but the metadata lists the grant ` +
        "refresh_token",
    )
    : skipped("not_advertised", "the metadata does not list the grant refresh_token");
}

async function judgeRotation({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.first();
  if (grant.client.method !== "none") {
    return skipped("not_applicable", "the rule is only for public clients");
  }
  const { refreshToken: before } = grant;
  await grants.live("first");
  if (grant.refreshToken !== before) return passed("the refresh returns another refresh token");
  return isBoundToKey(String(grant.document["token_type"] ?? ""))
    ? passed("the refresh returns the same refresh token, which is bound to a key")
    : deviates("the refresh returns the same refresh token");
}

async function judgeAudience({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.first();
  const first = unverifiedClaims(String(grant.document["access_token"] ?? ""));
  await grants.live("first");
  const refreshed = unverifiedClaims(grant.accessToken);
  if (first === undefined || refreshed === undefined) {
    throw skipCheck("opaque_token", "the access token is not a JWT");
  }
  const [before, after] = [audiencesOf(first), audiencesOf(refreshed)];
  return sameScopes(before, after)
    ? passed(`after the refresh, aud is still ${quoted(after.join(" "))}`)
    : deviates(`aud was ${quoted(before.join(" "))}, and now is ${quoted(after.join(" "))}`);
}

const GRANT_CHECK = { grant: "first", requires: ["refresh_good"] } as const;
const OLDER = { "2025-03-26": "warning" } as const;

/**
 * The first grant is used by all, so what may end it comes last: some servers use up the refresh token
 * before they look at the resource.
 */
const CHECKS: readonly AuditCheck[] = [
  {
    id: "refresh_given",
    severity: "info",
    since: "2026-07-28",
    grant: "first",
    cost: { requests: 2 },
    run: judgeGiven,
  },
  { id: "refresh_good", severity: "error", grant: "first", cost: { requests: 8 }, run: judgeGood },
  {
    id: "refresh_bare",
    severity: "warning",
    ...GRANT_CHECK,
    cost: { requests: 4 },
    run: judgeBare,
  },
  {
    id: "refresh_invented",
    severity: "warning",
    ...GRANT_CHECK,
    cost: { requests: 1 },
    async run({ clients, grants }) {
      const invented = { ...await grants.first(), refreshToken: randomValue() };
      const response = await grants.refresh(invented, {}, await clients.forRefusals());
      const what = "a refresh token that was never issued";
      return errorResponse(response).error === "invalid_request" && response.status < 500
        ? deviates(`${what} is refused, expected invalid_grant: ${observed(response)}`)
        : judgeRefusal(response, { what, codes: ["invalid_grant"], statuses: [400] });
    },
  },
  {
    id: "refresh_rotates",
    severity: "error",
    severityIn: OLDER,
    attacker: "A5",
    ...GRANT_CHECK,
    cost: { requests: 1 },
    run: judgeRotation,
  },
  {
    id: "refresh_same_audience",
    severity: "warning",
    since: "2025-06-18",
    ...GRANT_CHECK,
    cost: { requests: 2 },
    run: judgeAudience,
  },
  {
    id: "refresh_narrow",
    severity: "warning",
    ...GRANT_CHECK,
    cost: { requests: 4 },
    run: judgeNarrow,
  },
  {
    id: "refresh_no_widening",
    severity: "error",
    attacker: "A1",
    ...GRANT_CHECK,
    cost: { requests: 4 },
    run: judgeWidening,
  },
  {
    id: "refresh_wrong_client",
    severity: "error",
    attacker: "A5",
    ...GRANT_CHECK,
    cost: { requests: 6 },
    run: judgeWrongClient,
  },
  {
    id: "refresh_other_resource",
    severity: "error",
    attacker: "A5",
    since: "2025-06-18",
    ...GRANT_CHECK,
    cost: { requests: 7 },
    run: judgeOtherResource,
  },
  {
    id: "refresh_client_auth",
    severity: "error",
    attacker: "A5",
    requires: ["refresh_good"],
    grant: "confidential",
    cost: { requests: 8, registrations: 1 },
    run: judgeClientAuth,
  },
  {
    id: "refresh_old_refused",
    severity: "error",
    severityIn: OLDER,
    attacker: "A5",
    grant: "first",
    requires: ["refresh_good", "refresh_rotates"],
    destroys: true,
    cost: { requests: 10, waits: 65 },
    run: judgeOld,
  },
  {
    id: "refresh_reuse_ends_family",
    severity: "warning",
    attacker: "A5",
    grant: "first",
    requires: ["refresh_good", "refresh_old_refused"],
    destroys: true,
    cost: { requests: 1 },
    async run(audit) {
      requirePassed(audit, "refresh_old_refused");
      const { grants } = audit;
      const response = await grants.refresh(await grants.first());
      return judgeRefusal(response, {
        what: "the newest refresh token, after the reuse of an old one,",
        codes: ENDED,
        anyForm: true,
      });
    },
  },
];

export const REFRESH_GROUP: CheckGroup = {
  id: "refresh",
  title: "Refresh",
  requires: ["asm_endpoints"],
  checks: CHECKS,
};
