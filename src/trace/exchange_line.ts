/**
 * One line an exchange, for `--verbose`.
 *
 * @module
 */

import type { Exchange } from "../core/exchange.ts";
import { printable } from "../core/text.ts";
import { createRedactor } from "./redact.ts";
import type { Secrets } from "./secrets.ts";

/**
 * `-> POST https://mcp.example/mcp  401  12 ms  (mcp, request_without_token)`: what was sent, what
 * came back or why nothing did, how long it took, and what for.
 *
 * What the exchange shows to be secret is added to `secrets`.
 */
export function exchangeLine(exchange: Exchange, secrets: Secrets): string {
  const { request, response, fault, ...rest } = createRedactor({ secrets }).exchange(exchange);
  const outcome = [response && String(response.status), fault?.code].filter(Boolean).join(" ");
  const origin = rest.redirectOf === null ? "" : `, redirected from ${rest.redirectOf}`;
  const certificate = request.certificate === undefined ? "" : ", with client certificate";
  return [
    `-> ${printable(request.method, 20)} ${printable(request.url)}`,
    outcome,
    `${rest.durationMs} ms`,
    `(${rest.purpose}, ${rest.step}${origin}${certificate})`,
  ].join("  ");
}
