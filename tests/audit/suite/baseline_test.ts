import assert from "node:assert/strict";
import { judgeFlow, readBaseline, updatedBaseline } from "../../../src/audit/suite/baseline.ts";
import { expandFlows } from "../../../src/audit/suite/expand_flows.ts";
import type { FlowRun } from "../../../src/audit/suite/run_suite.ts";
import { type BaselineEntry, SUITE_FILE } from "../../../src/audit/suite/suite_schema.ts";
import type { CheckResult } from "../../../src/audit/context/verdict.ts";
import { Failure } from "../../../src/core/failure.ts";

const FLOWS = expandFlows(SUITE_FILE.parse({
  version: 1,
  servers: [
    { id: "notes", url: "https://notes.example/mcp", require: ["exchange_*"] },
    { id: "mail", url: "https://mail.example/mcp" },
  ],
}));
const [FLOW] = FLOWS;

function check(id: string, verdict: CheckResult["verdict"], severity: CheckResult["severity"]) {
  return { id, verdict, severity, message: `${id} is ${verdict}`, reason: null } as CheckResult;
}

function run(...checks: CheckResult[]): FlowRun {
  assert.ok(FLOW);
  return { flow: FLOW, result: { checks }, failure: undefined, attempts: 1 } as unknown as FlowRun;
}

const entry = (changes: Partial<BaselineEntry> = {}): BaselineEntry => ({
  flow: "notes/*",
  check: "asm_found",
  verdict: "failed",
  reason: "known",
  ...changes,
});

function problems(checks: CheckResult[], baseline: BaselineEntry[] = [], failsOnWarning = false) {
  const judged = judgeFlow(run(...checks), { baseline, failsOnWarning, today: "2026-11-30" });
  return {
    kinds: judged.problems.map(({ check, kind }) => `${check} ${kind}`),
    expected: [...judged.expected],
    unchecked: judged.unchecked,
  };
}

const failed = check("asm_found", "failed", "error");

Deno.test("a failure is a problem, a warning only if it was asked for, a note never", () => {
  const warning = check("asm_types", "warning", "warning");
  const note = check("asm_hosts", "warning", "info");
  assert.deepEqual(problems([failed, warning, note]).kinds, ["asm_found failed"]);
  assert.deepEqual(problems([warning, note], [], true).kinds, ["asm_types warning"]);
});

Deno.test("what the baseline expects is no problem until its last day", () => {
  assert.deepEqual(problems([failed], [entry()]), {
    kinds: [],
    expected: ["asm_found"],
    unchecked: [],
  });
  assert.deepEqual(problems([failed], [entry({ until: "2026-11-30" })]).kinds, []);
  assert.deepEqual(problems([failed], [entry({ until: "2026-11-29" })]).kinds, [
    "asm_found expired",
  ]);
});

Deno.test("an expected failure that passes, or has another verdict, is a problem", () => {
  assert.deepEqual(problems([check("asm_found", "passed", "error")], [entry()]).kinds, [
    "asm_found stale",
  ]);
  assert.deepEqual(problems([failed], [entry({ verdict: "warning" })]).kinds, [
    "asm_found other_verdict",
  ]);
});

Deno.test("an expected failure that is skipped is reported, and fails only if it is required", () => {
  const skipped = problems([check("asm_found", "skipped", "error")], [entry()]);
  assert.deepEqual(skipped, { kinds: [], expected: [], unchecked: ["asm_found"] });
  const required = problems([check("exchange_good", "skipped", "error")]);
  assert.deepEqual(required.kinds, ["exchange_good required"]);
});

Deno.test("an important check that is inconclusive makes the suite incomplete", () => {
  assert.deepEqual(
    problems([
      check("asm_found", "inconclusive", "error"),
      check("asm_types", "inconclusive", "warning"),
    ]).kinds,
    ["asm_found inconclusive"],
  );
});

Deno.test("a baseline with an unknown check or flow, or a wrong form, is refused", () => {
  const faultOf = (content: unknown) => {
    try {
      readBaseline("baseline.json", JSON.stringify(content), FLOWS);
    } catch (error) {
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.code, error.kind], ["baseline_invalid", "usage"]);
      return error.message;
    }
    throw new Error("it was accepted");
  };
  assert.equal(readBaseline("b", JSON.stringify([entry()]), FLOWS).length, 1);
  assert.match(faultOf([entry({ check: "asm_*" })]), /"asm_\*" is not a check/);
  assert.match(faultOf([entry({ flow: "nots/*" })]), /no flow matches "nots\/\*"/);
  assert.match(faultOf([{ ...entry(), verdict: "passed" }]), /\[0\]\.verdict/);
});

Deno.test("an updated baseline is sorted and has the reasons of before", () => {
  const before = [entry({ reason: "known since May", issue: "https://issues.example/1" })];
  const after = updatedBaseline(
    [run(check("exchange_good", "failed", "error"), failed, check("asm_types", "passed", "error"))],
    before,
  );
  assert.deepEqual(after, [
    {
      flow: "notes/newest/dcr",
      check: "asm_found",
      verdict: "failed",
      reason: "known since May",
      issue: "https://issues.example/1",
    },
    {
      flow: "notes/newest/dcr",
      check: "exchange_good",
      verdict: "failed",
      reason: "exchange_good is failed",
    },
  ]);
});
