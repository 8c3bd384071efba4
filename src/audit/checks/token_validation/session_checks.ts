/** MCP sessions, streams and origins, with a valid token (MCP transports, security best practices). @module */

import type { HeaderList } from "../../../core/exchange.ts";
import { quoted } from "../../../core/text.ts";
import { mediaType } from "../../../oauth/common/endpoint_response.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { doubtCheck, skipCheck } from "../../context/end_check.ts";
import {
  bearer,
  endSession,
  inSession,
  isOpeningOpen,
  openSession,
  sendMessage,
  type Session,
} from "../../judge/mcp_request.ts";
import { deviates, inconclusive, passed } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import {
  attemptOf,
  citeControl,
  judgeAttempt,
  type TokenAttempt,
  tryCredentials,
  tryToken,
} from "../../judge/token_attempt.ts";
import type { Outcome } from "../../context/verdict.ts";
import { INVENTED_ORIGIN } from "../../judge/invented.ts";

/** A server may send the head of a stream with its first event. */
const STREAM_MS = 5000;

/** A server also refuses a session by saying that there is none. */
const NO_SESSION = [404];

/** Lists the tools in a session; where that needs no token, it calls a tool without a name. */
async function useSession(
  audit: Audit,
  session: Pick<Session, "id" | "version">,
  credentials: HeaderList,
): Promise<TokenAttempt> {
  const request = isOpeningOpen(audit)
    ? inSession(session, "tools/call", { name: "", arguments: {} })
    : inSession(session, "tools/list");
  return await attemptOf(
    audit,
    await sendMessage(audit, request, credentials, { cookies: true }),
  );
}

/** Runs in a session that works with the shared token. */
async function withSession(
  audit: Audit,
  run: (session: Session, accessToken: string) => Promise<Outcome>,
): Promise<Outcome> {
  const { accessToken } = await audit.grants.first();
  const session = await openSession(audit, accessToken);
  if (session.id === undefined) {
    throw skipCheck("not_applicable", "the server opens no session");
  }
  try {
    const control = await useSession(audit, session, bearer(accessToken));
    if (control.verdict.kind !== "open" && !("errorCode" in control.verdict)) {
      const message = `the session does not work with its token: ${observed(control.response)}`;
      throw skipCheck("needs_control", message, "rs_good");
    }
    return await run(session, accessToken);
  } finally {
    await endSession(audit, session.id, bearer(accessToken));
  }
}

/** A token that does not belong to the session. */
async function otherOwner(audit: Audit) {
  const { plan, clients, grants, secrets } = audit;
  const given = plan.tokens?.secondAccount;
  secrets.add(given);
  if (given !== undefined) {
    const { response, isAccepted } = await tryToken(audit, given);
    if (isAccepted) return { accessToken: given, owner: "account" };
    const message = `the token of the second account is refused: ${observed(response)}`;
    throw doubtCheck("other_refusal", message);
  }
  const { accessToken } = await grants.open({}, await clients.second());
  return { accessToken, owner: "client" };
}

export const SESSION_CHECKS: readonly AuditCheck[] = [
  {
    id: "rs_session_alone",
    severity: "error",
    until: "2025-11-25",
    attacker: "A5",
    cost: { requests: 5 },
    run: (audit) =>
      withSession(audit, async (session) => {
        const attempt = await useSession(audit, session, []);
        return judgeAttempt(attempt, { what: "a session without a token", others: NO_SESSION });
      }),
  },
  {
    id: "rs_session_bound",
    severity: "warning",
    until: "2025-11-25",
    attacker: "A5",
    cost: { requests: 9, consents: 1 },
    run: (audit) =>
      withSession(audit, async (session) => {
        const { accessToken, owner } = await otherOwner(audit);
        const attempt = await useSession(audit, session, bearer(accessToken));
        return judgeAttempt(attempt, {
          what: `a session with the token of another ${owner}`,
          others: NO_SESSION,
        });
      }),
  },
  {
    id: "rs_session_unknown",
    severity: "warning",
    until: "2025-11-25",
    cost: { requests: 5 },
    run: (audit) =>
      withSession(audit, async ({ version }, accessToken) => {
        const unknown = { id: crypto.randomUUID(), version };
        const { response } = await useSession(audit, unknown, bearer(accessToken));
        const { status } = response;
        if (status === 404 || status === 400) {
          return passed(`an unknown session gets HTTP ${status}`);
        }
        return noJudgement(response) ??
          deviates(`an unknown session gets ${observed(response)}, expected HTTP 404`);
      }),
  },
  {
    id: "rs_session_ignored",
    severity: "warning",
    since: "2026-07-28",
    cost: { requests: 1 },
    async run(audit) {
      citeControl(audit);
      const { accessToken } = await audit.grants.first();
      const session = [["mcp-session-id", crypto.randomUUID()]] as const;
      const { response, isAccepted } = await tryCredentials(audit, [
        ...bearer(accessToken),
        ...session,
      ]);
      if (!isAccepted) {
        return noJudgement(response) ??
          deviates(`a request with Mcp-Session-Id gets ${observed(response)}`);
      }
      const sessionId = response.headers.get("mcp-session-id");
      return sessionId === null
        ? passed("a request with Mcp-Session-Id is accepted, and the response has none")
        : deviates(`the response has Mcp-Session-Id: ${quoted(sessionId, 60)}`);
    },
  },
  {
    id: "rs_get_with_token",
    severity: "warning",
    until: "2025-11-25",
    cost: { requests: 4 },
    async run(audit) {
      const { accessToken } = await audit.grants.first();
      const { id } = await openSession(audit, accessToken);
      const headers: HeaderList = [
        ["accept", "text/event-stream"],
        ...bearer(accessToken),
        ["mcp-protocol-version", audit.rules.id],
        ...id === undefined ? [] : [["mcp-session-id", id] as const],
      ];
      const request = { purpose: "mcp", method: "GET", url: audit.plan.serverUrl } as const;
      const signal = AbortSignal.timeout(STREAM_MS);
      const response = await audit.send({ ...request, headers, cookies: true, signal })
        .catch((error) => audit.signal.aborted ? Promise.reject(error) : undefined);
      await endSession(audit, id, bearer(accessToken));
      if (response === undefined) {
        const message = `GET with a valid token gets no response within ${STREAM_MS / 1000} s`;
        return inconclusive("network", message);
      }
      const { status } = response;
      const isStream = status === 200 && mediaType(response) === "text/event-stream";
      if (isStream) return passed("GET with a valid token opens a stream");
      if ([400, 404, 405, 406].includes(status)) {
        return passed(`GET with a valid token gets HTTP ${status}`);
      }
      return noJudgement(response) ??
        deviates(`GET with a valid token gets ${observed(response)}, expected a stream or 405`);
    },
  },
  {
    id: "rs_origin",
    severity: "warning",
    since: "2025-11-25",
    attacker: "A1",
    cost: { requests: 2 },
    async run(audit) {
      citeControl(audit);
      const { accessToken } = await audit.grants.first();
      const origin = [["origin", INVENTED_ORIGIN]] as const;
      const { response, isAccepted } = await tryCredentials(audit, [
        ...bearer(accessToken),
        ...origin,
      ]);
      if (isAccepted) {
        return deviates(
          `a request with "Origin: ${INVENTED_ORIGIN}" is accepted. To accept every origin is right ` +
            "only for a public server that uses no cookies",
        );
      }
      return noJudgement(response) ??
        (response.status >= 500
          ? deviates(`a foreign origin causes a server error: ${observed(response)}`)
          : passed(`a foreign origin is refused: ${observed(response)}`));
    },
  },
];
