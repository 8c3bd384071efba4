import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { SUITE } from "./one_run.ts";
import { BRIDGE_SCENARIOS, clientScript, differences, SCENARIOS, suiteId } from "./scenarios.ts";

const RUN = ["run", "-A", "--quiet", `${ROOT}tests/suite/run.ts`];

/** Runs the script that the suite would run, with a client that prints its arguments. */
async function argumentsOf(id: string, wire: string, context: unknown): Promise<string[]> {
  const scenario = SCENARIOS.find((row) => row.id === id);
  assert.ok(scenario);
  const script = clientScript("/usr/bin/printf '%s\\n'", scenario, wire);
  const result = await run("sh", ["-c", script, "sh", "http://localhost:1/mcp"], {
    env: { MCP_CONFORMANCE_CONTEXT: JSON.stringify(context) },
  });
  assert.equal(result.stderr, "");
  return result.stdout.trim().split("\n");
}

Deno.test("the table has exactly the suite's client scenarios, each at every wire", async () => {
  const listing = await run(Deno.execPath(), [...SUITE, "list", "--client"]);
  assert.match(listing.stdout, /auth\/metadata-default/);
  assert.deepEqual(differences(listing.stdout), []);
});

Deno.test("a scenario that the table lacks, and a wire that it lacks, are named", () => {
  const listing = Array.from(new Set([...SCENARIOS, ...BRIDGE_SCENARIOS]))
    .filter((row) => row.id !== "dpop")
    .map((row) => `  - ${suiteId(row)} [${row.extension ? "extension" : row.wires.join(",")}]`)
    .concat("  - auth/brand-new [2026-07-28]", "  - sep-2640-client-new [extension]")
    .join("\n")
    .replace("iss-supported [2026-07-28]", "iss-supported [2025-11-25,2026-07-28]");
  assert.deepEqual(differences(listing), [
    'auth/iss-supported: the suite says "2025-11-25,2026-07-28", the table "2026-07-28"',
    'auth/brand-new: the suite says "2026-07-28", the table "-"',
    'auth/dpop: the suite says "-", the table "extension"',
  ]);
});

Deno.test("56 runs, and all of them are due", () => {
  assert.equal(SCENARIOS.flatMap((row) => row.wires).length, 56);
  assert.deepEqual(SCENARIOS.filter((row) => row.later !== undefined), []);
});

Deno.test("the server's URL becomes the value of --url", async () => {
  const args = await argumentsOf("metadata-default", "2025-11-25", {});
  assert.deepEqual(args.slice(-2), ["--url", "http://localhost:1/mcp"]);
  assert.equal(args[args.indexOf("--protocol-version") + 1], "2025-11-25");
});

Deno.test("credentials that a scenario hands out reach the client as flags", async () => {
  const context = { name: "auth/pre-registration", client_id: "an id", client_secret: "s$e'c" };
  const args = await argumentsOf("pre-registration", "2026-07-28", context);
  assert.equal(args[args.indexOf("--client-id") + 1], "an id");
  assert.equal(args[args.indexOf("--client-secret") + 1], "s$e'c");
});

Deno.test("a client that does nothing passes no scenario", async () => {
  const result = await run(Deno.execPath(), [...RUN, "--client", "true"]);
  assert.equal(result.code, 1);
  assert.match(result.stdout, /\n0 passed, 56 failed, 0 not supported yet\n$/);
});

Deno.test("a selection without a scenario fails", async () => {
  const result = await run(Deno.execPath(), [...RUN, "--client", "true", "--only", "no-such"]);
  assert.equal(result.code, 1);
  assert.match(result.stdout, /\n0 passed, 1 failed, 0 not supported yet\n$/);
});

Deno.test("an executable that is not there is named with what to run", async () => {
  const result = await run(Deno.execPath(), [...RUN, "--binary", "dist/absent"]);
  assert.equal(result.code, 1);
  assert.match(result.stdout, /no "dist\/absent": run "deno task build"/);
});
