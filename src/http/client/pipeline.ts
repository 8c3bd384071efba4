/** Sends and records one request, for complete and for streamed responses. @module */

import type { HeaderList, Purpose } from "../../core/exchange.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import { isFieldName } from "../../core/text.ts";
import { proxySecrets } from "../deno_client.ts";
import { openConnections } from "../guard/connections.ts";
import { type Deadline, startDeadline } from "../deadline.ts";
import {
  type Attempt,
  createExchangeLog,
  type OpenExchange,
  type ReceivedHead,
} from "../exchange_log.ts";
import type { HttpClientOptions } from "../http_client.ts";
import { learnCustomHeaders, learnRequestHeaders, learnResponseHeaders } from "../learn_secrets.ts";
import { MAX_ERROR_BYTES, POLICY } from "../policy.ts";
import { requestHeaders, withCookie } from "./request_headers.ts";
import type { CookieJar } from "../cookie_jar.ts";
import type { RequestFaults } from "./request_faults.ts";
import { resendingFetch } from "./resend.ts";
import { requestUrl } from "../request_url.ts";

/** The caller reads the body, then finishes the exchange. */
export interface ReceivedResponse {
  readonly exchange: OpenExchange;
  readonly response: Response;
  readonly head: ReceivedHead;
}

export interface RequestPipeline {
  /** The caller releases the deadline. */
  start(caller: AbortSignal | null | undefined, cancelGraceMs?: number): Deadline;
  /** @throws Failure `unsendable_url`, `invalid_header`, `network_*`, `cancelled`. */
  attempt(request: Attempt, deadline: Deadline): Promise<ReceivedResponse>;
  /** Of a response body. Where it is cut, the rest is not read; elsewhere that is a failure. */
  limitOf(purpose: Purpose, status: number): { readonly bytes: number; readonly isCut: boolean };
  faults(): Promise<RequestFaults>;
  /** Ends open requests, waits until they are recorded, and frees the connections. */
  close(): Promise<void>;
}

/** RFC 9110 §5.5. For other fields, the error of the runtime would look like one of the network. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Returns no `Headers`, because `fetch` would check and copy them again. */
function checkedHeaders(fields: HeaderList): [string, string][] {
  return fields.map(([name, value]) => {
    if (isFieldName(name) && FIELD_VALUE.test(value)) return [name, value];
    throw new Failure("invalid_header", "a header field is not valid in HTTP", {
      remedy: "Use only visible ASCII characters in --header",
    });
  });
}

/** @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage). */
export function createPipeline(options: HttpClientOptions): RequestPipeline {
  const { secrets, customHeaders, stepTimeoutMs, signal } = options;
  const connections = options.fetch === undefined ? openConnections(options) : undefined;
  const open = createExchangeLog(options);
  const unrecorded = new Map<Deadline, Promise<void>>();
  const send = resendingFetch(options, connections);
  /** What the MCP server set: a balancer may need it to find the node that has the session. */
  let cookies: CookieJar | undefined;
  let closed = false;
  for (const secret of proxySecrets(options)) secrets.add(secret);
  learnCustomHeaders(customHeaders, secrets);

  const pipeline: RequestPipeline = {
    start(caller, cancelGraceMs) {
      if (closed) throw cancelledFailure();
      const deadline = startDeadline(stepTimeoutMs, signal, caller, cancelGraceMs);
      const { promise, resolve } = Promise.withResolvers<void>();
      unrecorded.set(deadline, promise);
      return {
        ...deadline,
        release() {
          deadline.release();
          unrecorded.delete(deadline);
          resolve();
        },
      };
    },
    async attempt(request, deadline) {
      const url = requestUrl(request.url, request.mayBePlain);
      const hasCookies = request.purpose === "mcp" && request.withoutCookies !== true;
      const cookie = hasCookies ? cookies?.header(url.href) ?? null : null;
      const headers = withCookie(requestHeaders(request, url, options), cookie);
      const checked = checkedHeaders(headers);
      learnRequestHeaders(headers, secrets);
      const exchange = open({ ...request, headers });
      try {
        const response = await send(url, {
          method: request.method,
          headers: checked,
          body: request.body,
          redirect: "manual",
          signal: deadline.signal,
        }, request);
        const { status, statusText } = response;
        const head = { status, statusText, headers: [...response.headers] };
        learnResponseHeaders(head.headers, secrets);
        if (hasCookies && response.headers.has("set-cookie")) {
          cookies ??= (await import("../cookie_jar.ts")).createCookieJar();
          cookies.store(url.href, response.headers);
        }
        return { exchange, response, head };
      } catch (error) {
        if (error instanceof Failure && deadline.ending() === undefined) {
          exchange.finish(null, null, { code: error.code, message: error.message });
          throw error;
        }
        const faults = await pipeline.faults();
        const fault = faults.of(error, deadline);
        exchange.finish(null, null, fault);
        throw faults.failure(request, fault, error);
      }
    },
    limitOf(purpose, status) {
      const isServer = purpose === "mcp";
      if (isServer && status >= 300) return { bytes: MAX_ERROR_BYTES, isCut: true };
      const given = isServer ? options.maxResponseBytes : undefined;
      return { bytes: given ?? POLICY[purpose].maxBodyBytes, isCut: false };
    },
    faults: async () => (await import("./request_faults.ts")).requestFaults(options),
    async close() {
      if (closed) return;
      closed = true;
      const recorded = [...unrecorded.values()];
      for (const deadline of [...unrecorded.keys()]) deadline.end("cancelled");
      await Promise.all(recorded);
      await connections?.close();
    },
  };
  return pipeline;
}
