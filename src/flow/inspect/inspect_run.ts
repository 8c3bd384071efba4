/**
 * A login context for an inspection: errors of the server are not thrown, nothing is registered,
 * and every request is recorded.
 * @module
 */

import type { Clock } from "../../core/deps.ts";
import type { Emit } from "../../core/events.ts";
import { Failure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../http/http_client.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { InspectPlan } from "./inspection.ts";
import { createLoginContext, type LoginContext } from "../context/login_context.ts";
import type { MetadataAttempt } from "../context/metadata_attempt.ts";

export type Send = HttpClient["send"];

export interface InspectDeps {
  /** Sends a request under the rules of a login, or under the hosted ones. */
  readonly send: Send;
  readonly emit: Emit;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Sent {
  readonly request: HttpRequest;
  readonly answer: HttpResponse | undefined;
  /** Why there is no response. */
  readonly failure: Failure | undefined;
}

/** A login context that records what its steps do. */
export interface InspectionContext {
  readonly context: LoginContext;
  readonly findings: readonly Finding[];
  readonly attempts: readonly MetadataAttempt[];
  readonly sent: readonly Sent[];
}

/**
 * Sends each request once: the walks of several revisions send the same ones, and a POST that
 * differs only in the version counts as the same.
 */
export function sendOnce(send: Send): () => Send {
  const requestsByUrl = new Map<string, Promise<HttpResponse>[]>();
  return () => {
    const countByUrl = new Map<string, number>();
    return (request) => {
      const { purpose, method, url, headers, body } = request;
      const versions = /\b20\d\d-\d\d-\d\d\b/g;
      const key = JSON.stringify([purpose, method, url, headers, body]);
      const question = method === "POST" ? key.replaceAll(versions, "") : key;
      const count = countByUrl.get(question) ?? 0;
      countByUrl.set(question, count + 1);
      const answers = requestsByUrl.get(question) ?? [];
      requestsByUrl.set(question, answers);
      return answers[count] ??= send(request);
    };
  };
}

export function createInspectionContext(
  plan: InspectPlan,
  deps: InspectDeps,
  rules: Revision,
  auto: boolean,
): InspectionContext {
  const findings: Finding[] = [];
  const attempts: MetadataAttempt[] = [];
  const sent: Sent[] = [];
  const nothing = () => Promise.reject(new TypeError("an inspection only looks"));
  const http: HttpClient = {
    async send(request) {
      try {
        const answer = await deps.send(request);
        sent.push({ request, answer, failure: undefined });
        return answer;
      } catch (error) {
        if (error instanceof Failure) sent.push({ request, answer: undefined, failure: error });
        throw error;
      }
    },
    streaming: () => nothing,
    close: () => Promise.resolve(),
  };
  const base = createLoginContext(
    {
      serverUrl: plan.url,
      protocolVersion: auto ? "auto" : rules.id,
      registration: "auto",
      authMode: "interactive",
      clientName: "mcpass",
      headers: plan.headers,
      stepTimeoutMs: plan.stepTimeoutMs,
      consentTimeoutMs: plan.stepTimeoutMs,
      verifyTools: false,
      toolArgs: {},
      dryRun: true,
    },
    { ...deps, http },
    rules,
    auto,
  );
  const context: LoginContext = {
    ...base,
    judge(judgements) {
      for (const judgement of judgements) findings.push({ ...judgement, step: base.currentStep() });
    },
    recordAttempt: (attempt) => attempts.push(attempt),
  };
  return { context, findings, attempts, sent };
}
