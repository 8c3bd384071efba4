/** Whether the MCP server still accepts an access token that an authorization server ended. @module */

import type { HttpResponse } from "../../http/http_client.ts";
import { deviates, inconclusive } from "./outcome.ts";
import { judgeRefusal, noJudgement, observed } from "./refusal.ts";
import type { Outcome } from "./verdict.ts";

/** 401, and 403 of servers that should send 401. Any other answer is about the request. */
export const refusesToken = ({ status }: HttpResponse): boolean => status === 401 || status === 403;

/**
 * Judges a request with a token that has ended.
 *
 * @param before The same request, when the token was valid.
 * @param what The token, as the subject of a sentence.
 */
export function judgeEnded(before: HttpResponse, after: HttpResponse, what: string): Outcome {
  const nothing = noJudgement(before) ?? noJudgement(after);
  if (nothing !== undefined) return nothing;
  if (refusesToken(after) || after.status >= 500) return judgeRefusal(after, { what });
  return after.status === before.status
    ? deviates(`${what} is accepted: ${observed(after)}`)
    : inconclusive("other_refusal", `${what}: ${observed(after)}, before: ${observed(before)}`);
}
