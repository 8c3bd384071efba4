/** What changed between two audits. @module */

import { isObject, type JsonObject } from "../../core/json.ts";
import type { AuditResult } from "../run/audit_result.ts";
import type { CheckResult, Verdict } from "../context/verdict.ts";

/** A member of a document, or the challenge. */
export interface FactChange {
  readonly flow: string;
  readonly document: "challenge" | "resource_metadata" | "authorization_server_metadata";
  /** Null for the challenge. */
  readonly member: string | null;
  /** Null if it was absent. */
  readonly before: unknown;
  /** Null if it is absent now. */
  readonly after: unknown;
}

export interface CheckChange {
  readonly flow: string;
  readonly id: string;
  /** `changed`: in one of the audits it was skipped, inconclusive or missing. */
  readonly change: "worse" | "better" | "changed";
  /** Null if the earlier audit did not have the check. */
  readonly before: Verdict | null;
  readonly after: Verdict | null;
  /** What was observed in the later audit, else in the earlier one. */
  readonly message: string;
}

export interface Comparison {
  readonly facts: readonly FactChange[];
  readonly checks: readonly CheckChange[];
  /** Flows that only one side has. */
  readonly unmatched: readonly string[];
}

export type ComparedResult = Pick<
  AuditResult,
  "checks" | "discovered" | "exchanges" | "revision" | "serverUrl" | "startedAt"
>;

export type ComparedFlow = readonly [name: string, result: ComparedResult];

/** A flow on both sides. */
export interface FlowPair {
  readonly flow: string;
  readonly before: ComparedResult;
  readonly after: ComparedResult;
}

/** The order of verdicts, best first; skipped and inconclusive say nothing about the server. */
const RANK: Partial<Readonly<Record<Verdict, number>>> = { passed: 0, warning: 1, failed: 2 };

function changeOf(before: Verdict | null, after: Verdict | null): CheckChange["change"] | null {
  if (before === after) return null;
  const [from, to] = [before, after].map((it) => it === null ? undefined : RANK[it]);
  if (to === 2 || (from !== undefined && to !== undefined && to > from)) return "worse";
  return from !== undefined && to !== undefined ? "better" : "changed";
}

function checkChanges(
  flow: string,
  before: readonly CheckResult[],
  after: readonly CheckResult[],
): CheckChange[] {
  const earlier = new Map(before.map((it) => [it.id as string, it]));
  const later = new Map(after.map((it) => [it.id as string, it]));
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((id) => {
    const [old, now] = [earlier.get(id), later.get(id)];
    const change = changeOf(old?.verdict ?? null, now?.verdict ?? null);
    if (change === null) return [];
    const { message = "" } = now ?? old ?? {};
    return [{
      flow,
      id,
      change,
      before: old?.verdict ?? null,
      after: now?.verdict ?? null,
      message,
    }];
  });
}

/** The same text for equal values, whatever the order of members and of lists of texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    return `[${(value.every((it) => typeof it === "string") ? items.toSorted() : items).join()}]`;
  }
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
  return `{${members.map(([name, it]) => `${JSON.stringify(name)}:${canonical(it)}`).join()}}`;
}

function documentChanges(
  flow: string,
  document: FactChange["document"],
  before: JsonObject,
  after: JsonObject,
): FactChange[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].toSorted()
    .filter((member) => canonical(old.get(member)) !== canonical(now.get(member)))
    .map((member) => ({
      flow,
      document,
      member,
      before: old.get(member) ?? null,
      after: now.get(member) ?? null,
    }));
}

function flowChanges({ flow, before, after }: FlowPair): Pick<Comparison, "facts" | "checks"> {
  const [old, now] = [before.discovered, after.discovered];
  const challenge: FactChange[] = old.challenge === now.challenge ? [] : [{
    flow,
    document: "challenge",
    member: null,
    before: old.challenge,
    after: now.challenge,
  }];
  return {
    facts: [
      ...challenge,
      ...documentChanges(flow, "resource_metadata", old.resourceMetadata, now.resourceMetadata),
      ...documentChanges(
        flow,
        "authorization_server_metadata",
        old.authorizationServerMetadata,
        now.authorizationServerMetadata,
      ),
    ],
    checks: checkChanges(flow, before.checks, after.checks),
  };
}

/** Flows with the same name; with one flow on each side, these two. */
export function flowPairs(
  before: readonly ComparedFlow[],
  after: readonly ComparedFlow[],
): FlowPair[] {
  const [first, second] = [before[0], after[0]];
  if (before.length === 1 && after.length === 1 && first !== undefined && second !== undefined) {
    return [{ flow: first[0], before: first[1], after: second[1] }];
  }
  const later = new Map(after);
  return before.flatMap(([flow, result]) => {
    const now = later.get(flow);
    return now === undefined ? [] : [{ flow, before: result, after: now }];
  });
}

export function compareResults(
  before: readonly ComparedFlow[],
  after: readonly ComparedFlow[],
): Comparison {
  const pairs = flowPairs(before, after);
  const changes = pairs.map(flowChanges);
  const earlier = new Set(before.map(([name]) => name));
  const later = new Set(after.map(([name]) => name));
  const isOnePair = before.length === 1 && after.length === 1;
  return {
    facts: changes.flatMap(({ facts }) => facts),
    checks: changes.flatMap(({ checks }) => checks),
    unmatched: isOnePair ? [] : [...earlier.symmetricDifference(later)],
  };
}
