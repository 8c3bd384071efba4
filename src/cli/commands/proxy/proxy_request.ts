import type { HeaderList } from "../../../core/exchange.ts";
import { usageFailure } from "../../../core/failure.ts";
import { parseJson } from "../../../core/json.ts";
import { VERSION } from "../../../core/version.ts";
import type { GuardedRequest } from "../../../http/guard/guarded_request.ts";
import type { ProxyOptions } from "./proxy_flags.ts";
import { posixWord } from "../../args/command_line.ts";
import { readBytes } from "../../shared/input_files.ts";
import type { Runtime } from "../../command/runtime.ts";

const WITHOUT_BODY = ["GET", "HEAD", "OPTIONS"];

const HARMLESS = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "content-language",
  "content-type",
  "content-encoding",
  "if-modified-since",
  "if-none-match",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "origin",
  "user-agent",
  "host",
  "connection",
  "content-length",
]);

export function isHarmless(name: string): boolean {
  return HARMLESS.has(name.toLowerCase());
}

/** A form: encoded names and values, with at most a newline at the end. */
const FORM = /^[^\s&=]+=[^\s&]*(?:&[^\s&=]+=[^\s&]*)*\r?\n?$/;

export function bodyType(body: Uint8Array): string | undefined {
  if (body.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return "application/octet-stream";
  }
  if (parseJson(text) !== undefined) return "application/json";
  return FORM.test(text) ? "application/x-www-form-urlencoded" : "text/plain;charset=UTF-8";
}

async function bodyOf(body: string | undefined, runtime: Runtime): Promise<Uint8Array | null> {
  if (body === undefined) return null;
  if (body === "-" || body === "@-") return await readBytes("--body", "-", runtime);
  if (!body.startsWith("@")) return new TextEncoder().encode(body);
  if (body === "@") {
    throw usageFailure("invalid_value", '--body: no path follows "@"', "Write @file");
  }
  return await readBytes("--body", body.slice(1), runtime);
}

/** @throws Failure of kind `usage` for a body that cannot be read or sent with the method. */
export async function proxyRequest(
  options: ProxyOptions,
  runtime: Runtime,
): Promise<GuardedRequest> {
  const { url = "", header } = options;
  const method = options.method ?? (options.body === undefined ? "GET" : "POST");
  if (options.body !== undefined && WITHOUT_BODY.includes(method)) {
    throw usageFailure(
      "body_without_method",
      `--body: a ${method} request cannot have a body`,
      "Add --method POST, or omit --body",
    );
  }
  const body = await bodyOf(options.body, runtime);
  const named = new Set(header.map(([name]) => name.toLowerCase()));
  const type = body === null ? undefined : bodyType(body);
  const defaults: HeaderList = [
    ["accept", "*/*"],
    ["accept-encoding", "identity"],
    ["user-agent", `mcpass/${VERSION}`],
    ...type === undefined ? [] : [["content-type", type] as const],
  ];
  return {
    method,
    url,
    headers: [...defaults.filter(([name]) => !named.has(name)), ...header],
    body,
  };
}

/** The scheme remains visible, so that a person sees what to insert. */
function hideValue(value: string): string {
  return `${/^(?:Bearer|Basic|DPoP|Digest) +(?=\S)/i.exec(value)?.[0] ?? ""}<hidden>`;
}

/** @param mask Masks secrets in a text by their structure. */
export function curlCommand(
  { method, url, headers, body: bytes }: GuardedRequest,
  { stepTimeout = 30_000, caFile, body }: ProxyOptions,
  mask: (text: string) => string,
): string {
  const words = [`curl --include --http1.1 --noproxy '*' --max-time ${stepTimeout / 1000}`];
  if (caFile !== undefined) words.push(`--cacert ${posixWord(caFile)}`);
  words.push(method === "HEAD" ? "--head" : `--request ${method}`);
  for (const [name, value] of headers) {
    const text = `${name}: ${isHarmless(name) ? value : hideValue(value)}`;
    words.push(`--header ${posixWord(text)}`);
  }
  if (bytes !== null && body !== undefined) {
    const isFile = body === "-" || body.startsWith("@");
    words.push(
      isFile
        ? `--data-binary ${posixWord(body === "-" ? "@-" : body)}`
        : `--data-raw ${posixWord(mask(body))}`,
    );
  }
  words.push(posixWord(mask(url)));
  return `${words.join(" \\\n  ")}\n`;
}
