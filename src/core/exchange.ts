import type { Code, FaultCode } from "../findings/mod.ts";
import type { StepId } from "./step.ts";

/** Header fields in order; names as given, repeated names allowed. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Why a request was made; the HTTP rules of each purpose are a row in `src/http/policy.ts`. */
export const PURPOSES = [
  "mcp",
  "resource_metadata",
  "authorization_server_metadata",
  "registration",
  "authorization_preflight",
  "authorization",
  "token",
  "endpoint",
] as const;

export type Purpose = typeof PURPOSES[number];

/** The certificate that a client presents in the TLS handshake; `cert` (with its chain), `key`: PEM. */
export interface TlsIdentity {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** Why there is no complete response: the network, or a refusal by mcpass before sending. */
export interface ExchangeFault {
  readonly code: FaultCode | Code;
  readonly message: string;
}

export interface NetworkFault extends ExchangeFault {
  readonly code: FaultCode;
}

/**
 * A request as handed to the HTTP layer and the response as received from it; redirect hops and failed
 * attempts are exchanges of their own.
 */
export interface Exchange {
  /** 1, 2, 3 … in the order of sending. */
  readonly id: number;
  readonly step: StepId;
  readonly purpose: Purpose;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds until the body was complete or the attempt failed. */
  readonly durationMs: number;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: HeaderList;
    readonly body: string | null;
    /** Offered in the handshake. */
    readonly certificate?: Pick<TlsIdentity, "certFile" | "keyFile">;
  };
  readonly response: {
    readonly status: number;
    readonly statusText: string;
    readonly headers: HeaderList;
    readonly body: string;
    /** Bytes read from the body. */
    readonly bodyBytes: number;
    /** True when `body` holds less than was sent. */
    readonly truncated: boolean;
  } | null;
  /** Set when no complete response was received. */
  readonly fault: ExchangeFault | null;
  readonly redirectOf: number | null;
}
