import assert from "node:assert/strict";
import { runAtOnce } from "../../src/core/work.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { codeSpan } from "../../src/report/markdown_text.ts";
import type { Artifact } from "../../src/trace/artifact.ts";
import { assertInert, looseText, rendered } from "./inert_markdown.ts";
import { HOSTILE_LAB, HOSTILE_SUCCESS, poisoned, recordLogin } from "./artifacts.ts";

const MENTIONS = " @ada see #12, GH-7, !5, ~bug, %v1 and https://evil.example www.evil.example " +
  "mailto:a@b.example ada@mail.example [x](javascript:x) ![i](https://e/i.png) **b** `c` | d \\| e";

Deno.test("Markdown of a hostile login renders without markup, link or mention of the server's", async () => {
  for (const lab of [HOSTILE_LAB, HOSTILE_SUCCESS, { wellKnown: [], prm: false } as const]) {
    const artifact = await recordLogin(lab);
    assertInert(runAtOnce(markdownReport(artifact)));
    assertInert(runAtOnce(markdownReport(poisoned(artifact))));
    assertInert(runAtOnce(markdownReport(poisoned(artifact, "", MENTIONS))));
    assertInert(
      runAtOnce(markdownReport(poisoned(artifact, "", "\n```\n# x\n</details>\n````\n@ada\n"))),
    );
    assertInert(runAtOnce(markdownReport(poisoned(artifact, "", '"@ada" `` "`" ``` "'))));
  }
});

for (const text of ["a`b", "`", "`` ` ``", "`<b>@ada</b>`", " `x` ", "a|b"]) {
  Deno.test(`code within a line holds ${JSON.stringify(text)} as it is`, () => {
    const [, shown = ""] = /^<p><code>(.*)<\/code><\/p>$/s.exec(rendered(codeSpan(text))) ?? [];
    assert.equal(looseText(shown).trim(), text.trim());
  });
}

Deno.test("Markdown leads with the answer, then says what to do", async () => {
  const artifact = await recordLogin(HOSTILE_LAB);
  const { error } = artifact.outcome;
  assert.ok(error);
  const lines = runAtOnce(markdownReport(artifact)).split("\n").filter((line) => line !== "");
  assert.equal(lines[0], "## mcpass oauth login failed at token");
  assert.ok(lines[1]?.startsWith(`**${error.code.replaceAll("_", "\\_")}**: `), lines[1]);
  assert.match(lines[2] ?? "", /^- (?:Fix: |Try: `mcpass )/);
  const html = rendered(runAtOnce(markdownReport(artifact)));
  assert.match(html, /<h3>What differs from 2026-07-28<\/h3>\s*<table>/);
  assert.equal(html.split("<details>").length - 1, artifact.exchanges.length);
});

Deno.test("Markdown stays whole when a body holds fences", async () => {
  const fences = "```\n# not a heading\n````\n";
  const artifact = await recordLogin({
    token: () => ({ status: 400, body: fences, headers: [["content-type", "text/plain"]] }),
  });
  const markdown = runAtOnce(markdownReport(artifact));
  assert.match(markdown, /^`{5}text$/m);
  assert.ok(rendered(markdown).includes("# not a heading\n````"));
  assert.doesNotMatch(rendered(markdown), /<h1>/);
});

Deno.test("Markdown fits an issue, whatever was recorded", async () => {
  const artifact = await recordLogin(HOSTILE_LAB);
  const [first] = artifact.exchanges;
  assert.ok(first?.response);
  const huge: Artifact = {
    ...artifact,
    exchanges: Array.from({ length: 300 }, (_, at) => ({
      ...first,
      id: at + 1,
      response: at === 150 ? null : {
        ...first.response,
        status: 200,
        statusText: "OK",
        headers: [["x-long", "x".repeat(5000)]],
        body: "y".repeat(60_000),
        bodyBytes: 60_000,
        truncated: false,
      },
    })),
    findings: Array.from({ length: 200 }, () => ({
      ...{ code: "token_rejected", severity: "warning", step: "token" } as const,
      ...{ message: "m".repeat(2000), remedy: "r", reference: "c" },
    })),
  };
  assert.ok(runAtOnce(markdownReport(huge)).length < 65_536);
  const few = { ...huge, findings: [] };
  const markdown = runAtOnce(markdownReport(few));
  assertInert(markdown);
  assert.match(markdown, /\d+ more exchanges did not fit; the artifact has them/);
  assert.ok(markdown.includes("<summary>151. "), "what failed is kept");
  const text = runAtOnce(
    markdownReport({ ...artifact, exchanges: huge.exchanges.slice(0, 5), findings: [] }),
  );
  assert.match(text, /… \(\d+ more\)/);
});

Deno.test("a body with a member twice is shown as it came", async () => {
  const twice = '{"error":"first","error":"second"}';
  const artifact = await recordLogin({
    token: () => ({ status: 400, body: twice, headers: [["content-type", "application/json"]] }),
  });
  assert.ok(runAtOnce(markdownReport(artifact)).includes(twice));
});

Deno.test("Markdown has a line for each party, and the command as it runs", async () => {
  const artifact = await recordLogin(HOSTILE_LAB);
  const remedy =
    'Server: publish "resource"\nYou: sign in there:\n  mcpass login https://a.example';
  const { outcome } = artifact;
  assert.ok(outcome.error);
  const error = { ...outcome.error, remedy };
  const markdown = runAtOnce(markdownReport({ ...artifact, outcome: { ...outcome, error } }));
  assert.ok(
    markdown.includes(
      '- Fix: Server: publish "`resource`"\n- Fix: You: sign in there\n' +
        "- Try: `mcpass login https://a.example`\n",
    ),
    markdown.slice(0, 900),
  );
});
