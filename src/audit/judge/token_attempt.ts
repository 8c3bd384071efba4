/** Requests with valid and wrong credentials, and whether the MCP server accepts them. @module */

import type { HeaderList } from "../../core/exchange.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import {
  type FirstResponse,
  jsonRpcMessage,
  judgeFirstResponse,
  type McpRequest,
} from "../../oauth/mcp/first_request.ts";
import type { Audit, AuditRequest } from "../context/audit.ts";
import { bearer, endSession, isOpeningOpen, protectedRequest, sendMessage } from "./mcp_request.ts";
import { deviates, inconclusive, worstOf } from "../context/outcome.ts";
import { judgeRefusal, noJudgement, observed } from "./refusal.ts";
import type { Outcome } from "../context/verdict.ts";

export interface TokenAttempt {
  /** A message in an event stream is its body. */
  readonly response: HttpResponse;
  readonly verdict: FirstResponse;
  readonly isAccepted: boolean;
}

/** Where the opening needs no token, a tool call without a name is sent: accepted, it is an error. */
function isAccepted(
  audit: Pick<Audit, "discovery">,
  verdict: FirstResponse,
  { status }: HttpResponse,
): boolean {
  if (verdict.kind === "open") return true;
  const isCallError = "errorCode" in verdict && verdict.errorCode !== undefined && status < 500;
  return isOpeningOpen(audit) && isCallError;
}

export async function attemptOf(
  audit: Pick<Audit, "rules" | "discovery">,
  response: HttpResponse,
): Promise<TokenAttempt> {
  const type = mediaType(response);
  const verdict = await judgeFirstResponse(response, audit.rules.era);
  const message = type === "text/event-stream"
    ? await jsonRpcMessage(response.body, type)
    : undefined;
  const readable = message === undefined
    ? response
    : { ...response, body: JSON.stringify(message) };
  return { response: readable, verdict, isAccepted: isAccepted(audit, verdict, response) };
}

/** Sends the request that requires a token with these header fields, and ends a session that opens. */
export async function tryCredentials(
  audit: Audit,
  credentials: HeaderList,
  changes: Partial<Pick<AuditRequest, "url" | "certificate">> = {},
  request: McpRequest = protectedRequest(audit),
): Promise<TokenAttempt> {
  const response = await sendMessage(audit, request, credentials, changes);
  const attempt = await attemptOf(audit, response);
  if (attempt.isAccepted && audit.rules.era === "initialize") {
    const hasToken = credentials.some(([name]) => name.toLowerCase() === "authorization");
    await endSession(
      audit,
      response.headers.get("mcp-session-id"),
      hasToken ? credentials : bearer((await audit.grants.first()).accessToken),
    );
  }
  return attempt;
}

/** {@link tryCredentials} with a Bearer token. */
export function tryToken(audit: Audit, token: string): Promise<TokenAttempt> {
  return tryCredentials(audit, bearer(token));
}

interface AttemptRefusal {
  /** What was sent, as the subject of a sentence. */
  readonly what: string;
  /** Of a refusal that clients understand; by default any that is about the token. */
  readonly statuses?: readonly number[];
  /** Statuses that are a refusal here too. */
  readonly others?: readonly number[];
}

/** Statuses that are about the token. */
const TOKEN_STATUSES: readonly number[] = [400, 401, 403];

/** Judges a response to wrong credentials; the control is the check `rs_good`. */
export function judgeAttempt(
  { response, isAccepted }: TokenAttempt,
  { what, statuses, others = [] }: AttemptRefusal,
): Outcome {
  const { status } = response;
  const isOther = status >= 300 && status < 500 && !isAccepted;
  if (isOther && statuses !== undefined && !statuses.includes(status)) {
    return noJudgement(response) ??
      deviates(`${what} gets ${observed(response)}, expected HTTP ${statuses.join(" or ")}`);
  }
  const isPage = status !== 401 && mediaType(response) === "text/html";
  if (isOther && statuses === undefined && isPage) {
    return inconclusive("unavailable", `${what} gets a web page: ${observed(response)}`);
  }
  if (isOther && ![...TOKEN_STATUSES, ...others, ...statuses ?? []].includes(status)) {
    return noJudgement(response) ??
      inconclusive(
        "other_refusal",
        `${what} gets ${observed(response)}, which is not about the token`,
      );
  }
  return judgeRefusal(response, { what, accepts: () => isAccepted });
}

/** Adds the control to the evidence: a refusal proves nothing without it. */
export function citeControl(audit: Audit): void {
  const evidence = audit.result("rs_good")?.evidence ?? [];
  audit.cite(...evidence.map((exchangeId) => ({ exchangeId })));
}

/** Sends credentials that have to be refused, until one is accepted or the server limits requests. */
export async function refusesEach(
  audit: Audit,
  variants: readonly (AttemptRefusal & { readonly credentials: HeaderList })[],
): Promise<Outcome> {
  citeControl(audit);
  const outcomes: Outcome[] = [];
  for (const { credentials, ...refusal } of variants) {
    const outcome = judgeAttempt(await tryCredentials(audit, credentials), refusal);
    outcomes.push(outcome);
    const isEnd = outcome.kind === "deviates" && outcome.severity === undefined ||
      outcome.kind === "inconclusive" && outcome.reason === "rate_limited";
    if (isEnd) break;
  }
  return worstOf(outcomes);
}
