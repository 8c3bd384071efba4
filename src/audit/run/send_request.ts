/** Sends the requests of checks. @module */

import type { Purpose } from "../../core/exchange.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import { isObject } from "../../core/json.ts";
import type { StepId } from "../../core/step.ts";
import type { HttpClient, HttpResponse } from "../../http/http_client.ts";
import { jsonRpcMessageArrives } from "../../oauth/mcp/first_request.ts";
import type { Audit, AuditRequest } from "../context/audit.ts";
import type { guardOperatorSecrets } from "./operator_secrets.ts";

const STEP_OF: Readonly<Record<Purpose, StepId>> = {
  mcp: "request_without_token",
  resource_metadata: "resource_metadata",
  authorization_server_metadata: "authorization_server_metadata",
  registration: "registration",
  authorization_preflight: "authorization",
  authorization: "authorization",
  token: "token",
  endpoint: "request",
};

function textOf(body: AuditRequest["body"]): { body?: string; type?: string } {
  if (body === undefined) return {};
  if (body instanceof URLSearchParams) {
    return { body: body.toString(), type: "application/x-www-form-urlencoded" };
  }
  return isObject(body) || Array.isArray(body)
    ? { body: JSON.stringify(body), type: "application/json" }
    : { body: String(body) };
}

/** An event stream is read until the response to the message; without a message, only its header. */
function streamEnd(hasMessage: boolean) {
  return hasMessage ? () => jsonRpcMessageArrives(1) : () => () => true;
}

/** After so many timeouts in a row, no further request is sent to an endpoint. */
const MAX_TIMEOUTS = 2;

/** Fails at once for an endpoint that only times out: otherwise each check would wait for it. */
function createTimeoutLimit() {
  const timeouts = new Map<string, readonly Failure[]>();
  return async function limited<T>(endpoint: string, send: () => Promise<T>): Promise<T> {
    const before = timeouts.get(endpoint) ?? [];
    const last = before.at(-1);
    if (last !== undefined && before.length >= MAX_TIMEOUTS) throw last;
    try {
      const response = await send();
      timeouts.delete(endpoint);
      return response;
    } catch (error) {
      if (error instanceof Failure && error.code === "network_timeout") {
        timeouts.set(endpoint, [...before, error]);
      }
      throw error;
    }
  };
}

interface SenderDeps {
  readonly http: Pick<HttpClient, "send">;
  /** For requests that make something: Ctrl-C does not end them. */
  readonly lastingHttp: Pick<HttpClient, "send">;
  readonly signal: AbortSignal;
  readonly guard: ReturnType<typeof guardOperatorSecrets>;
  readonly onResponse: (response: HttpResponse) => void;
}

export function createSender(
  { http, lastingHttp, signal, guard, onResponse }: SenderDeps,
): Audit["send"] {
  const limited = createTimeoutLimit();
  return async (request) => {
    const { purpose, method, url, headers = [], body, certificate, cookies = false } = request;
    const { body: text, type } = textOf(body);
    guard(request, text);
    const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
    if (signal.aborted) throw cancelledFailure();
    const makes = purpose === "registration" || purpose === "token";
    const usedMethod = method ?? (text === undefined ? "GET" : "POST");
    const { send } = makes ? lastingHttp : http;
    const endpoint = `${usedMethod} ${url.replace(/[?#].*$/s, "")}`;
    const response = await limited(endpoint, () =>
      send({
        purpose,
        step: STEP_OF[purpose],
        method: usedMethod,
        url,
        headers: type === undefined || hasType ? headers : [...headers, ["content-type", type]],
        body: text,
        returnsRedirect: true,
        certificate,
        signal: request.signal,
        ...purpose === "mcp"
          ? { enough: streamEnd(text !== undefined), withoutCookies: !cookies }
          : {},
        mayBePlain: request.mayBePlain,
      }));
    onResponse(response);
    return response;
  };
}
