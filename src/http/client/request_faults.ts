/** The faults and failures of requests. A client loads them after its first fault. @module */

import type { NetworkFault } from "../../core/exchange.ts";
import { cancelledFailure, type Failure } from "../../core/failure.ts";
import type { Deadline } from "../deadline.ts";
import type { Attempt } from "../exchange_log.ts";
import type { HttpClientOptions } from "../http_client.ts";
import { faultOf, networkFailure, requestFault } from "../network_fault.ts";
import { usesProxy } from "../proxy_choice.ts";
import { shownUrl } from "../request_url.ts";
import { limitText } from "../response_body.ts";

export interface RequestFaults {
  /** The fault of an error, or of what ended the request early. */
  of(error: unknown, deadline: Pick<Deadline, "ending">): NetworkFault;
  tooLarge(limit: number): NetworkFault;
  failure(
    request: Pick<Attempt, "method" | "url" | "certificate" | "purpose">,
    fault: NetworkFault,
    cause?: unknown,
  ): Failure;
}

export function requestFaults(options: HttpClientOptions): RequestFaults {
  return {
    of: (error, deadline) => requestFault(error, deadline.ending(), options.stepTimeoutMs),
    tooLarge: (limit) => faultOf("body_too_large", limitText(limit)),
    failure({ certificate, method, purpose, url }, fault, cause) {
      if (fault.code === "aborted") return cancelledFailure();
      const viaProxy = usesProxy(options, new URL(url).hostname);
      const isLimited = purpose === "mcp";
      const context = { viaProxy, certificate: certificate !== undefined, isLimited };
      return networkFailure(`${method} ${shownUrl(url)}`, fault, cause, context);
    },
  };
}
