/** How the authorization endpoint judges the parameters of a request. @module */

import { quoted } from "../../../core/text.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { isSuccess, jsonObject } from "../../../oauth/common/endpoint_response.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import type { Audit } from "../../context/audit.ts";
import {
  asksFirst,
  controlVisit,
  judgeAccepted,
  judgeVisit,
  signInFirst,
  type Visit,
  visit,
} from "../../judge/authorization_visit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { deviates, inconclusive, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { withControl } from "./with_control.ts";
import { INVENTED_RESOURCE } from "../../judge/invented.ts";

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

const errors = new WeakMap<Audit, Promise<Visit>>();

/** A request with a response type that does not exist: its error has to go to the client. */
async function errorVisit(audit: Audit): Promise<Visit> {
  let made = errors.get(audit);
  if (made === undefined) {
    made = visit(audit, { response_type: "mcpass-audit", state: STATE });
    errors.set(audit, made);
  }
  const visited = await made;
  audit.cite(visited.response);
  return visited;
}

const STATE = randomValue();

/** Runs with the error that was sent to the redirect URI. */
function withError(run: (audit: Audit, error: Visit) => Outcome) {
  return withControl(async (audit, control) => {
    const error = await errorVisit(audit);
    if (error.kind === "error") return run(audit, error);
    return asksFirst(control) && asksFirst(error)
      ? signInFirst("a wrong response_type")
      : skipped("needs_control", "no error is sent to the client", "authorize_error_redirect");
  });
}

/** Exchanges a code that was obtained without PKCE: only if a token is issued, PKCE is optional. */
async function exchangeWithoutVerifier(audit: Audit): Promise<Outcome> {
  const reply = await audit.grants.authorize({
    code_challenge: undefined,
    code_challenge_method: undefined,
  });
  const response = await audit.grants.exchange(reply, { code_verifier: undefined });
  const document = jsonObject(response) ?? {};
  if (isSuccess(response) && typeof document["access_token"] === "string") {
    await audit.grants.read(response, reply.client, reply);
    return deviates("a request without a code challenge is accepted, and its code is exchanged");
  }
  return deviates(
    "a request without a code challenge gets a code, which the token endpoint refuses: " +
      observed(response),
    { severity: "warning" },
  );
}

