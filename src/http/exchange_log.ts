/** Turning attempts into exchanges, each reported once. @module */

import type { Clock } from "../core/deps.ts";
import type { Emit } from "../core/events.ts";
import type {
  Exchange,
  ExchangeFault,
  HeaderList,
  Purpose,
  TlsIdentity,
} from "../core/exchange.ts";
import type { StepId } from "../core/step.ts";

/** One request as it is sent; each redirect leads to another one. */
export interface Attempt {
  readonly purpose: Purpose;
  readonly step: StepId;
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderList;
  readonly body: string | null;
  readonly redirectOf: number | null;
  /** Presented in the TLS handshake of this request only. */
  readonly certificate?: TlsIdentity | undefined;
  /** Hosts that the person named, in addition to those of the HTTP client. */
  readonly namedHosts?: readonly string[] | undefined;
}

export interface Captured {
  readonly text: string;
  /** Bytes received. */
  readonly bytes: number;
  /** True when `text` holds less than was sent. */
  readonly truncated: boolean;
}

/** The head of a response, as it is recorded. */
export interface ReceivedHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
}

/** An attempt without a complete response yet. */
export interface OpenExchange {
  readonly id: number;
  /** Reports the exchange; later calls do nothing. */
  finish(response: ReceivedHead | null, body: Captured | null, fault: ExchangeFault | null): void;
}

/** Numbers from 1 on. */
export function countExchanges(): () => number {
  let count = 0;
  return () => ++count;
}

/** Numbers the attempts of the HTTP clients that share `next`; emits an event when each starts and ends. */
export function createExchangeLog(
  clock: Clock,
  emit: Emit,
  next: () => number = countExchanges(),
): (attempt: Attempt) => OpenExchange {
  return (attempt) => {
    const id = next();
    const startedAt = clock.now();
    let finished = false;
    emit({ type: "request_started", at: startedAt, method: attempt.method, url: attempt.url });
    return {
      id,
      finish(response, body, fault) {
        if (finished) return;
        finished = true;
        const { purpose, step, method, url, headers, redirectOf, certificate } = attempt;
        const files = certificate &&
          { certFile: certificate.certFile, keyFile: certificate.keyFile };
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
            ...(files === undefined ? {} : { certificate: files }),
          },
          response: response && {
            status: response.status,
            statusText: response.statusText,
            headers: response.headers,
            body: body?.text ?? "",
            bodyBytes: body?.bytes ?? 0,
            truncated: body?.truncated ?? true,
          },
          fault,
          redirectOf,
        };
        emit({ type: "exchange", exchange });
      },
    };
  };
}
