/**
 * The MCP server: authentication, the order in which a request is judged, and scopes (group M).
 *
 * @module
 */

import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { openRefusals } from "./challenge.ts";
import { openProofs } from "./dpop.ts";
import { openProtocol } from "./mcp_protocol.ts";
import { empty, json } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { FIRST_SCOPES, STEP_UP_SCOPES, switchesOf } from "./state.ts";
import type { AuditState, Resource } from "./state.ts";
import { openValidation, presented, UNKNOWN } from "./validation.ts";
import type { TokenFacts } from "./validation.ts";

/** Switches of group M, and of the MCP server before it judges a token. */
export const ENDPOINT_SWITCHES = [
  "rs_invented",
  "rs_malformed",
  "rs_large_token",
  "rs_origin",
  "mtls_bound",
  "wire_refusal_kind",
  "scope_enforced",
  "scope_challenge",
  "scope_challenge_enough",
] as const;

/** The tool that needs more scope. */
export const STEP_UP_TOOL = "write-thing";

const NOBODY: TokenFacts = { scopes: FIRST_SCOPES, clientId: "nobody", subject: "nobody" };
const LARGE = 8 * 1024;

function isLoopback(origin: string): boolean {
  return /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(origin);
}

/** Responds to requests to a protected resource. */
export function openEndpoint(
  state: AuditState,
): (request: RecordedRequest, resource: Resource) => Promise<LabResponse> {
  const breaks = switchesOf(state, ENDPOINT_SWITCHES);
  const refusals = openRefusals(state);
  const validate = openValidation(state);
  const protocol = openProtocol(state);
  const proofs = openProofs(state);

  const crash = () => json({ error: "Internal server error" }, 500);

  function withoutToken(request: RecordedRequest, resource: Resource): LabResponse {
    if (protocol.isStrange(request) && breaks("wire_refusal_kind")) return crash();
    const owner = refusals.trusts(request) ? NOBODY : protocol.ownerOfSession(request);
    return owner === undefined
      ? refusals.withoutToken(request, resource)
      : protocol.answer(request, owner);
  }

  /** The refusal of a token that was not accepted. */
  function refuseToken(token: string, resource: Resource, why: string): LabResponse {
    if (token.length > LARGE) {
      return breaks("rs_large_token") ? crash() : refusals.invalidToken(resource, why);
    }
    const forbidden = why === UNKNOWN && breaks("rs_invented");
    return refusals.invalidToken(resource, why, forbidden ? 403 : 401);
  }

  function missingScope(facts: TokenFacts, request: RecordedRequest): string[] {
    const needed = protocol.toolOf(request) === STEP_UP_TOOL
      ? [FIRST_SCOPES[0], ...STEP_UP_SCOPES]
      : [FIRST_SCOPES[0]];
    return needed.filter((scope) => !facts.scopes.includes(scope));
  }

  function refuseScope(missing: string[], resource: Resource): LabResponse | undefined {
    if (missing.length === 0 || breaks("scope_enforced")) return undefined;
    if (breaks("scope_challenge")) return refusals.insufficientScope(resource, undefined);
    const needed = breaks("scope_challenge_enough") ? missing.slice(0, 1) : missing;
    return refusals.insufficientScope(resource, needed.join(" "));
  }

  return async (request, resource) => {
    const redirect = refusals.redirect(request);
    const credentials = presented(state, request);
    if (credentials.kind === "nothing") return redirect ?? withoutToken(request, resource);
    if (credentials.kind === "malformed") {
      return breaks("rs_malformed") ? crash() : refusals.malformed(resource, credentials.why);
    }
    const { token, scheme } = credentials;
    const facts = await validate(token, resource);
    if (typeof facts === "string") return refuseToken(token, resource, facts);
    const isElsewhere = facts.certificate !== undefined &&
      facts.certificate !== state.certificates.get(request);
    if (isElsewhere && !breaks("mtls_bound")) {
      return refusals.invalidToken(resource, "The token is bound to a certificate");
    }
    const unproved = await proofs.refusal(request, { ...facts, scheme, token, url: resource.url });
    if (unproved !== undefined) {
      return refusals.invalidProof(resource, unproved.error, unproved.why);
    }
    const origin = headerOf(request, "origin");
    if (origin !== undefined && !isLoopback(origin) && !breaks("rs_origin")) {
      return empty(403);
    }
    return refuseScope(missingScope(facts, request), resource) ??
      protocol.answer(request, facts);
  };
}
