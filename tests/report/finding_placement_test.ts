import assert from "node:assert/strict";
import { runAtOnce } from "../../src/core/work.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import type { Finding } from "../../src/core/finding.ts";
import { buildReportModel } from "../../src/report/report_model.ts";
import { htmlReport } from "../../src/report/html.ts";
import { buildArtifact } from "../../src/trace/artifact.ts";
import { createRecorder } from "../../src/trace/recorder.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { exchangeOf } from "../trace/support.ts";

type Parts = Parameters<typeof exchangeOf>[0];

function finding(step: Finding["step"], message = "something is wrong"): Finding {
  return {
    code: "token_rejected",
    severity: "warning",
    step,
    message,
    remedy: "x",
    reference: "RFC 1",
  };
}

function artifactOf(
  findings: readonly Finding[],
  rows: readonly (readonly [Exchange["step"], Parts])[],
) {
  const recorder = createRecorder();
  for (const [at, [step, parts]] of rows.entries()) {
    const purpose = step.startsWith("verify") ? "mcp" : "token";
    recorder.emit({ type: "exchange", exchange: exchangeOf(parts, { id: at + 1, step, purpose }) });
  }
  for (const finding of findings) recorder.emit({ type: "finding", finding });
  return runAtOnce(buildArtifact({
    command: { name: "oauth login", options: {} },
    outcome: { completed: true, exitStatus: 0, error: null },
    ...{ recorder, secrets: createSecrets(), secretFields: [], clock: { now: () => 0 } },
    environment: {
      ...{ os: "linux", arch: "x86_64", networkVariables: [] },
      terminal: { stdin: false, stdout: false, stderr: false },
    },
  }));
}

/** The exchanges at which the findings are shown; 0 for those that belong to none. */
function pinnedAt(
  findings: readonly Finding[],
  rows: readonly (readonly [Exchange["step"], Parts])[],
): number[] {
  const { entries, unassigned } = runAtOnce(buildReportModel(artifactOf(findings, rows)));
  return findings.map((it) => {
    const json = JSON.stringify(it);
    const place = entries.find(({ findings }) =>
      findings.some((own) => JSON.stringify(own) === json)
    );
    assert.equal(unassigned.some((own) => JSON.stringify(own) === json), place === undefined);
    return place?.exchange.id ?? 0;
  });
}

const at = (url: string, status = 200): Parts => ({ request: { url }, response: { status } });
const call = (method: string, status = 200): Parts => ({
  request: { body: JSON.stringify({ method }) },
  response: { status },
});

Deno.test("a finding is shown at the last exchange of its step whose address it quotes", () => {
  const rows = [
    ["token", at("https://a.example/1")],
    ["token", at("https://a.example/1")],
    ["token", at("https://a.example/2", 400)],
    ["registration", at("https://a.example/1")],
  ] as const;
  assert.deepEqual(pinnedAt([finding("token", 'at "https://a.example/1" is no')], rows), [2]);
  assert.deepEqual(pinnedAt([finding("token", "at https://a.example/1 is no")], rows), [3]);
  assert.deepEqual(pinnedAt([finding("registration", "none quoted")], rows), [4]);
});

Deno.test("without an address it is shown at the last exchange of its step that failed", () => {
  const rows = [
    ["token", at("https://a.example/1", 400)],
    ["token", { ...at("https://a.example/2"), response: null }],
    ["token", at("https://a.example/3", 399)],
    ["registration", at("https://a.example/4", 500)],
  ] as const;
  assert.deepEqual(pinnedAt([finding("token")], rows), [2]);
  const border = [["token", at("https://a.example/1", 400)], rows[2]] as const;
  assert.deepEqual(pinnedAt([finding("token")], border), [1]);
});

Deno.test("a finding of a verification is shown at the request that the step is about, else its last", () => {
  const list = [
    ["verify_list_tools", call("initialize")],
    ["verify_list_tools", call("tools/list")],
    ["verify_list_tools", call("session/end")],
    ["verify_call_tool", call("tools/call")],
    ["verify_call_tool", call("session/end")],
  ] as const;
  assert.deepEqual(
    pinnedAt([finding("verify_list_tools"), finding("verify_call_tool")], list),
    [2, 4],
  );
  assert.deepEqual(pinnedAt([finding("verify_list_tools")], [list[0], list[2]]), [2]);
});

Deno.test("a finding of a step without an exchange belongs to none, and the page shows it anyway", async () => {
  const findings = [finding("plan", "the plan is unassigned"), finding("token", "it is pinned")];
  const rows = [["token", at("https://a.example/1")]] as const;
  assert.deepEqual(pinnedAt(findings, rows), [0, 1]);
  const page = await htmlReport(artifactOf(findings, rows));
  for (const { message } of findings) assert.ok(page.includes(message), message);
});

Deno.test("the head of a page counts the findings of each severity", async () => {
  const severities = ["error", "warning", "warning", "info", "info", "info"] as const;
  const found = severities.map((severity) => ({ ...finding("token"), severity }));
  for (
    const [findings, counts] of [
      [found, "1 error, 2 warnings, 3 notes"],
      [found.slice(0, 1), "1 error"],
      [[], "none"],
    ] as const
  ) {
    const html = await htmlReport(artifactOf(findings, [["token", {}]]));
    assert.ok(html.includes(`<dt>Findings</dt><dd>${counts}</dd>`), counts);
  }
});
