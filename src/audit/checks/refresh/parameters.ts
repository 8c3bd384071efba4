/** Refreshes with other scopes and resources than those of the grant (RFC 6749 §6, RFC 8707 §2.2). @module */

import type { HttpResponse } from "../../../http/http_client.ts";
import { quoted } from "../../../core/text.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import { audiencesOf, unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { parseScope, sameScopes, unionScopes } from "../../../oauth/mcp/scope.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import { claimedScopes } from "../../../oauth/token/access_token_claims.ts";
import type { Audit } from "../../context/audit.ts";
import type { Grant } from "../../context/grants.ts";
import { INVENTED_ORIGIN } from "../../judge/invented.ts";
import { tryToken } from "../../judge/token_attempt.ts";
import { deviates, inconclusive, passed, skipped } from "../../context/outcome.ts";
import { judgeRefusal, noJudgement, observed, succeeds } from "../../judge/refusal.ts";
import { IDENTITY_SCOPES } from "../../judge/identity_scopes.ts";
import type { Outcome } from "../../context/verdict.ts";

/** Scopes that do not concern the MCP server. */

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

export async function judgeNarrow({ grants }: Audit): Promise<Outcome> {
  const grant = await grants.live("first");
  const [narrow, ...rest] = withoutIdentity(grantedScopes(grant));
  if (narrow === undefined || rest.length === 0) {
    return skipped("not_applicable", "the grant has fewer than two scopes");
  }
  const response = await grants.refresh(grant, { scope: narrow });
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  const what = `a refresh with only the scope ${quoted(narrow)}`;
  if (!succeeds(response)) return deviates(`${what} is refused: ${observed(response)}`);
  const named = withoutIdentity(namedScopes(response, grant) ?? [narrow]);
  return sameScopes(named, [narrow])
    ? passed(`${what} gives that scope`)
    : deviates(`${what} gives the scope ${quoted(named.join(" "))}`);
}

export async function judgeWidening({ discovery, grants }: Audit): Promise<Outcome> {
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

export async function judgeOtherResource(audit: Audit): Promise<Outcome> {
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

export async function judgeBare({ grants, discovery }: Audit): Promise<Outcome> {
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
