/** Responses of a server without the message that was asked for. @module */

import { Failure } from "../../core/failure.ts";
import { isObject } from "../../core/json.ts";
import { excerpt, printable, quoted } from "../../core/text.ts";
import { mayBeSentAgain } from "../../http/client/resend.ts";
import { mediaType, statusAndType } from "../../oauth/common/endpoint_response.ts";
import { oneLine } from "../message/batch.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { type Message, readMessage } from "../message/message.ts";

export interface Refusal {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The JSON-RPC error in the body. */
  readonly error: Message | undefined;
}

/** Characters of a body that a person sees. */
const SHOWN = 200;

/** Seconds that a client waits for the server, at most. */
const MAX_WAIT_SECONDS = 60;

const MAX_RETRIES = 5;

/** Requests that only read, in addition to lists. */
const READS = /^(?:resources\/read|prompts\/get|completion\/complete)$/;

/** What is received of it: the time and the size of an error are limited. */
async function receivedText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  try {
    for await (const chunk of body ?? []) parts.push(decoder.decode(chunk, { stream: true }));
  } catch {
    // The rest is missing.
  }
  return parts.join("");
}

export async function readRefusal(response: Response): Promise<Refusal> {
  const { url, status, headers } = response;
  const body = await receivedText(response);
  const message = readMessage(oneLine(body));
  const isError = message?.kind === "response" && isObject(message.value["error"]);
  return { url, status, headers, body, error: isError ? message : undefined };
}

/** True if the server no longer knows the session of the request; nothing was executed. */
export function isSessionLost({ status, body, error }: Refusal): boolean {
  const { error: details } = error?.value ?? {};
  const code = isObject(details) ? details["code"] : undefined;
  // A server may use 404 for an unknown method too.
  if (status === 404) return code !== -32601;
  return (status === 400 || status === 503) && /\bsession\b|not.{0,10}initialized/i.test(body);
}

export function retryAfterSeconds(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = /\d/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

export function isReadOnly({ method = "", text }: Message): boolean {
  return READS.test(method) || mayBeSentAgain({ purpose: "mcp", method: "POST", body: text });
}

/** Milliseconds to wait before the message is sent again; undefined if that is not possible. */
export function retryDelay(
  { status, headers }: Refusal,
  message: Message,
  retries: number,
): number | undefined {
  const seconds = retryAfterSeconds(headers, Date.now());
  const isNotRun = status === 429 || (status === 503 && isReadOnly(message));
  const isSoon = seconds !== undefined && seconds <= MAX_WAIT_SECONDS;
  return isNotRun && isSoon && retries < MAX_RETRIES ? seconds * 1000 : undefined;
}

function adviceFor(status: number, retryAfter: number | undefined): string {
  if (retryAfter !== undefined) return `Try again in ${retryAfter} s`;
  if (status === 401) return "Sign in with mcpass oauth login";
  return status === 429 || status >= 500
    ? "Try again later"
    : "Check the URL, or ask the operator of the server";
}

/** The error of a request that got this response. */
export function refusalFault(
  refusal: Refusal,
  { method = "a message" }: Message,
  mask: (text: string) => string,
): BridgeFault {
  const { status, headers, body } = refusal;
  const seconds = retryAfterSeconds(headers, Date.now());
  const retryAfter = status === 429 || status === 503 ? seconds : undefined;
  const text = printable(excerpt(mask(body).replace(/\s+/g, " ").trim(), SHOWN));
  const said = text === "" ? "" : `: ${quoted(text)}`;
  const answer = mask(statusAndType(refusal));
  const found = `the server answered ${method} with HTTP ${answer}${said}`;
  const reason = status === 429 ? "rate_limited" : "upstream_http";
  return new BridgeFault(reason, `${found}. ${adviceFor(status, retryAfter)}`, {
    status,
    type: mask(mediaType(refusal) ?? "") || undefined,
    retryAfter,
  });
}

/** The error of a request whose response did not arrive. */
export function lostFault(
  message: Message,
  found: string,
  data: { readonly status?: number } = {},
): BridgeFault {
  const advice = isReadOnly(message)
    ? "Try again"
    : "The server may have executed it: check that before you try again";
  return new BridgeFault("response_lost", `${found}. ${advice}`, data);
}

/** The error of a request whose response has begun and does not continue. */
export function stalledFault(message: Message, status: number): BridgeFault {
  const { method = "the request" } = message;
  const found = `the response to ${method} started, and then nothing was received for 5 minutes`;
  return lostFault(message, found, { status });
}

/** Failures after which the server may have executed the request. */
const SENT = ["network_connection_reset", "network_protocol", "network_tls_closed"];

export function lostIfSent(error: unknown, message: Message): unknown {
  const isSent = error instanceof Failure && SENT.includes(error.code);
  return isSent ? lostFault(message, error.message) : error;
}

export function tooLongFault({ method = "the request" }: Message): BridgeFault {
  const found = `the response to ${method} is longer than 64 MB, a limit of mcpass`;
  return new BridgeFault("message_too_large", `${found}. Request less data at once`);
}
