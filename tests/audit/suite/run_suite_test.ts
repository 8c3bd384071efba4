import assert from "node:assert/strict";
import { expandFlows, planOfFlow } from "../../../src/audit/suite/expand_flows.ts";
import { type OpenFlow, runSuite, type SuiteOptions } from "../../../src/audit/suite/run_suite.ts";
import { SUITE_FILE } from "../../../src/audit/suite/suite_schema.ts";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import { createRecorder } from "../../../src/trace/recorder.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { startAuditLab } from "../../lab/audit/audit_lab.ts";
import type { AuditLab } from "../../lab/audit/audit_lab.ts";

const flowsOf = (labs: readonly AuditLab[], more: object = {}) =>
  expandFlows(SUITE_FILE.parse({
    version: 1,
    defaults: { safe: true, only: ["asm_found"], ...more },
    servers: labs.map(({ mcpUrl: url }, at) => ({ id: `s${at}`, url })),
  }));

function open(flow: ReturnType<typeof flowsOf>[number], signal: AbortSignal): Promise<OpenFlow> {
  const recorder = createRecorder();
  const secrets = createSecrets();
  const http = createHttpClient({
    serverUrl: flow.serverUrl,
    customHeaders: [],
    stepTimeoutMs: 10_000,
    emit: recorder.emit,
    secrets,
    clock: { now: Date.now },
    env: { get: () => undefined, toObject: () => ({}) },
    signal,
  });
  return Promise.resolve({
    plan: planOfFlow(flow, { only: [], skip: [] }),
    http,
    lastingHttp: http,
    recorder,
    secrets,
    clock: { now: Date.now },
    emit: recorder.emit,
    signal,
    command: () => ({ line: "mcpass" }),
    choices: {},
    writeResidue: () => Promise.resolve(),
    openConsent: () => Promise.resolve(undefined),
    close: () => http.close(),
  });
}

const options = (changes: Partial<SuiteOptions> = {}): SuiteOptions => ({
  concurrency: 4,
  retries: 0,
  timeoutMs: undefined,
  signal: new AbortController().signal,
  ...changes,
});

Deno.test("flows of different servers run at the same time, and results are in their order", async () => {
  await using one = await startAuditLab();
  await using two = await startAuditLab();
  const ended: string[] = [];
  const slow = Promise.withResolvers<void>();
  const runs = await runSuite(
    flowsOf([one, two]),
    async (flow, signal) => {
      // The first flow cannot start before the second one has ended.
      if (flow.serverId === "s0") await slow.promise;
      return await open(flow, signal);
    },
    options({
      onEnd: ({ flow }) => {
        ended.push(flow.serverId);
        slow.resolve();
      },
    }),
  );
  assert.deepEqual(ended, ["s1", "s0"]);
  assert.deepEqual(runs.map(({ flow, result }) => [flow.serverId, result?.verdict]), [
    ["s0", "conformant"],
    ["s1", "conformant"],
  ]);
});

Deno.test("flows of one authorization server run one after the other", async () => {
  await using lab = await startAuditLab();
  const order: string[] = [];
  const watched = async (flow: Parameters<typeof open>[0], signal: AbortSignal) => ({
    ...await open(flow, signal),
    onResult: () => void order.push(flow.serverId),
  });
  const flows = flowsOf([lab, lab, lab], { only: ["asm_*", "prm_*"] });
  await runSuite(flows, watched, options());
  const changes = order.filter((id, at) => id !== order[at - 1]);
  assert.deepEqual(changes.toSorted(), ["s0", "s1", "s2"], changes.join());
});

Deno.test("exchanges of checks that passed are dropped, and the requests are still counted", async () => {
  await using lab = await startAuditLab();
  const [run] = await runSuite(flowsOf([lab]), open, options());
  assert.deepEqual(run?.result?.exchanges, []);
  assert.equal(run?.result?.requests, lab.requests.length);
});

Deno.test("a flow beyond its time limit is incomplete, and the others run", async () => {
  await using lab = await startAuditLab();
  const held = await Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silent = { mcpUrl: `http://127.0.0.1:${held.addr.port}/mcp` } as AuditLab;
  const runs = await runSuite(flowsOf([silent, lab]), open, options({ timeoutMs: 500 }));
  held.close();
  assert.match(runs[0]?.failure?.message ?? "", /did not end within 500 ms/);
  assert.equal(runs[1]?.result?.verdict, "conformant");
});

Deno.test("after a flow that ends the suite, no further flow starts", async () => {
  await using lab = await startAuditLab();
  const runs = await runSuite(
    flowsOf([lab, lab, lab]),
    open,
    options({ concurrency: 1, stopsAfter: () => true }),
  );
  assert.deepEqual(runs.map(({ attempts }) => attempts), [1, 0, 0]);
});
