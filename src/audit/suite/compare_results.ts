/** What changed between two audits. @module */

import { isObject, type JsonObject } from "../../core/json.ts";
import type { AuditResult } from "../run/audit_server.ts";
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

export type ComparedFlow = readonly [
  name: string,
  result: Pick<AuditResult, "checks" | "discovered" | "serverUrl">,
];

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

function flowChanges([flow, before]: ComparedFlow, [, after]: ComparedFlow): Comparison {
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
    unmatched: [],
  };
}

/** Flows are compared by name; with one flow on each side, these two. */
export function compareResults(
  before: readonly ComparedFlow[],
  after: readonly ComparedFlow[],
): Comparison {
  const [first, second] = [before[0], after[0]];
  if (before.length === 1 && after.length === 1 && first !== undefined && second !== undefined) {
    return flowChanges(first, second);
  }
  const later = new Map(after.map((it) => [it[0], it]));
  const earlier = new Set(before.map(([name]) => name));
  const matched = before.flatMap((it) => {
    const now = later.get(it[0]);
    return now === undefined ? [] : [flowChanges(it, now)];
  });
  return {
    facts: matched.flatMap(({ facts }) => facts),
    checks: matched.flatMap(({ checks }) => checks),
    unmatched: [
      ...[...earlier].filter((name) => !later.has(name)),
      ...[...later.keys()].filter((name) => !earlier.has(name)),
    ],
  };
}

/** The flows of a result document of `oauth conformance` or `oauth conformance-suite`. */
export function flowsOfDocument(document: unknown): ComparedFlow[] {
  if (!isObject(document) || document["schemaVersion"] !== 1) return [];
  const isResult = (it: unknown): it is AuditResult =>
    isObject(it) && Array.isArray(it["checks"]) && isObject(it["discovered"]) &&
    typeof it["serverUrl"] === "string";
  if (isResult(document)) return [[document.serverUrl, document]];
  const flows = Array.isArray(document["flows"]) ? document["flows"].filter(isObject) : [];
  return flows.flatMap(({ flow, result }): ComparedFlow[] =>
    typeof flow === "string" && isResult(result) ? [[flow, result]] : []
  );
}
