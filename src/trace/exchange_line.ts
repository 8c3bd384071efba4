import type { Exchange } from "../core/exchange.ts";
import { runAtOnce } from "../core/work.ts";
import { printable } from "../core/text.ts";
import { createRedactor } from "./redactor.ts";
import type { Secrets } from "./secrets.ts";

/**
 * `-> POST https://mcp.example/mcp  401  12 ms  (mcp, request_without_token)`. Adds the secrets that the
 * exchange shows to `secrets`.
 */
export function exchangeLine(exchange: Exchange, secrets: Secrets): string {
  const redactor = createRedactor({ secrets });
  runAtOnce(redactor.exchangeWork(exchange));
  const { request, response, fault, ...rest } = exchange;
  const outcome = [response && String(response.status), fault?.code].filter(Boolean).join(" ");
  const origin = rest.redirectOf === null ? "" : `, redirected from ${rest.redirectOf}`;
  const certificate = request.certificate === undefined ? "" : ", with client certificate";
  return [
    `-> ${printable(request.method, 20)} ${printable(redactor.text(request.url))}`,
    outcome,
    `${rest.durationMs} ms`,
    `(${rest.purpose}, ${rest.step}${origin}${certificate})`,
  ].join("  ");
}
