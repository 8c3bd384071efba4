/**
 * Turning attempts into exchanges, each reported once.
 *
 * @module
 */

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

/** One request as it is handed to the runtime. */
export interface Attempt {
  /** What it is for. */
  readonly purpose: Purpose;
  /** The step it belongs to. */
  readonly step: StepId;
  /** HTTP method. */
  readonly method: string;
  /** Absolute URL. */
  readonly url: string;
  /** Header fields, custom ones included. */
  readonly headers: HeaderList;
  /** Body text, or null. */
  readonly body: string | null;
  /** The exchange whose redirect led here. */
  readonly redirectOf: number | null;
  /** Offered in the TLS handshake of this request, and of no other. */
  readonly certificate?: TlsIdentity | undefined;
  /** Hosts that the person named, in addition to those of the door. */
  readonly namedHosts?: readonly string[] | undefined;
}

/** A captured body. */
export interface Captured {
  /** Decoded text, up to the limit. */
  readonly text: string;
  /** Bytes that arrived. */
  readonly bytes: number;
  /** True when `text` holds less than was sent. */
  readonly truncated: boolean;
}

/** The head of an answer, as far as it is recorded. */
export interface ReceivedHead {
  /** Status code. */
  readonly status: number;
  /** Reason phrase. */
  readonly statusText: string;
  /** Header fields. */
  readonly headers: HeaderList;
}

/** An attempt under way. */
export interface OpenExchange {
  /** Its number. */
  readonly id: number;
  /** Reports it; every later call does nothing. */
  finish(response: ReceivedHead | null, body: Captured | null, fault: ExchangeFault | null): void;
}

/** Numbers the attempts of one door and reports them when they end. */
export function createExchangeLog(clock: Clock, emit: Emit): (attempt: Attempt) => OpenExchange {
  let count = 0;
  return (attempt) => {
    const id = ++count;
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
            ...{ method, url, headers, body: attempt.body },
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
