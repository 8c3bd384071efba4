import type { Purpose } from "../core/exchange.ts";
import { DEFAULT_RESPONSE_BYTES, MEBIBYTE } from "../core/response_limit.ts";

export interface HttpPolicy {
  /** Redirects are followed (each target is judged), returned as the response, or a failure. */
  readonly redirects: "follow" | "return" | "refuse";
  readonly maxBodyBytes: number;
  readonly customHeaders: boolean;
  /** `Accept`, unless the request has one. */
  readonly accept: string;
  /** True for a request with a code or refresh token that is valid once: it is never sent again. */
  readonly sentOnce: boolean;
}

export const MAX_REDIRECTS = 3;

/** Bytes of an error of the MCP server that are read. */
export const MAX_ERROR_BYTES: number = MEBIBYTE;

/** What is recorded of a body, at most. */
export const MAX_RECORDED_BYTES: number = 4 * MEBIBYTE;

const KIB = 1024;
const DOCUMENT: HttpPolicy = {
  redirects: "follow",
  maxBodyBytes: 256 * KIB,
  customHeaders: false,
  accept: "application/json",
  sentOnce: false,
};
const CREDENTIALED: HttpPolicy = { ...DOCUMENT, redirects: "refuse" };
const PAGE: HttpPolicy = { ...DOCUMENT, redirects: "return", accept: "text/html, */*;q=0.8" };

/**
 * Requests with a code, a verifier, a secret or a token follow no redirect (RFC 9700 §4.12); at the
 * authorization endpoint the redirect is the response, and at the MCP server it may have a challenge.
 */
export const POLICY: Readonly<Record<Purpose, HttpPolicy>> = {
  mcp: {
    ...CREDENTIALED,
    redirects: "return",
    maxBodyBytes: DEFAULT_RESPONSE_BYTES,
    customHeaders: true,
    accept: "application/json, text/event-stream",
  },
  resource_metadata: { ...DOCUMENT, customHeaders: true },
  authorization_server_metadata: DOCUMENT,
  registration: CREDENTIALED,
  authorization_preflight: PAGE,
  authorization: PAGE,
  token: { ...CREDENTIALED, sentOnce: true },
  endpoint: { ...PAGE, maxBodyBytes: KIB * KIB, accept: "*/*" },
};
