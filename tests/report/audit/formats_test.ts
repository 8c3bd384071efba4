import assert from "node:assert/strict";
import { badgeText } from "../../../src/report/audit/badge.ts";
import { comparisonMarkdown } from "../../../src/report/audit/comparison_markdown.ts";
import { githubText } from "../../../src/report/audit/github.ts";
import { markdownText } from "../../../src/report/audit/markdown.ts";
import { byFault, unexpected } from "../../../src/report/audit/audit_report.ts";
import { VERDICTS } from "../../../src/audit/context/verdict.ts";
import { countsOf } from "../../../src/audit/run/audit_result.ts";
import { documentFaults } from "../../cli/document_faults.ts";
import { assertInert } from "../inert_markdown.ts";
import { comparisonOf, HOSTILE, hostile, LONG, reportOf, reports, unbroken } from "./results.ts";

const all = await reports();
const [first] = all[0]?.flows ?? [];
assert.ok(first);
const { result } = first;

Deno.test("the document of an audit has the form of its schema, also with hostile texts", () => {
  for (const text of ["", HOSTILE, LONG]) {
    const attacked = text === "" ? result : hostile(result, text);
    const removal = { ...attacked.removal, file: null };
    const document = { ok: true, ...attacked, removal };
    const faults = documentFaults("oauth conformance", JSON.parse(JSON.stringify(document)));
    assert.deepEqual(faults.filter((it) => !/request\.url/.test(it)), []);
  }
});

/** Workflow commands as the runner of GitHub finds them: at the start of a line, or `##[` anywhere. */
function commandsOf(text: string): { name: string; properties: string; data: string }[] {
  return text.split(/\r\n|[\n\r]/).flatMap((line) => {
    const at = /^\s*::([\w-]+)(?: ([^:]*))?::(.*)$/s.exec(line);
    if (at !== null) return [{ name: at[1] ?? "", properties: at[2] ?? "", data: at[3] ?? "" }];
    return line.includes("##[") ? [{ name: line, properties: "", data: "" }] : [];
  });
}

Deno.test("GitHub gets at most ten annotations of a kind, and no command of a server", () => {
  for (const report of all) {
    const text = githubText(report);
    const commands = commandsOf(text);
    assert.deepEqual(new Set(commands.map(({ name }) => name)), new Set(["error", "warning"]));
    for (const kind of ["failed", "warning"] as const) {
      const found = report.flows.flatMap((flow) => byFault(unexpected(flow)))
        .filter(([{ verdict }]) => verdict === kind);
      const shown = commands.filter(({ name }) => name === (kind === "failed" ? "error" : kind));
      assert.ok(shown.length <= 10, String(shown.length));
      assert.ok(shown.length === Math.min(10, found.length), kind);
    }
    for (const { properties, data } of commands) {
      assert.match(properties, /^(file=[^,]+,line=\d+,)?title=[^,]+$/);
      assert.ok(data.length < 20_000);
    }
  }
});

Deno.test("an annotation names the line of the suite file, and a label is no command", () => {
  const text = githubText(reportOf({ ...first, place: { path: "ci/a,b:c.json", line: 7 } }));
  assert.match(text, /^::error file=ci\/a%2Cb%3Ac\.json,line=7,title=/);
  const label = "::error::x ##[error]y";
  const lines = githubText(reportOf({ ...first, label })).trim().split("\n");
  assert.deepEqual(commandsOf(lines.at(-1) ?? ""), []);
});

Deno.test("Markdown of an audit is inert, and fits into a comment", () => {
  for (const report of all) {
    const text = markdownText(report);
    assert.match(text, /^<!-- mcpass:fleet -->\n/);
    assertInert(text.replace(/^<!--.*-->\n/, ""));
    const [check] = report.flows.flatMap(unexpected);
    assert.ok(text.includes(`\`${check?.id}\``), "the first deviation");
  }
});

