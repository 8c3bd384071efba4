/** Reading and deleting registrations (RFC 7592). @module */

import { randomValue } from "../../../oauth/authorization/authorization.ts";
import { isSuccess } from "../../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import type { ManagementAccess } from "../../../oauth/client/management_access.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditClient } from "../../context/clients.ts";
import { asksFirst, at, controlVisit, visit } from "../../judge/authorization_visit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { skipCheck } from "../../context/end_check.ts";
import { deviates, inconclusive, passed, skipped, worstOf } from "../../context/outcome.ts";
import { judgeRefusal, noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { registeredClient } from "./attempt.ts";

function managementOf({ management }: AuditClient): ManagementAccess {
  if (management !== undefined) return management;
  const message = "the registration has no registration_client_uri and registration_access_token";
  throw skipCheck("not_advertised", message);
}

const read = (audit: Audit, url: string, token: string | undefined) =>
  audit.send({
    purpose: "registration",
    url,
    headers: token === undefined ? [] : [["authorization", `Bearer ${token}`]],
  });

/** Reads the registration with its own token: the control of the refusals. */
async function readOwn(audit: Audit): Promise<ManagementAccess> {
  const management = managementOf(await registeredClient(audit));
  const response = await read(audit, management.registrationUri, management.registrationToken);
  if (isSuccess(response)) return management;
  const message = `the registration cannot be read with its own token: ${observed(response)}`;
  throw skipCheck("needs_control", message);
}

const deletedClients = new WeakMap<Audit, AuditClient>();

/** Judges by the response to an invented code whether the token endpoint still knows a client. */
async function judgeTokenEndpoint(audit: Audit, client: AuditClient): Promise<Outcome> {
  const invented = {
    grant_type: "authorization_code",
    code: randomValue(),
    redirect_uri: client.redirectUri,
    code_verifier: randomValue(),
  };
  const response = await audit.grants.token(invented, client);
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  const { error } = errorResponse(response);
  return error === "invalid_client" || response.status === 401
    ? passed(`the token endpoint refuses the deleted client: ${observed(response)}`)
    : inconclusive(
      "indistinct",
      "the authorization endpoint asks for a sign-in first, and the token endpoint " +
        `does not say whether it knows the client: ${observed(response)}`,
    );
}

export const MANAGEMENT_CHECKS: readonly AuditCheck[] = [
  {
    id: "dcr_manage_protected",
    severity: "error",
    attacker: "A1",
    cost: { requests: 3 },
    async run(audit) {
      const { registrationUri: url } = await readOwn(audit);
      return worstOf([
        judgeRefusal(await read(audit, url, undefined), {
          what: "a management request without a token",
        }),
        judgeRefusal(await read(audit, url, randomValue()), {
          what: "a management request with an invented token",
        }),
      ]);
    },
  },
  {
    id: "dcr_manage_foreign",
    severity: "error",
    attacker: "A1",
    requires: ["dcr_manage_protected"],
    cost: { requests: 3, registrations: 1 },
    async run(audit) {
      const { registrationUri: url } = await readOwn(audit);
      const { registrationToken } = managementOf(await audit.clients.second());
      const response = await read(audit, url, registrationToken);
      return judgeRefusal(response, { what: "the registration access token of another client" });
    },
  },
  {
    id: "dcr_delete",
    severity: "warning",
    cost: { requests: 2, registrations: 1 },
    async run(audit) {
      await registeredClient(audit);
      const { response, client } = await audit.clients.register();
      if (client === undefined) {
        const message = `another client could not be registered: ${observed(response)}`;
        return noJudgement(response) ?? skipped("needs_client", message);
      }
      const removal = await audit.clients.remove(client);
      if (removal === undefined) {
        return deviates(
          "the registration has no registration_client_uri and registration_access_token",
        );
      }
      if (isSuccess(removal)) deletedClients.set(audit, client);
      if (removal.status === 204) return passed("the deletion gets HTTP 204");
      return noJudgement(removal) ??
        deviates(`the deletion gets ${observed(removal)}, expected HTTP 204`);
    },
  },
  {
    id: "dcr_deleted_dead",
    severity: "error",
    attacker: "A1",
    requires: ["dcr_delete"],
    cost: { requests: 2 },
    async run(audit) {
      const client = deletedClients.get(audit);
      if (client === undefined) {
        return skipped("needs_control", "no client was deleted", "dcr_delete");
      }
      const control = await controlVisit(audit);
      const visited = await visit(audit, {}, client);
      const nothing = noJudgement(visited.response);
      if (nothing !== undefined) return nothing;
      if (visited.kind === "code") {
        return deviates(`for the deleted client, the server redirects${at(visited)}`);
      }
      return asksFirst(visited) && asksFirst(control)
        ? await judgeTokenEndpoint(audit, client)
        : passed(`the deleted client is refused: ${observed(visited.response)}`);
    },
  },
];
