/** Authentication of confidential clients at the token endpoint (RFC 6749 §2.3, §3.2.1). @module */

import type { HttpResponse } from "../../../http/http_client.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import { errorResponse, refusesClient } from "../../../oauth/common/error_response.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditClient } from "../../context/clients.ts";
import type { AuditCheck } from "../../context/check.ts";
import { skipCheck } from "../../context/end_check.ts";
import type { AuthorizationReply } from "../../context/grants.ts";
import { inventedExchange } from "../../judge/invented.ts";
import { deviates, inconclusive, passed } from "../../context/outcome.ts";
import { noJudgement, observed, succeeds } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";

const SECRET_METHODS = ["client_secret_basic", "client_secret_post"] as const;

/** A client that shows no secret, and one that shows a wrong one. */
const WRONG_CLIENTS = [
  {
    what: "a confidential client without its secret",
    change: (client: AuditClient): AuditClient => ({ ...client, method: "none" }),
  },
  {
    what: "a confidential client with a wrong secret",
    change: (client: AuditClient): AuditClient => ({ ...client, clientSecret: randomValue() }),
  },
] as const;

const sendInvented = (audit: Audit, client: AuditClient): Promise<HttpResponse> =>
  audit.grants.token(inventedExchange(audit, client), client);

/** With the right secret: the same code, or another one if the server ended it at the refusal. */
async function exchangeRight(
  { grants }: Audit,
  client: AuditClient,
  reply: AuthorizationReply,
): Promise<HttpResponse> {
  const same = await grants.exchange(reply);
  const isEnded = errorResponse(same).error === "invalid_grant";
  const used = isEnded ? await grants.authorize({}, client) : reply;
  const response = isEnded ? await grants.exchange(used) : same;
  await grants.read(response, client, used);
  return response;
}

/** Tries a real code, because the server judges an invented code before the secret. */
async function judgeWithCode(
  audit: Audit,
  client: AuditClient,
  { what, change }: typeof WRONG_CLIENTS[number],
): Promise<Outcome> {
  const { grants } = audit;
  const reply = await grants.authorize({}, client);
  const response = await grants.exchange(reply, {}, change(client));
  if (succeeds(response)) {
    await grants.read(response, client, reply);
    return deviates(`${what} obtains a token: ${observed(response)}`);
  }
  const control = await exchangeRight(audit, client, reply);
  return isSuccess(control) ? passed(`${what} is refused: ${observed(response)}`) : inconclusive(
    "indistinct",
    `${what} gets ${observed(response)}; with the right secret: ${observed(control)}`,
  );
}

/** Checks of clients with a secret; skipped if the server issues none. */
export const CLIENT_CHECKS: readonly AuditCheck[] = [
  {
    id: "exchange_client_auth",
    severity: "error",
    attacker: "A3",
    cost: { requests: 7, registrations: 1 },
    async run(audit) {
      const { clients, grants } = audit;
      const client = await clients.confidential();
      if (client.clientSecret === undefined) {
        throw skipCheck("needs_client", "the server issued no client secret");
      }
      const control = await sendInvented(audit, client);
      const nothing = noJudgement(control);
      if (nothing !== undefined) return nothing;
      if (refusesClient(control)) {
        const message = `the right secret is refused: ${observed(control)}`;
        throw skipCheck("needs_control", message, "exchange_methods");
      }
      let last: Outcome | undefined;
      // Wrong secrets may lock out a client of the operator.
      const isOurs = client.response !== undefined;
      for (const wrong of isOurs ? WRONG_CLIENTS : WRONG_CLIENTS.slice(0, 1)) {
        const response = await sendInvented(audit, wrong.change(client));
        const saw = `${wrong.what} is refused: ${observed(response)}`;
        const limited = noJudgement(response);
        if (limited !== undefined) return limited;
        if (refusesClient(response)) {
          last ??= passed(saw);
          continue;
        }
        if (succeeds(response)) {
          return deviates(`${wrong.what} is accepted: ${observed(response)}`);
        }
        if (grants.asksPerson) {
          last = inconclusive("indistinct", `${saw}, as with the right secret`);
          continue;
        }
        const outcome = await judgeWithCode(audit, client, wrong);
        if (outcome.kind !== "passed") return outcome;
        last = outcome;
      }
      return last ?? passed("a wrong secret is refused");
    },
  },
  {
    id: "exchange_methods",
    severity: "warning",
    cost: { requests: 2, registrations: 2 },
    async run(audit) {
      const { clients, discovery } = audit;
      const name = "token_endpoint_auth_methods_supported";
      const listed = listMember(discovery.serverDocument, name) ?? [];
      const methods = SECRET_METHODS.filter((method) => listed.includes(method));
      if (methods.length === 0) {
        throw skipCheck("not_advertised", "no method with a client secret is listed");
      }
      const faults: string[] = [];
      const tried: string[] = [];
      for (const method of methods) {
        const client = await clients.confidential(method);
        if (client.clientSecret === undefined || client.method !== method) continue;
        tried.push(method);
        const response = await sendInvented(audit, client);
        const nothing = noJudgement(response);
        if (nothing !== undefined) return nothing;
        if (refusesClient(response)) faults.push(`${method}: ${observed(response)}`);
      }
      if (tried.length === 0) {
        throw skipCheck("needs_client", "the server registered no client with a secret");
      }
      return faults.length > 0
        ? deviates(`the right secret is refused: ${faults.join("; ")}`)
        : passed(`the right secret is accepted with ${tried.join(" and ")}`);
    },
  },
];