Deno.test("checks that fail because of one fault are one entry", () => {
  const report = reportOf(first);
  const line = markdownText(report).split("\n").find((it) => it.includes("`rs_signature`"));
  assert.match(line ?? "", /^- \*\*failed: `rs_signature`\*\* signatures are not verified/i);
  assert.match(markdownText(report), /\n {2}Also: `rs_claims`/);
  assert.match(githubText(report), /title=rs_signature%3A [^\n]*%0AAlso: rs_claims/);
});

Deno.test("Markdown that would be too long shows what fits, and the number of the others", () => {
  const flows = Array.from({ length: 60 }, (_, at) => ({
    label: `server ${at}`,
    result: hostile(result, LONG.slice(0, 9000)),
  }));
  const text = markdownText(reportOf(...flows));
  assert.ok(text.length <= 65_536 && text.length > 30_000, String(text.length));
  assert.match(text, /\d+ more faults?[^]*JSON report/);
  const many = Array.from({ length: 2000 }, (_, at) => ({ label: `server ${at}`, result }));
  const table = markdownText(reportOf(...many));
  assert.ok(table.length <= 65_536, String(table.length));
  assert.match(table, /\d+ more servers/);
});

Deno.test("Markdown of a comparison names the worse checks first, is inert and fits into a comment", () => {
  const report = comparisonOf(unbroken(result), result);
  const text = comparisonMarkdown(report);
  const lines = text.split("\n").filter((it) => it.startsWith("- "));
  const count = result.checks.filter(({ verdict }) =>
    verdict === "failed" || verdict === "warning"
  );
  assert.equal(lines.length, count.length);
  assert.match(text, /^## \d+ checks worse\n/);
  assert.match(lines[0] ?? "", /^- \*\*Worse:\*\* `\w+` passed → (failed|warning): /);
  for (const attack of [HOSTILE, LONG]) {
    const { discovered } = result;
    const attacked = {
      ...hostile(result, attack),
      discovered: { ...discovered, challenge: attack, resourceMetadata: { [attack]: attack } },
    };
    const shown = comparisonMarkdown({ ...comparisonOf(result, attacked), before: attack });
    assertInert(shown);
    assert.ok(shown.length <= 65_536, String(shown.length));
  }
  assert.match(comparisonMarkdown(comparisonOf(result, result)), /^## no difference\n/);
});

Deno.test("a badge has counts, and is never conformant without the checks of tokens", () => {
  const badge = (...flows: (typeof first)[]) => JSON.parse(badgeText(reportOf(...flows)));
  const having = (changes: object) => badge({ ...first, result: { ...result, ...changes } });
  const ran = result.checks.filter(({ verdict }) => verdict !== "skipped");
  const { failed } = countsOf(result.checks);
  assert.deepEqual(badge(first), {
    schemaVersion: 1,
    label: `MCP OAuth ${result.revision}`,
    message: `${failed} failed of ${ran.length}`,
    color: "red",
    catalogueVersion: result.catalogueVersion,
    date: result.startedAt.slice(0, 10),
  });
  const passed = result.checks.map((it) =>
    VERDICTS.indexOf(it.verdict) < 2 ? { ...it, verdict: "passed" as const } : it
  );
  const good = having({ checks: passed, verdict: "conformant" });
  assert.deepEqual([good.message, good.color], [
    `conformant, ${ran.length} checks`,
    "brightgreen",
  ]);
  assert.equal(having({ checks: passed, verdict: "incomplete" }).message, "incomplete");
  const isImportant = ({ group, severity }: (typeof passed)[number]) =>
    group === "token_validation" && severity === "error";
  const withoutToken = passed.map((it) =>
    isImportant(it) ? { ...it, verdict: "skipped" as const } : it
  );
  const partial = having({ checks: withoutToken, verdict: "conformant" });
  assert.match(partial.message, /^metadata only, \d+ checks$/);
  assert.equal(partial.color, "blue");
  const open = passed.map((it) => ({ ...it, verdict: "skipped" as const }));
  assert.equal(having({ checks: open, verdict: "not_applicable" }).message, "no authorization");
  assert.doesNotMatch(badgeText(all[1] ?? reportOf()), /%|grade/);
  assert.equal(badgeText(all[1] ?? reportOf()).includes("owned"), false);
});
