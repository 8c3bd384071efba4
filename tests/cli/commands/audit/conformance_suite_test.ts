import assert from "node:assert/strict";
import { cancelledFailure } from "../../../../src/core/failure.ts";
import { startAuditLab } from "../../../lab/audit/audit_lab.ts";
import type { AuditLab } from "../../../lab/audit/audit_lab.ts";
import { type Home, openHome } from "../../real_run.ts";

/** Nothing listens there. */
const GONE = "http://127.0.0.1:1/mcp";

async function suiteFile(home: Home, content: object): Promise<string> {
  const path = `${home.path}/suite.json`;
  await Deno.writeTextFile(path, JSON.stringify(content, undefined, 2));
  return path;
}

const servers = (labs: Readonly<Record<string, Pick<AuditLab, "mcpUrl">>>, more: object = {}) => ({
  version: 1,
  name: "fleet",
  servers: Object.entries(labs).map(([id, { mcpUrl: url }]) => ({ id, url })),
  ...more,
});

async function run(home: Home, content: object, ...args: string[]) {
  const config = await suiteFile(home, content);
  const ran = await home.run(["oauth", "conformance-suite", "--config", config, ...args]);
  return { ...ran, document: ran.stdout.startsWith("{") ? JSON.parse(ran.stdout) : undefined };
}

Deno.test("a suite audits each flow, in the order of the file, and removes what it made", async () => {
  await using one = await startAuditLab();
  await using two = await startAuditLab({ tokens: "opaque", issuerPath: "/tenant" });
  await using home = await openHome();
  const { status, document } = await run(
    home,
    servers({ one, two }, { defaults: { revisions: ["2025-11-25", "2026-07-28"] } }),
    ...["--format", "json", "--only", "exchange_good"],
  );
  assert.equal(status, 0, JSON.stringify(document.problems));
  assert.deepEqual(
    document.flows.map((it: { flow: string; verdict: string }) => `${it.flow} ${it.verdict}`),
    [
      "one/2025-11-25/dcr conformant",
      "one/2026-07-28/dcr conformant",
      "two/2025-11-25/dcr conformant",
      "two/2026-07-28/dcr conformant",
    ],
  );
  for (const lab of [one, two]) {
    assert.deepEqual([lab.registeredClients(), lab.liveTokens()], [[], []]);
  }
  assert.equal(
    document.requests,
    one.requests.length + two.requests.length,
  );
});

Deno.test("the same failure in several revisions is printed once, with the revisions", async () => {
  await using lab = await startAuditLab({ broken: ["asm_endpoints"] });
  await using home = await openHome();
  const { stdout } = await run(
    home,
    servers({ notes: lab }, {
      defaults: { revisions: ["2025-11-25", "2026-07-28"], registrations: ["dcr", "cimd"] },
    }),
    ...["--format", "human", "--only", "asm_endpoints"],
  );
  assert.equal(stdout.match(/^failed: asm_endpoints/gm)?.length, 1, stdout);
  assert.match(
    stdout,
    /\nnotes \/ 2025-11-25, 2026-07-28 \/ dcr, cimd\n+failed: asm_endpoints/,
  );
  assert.equal(stdout.match(/^✗ notes \/ /gm)?.length, 4);
});

Deno.test("flows of a server send the requests of the discovery once, and each has the exchanges", async () => {
  await using lab = await startAuditLab({ broken: ["asm_s256"] });
  await using home = await openHome();
  const only = ["--format", "json", "--only", "asm_s256"];
  const single = servers({ lab }, { defaults: { revisions: ["2026-07-28"] } });
  await run(home, single, ...only);
  const alone = lab.requests.length;
  const { document } = await run(
    home,
    servers({ lab }, {
      defaults: { revisions: ["2026-07-28"], registrations: ["dcr", "cimd"] },
    }),
    ...only,
  );
  const documents = lab.requests.slice(alone).filter(({ path }) =>
    path === "/.well-known/oauth-authorization-server"
  );
  assert.equal(documents.length, 1);
  assert.equal(document.requests, lab.requests.length - alone);
  for (const { result } of document.flows) {
    const check = result.checks.find(({ id }: { id: string }) => id === "asm_s256");
    assert.equal(check.verdict, "failed");
    const cited = result.exchanges.filter(({ id }: { id: number }) => check.evidence.includes(id));
    assert.match(cited[0]?.request.url, /\/\.well-known\/oauth-authorization-server$/);
  }
});

Deno.test("a flow with cimd signs in as a client that is known by a document", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const { status, document } = await run(
    home,
    servers({ lab }, { defaults: { registrations: ["cimd"] } }),
    ...["--format", "json", "--only", "exchange_good"],
  );
  assert.equal(status, 0, JSON.stringify(document.problems));
  assert.equal(document.flows[0].flow, "lab/newest/cimd");
  assert.ok(lab.documentFetches().length > 0);
  assert.ok(!lab.requests.some(({ method, path }) => method === "POST" && path === "/register"));
  assert.deepEqual(lab.liveTokens(), []);
});