export const PARAMETER_CHECKS: readonly AuditCheck[] = [
  {
    id: "authorize_scopes",
    severity: "error",
    cost: { requests: 1 },
    async run(audit) {
      const control = await controlVisit(audit);
      const nothing = noJudgement(control.response);
      if (nothing !== undefined) return nothing;
      const saw = observed(control.response);
      if (control.kind === "error" && control.parameters.get("error") === "invalid_scope") {
        return deviates(`the scopes that clients request are refused: ${saw}`);
      }
      const isRefused = ["error", "refused", "crashed"].includes(control.kind);
      if (!isRefused) return passed(`a valid request is accepted: ${saw}`);
      return audit.discovery.resourceParameter === undefined
        ? inconclusive("other_refusal", `a valid request is refused: ${saw}`)
        : await withoutResource(audit, control);
    },
  },
  {
    id: "authorize_resource",
    severity: "error",
    since: "2025-06-18",
    cost: { requests: 1 },
    async run(audit) {
      const control = await controlVisit(audit);
      const nothing = noJudgement(control.response);
      if (nothing !== undefined) return nothing;
      const saw = observed(control.response);
      const isRefused = ["error", "refused", "crashed"].includes(control.kind);
      if (!isRefused) return passed(`a request with resource is accepted: ${saw}`);
      const without = await visit(audit, { resource: undefined });
      if (["error", "refused", "crashed"].includes(without.kind)) {
        return skipped("needs_control", `the request is refused without resource too: ${saw}`);
      }
      const value = quoted(audit.discovery.resourceParameter ?? "");
      return deviates(
        `a request with the resource ${value} is refused: ${saw}; without it, it is accepted`,
      );
    },
  },
  {
    id: "authorize_pkce",
    severity: "error",
    attacker: "A3",
    cost: { requests: 3, consents: 1 },
    run: withControl(async (audit, control) => {
      const visited = await visit(audit, {
        code_challenge: undefined,
        code_challenge_method: undefined,
      });
      return visited.kind === "code" ? await exchangeWithoutVerifier(audit) : judgeVisit(
        visited,
        control,
        { what: "a request without a code challenge", codes: ["invalid_request"] },
      );
    }),
  },
  {
    id: "authorize_plain",
    severity: "warning",
    attacker: "A4",
    requires: ["authorize_pkce"],
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const methods = listMember(
        audit.discovery.serverDocument,
        "code_challenge_methods_supported",
      );
      if (methods?.includes("plain")) {
        return skipped("needs_control", 'the metadata lists "plain"', "asm_no_plain");
      }
      const changes = { code_challenge: randomValue(), code_challenge_method: "plain" };
      return judgeVisit(await visit(audit, changes), control, {
        what: "code_challenge_method=plain",
        codes: ["invalid_request"],
      });
    }),
  },
  {
    id: "authorize_implicit",
    severity: "warning",
    attacker: "A3",
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const visited = await visit(audit, { response_type: "token" });
      const { fragment, parameters } = visited;
      if (fragment.has("access_token") || parameters.has("access_token")) {
        for (const source of [fragment, parameters]) audit.secrets.add(source.get("access_token"));
        return deviates("response_type=token issues an access token in the redirect", {
          severity: "error",
        });
      }
      const wrong = fragment.has("error") ? { ...visited, parameters: fragment } : visited;
      return judgeVisit(wrong, control, { what: "response_type=token" });
    }),
  },
  {
    id: "authorize_error_redirect",
    severity: "warning",
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const { kind, parameters, response } = await errorVisit(audit);
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      const code = parameters.get("error") ?? "";
      if (kind === "error") {
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
  {
    id: "authorize_resource_unknown",
    severity: "warning",
    since: "2025-06-18",
    requires: ["authorize_resource"],
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const endpoint = URL.parse(audit.discovery.metadata?.authorizationEndpoint ?? "");
      if (endpoint?.searchParams.has("resource")) {
        const message = "the URL of the authorization endpoint has a resource parameter";
        return skipped("needs_control", message, "asm_endpoint_query");
      }
      return judgeVisit(await visit(audit, { resource: INVENTED_RESOURCE }), control, {
        what: "a resource that does not exist",
        codes: ["invalid_target", "invalid_request"],
      });
    }),
  },
  {
    id: "authorize_unknown_parameter",
    severity: "warning",
    cost: { requests: 1 },
    run: withControl(async (audit, control) =>
      judgeAccepted(await visit(audit, { mcpass_audit: "1" }), control, "an unknown parameter")
    ),
  },
  {
    id: "authorize_repeated_parameter",
    severity: "warning",
    requires: ["authorize_unknown_parameter"],
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const scope = new URL(control.response.url).searchParams.get("scope");
      const changes = scope === null
        ? { response_type: ["code", "code"] }
        : { scope: [scope, scope] };
      return judgeVisit(await visit(audit, changes), control, {
        what: `the parameter ${Object.keys(changes)[0]} sent twice`,
        codes: ["invalid_request", "invalid_scope"],
      });
    }),
  },
  {
    id: "authorize_odd_scope",
    severity: "info",
    cost: { requests: 2 },
    run: withControl(async (audit) => {
      const tried = [
        ["an unknown scope", await visit(audit, { scope: "mcpass-audit:unknown" })],
        ["a request without scope", await visit(audit, { scope: undefined })],
      ] as const;
      for (const [what, { kind, response, parameters }] of tried) {
        const nothing = noJudgement(response);
        if (nothing !== undefined) return nothing;
        const code = parameters.get("error");
        if (kind === "crashed") {
          return deviates(`${what} causes a server error: ${observed(response)}`);
        }
        if (code !== null && code !== "invalid_scope") {
          return deviates(`${what} is refused with ${quoted(code)}, expected "invalid_scope"`);
        }
      }
      return passed("unknown and missing scopes are refused with invalid_scope, or accepted");
    }),
  },
];

/** A refused `resource` is the deviation of another check. */
async function withoutResource(audit: Audit, control: Visit): Promise<Outcome> {
  const without = await visit(audit, { resource: undefined });
  const saw = observed(without.response);
  if (["error", "refused", "crashed"].includes(without.kind)) {
    const isScope = without.parameters.get("error") === "invalid_scope";
    return isScope
      ? deviates(`the scopes that clients request are refused: ${saw}`)
      : inconclusive("other_refusal", `a valid request is refused: ${observed(control.response)}`);
  }
  return passed(`the scopes are accepted in a request without resource: ${saw}`);
}
