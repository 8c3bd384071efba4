/** A request as a curl command. @module */

import type { GuardedRequest } from "../../../http/guard/guarded_request.ts";
import { posixWord } from "../../args/command_line.ts";
import { isHarmless } from "./proxy_request.ts";
import type { ProxyOptions } from "./proxy_flags.ts";

function bodyArguments(request: GuardedRequest, body: string | undefined, mask: Mask): string[] {
  if (request.body === null || body === undefined) return [];
  if (body === "-" || body.startsWith("@")) {
    return [`--data-binary ${posixWord(body === "-" ? "@-" : body)}`];
  }
  return [`--data-raw ${posixWord(mask(body))}`];
}

type Mask = (text: string) => string;

/**
 * A curl command that sends the same request, with one option on each line.
 *
 * @param mask Masks secrets in a text by their structure.
 */
export function curlCommand(
  request: GuardedRequest,
  options: ProxyOptions,
  mask: (text: string) => string,
): string {
  const methodWords = request.method === "HEAD" ? ["--head"] : [`--request ${request.method}`];
  const headers = request.headers.map(([name, value]) =>
    `--header ${posixWord(`${name}: ${isHarmless(name) ? value : hidden(value)}`)}`
  );
  const seconds = (options.stepTimeout ?? 30_000) / 1000;
  const words = [
    `curl --include --http1.1 --noproxy '*' --max-time ${seconds}`,
    ...options.caFile === undefined ? [] : [`--cacert ${posixWord(options.caFile)}`],
    ...methodWords,
    ...headers,
    ...bodyArguments(request, options.body, mask),
    posixWord(mask(request.url)),
  ];
  return `${words.join(" \\\n  ")}\n`;
}

/** `Bearer <hidden>`: the scheme remains visible, so that a person knows what to insert. */
function hidden(value: string): string {
  return `${/^(?:Bearer|Basic|DPoP|Digest) +(?=\S)/i.exec(value)?.[0] ?? ""}<hidden>`;
}
