/** The challenge of a server that asks for a token only when a tool is called. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import { emptyToolCall, judgeWithoutToken } from "../../oauth/mcp/first_request.ts";
import type { LoginContext } from "../context/login_context.ts";
import {
  judgeUnauthenticatedResponse,
  openWithoutToken,
  type UnauthenticatedResponse,
} from "./unauthenticated_response.ts";
import { CLIENT_INFO, sendToServer } from "./unauthenticated_request.ts";

/** The first requests were answered, so a request without a response shows nothing. */
function networkFailureOf(error: unknown): Failure {
  const failure = toFailure(error);
  if (failure.kind === "cancelled" || failure.code === "internal_error") throw error;
  return failure;
}

/**
 * Calls no tool: the name is empty, so that nothing can run. A server that checks tokens at tool calls
 * answers with its challenge.
 *
 * @param first The response to the first requests, which needed no token.
 * @returns Undefined if the call needs no token either.
 */
export async function requestToolCall(
  context: LoginContext,
  { protocol }: UnauthenticatedResponse,
): Promise<UnauthenticatedResponse | undefined> {
  const call = emptyToolCall(protocol, CLIENT_INFO);
  const answer = await sendToServer(context, call, 1).catch(networkFailureOf);
  if (answer instanceof Failure) return undefined;
  const verdict = await judgeWithoutToken(answer, protocol.era);
  if (verdict.kind !== "unauthorized") return undefined;
  const { response, judgements } = judgeUnauthenticatedResponse(context, protocol, answer, verdict);
  context.judge([...judgements, openWithoutToken("a tool call needs one")]);
  return { ...response, isLater: true };
}
