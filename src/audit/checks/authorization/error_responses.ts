/** Error responses of the authorization endpoint (RFC 6749 §4.1.2.1). @module */

import { quoted } from "../../../core/text.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import type { Audit } from "../../context/audit.ts";
import { asksFirst, signInFirst, type Visit, visit } from "../../judge/authorization_visit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { withControl } from "./with_control.ts";

/** RFC 6749 §4.1.2.1, RFC 8707 §2, RFC 9101 §6, OpenID Connect Core §3.1.2.6. */
const ERROR_CODES: readonly string[] = [
  "invalid_request",
  "unauthorized_client",
  "access_denied",
  "unsupported_response_type",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable",
  "invalid_target",
  "login_required",
  "consent_required",
  "interaction_required",
];

const STATE = randomValue();

const errorVisits = new WeakMap<Audit, Promise<Visit>>();

/** A request with a response type that does not exist: its error has to go to the client. */
async function errorVisit(audit: Audit): Promise<Visit> {
  let made = errorVisits.get(audit);
  if (made === undefined) {
    made = visit(audit, { response_type: "mcpass-audit", state: STATE });
    errorVisits.set(audit, made);
  }
  const visited = await made;
  audit.cite(visited.response);
  return visited;
}

/** The error of a pushed request is its response, and no redirect follows (RFC 9126 §2.3). */
const isOfPush = ({ discovery }: Audit, { response }: Visit): boolean =>
  response.url === discovery.metadata?.pushedRequestEndpoint;

/** Runs with the error that was sent to the redirect URI. */
function withError(run: (audit: Audit, error: Visit) => Outcome) {
  return withControl(async (audit, control) => {
    const error = await errorVisit(audit);
    if (error.kind === "error") {
      const isInFragment = !error.parameters.has("error");
      return run(audit, isInFragment ? { ...error, parameters: error.fragment } : error);
    }
    if (isOfPush(audit, error)) {
      return skipped(
        "not_advertised",
        "pushed requests are required, which have no error redirect",
      );
    }
    return asksFirst(control) && asksFirst(error)
      ? signInFirst("a wrong response_type")
      : skipped("needs_control", "no error is sent to the client", "authorize_error_redirect");
  });
}

export const ERROR_RESPONSE_CHECKS: readonly AuditCheck[] = [
  {
    id: "authorize_error_redirect",
    severity: "warning",
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const visited = await errorVisit(audit);
      const { kind, parameters, response } = visited;
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      const isPushed = isOfPush(audit, visited);
      const code = (isPushed ? errorResponse(response).error : parameters.get("error")) ?? "";
      const inFragment = visited.fragment.get("error");
      if (kind === "error" && code === "" && inFragment !== null) {
        return deviates(
          `the error ${quoted(inFragment)} is in the fragment, which the client does not receive`,
        );
      }
      if (kind === "error" || (isPushed && kind === "refused")) {
        return ERROR_CODES.includes(code)
          ? passed(`the error ${quoted(code)} is sent to the client`)
          : deviates(`the error ${quoted(code)} is not a registered code`);
      }
      if (asksFirst(control) && (kind === "page" || kind === "other_redirect")) {
        return signInFirst("a wrong response_type");
      }
      return deviates(`the error is not sent to the client: ${observed(response)}`);
    }),
  },
  {
    id: "authorize_error_state",
    severity: "error",
    attacker: "A1",
    cost: { requests: 0 },
    run: withError((_, { parameters }) => {
      const states = parameters.getAll("state");
      return states.length === 1 && states[0] === STATE
        ? passed("the error has the state of the request")
        : deviates(
          states.length === 1
            ? `the error has the state ${quoted(states[0] ?? "", 300)}, expected ${quoted(STATE)}`
            : `the error response has ${states.length} values of state, expected one`,
        );
    }),
  },
  {
    id: "authorize_error_iss",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 0 },
    run: withError(({ discovery, rules }, { parameters }) => {
      const { metadata } = discovery;
      const isAnnounced = metadata?.issParameter === true;
      if (!isAnnounced && rules.era === "initialize") {
        return skipped("not_advertised", "the metadata does not announce iss");
      }
      const issuers = parameters.getAll("iss");
      if (issuers.length === 0) {
        const choices = isAnnounced
          ? { severity: "error" } as const
          : { isOfStateless: true } as const;
        return deviates("the error has no iss", choices);
      }
      return issuers.length === 1 && issuers[0] === metadata?.issuer
        ? passed("the error has the iss of the metadata")
        : deviates(
          `the error has the iss ${issuers.map((it) => quoted(it)).join(", ")}, expected ` +
            quoted(metadata?.issuer ?? ""),
          { severity: "error" },
        );
    }),
  },
];
