/**
 * Exchanges for the tests of this room.
 *
 * @module
 */

import type { Exchange } from "../../src/core/exchange.ts";

/** The parts of an exchange that a test cares about. */
export interface ExchangeParts {
  readonly request?: Partial<Exchange["request"]>;
  readonly response?: Partial<NonNullable<Exchange["response"]>> | null;
}

/** An exchange with everything else filled in. */
export function exchangeOf(
  parts: ExchangeParts = {},
  rest: Partial<Omit<Exchange, "request" | "response">> = {},
): Exchange {
  return {
    id: 1,
    step: "token",
    purpose: "token",
    startedAt: "2026-01-02T03:04:05.000Z",
    durationMs: 12,
    request: {
      method: "POST",
      url: "https://as.example/token",
      headers: [],
      body: null,
      ...parts.request,
    },
    response: parts.response === null ? null : {
      status: 200,
      statusText: "OK",
      headers: [],
      body: "",
      bodyBytes: 0,
      truncated: false,
      ...parts.response,
    },
    fault: null,
    redirectOf: null,
    ...rest,
  };
}
