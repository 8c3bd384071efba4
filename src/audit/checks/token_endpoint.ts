/** The token endpoint (RFC 6749 §5, RFC 7636 §4.6). @module */

import { isSuccess } from "../../oauth/common/endpoint_response.ts";
import { randomValue } from "../../oauth/authorization/authorization.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { deviates, passed } from "../context/outcome.ts";
import { judgeRefusal, noJudgement, observed } from "../context/refusal.ts";

const CHECKS: readonly AuditCheck[] = [
  {
    id: "exchange_good",
    severity: "error",
    requires: ["authorize_scopes", "authorize_resource"],
    cost: { requests: 2 },
    async run({ grants, cite }) {
      const reply = await grants.authorize();
      const response = await grants.exchange(reply);
      cite(response);
      await grants.read(response, reply.client, reply);
      if (isSuccess(response)) return passed("a valid code is exchanged");
      return noJudgement(response) ?? deviates(`a valid code is refused: ${observed(response)}`);
    },
  },
  {
    id: "exchange_invented_code",
    severity: "error",
    requires: ["exchange_good"],
    cost: { requests: 1 },
    async run({ grants, clients }) {
      const client = await clients.first();
      const response = await grants.token({
        grant_type: "authorization_code",
        code: randomValue(),
        redirect_uri: client.redirectUri,
        code_verifier: randomValue(),
      }, client);
      return judgeRefusal(response, {
        what: "a code that was never issued",
        codes: ["invalid_grant"],
        statuses: [400],
      });
    },
  },
];

export const TOKEN_ENDPOINT_GROUP: CheckGroup = {
  id: "token_endpoint",
  title: "Token endpoint",
  requires: ["asm_endpoints"],
  checks: CHECKS,
};
