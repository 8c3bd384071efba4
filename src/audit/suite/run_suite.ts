/**
 * Runs the flows of a suite. Authorization servers are audited at the same time, the flows of one
 * authorization server one after the other: they share its limits and sessions. @module
 */

import { Failure, toFailure } from "../../core/failure.ts";
import type { AuditPlan } from "../context/audit.ts";
import type { AuditResult } from "../run/audit_result.ts";
import { type AuditDeps, auditServer } from "../run/audit_server.ts";
import type { RegistrationTimes } from "../run/registration_pace.ts";
import type { SuiteFlow } from "./expand_flows.ts";

export interface FlowRun {
  readonly flow: SuiteFlow;
  /** Undefined if the audit did not reach the server, or did not run. */
  readonly result: AuditResult | undefined;
  /** Why there is no result; undefined if the flow did not run. */
  readonly failure: Failure | undefined;
  /** 0 if the flow did not run. */
  readonly attempts: number;
}

/** What one attempt of a flow uses. */
export interface OpenFlow extends AuditDeps {
  readonly plan: AuditPlan;
  close(): Promise<void>;
}

export interface SuiteOptions {
  readonly concurrency: number;
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  /** True to start no further flow after this one. */
  readonly stopsAfter?: (run: FlowRun) => boolean;
  readonly onEnd?: (run: FlowRun) => void;
  readonly signal: AbortSignal;
}

/** What the flows of a suite share. */
interface Shared {
  readonly enter: ReturnType<typeof createTurns>;
  readonly registrationTimes: RegistrationTimes;
}

type Open = (flow: SuiteFlow, signal: AbortSignal) => Promise<OpenFlow>;

/** Lets one flow at a time into each authorization server. */
function createTurns(): (issuer: string) => Promise<() => void> {
  const last = new Map<string, Promise<void>>();
  return async (issuer) => {
    const before = last.get(issuer);
    const { promise, resolve } = Promise.withResolvers<void>();
    last.set(issuer, promise);
    await before;
    return resolve;
  };
}

/** True for a network failure, after which another attempt can succeed. */
function isTemporary({ code }: Failure): boolean {
  return code.startsWith("network_");
}

async function attempt(
  flow: SuiteFlow,
  open: Open,
  { timeoutMs, signal }: SuiteOptions,
  { enter, registrationTimes }: Shared,
): Promise<AuditResult> {
  const limit = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const ends = limit === undefined ? signal : AbortSignal.any([signal, limit]);
  const timeout = () =>
    new Failure("audit_incomplete", `the flow did not end within ${timeoutMs} ms`);
  const opened = await open(flow, ends);
  let leave: (() => void) | undefined;
  try {
    const { plan, ...deps } = opened;
    const result = await auditServer(plan, {
      ...deps,
      keepsPassed: false,
      registrationTimes,
      async beforeChecks(issuer) {
        if (issuer !== undefined) leave = await enter(issuer);
      },
    });
    if (result.cancelled && !signal.aborted) throw timeout();
    return result;
  } catch (error) {
    throw limit?.aborted === true && !signal.aborted ? timeout() : error;
  } finally {
    leave?.();
    await opened.close();
  }
}

async function runFlow(
  flow: SuiteFlow,
  open: Open,
  options: SuiteOptions,
  shared: Shared,
): Promise<FlowRun> {
  for (let attempts = 1;; attempts += 1) {
    try {
      const result = await attempt(flow, open, options, shared);
      return { flow, result, failure: undefined, attempts };
    } catch (error) {
      const failure = toFailure(error);
      const isLast = attempts > options.retries || options.signal.aborted;
      if (isLast || !isTemporary(failure)) return { flow, result: undefined, failure, attempts };
    }
  }
}

/** Returns the runs in the order of the flows. A flow with a person runs alone, at the end. */
export async function runSuite(
  flows: readonly SuiteFlow[],
  open: Open,
  options: SuiteOptions,
): Promise<FlowRun[]> {
  const shared: Shared = { enter: createTurns(), registrationTimes: new Map() };
  const runs = new Map<SuiteFlow, FlowRun>();
  let isStopped = false;
  const hasPerson = ({ settings: { authMode } }: SuiteFlow) =>
    authMode === "interactive" || authMode === "device";

  async function work(queue: SuiteFlow[]): Promise<void> {
    for (let flow = queue.shift(); flow !== undefined; flow = queue.shift()) {
      if (isStopped || options.signal.aborted) return;
      const run = await runFlow(flow, open, options, shared);
      runs.set(flow, run);
      options.onEnd?.(run);
      if (options.stopsAfter?.(run) === true) isStopped = true;
    }
  }

  const alone = flows.filter((flow) => !hasPerson(flow));
  await Promise.all(Array.from({ length: options.concurrency }, () => work(alone)));
  await work(flows.filter(hasPerson));
  return flows.map((flow) =>
    runs.get(flow) ?? { flow, result: undefined, failure: undefined, attempts: 0 }
  );
}