Deno.test("a suite is not conformant if a flow is not, and its reports name the line of the server", async () => {
  await using good = await startAuditLab();
  await using bad = await startAuditLab({ broken: ["asm_endpoints"] });
  await using home = await openHome();
  const sarif = `${home.path}/suite.sarif`;
  const junit = `${home.path}/suite.xml`;
  const { status, stdout } = await run(
    home,
    servers({ good, bad }),
    ...["--format", "human", "--only", "asm_endpoints"],
    ...["--report", `sarif=${sarif}`, "--report", `junit=${junit}`],
  );
  assert.equal(status, 1);
  assert.match(stdout, /^✗ fleet: not conformant/);
  assert.match(stdout, /✓ good \/ newest \/ dcr: conformant/);
  assert.match(stdout, /✗ bad \/ newest \/ dcr: not conformant/);
  const [result] = JSON.parse(await Deno.readTextFile(sarif)).runs[0].results;
  const { artifactLocation, region } = result.locations[0].physicalLocation;
  const lines = (await Deno.readTextFile(`${home.path}/suite.json`)).split("\n");
  assert.match(artifactLocation.uri, /suite\.json$/);
  assert.match(lines[region.startLine - 1] ?? "", /"id": "bad"/);
  assert.match(await Deno.readTextFile(junit), /<testsuite [^>]*name="bad \/ newest \/ dcr"/);
});

Deno.test("a suite that does not reach a server is incomplete, and the others run", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const { status, document } = await run(
    home,
    servers({ gone: { mcpUrl: GONE }, lab }, { retries: 1 }),
    ...["--format", "json", "--only", "asm_found"],
  );
  assert.equal(status, 3);
  const [gone, other] = document.flows;
  assert.deepEqual([gone.verdict, gone.attempts, other.verdict], ["not_run", 2, "conformant"]);
  assert.equal(document.error.code, "audit_incomplete");
});

Deno.test("a baseline expects a failure, and fails the suite when it starts to pass", async () => {
  await using bad = await startAuditLab({ broken: ["asm_endpoints"] });
  await using fixed = await startAuditLab();
  await using home = await openHome();
  const args = ["--format", "json", "--only", "asm_endpoints", "--baseline", `${home.path}/b.json`];
  const written = await run(home, servers({ notes: bad }), ...args, "--update-baseline");
  assert.equal(written.status, 0, written.stderr);
  const entries = JSON.parse(await Deno.readTextFile(`${home.path}/b.json`));
  assert.deepEqual(
    entries.map((it: { flow: string; check: string }) => `${it.flow} ${it.check}`),
    ["notes/newest/dcr asm_endpoints"],
  );
  const expected = await run(home, servers({ notes: bad }), ...args);
  assert.deepEqual([expected.status, expected.document.flows[0].expected], [0, ["asm_endpoints"]]);
  const stale = await run(home, servers({ notes: fixed }), ...args);
  assert.equal(stale.status, 1);
  assert.equal(stale.document.problems[0].kind, "stale");
});

Deno.test("with --list the flows are listed, and nothing is sent", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const { status, document } = await run(home, servers({ lab }), "--list", "--format", "json");
  assert.deepEqual([status, document.listed[0].flow], [0, "lab/newest/dcr"]);
  assert.deepEqual(lab.requests, []);
});

Deno.test("a wrong filter, check or reference ends a suite before its first request", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const cases: readonly (readonly [object, string[], string])[] = [
    [servers({ lab }), ["--filter", "nots/*"], "unknown_flow"],
    [servers({ lab }), ["--only", "rs_experid"], "unknown_check"],
    [
      servers({ lab }, { defaults: { headers: { a: "${env:NOT_THERE}" } } }),
      [],
      "suite_file_invalid",
    ],
    [servers({ lab }), ["--update-baseline"], "impossible_combination"],
  ];
  for (const [content, args, code] of cases) {
    const { status, document } = await run(home, content, "--format", "json", ...args);
    assert.deepEqual([status, document.error.code], [2, code]);
  }
  assert.deepEqual(lab.requests, []);
});

Deno.test("headers of a suite reach the MCP server only, and no output has their values", async () => {
  await using lab = await startAuditLab({ broken: ["challenge_present"] });
  await using home = await openHome();
  const config = await suiteFile(
    home,
    servers({ lab }, { defaults: { headers: { "X-Key": "${env:LAB_KEY}" } } }),
  );
  const { stdout, stderr } = await home.run(
    ["oauth", "conformance-suite", "--config", config, "--format", "json"],
    { env: { LAB_KEY: "k3y-of-the-lab" } },
  );
  const withKey = lab.requests.filter(({ headers }) =>
    headers.some(([, value]) => value === "k3y-of-the-lab")
  );
  assert.ok(withKey.length > 0);
  assert.ok(withKey.every(({ server }) => server === "mcp"));
  assert.doesNotMatch(stdout + stderr, /k3y-of-the-lab/);
});

Deno.test("after Ctrl-C the reports have the flows that ended", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const stop = new AbortController();
  const held = Promise.withResolvers<Response>();
  const silent = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    stop.abort(cancelledFailure());
    return held.promise;
  });
  const config = await suiteFile(
    home,
    servers({ lab, silent: { mcpUrl: `http://127.0.0.1:${silent.addr.port}/mcp` } }, {
      concurrency: 1,
    }),
  );
  const report = `${home.path}/report.json`;
  const { status } = await home.run(
    [
      ...["oauth", "conformance-suite", "--config", config, "--only", "asm_found"],
      ...["--report", `json=${report}`],
    ],
    { signal: stop.signal },
  );
  held.resolve(new Response());
  await silent.shutdown();
  assert.equal(status, 130);
  const { flows } = JSON.parse(await Deno.readTextFile(report));
  assert.deepEqual(
    flows.map(({ verdict }: { verdict: string }) => verdict),
    ["conformant", "not_run"],
  );
});
