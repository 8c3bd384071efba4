/**
 * The part that complete and streaming requests share: one request handed to the runtime.
 *
 * @module
 */

import type { HeaderList, NetworkFault } from "../../core/exchange.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import { isLoopbackHost } from "../../core/url.ts";
import { networkFailure, requestFault } from "../network_fault.ts";
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
import { POLICY } from "../policy.ts";
import { usesProxy } from "../proxy_choice.ts";
import { requestHeaders } from "./request_headers.ts";
import { createSender } from "./resend.ts";
import { requestUrl, shownUrl } from "../request_url.ts";

/** An answer whose body is still to be read. */
export interface ReceivedResponse {
  /** To be finished when the body ends. */
  readonly exchange: OpenExchange;
  /** As received. */
  readonly response: Response;
  /** Its head, as it is recorded. */
  readonly head: ReceivedHead;
}

/** Shared by everything that one door sends. */
export interface RequestPipeline {
  /** Starts the limit of a request; the caller releases it. */
  begin(caller: AbortSignal | null | undefined): Deadline;
  /**
   * Hands one request, with the headers that belong to it beside its own, to the runtime.
   *
   * @throws Failure `unsendable_url`, `invalid_header`, `network_*`, `cancelled`.
   */
  attempt(request: Attempt, deadline: Deadline): Promise<ReceivedResponse>;
  /** Why a request failed: its early ending where there was one, else what the runtime said. */
  faultOf(error: unknown, deadline: Deadline): NetworkFault;
  /** The failure for such a fault. */
  failureOf(
    request: Pick<Attempt, "method" | "url" | "certificate">,
    fault: NetworkFault,
    cause?: unknown,
  ): Failure;
  /** Ends everything under way, waits until it is recorded, and frees the connections. */
  close(): Promise<void>;
}

/** RFC 9110 §5.1 and §5.5; what the runtime would refuse in a way that looks like the network's. */
const FIELD_NAME = /^[!#$%&'*+.^`|~\w-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The fields as `fetch` takes them. A `Headers` would be checked and copied once more. */
function checkedHeaders(fields: HeaderList): [string, string][] {
  return fields.map(([name, value]) => {
    if (FIELD_NAME.test(name) && FIELD_VALUE.test(value)) return [name, value];
    throw new Failure("invalid_header", "a header field cannot be sent in HTTP", {
      remedy: "Use visible ASCII characters in the names and values of --header",
    });
  });
}

/**
 * Opens a pipeline.
 *
 * @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage).
 */
export function createPipeline(options: HttpClientOptions): RequestPipeline {
  const { secrets, serverUrl, customHeaders, stepTimeoutMs, signal } = options;
  const connections = options.fetch === undefined ? openConnections(options) : undefined;
  const open = createExchangeLog(options.clock, options.emit);
  const underWay = new Map<Deadline, Promise<void>>();
  const viaProxy = (url: string) => usesProxy(options) && !isLoopbackHost(new URL(url).hostname);
  const send = createSender(options, connections);
  let closed = false;
  for (const secret of proxySecrets(options)) secrets.add(secret);
  learnCustomHeaders(customHeaders, secrets);

  const pipeline: RequestPipeline = {
    begin(caller) {
      if (closed) throw cancelledFailure();
      const deadline = startDeadline(stepTimeoutMs, signal, caller);
      const { promise, resolve } = Promise.withResolvers<void>();
      underWay.set(deadline, promise);
      return {
        ...deadline,
        release() {
          deadline.release();
          underWay.delete(deadline);
          resolve();
        },
      };
    },
    async attempt(request, deadline) {
      const url = requestUrl(request.url);
      const policy = POLICY[request.purpose];
      const headers = requestHeaders(request.headers, { policy, url, serverUrl, customHeaders });
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
        return { exchange, response, head };
      } catch (error) {
        if (error instanceof Failure && deadline.ending() === undefined) {
          exchange.finish(null, null, { code: error.code, message: error.message });
          throw error;
        }
        const fault = pipeline.faultOf(error, deadline);
        exchange.finish(null, null, fault);
        throw pipeline.failureOf(request, fault, error);
      }
    },
    faultOf: (error, deadline) => requestFault(error, deadline.ending(), stepTimeoutMs),
    failureOf: ({ method, url, certificate }, fault, cause) =>
      fault.code === "aborted" ? cancelledFailure() : networkFailure(
        `${method} ${shownUrl(url)}`,
        fault,
        cause,
        { viaProxy: viaProxy(url), certificate: certificate !== undefined },
      ),
    async close() {
      if (closed) return;
      closed = true;
      const recorded = [...underWay.values()];
      for (const deadline of [...underWay.keys()]) deadline.end("cancelled");
      await Promise.all(recorded);
      await connections?.close();
    },
  };
  return pipeline;
}
