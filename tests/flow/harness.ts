/**
 * Runs a whole login in process: the real HTTP client, the real headless consent, real servers.
 *
 * @module
 */

import type { Consent } from "../../src/consent/consent.ts";
import { openHeadlessConsent } from "../../src/consent/headless_consent.ts";
import type { FlowEvent } from "../../src/core/events.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { login, type LoginOutcome } from "../../src/flow/login/login.ts";
import type { LoginPlan } from "../../src/flow/context/login_plan.ts";
import type { LoginDeps } from "../../src/flow/login/login.ts";
import type { HttpClientOptions } from "../../src/http/http_client.ts";
import { createHttpClient } from "../../src/http/client/create_http_client.ts";
import { createSecrets, type Secrets } from "../../src/trace/secrets.ts";

/** What a test sees of a login. */
export interface Observed extends LoginOutcome {
  /** Every report. */
  readonly events: readonly FlowEvent[];
  /** Every exchange. */
  readonly exchanges: readonly Exchange[];
  /** Codes of the findings, in order. */
  readonly codes: readonly string[];
  /** The registry of secrets. */
  readonly secrets: Secrets;
}

/** What a test may change about the run. */
export interface RunOptions {
  /** In place of headless consent. */
  readonly openConsent?: (deps: { http: LoginDeps["http"]; secrets: Secrets }) => Promise<Consent>;
  /** Ctrl-C. */
  readonly controller?: AbortController;
  /** Sees every report as it happens. */
  readonly onEvent?: (event: FlowEvent) => void;
  /** How the issuer of given credentials is determined. */
  readonly issuers?: LoginDeps["issuers"];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How requests are sent, if not by the runtime's own `fetch`. */
  readonly fetch?: HttpClientOptions["fetch"];
  /** Limit of a response of the MCP server. */
  readonly maxResponseBytes?: number;
}

/** A plan with defaults: headless, everything automatic. */
export function planOf(plan: Partial<LoginPlan> & { readonly serverUrl: string }): LoginPlan {
  return {
    protocolVersion: "auto",
    registration: "auto",
    authMode: "headless",
    clientName: "mcpass test",
    headers: [],
    stepTimeoutMs: 10_000,
    consentTimeoutMs: 10_000,
    verifyTools: plan.verifyCallTool !== undefined,
    toolArgs: {},
    dryRun: false,
    ...plan,
  };
}

/** Runs a login to its end. */
export async function runLogin(
  partial: Partial<LoginPlan> & { readonly serverUrl: string },
  options: RunOptions = {},
): Promise<Observed> {
  const plan = planOf(partial);
  const events: FlowEvent[] = [];
  const emit = (event: FlowEvent): void => {
    events.push(event);
    options.onEvent?.(event);
  };
  const { signal } = options.controller ?? new AbortController();
  const clock = { now: options.now ?? Date.now };
  const secrets = createSecrets();
  const env = { get: () => undefined, toObject: () => ({}) };
  const http = createHttpClient({
    serverUrl: plan.serverUrl,
    customHeaders: plan.headers,
    stepTimeoutMs: plan.stepTimeoutMs,
    emit,
    secrets,
    clock,
    env,
    signal,
    maxResponseBytes: options.maxResponseBytes,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  try {
    const outcome = await login(plan, {
      http,
      secrets,
      emit,
      clock,
      signal,
      issuers: options.issuers,
      openConsent: (redirectUrl) =>
        options.openConsent?.({ http, secrets }) ??
          Promise.resolve(
            openHeadlessConsent({
              serverUrl: plan.serverUrl,
              http,
              redirectUrl,
              interactiveCommand: { line: "mcpass login" },
            }),
          ),
    });
    const exchanges = events.flatMap((event) => event.type === "exchange" ? [event.exchange] : []);
    const codes = outcome.result.findings.map((finding) => finding.code);
    return { ...outcome, events, exchanges, codes, secrets };
  } finally {
    await http.close();
  }
}
