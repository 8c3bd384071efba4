/**
 * A login's discovery that only looks: nothing is thrown for an error of the server, nothing is
 * registered, and everything that was asked is kept.
 *
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

/** The one thing an inspection does to the network. */
export type Send = HttpClient["send"];

/** The effects an inspection is handed. */
export interface InspectDeps {
  /** Sends a request under login's rules, or under the hosted ones. */
  readonly send: Send;
  /** Receives every report. */
  readonly emit: Emit;
  /** Learns every secret as it arises. */
  readonly secrets: Secrets;
  /** Time. */
  readonly clock: Clock;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One request and what came of it. */
export interface Sent {
  /** The request. */
  readonly request: HttpRequest;
  /** The answer; undefined when none came. */
  readonly answer: HttpResponse | undefined;
  /** Why none came. */
  readonly failure: Failure | undefined;
}

/** A run with its account. */
export interface InspectionContext {
  /** To be handed to the steps of a login. */
  readonly context: LoginContext;
  /** What was judged so far. */
  readonly findings: readonly Finding[];
  /** The places that were tried so far. */
  readonly attempts: readonly MetadataAttempt[];
  /** The requests so far. */
  readonly sent: readonly Sent[];
}

/**
 * Answers every question once: the walks of several revisions ask the same, and a POST that differs
 * only in the version it names counts as the same question.
 */
export function rememberAnswers(send: Send): () => Send {
  const known = new Map<string, Promise<HttpResponse>[]>();
  return () => {
    const asked = new Map<string, number>();
    return (request) => {
      const { purpose, method, url, headers, body } = request;
      const versions = /\b20\d\d-\d\d-\d\d\b/g;
      const key = JSON.stringify([purpose, method, url, headers, body]);
      const question = method === "POST" ? key.replaceAll(versions, "") : key;
      const count = asked.get(question) ?? 0;
      asked.set(question, count + 1);
      const answers = known.get(question) ?? [];
      known.set(question, answers);
      return answers[count] ??= send(request);
    };
  };
}

/** Starts a run that watches. */
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
    recordAttempt: (place) => attempts.push(place),
  };
  return { context: context, findings, attempts: attempts, sent };
}
