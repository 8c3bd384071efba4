/** The errors with which the bridge itself answers a request. @module */

import { pickDefined } from "../../core/pick_defined.ts";
import { createMessage, idText, type Message, withId } from "./message.ts";

/** Outside of -32768 to -32000, which JSON-RPC and MCP reserve. */
export const BRIDGE_ERRORS = {
  login_required: -31901,
  login_declined: -31902,
  upstream_unreachable: -31903,
  upstream_http: -31904,
  response_lost: -31905,
  bridge_unmappable: -31906,
  message_too_large: -31907,
  tool_denied: -31908,
  rate_limited: -31909,
} as const;

export type BridgeReason = keyof typeof BRIDGE_ERRORS;

export interface BridgeErrorData {
  /** What a person has to run. */
  readonly command?: readonly string[] | undefined;
  readonly url?: string | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  /** HTTP status. */
  readonly status?: number | undefined;
  readonly [member: string]: unknown;
}

/**
 * The response to a request.
 *
 * @param message Complete advice: most hosts show nothing else.
 */
export function bridgeErrorResponse(
  request: Message,
  reason: BridgeReason,
  message: string,
  data: BridgeErrorData = {},
): Message {
  const error = {
    code: BRIDGE_ERRORS[reason],
    message,
    data: { source: "mcpass", reason, ...pickDefined(data) },
  };
  return withId(createMessage({ id: null, error }), idText(request));
}
