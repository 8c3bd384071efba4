/** The rules of axe on a page. @module */

import type { Page } from "playwright-core";

const AXE = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));

interface Rule {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe calls serious or critical. */
export async function seriousRules(page: Page): Promise<unknown[]> {
  await page.evaluate('document.querySelectorAll("details").forEach((it) => { it.open = true; })');
  const rules = await page.evaluate(`${AXE};axe.run().then((it) => it.violations)`) as Rule[];
  return rules.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary]);
}
