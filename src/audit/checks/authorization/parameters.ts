/** How the authorization endpoint judges the parameters of a request. @module */

import { quoted } from "../../../core/text.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { isSuccess, jsonObject } from "../../../oauth/common/endpoint_response.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import type { Audit } from "../../context/audit.ts";
import {
  controlVisit,
  isRefusedVisit,
  judgeAccepted,
  judgeVisit,
  type Visit,
  visit,
} from "../../judge/authorization_visit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { deviates, inconclusive, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { withControl } from "./with_control.ts";
import { INVENTED_RESOURCE } from "../../judge/invented.ts";

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
      if (!isRefusedVisit(control)) return passed(`a valid request is accepted: ${saw}`);
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
      if (!isRefusedVisit(control)) return passed(`a request with resource is accepted: ${saw}`);
      const without = await visit(audit, { resource: undefined });
      if (isRefusedVisit(without)) {
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
  if (isRefusedVisit(without)) {
    const code = without.parameters.get("error") ?? errorResponse(without.response).error;
    return code === "invalid_scope"
      ? deviates(`the scopes that clients request are refused: ${saw}`)
      : inconclusive("other_refusal", `a valid request is refused: ${observed(control.response)}`);
  }
  return passed(`the scopes are accepted in a request without resource: ${saw}`);
}
