import assert from "node:assert/strict";
import { AUDITED, auditPublished } from "./servers/audited.ts";
import { deviationsOf, explainedIn } from "./servers/explanation.ts";
import { openPackages } from "./servers/pages.ts";

// A server that needs more than Deno is audited by `deno task audits` only.
for (const row of AUDITED.filter(({ isInstalled }) => isInstalled === undefined)) {
  Deno.test(`the audit of ${row.name} deviates exactly where its source says why`, async () => {
    const { checks } = await auditPublished(row);
    assert.deepEqual(deviationsOf(checks), explainedIn(row.explanations));
  });
}

Deno.test("each explanation names a line that is in the package, and the page has it", async () => {
  const packages = await openPackages();
  const folder = new URL("../../docs/audits/", import.meta.url);
  for (const { page, explanations } of AUDITED) {
    // The formatter wraps the lines.
    const text = (await Deno.readTextFile(new URL(`${page}.md`, folder))).replaceAll(/\s+/g, " ");
    for (const [id, { sources, why }] of Object.entries(explanations)) {
      assert.ok(text.includes(`### \`${id}\``) && text.includes(why), `${page}: ${id}`);
      assert.ok(sources.length > 0, `${page}: ${id}`);
      for (const source of sources) if ("package" in source) await packages.lineOf(source);
    }
  }
});
