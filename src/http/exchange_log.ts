import type { Exchange, ExchangeFault, HeaderList } from "../core/exchange.ts";
import type { HttpClientOptions, HttpRequest } from "./http_client.ts";

type Unchanged =
  | "purpose"
  | "step"
  | "method"
  | "url"
  | "certificate"
  | "isRepeatable"
  | "onSent"
  | "mayBePlain"
  | "namedHosts"
  | "withoutCookies";

const NOT_READ: CapturedBody = { body: "", bodyBytes: 0, truncated: true };

/** One request as it is sent; a followed redirect is another attempt. */
export interface Attempt extends Pick<HttpRequest, Unchanged> {
  readonly headers: HeaderList;
  readonly body: string | null;
  readonly redirectOf: number | null;
}

type Received = NonNullable<Exchange["response"]>;

export type ReceivedHead = Pick<Received, "status" | "statusText" | "headers">;

export type CapturedBody = Pick<Received, "body" | "bodyBytes" | "truncated">;

export interface OpenExchange {
  readonly id: number;
  /** Reports the exchange; later calls do nothing. */
  finish(
    response: ReceivedHead | null,
    body: CapturedBody | null,
    fault: ExchangeFault | null,
  ): void;
}

/** Emits an event when an attempt starts and ends. */
export function createExchangeLog(
  { clock, emit, nextExchange }: Pick<HttpClientOptions, "clock" | "emit" | "nextExchange">,
): (attempt: Attempt) => OpenExchange {
  let count = 0;
  return (attempt) => {
    const id = nextExchange?.() ?? ++count;
    const startedAt = clock.now();
    let finished = false;
    emit({ type: "request_started", at: startedAt, method: attempt.method, url: attempt.url });
    return {
      id,
      finish(response, body, fault) {
        if (finished) return;
        finished = true;
        const { purpose, step, method, url, headers, redirectOf, certificate } = attempt;
        const exchange: Exchange = {
          id,
          step,
          purpose,
          startedAt: new Date(startedAt).toISOString(),
          durationMs: Math.max(0, clock.now() - startedAt),
          request: {
            method,
            url,
            headers,
            body: attempt.body,
            ...(certificate && {
              certificate: { certFile: certificate.certFile, keyFile: certificate.keyFile },
            }),
          },
          response: response && { ...response, ...body ?? NOT_READ },
          fault,
          redirectOf,
        };
        emit({ type: "exchange", exchange });
      },
    };
  };
}
