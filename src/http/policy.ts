/**
 * The HTTP rules of each purpose.
 *
 * @module
 */

import type { Purpose } from "../core/exchange.ts";

/** What becomes of a redirect: followed (each hop judged again), handed back, or a failure. */
export type RedirectRule = "follow" | "answer" | "refuse";

/** The rules of one purpose. */
export interface HttpPolicy {
  /** What becomes of a redirect. */
  readonly redirects: RedirectRule;
  /** Bytes of body, after decompression, that an answer may have. */
  readonly maxBodyBytes: number;
  /** True when the person's headers go along to the MCP server's origin. */
  readonly customHeaders: boolean;
  /** `Accept` when the request names none. */
  readonly accept: string;
  /** True for a request whose code or refresh token is good once: nothing may send it again. */
  readonly sentOnce: boolean;
}

/** Redirects in a row that are followed where any are. */
export const MAX_REDIRECTS = 3;

const KIB = 1024;
const DOCUMENT: HttpPolicy = {
  redirects: "follow",
  maxBodyBytes: 256 * KIB,
  customHeaders: false,
  accept: "application/json",
  sentOnce: false,
};
const CREDENTIALED: HttpPolicy = { ...DOCUMENT, redirects: "refuse" };
const PAGE: HttpPolicy = { ...DOCUMENT, redirects: "answer", accept: "text/html, */*;q=0.8" };

/**
 * One row a purpose. Requests that carry a code, a verifier, a secret or a token follow nothing
 * (RFC 9700 §4.12); at the authorization endpoint the redirect is the answer.
 */
export const POLICY: Readonly<Record<Purpose, HttpPolicy>> = {
  mcp: {
    redirects: "refuse",
    maxBodyBytes: 4 * KIB * KIB,
    customHeaders: true,
    accept: "application/json, text/event-stream",
    sentOnce: false,
  },
  resource_metadata: { ...DOCUMENT, customHeaders: true },
  authorization_server_metadata: DOCUMENT,
  registration: CREDENTIALED,
  authorization_preflight: PAGE,
  authorization: PAGE,
  token: { ...CREDENTIALED, sentOnce: true },
  endpoint: {
    redirects: "answer",
    maxBodyBytes: KIB * KIB,
    customHeaders: false,
    accept: "*/*",
    sentOnce: false,
  },
};
