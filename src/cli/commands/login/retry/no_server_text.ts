/** The line about a URL at which there is no MCP server, and the URL to edit. @module */

import type { Failure } from "../../../../core/failure.ts";
import { printable } from "../../../../core/text.ts";
import { isLoopbackHost } from "../../../../core/url.ts";
import type { EndpointAttempt } from "../../../../flow/discovery/find_endpoint.ts";

/** `/, /mcp answered 404; /sse answered a web page (HTTP 200)`. */
function attemptsText(tried: readonly EndpointAttempt[]): string {
  const failures = new Map<string, Failure>();
  for (const { url, failure } of tried) if (!failures.has(url)) failures.set(url, failure);
  const answers = Map.groupBy(failures, ([, { detail, message }]) => {
    const text = detail ?? /\b(?:HTTP|answered) \d{3}\b/.exec(message)?.[0] ?? "something else";
    return text.replace(/^(?:HTTP|answered) (\d+)$/, "$1");
  });
  return [...answers].map(([answer, urls]) => {
    const paths = urls.map(([url]) => new URL(url).pathname + new URL(url).search);
    return `${paths.join(", ")} answered ${answer}`;
  }).join("; ");
}

/** Without the request before it, which is about the URL, and details in parentheses after it. */
const reasonOf = (message: string) =>
  message.replace(/^[A-Z]+ \S+: /, "").replace(/ \([^()]*\)$/, "");

/** One line: what was tried, and what was received. */
export function noServerLine(
  { message }: Failure,
  url: string,
  tried: readonly EndpointAttempt[],
): string {
  const { origin } = new URL(url);
  return tried.length === 0
    ? `Cannot reach ${origin}: ${printable(reasonOf(message), 200)}`
    : `No MCP server found at ${origin}: ${printable(attemptsText(tried), 200)}`;
}

/** The answer to edit. A local server often has no TLS. */
export function urlToEdit(url: string, { code }: Failure): string {
  const { protocol, hostname } = new URL(url);
  const isLocalTls = protocol === "https:" && isLoopbackHost(hostname) && /tls|timeout/.test(code);
  return isLocalTls ? url.replace(/^https:/, "http:") : url;
}
