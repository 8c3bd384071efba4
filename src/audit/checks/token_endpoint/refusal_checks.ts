/** Token requests that need no consent, all of which have to be refused (RFC 6749 §5.2). @module */

import { counted } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { isJsonType, mediaType } from "../../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditClient } from "../../context/clients.ts";
import type { AuditCheck } from "../../context/check.ts";
import { inventedExchange } from "../../judge/invented.ts";
import { deviates, inconclusive, passed, skipped } from "../../context/outcome.ts";
import { isRegisteredError, judgeRefusal, noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";

const errorOf = (response: HttpResponse) => errorResponse(response).error;

/** True if a valid exchange has succeeded, so that another refusal is about the tested value. */
const hasControl = ({ result }: Audit) => result("exchange_good")?.verdict === "passed";

/** A refusal with another error than clients expect, which they cannot act on. */
function refusedOtherwise(response: HttpResponse, what: string, expected: string): Outcome {
  return deviates(`${what} is refused with ${observed(response)}, expected ${expected}`, {
    severity: "warning",
  });
}

/** What is wrong with the form of a refusal, for clients that read RFC 6749. */
function formFault(response: HttpResponse): string | undefined {
  const { status } = response;
  const { error } = errorResponse(response);
  const type = mediaType(response);
  if (!isJsonType(type)) return `content type ${quoted(type)}, expected application/json`;
  if (error === undefined) return 'no "error"';
  if (!isRegisteredError(error)) return `"error" is ${quoted(error)}, which no RFC defines`;
  const isExpected = status === 400 || status === 401 && error === "invalid_client";
  return isExpected ? undefined : `HTTP ${status} with ${quoted(error)}, expected HTTP 400`;
}

function isRefusal(response: HttpResponse): boolean {
  if (noJudgement(response) !== undefined || response.status >= 500) return false;
  return response.status >= 400 || errorResponse(response).hasError;
}

export const REFUSAL_CHECKS: readonly AuditCheck[] = [
  {
    id: "exchange_unknown_client",
    severity: "error",
    attacker: "A3",
    cost: { requests: 1 },
    async run(audit) {
      const client: AuditClient = {
        clientId: `mcpass-audit-${randomValue()}`,
        method: "none",
        redirectUri: "http://127.0.0.1/callback",
        response: undefined,
        registration: {},
        management: undefined,
      };
      const response = await audit.grants.token(inventedExchange(audit, client), client);
      const what = "a client that is not registered";
      const error = errorOf(response);
      if (error === "invalid_grant" || error === "unauthorized_client") {
        return refusedOtherwise(response, what, "invalid_client");
      }
      return judgeRefusal(response, {
        what,
        codes: ["invalid_client"],
        hasControl: hasControl(audit),
        anyForm: true,
      });
    },
  },
  {
    id: "exchange_invented_code",
    severity: "error",
    attacker: "A3",
    cost: { requests: 1 },
    async run(audit) {
      const client = await audit.clients.forRefusals();
      const response = await audit.grants.token(inventedExchange(audit, client), client);
      const what = "a code that was never issued";
      if (errorOf(response) === "invalid_request" && hasControl(audit) && response.status < 500) {
        return refusedOtherwise(response, what, "invalid_grant");
      }
      return judgeRefusal(response, {
        what,
        codes: ["invalid_grant"],
        hasControl: hasControl(audit),
        anyForm: true,
      });
    },
  },
  {
    id: "exchange_query_ignored",
    severity: "warning",
    attacker: "A3",
    requires: ["exchange_invented_code"],
    cost: { requests: 2 },
    async run(audit) {
      const { clients, grants, discovery } = audit;
      const client = await clients.forRefusals();
      if (client.method !== "none") {
        const message = "only a public client can be tested: a secret must not be in a URL";
        return skipped("needs_client", message);
      }
      const url = new URL(discovery.metadata?.tokenEndpoint ?? "");
      const query = { ...inventedExchange(audit, client), client_id: client.clientId };
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) url.searchParams.set(name, String(value));
      }
      const form = await grants.token(inventedExchange(audit, client), client);
      if (errorOf(form) !== "invalid_grant") {
        return inconclusive("indistinct", `an invented code in the form gets ${observed(form)}`);
      }
      const response = await grants.post(url.href, {}, null);
      if (errorOf(response) === "invalid_grant") {
        return deviates(`an invented code in the URL gets ${observed(response)}, as in the form`);
      }
      return judgeRefusal(response, { what: "a code in the URL", anyForm: true });
    },
  },
  {
    id: "exchange_unknown_grant",
    severity: "warning",
    cost: { requests: 1 },
    async run(audit) {
      const client = await audit.clients.forRefusals();
      const resource = audit.discovery.resourceParameter;
      const form = { grant_type: "urn:mcpass:audit:unknown", resource };
      const response = await audit.grants.token(form, client);
      const what = "a grant type that does not exist";
      const error = errorOf(response);
      const isOther = ["invalid_request", "invalid_grant", "invalid_client"].some((code) =>
        code === error
      );
      if (isOther && response.status < 500) {
        return refusedOtherwise(response, what, "unsupported_grant_type");
      }
      return judgeRefusal(response, {
        what,
        codes: ["unsupported_grant_type", "unauthorized_client"],
        hasControl: hasControl(audit),
        anyForm: true,
      });
    },
  },
  {
    id: "exchange_password",
    severity: "warning",
    attacker: "A1",
    unsafe: true,
    cost: { requests: 1 },
    async run(audit) {
      const { clients, grants, secrets, discovery } = audit;
      const client = await clients.forRefusals();
      const password = randomValue();
      secrets.add(password);
      const username = `mcpass-audit-${randomValue().slice(0, 12)}`;
      const resource = discovery.resourceParameter;
      const form = { grant_type: "password", username, password, resource };
      const response = await grants.token(form, client);
      if (errorOf(response) === "invalid_grant") {
        return deviates(`wrong credentials in the password grant get ${observed(response)}`);
      }
      const what = "the password grant";
      const error = errorOf(response) ?? "";
      // Another client may be allowed to use it.
      return ["invalid_request", "invalid_client", "access_denied"].includes(error)
        ? inconclusive("other_refusal", `${what} is refused to this client: ${observed(response)}`)
        : judgeRefusal(response, {
          what,
          codes: ["unsupported_grant_type", "unauthorized_client"],
          hasControl: hasControl(audit),
          anyForm: true,
        });
    },
  },
];

/** Judges what the other checks received, so it runs after them. */
export const ERROR_SHAPE_CHECK: AuditCheck = {
  id: "exchange_error_shape",
  severity: "warning",
  cost: { requests: 0 },
  run({ grants, cite }) {
    const refusals = grants.responses.filter(isRefusal);
    if (refusals.length === 0) {
      return skipped("needs_control", "no token request was refused", "exchange_invented_code");
    }
    const faults = refusals.flatMap((response) => {
      const fault = formFault(response);
      return fault === undefined ? [] : [{ response, fault }];
    });
    const [first] = faults;
    if (first === undefined) {
      cite(refusals.at(-1));
      return passed(`${counted(refusals.length, "refusal")} in the form of RFC 6749`);
    }
    cite(...faults.map(({ response }) => response));
    const texts = [...new Set(faults.map(({ fault }) => fault))];
    const count = `${faults.length} of ${counted(refusals.length, "refused token request")}`;
    return deviates(`${count}: ${texts.join("; ")}`);
  },
};
