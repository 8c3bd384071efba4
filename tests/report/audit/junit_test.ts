import assert from "node:assert/strict";
import { junitText } from "../../../src/report/audit/junit.ts";
import { countsOf } from "../../../src/audit/run/audit_result.ts";
import { junitFaults } from "./junit_rules.ts";
import { reports } from "./results.ts";

/** GitLab reads files up to 30 MB. */
const MAX_BYTES = 30e6;

const texts = await reports().then((all) => all.map((it) => [it, junitText(it)] as const));

Deno.test("JUnit is well formed, and what the schemas of Ant and Jenkins both accept", () => {
  for (const [report, xml] of texts) {
    assert.deepEqual(junitFaults(xml), [], String(report.flows.length));
    assert.ok(new TextEncoder().encode(xml).length < MAX_BYTES);
  }
});

Deno.test("the rules of the test find what one of the two refuses", () => {
  const [, xml = ""] = texts[0] ?? [];
  const refused: readonly [string, string][] = [
    ["<testsuites>", '<testsuites tests="1">'],
    ["<testsuites>", "<testsuites>\u0001"],
    ["    <system-err/>\n", ""],
    [' hostname="localhost"', ""],
    ["    <properties>", "    <system-out/><properties>"],
    [/(timestamp="[^"]*)"/.exec(xml)?.[1] ?? "", `${/(timestamp="[^"]*)"/.exec(xml)?.[1]}Z`],
    ["</testcase>", "<system-out/></testcase>"],
  ];
  for (const [from, to] of refused) {
    assert.ok(xml.includes(from), from);
    assert.notDeepEqual(junitFaults(xml.replace(from, to)), [], to);
  }
});

Deno.test("JUnit has one case for each check, with the counts of the result", () => {
  for (const [{ flows }, xml] of texts) {
    const suites = [...xml.matchAll(/<testsuite id="(\d+)"[^]*?<\/testsuite>/g)];
    assert.deepEqual(suites.map(([, id]) => id), flows.map((_, at) => String(at)));
    for (const [at, { result, expected }] of flows.entries()) {
      const [suite = ""] = suites[at] ?? [];
      const names = [...suite.matchAll(/<testcase classname="([^"]+)" name="([^"]+)"/g)];
      assert.deepEqual(names.map(([, , name]) => name), result.checks.map(({ id }) => id));
      const counts = countsOf(result.checks);
      const failed = result.checks.filter(({ id, verdict }) =>
        verdict === "failed" && !expected?.has(id)
      ).length;
      const head = suite.slice(0, suite.indexOf(">"));
      const numbers = ["tests", "failures", "errors", "skipped"].map((name) =>
        Number(new RegExp(`${name}="(\\d+)"`).exec(head)?.[1])
      );
      assert.deepEqual(numbers, [
        result.checks.length,
        failed,
        counts.inconclusive,
        counts.skipped + counts.failed - failed,
      ]);
      const warnings = [...suite.matchAll(/<property name="warning\.([^"]+)"/g)];
      assert.equal(warnings.length, counts.warning);
    }
  }
});

Deno.test("a failure in JUnit has its text as attribute and as content", () => {
  const [, xml = ""] = texts[0] ?? [];
  const [, message = "", text = ""] =
    /name="exchange_no_store"[^>]*><failure type="error" message="([^"]+)">([^<]+)</.exec(xml) ??
      [];
  assert.ok(message !== "" && text.startsWith(message), xml);
  assert.match(text, /\nPOST http:\/\/127\.0\.0\.1:\d+\/\S+ -&gt; 200\n[^]*RFC 6749/);
});
