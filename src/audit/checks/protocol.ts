/** Versions and headers of the MCP revisions, at the HTTP level (MCP transports). @module */

import type { HeaderList } from "../../core/exchange.ts";
import { isObject, type JsonObject, parseJson } from "../../core/json.ts";
import { CLIENT_INFO } from "../../flow/discovery/unauthenticated_request.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  initializeRequest,
  type McpRequest,
  sessionRequest,
  statelessRequest,
} from "../../oauth/mcp/first_request.ts";
import { LATEST, LATEST_INITIALIZE, type RevisionId } from "../../oauth/mcp/revision.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import {
  bearer,
  endSession,
  inSession,
  isOpeningOpen,
  openSession,
  sendMessage,
} from "../judge/mcp_request.ts";
import { deviates, inconclusive, passed, worstOf } from "../context/outcome.ts";
import { noJudgement, observed } from "../judge/refusal.ts";
import { attemptOf, citeControl } from "../judge/token_attempt.ts";
import type { Outcome } from "../context/verdict.ts";

/** Not a revision of MCP. */
const UNKNOWN_VERSION = "1999-01-01";

const UNSUPPORTED_VERSION = -32022;
const HEADER_MISMATCH = -32020;

function rpcError({ body }: HttpResponse): JsonObject {
  const message = parseJson(body);
  const error = isObject(message) ? message["error"] : undefined;
  return isObject(error) ? error : {};
}

/** Judges a response that has to be 400, with one of these JSON-RPC errors. */
async function judgeBadRequest(
  audit: Audit,
  received: HttpResponse,
  what: string,
  codes: readonly number[],
): Promise<Outcome> {
  const { response, verdict } = await attemptOf(audit, received);
  const saw = observed(response);
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  if (verdict.kind === "open") return deviates(`${what} is accepted: HTTP ${response.status}`);
  if (response.status >= 500) {
    return deviates(`${what} causes a server error: ${saw}`, { severity: "warning" });
  }
  if (response.status === 401 || response.status === 403) {
    return inconclusive("other_refusal", `${what} gets ${saw}, which is about the token`);
  }
  if (response.status !== 400) {
    return deviates(`${what} gets ${saw}, expected HTTP 400`, { severity: "warning" });
  }
  const { code } = rpcError(response);
  return codes.length === 0 || codes.some((it) => it === code)
    ? passed(`${what} is refused: ${saw}`)
    : deviates(`${what} is refused without the JSON-RPC error ${codes.join(" or ")}: ${saw}`, {
      severity: "warning",
    });
}

async function unknownVersion(audit: Audit, accessToken: string): Promise<Outcome> {
  const what = `the version "${UNKNOWN_VERSION}"`;
  const credentials = bearer(accessToken);
  if (audit.rules.era === "stateless") {
    const version = UNKNOWN_VERSION as RevisionId;
    const request = statelessRequest("tools/list", {}, version, CLIENT_INFO);
    const response = await sendMessage(audit, request, credentials);
    return await judgeBadRequest(audit, response, what, [UNSUPPORTED_VERSION]);
  }
  const session = await openSession(audit, accessToken);
  const request = inSession({ ...session, version: UNKNOWN_VERSION }, "tools/list");
  const response = await sendMessage(audit, request, credentials, { cookies: true });
  await endSession(audit, session.id, credentials);
  return await judgeBadRequest(audit, response, what, []);
}

/** Requests without a token that are wrong in another way too. */
function badRequests({ rules }: Audit): readonly (readonly [what: string, request: McpRequest])[] {
  const { era, id } = rules;
  const message = (method: string) =>
    era === "stateless"
      ? statelessRequest(method, {}, id, CLIENT_INFO)
      : sessionRequest({ id: 1, method }, { version: id, id: null });
  const withField = (request: McpRequest, ...fields: HeaderList): McpRequest => ({
    ...request,
    headers: [
      ...request.headers.filter(([name]) => !fields.some(([other]) => other === name)),
      ...fields,
    ],
  });
  const opening = era === "stateless" ? message("tools/list") : initializeRequest(id, CLIENT_INFO);
  const session = withField(message("tools/list"), ["mcp-session-id", crypto.randomUUID()]);
  return [
    ["an unknown version", withField(opening, ["mcp-protocol-version", UNKNOWN_VERSION])],
    ["an unknown session", session],
    ["an unknown method", message("mcpass/audit")],
  ];
}

const CHECKS: readonly AuditCheck[] = [
  {
    id: "wire_unknown_version",
    severity: "error",
    since: "2025-06-18",
    requires: ["rs_good"],
    cost: { requests: 4 },
    async run(audit) {
      citeControl(audit);
      const { accessToken } = await audit.grants.first();
      return await unknownVersion(audit, accessToken);
    },
  },
  {
    id: "wire_mismatch",
    severity: "error",
    since: "2026-07-28",
    requires: ["rs_good"],
    cost: { requests: 2 },
    async run(audit) {
      citeControl(audit);
      const credentials = bearer((await audit.grants.first()).accessToken);
      const send = async (method: string, version: RevisionId, fields: HeaderList) =>
        await sendMessage(
          audit,
          statelessRequest(method, {}, version, CLIENT_INFO),
          [...credentials, ...fields],
        );
      const method = await send("tools/list", LATEST.id, [["mcp-method", "prompts/list"]]);
      const version = await send("tools/list", LATEST_INITIALIZE.id, [
        ["mcp-protocol-version", LATEST.id],
      ]);
      return worstOf([
        await judgeBadRequest(audit, method, "an Mcp-Method that differs from the body", [
          HEADER_MISMATCH,
        ]),
        await judgeBadRequest(
          audit,
          version,
          "an MCP-Protocol-Version that differs from the body",
          [
            HEADER_MISMATCH,
            UNSUPPORTED_VERSION,
          ],
        ),
      ]);
    },
  },
  {
    id: "wire_refusal_kind",
    severity: "warning",
    cost: { requests: 3 },
    async run(audit) {
      const outcomes: Outcome[] = [];
      for (const [what, request] of badRequests(audit)) {
        const response = await sendMessage(audit, request);
        const saw = `${what} without a token gets ${observed(response)}`;
        const isWrong = response.status >= 500 ||
          response.status < 300 && !isOpeningOpen(audit);
        outcomes.push(noJudgement(response) ?? (isWrong ? deviates(saw) : passed(saw)));
      }
      return worstOf(outcomes);
    },
  },
];

export const PROTOCOL_GROUP: CheckGroup = {
  id: "protocol",
  title: "Protocol revisions",
  requires: ["challenge_status"],
  checks: CHECKS,
};
