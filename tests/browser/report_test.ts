import assert from "node:assert/strict";
import { htmlReport } from "../../src/report/html.ts";
import { ATTACK, HOSTILE_LAB, recordLogin } from "../report/artifacts.ts";
import { show, startChromium } from "./chromium.ts";

const AXE = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));

const quiet = { sanitizeOps: false, sanitizeResources: false };

interface Rule {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

Deno.test({ name: "the report in Chromium", ...quiet }, async (t) => {
  const artifact = await recordLogin({ challenge: { fields: () => ["Bearer realm='x'"] } });
  assert.equal(artifact.outcome.completed, true);
  const html = await htmlReport(artifact);
  const browser = await startChromium();
  try {
    await t.step("draws a row and tells a section for each exchange", async () => {
      await using shown = await show(browser, html);
      const rows = await shown.page.locator("svg a.row").count();
      assert.equal(rows, artifact.exchanges.length);
      assert.equal(await shown.page.locator("details[data-exchange]").count(), rows);
      const titles = await shown.page.locator("svg .title").allTextContents();
      assert.deepEqual(titles, ["Person", "Client", "MCP server", "Authorization server"]);
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });

    await t.step("a click on a row opens request and response, also by keyboard", async () => {
      await using shown = await show(browser, html);
      const second = shown.page.locator("#exchange-2");
      assert.equal(await second.getAttribute("open"), null);
      await shown.page.locator('svg a[data-exchange="2"]').click();
      await shown.page.locator("#exchange-2[open]").waitFor();
      assert.match(await second.innerText(), /oauth-protected-resource[\s\S]*HTTP 200/);
      await shown.page.locator('svg a[data-exchange="3"]').focus();
      await shown.page.keyboard.press("Enter");
      await shown.page.locator("#exchange-3[open]").waitFor();
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });

    await t.step("a finding stands at the exchange that caused it", async () => {
      await using shown = await show(browser, html);
      const pinned = await shown.page.locator("#exchange-1 .finding strong").allTextContents();
      assert.deepEqual(pinned, ["warning: challenge_malformed"]);
      assert.equal(await shown.page.locator('svg a[data-exchange="1"] .count').textContent(), "1");
    });

    await t.step("filters hide the other exchanges, and show them again", async () => {
      await using shown = await show(browser, html);
      const visible = () => shown.page.locator("details[data-exchange]:visible").count();
      await shown.page.getByRole("button", { name: "With findings" }).click();
      const found = await visible();
      assert.ok(found > 0 && found < artifact.exchanges.length);
      await shown.page.getByRole("button", { name: "All" }).click();
      assert.equal(await visible(), artifact.exchanges.length);
    });

    await t.step("follows the colours of the person's system, and prints all of it", async () => {
      const backs: string[] = [];
      for (const colorScheme of ["light", "dark"] as const) {
        await using shown = await show(browser, html, { colorScheme });
        backs.push(
          await shown.page.evaluate<string>("getComputedStyle(document.body).backgroundColor"),
        );
        const folder = Deno.env.get("MCPASS_SCREENSHOTS");
        if (folder) {
          await shown.page.screenshot({
            path: `${folder}/report-${colorScheme}.png`,
            fullPage: true,
          });
        }
        const paper = await shown.page.pdf();
        assert.ok(paper.length > 10_000);
        assert.equal(
          await shown.page.locator("details[open]").count(),
          artifact.exchanges.length,
        );
      }
      assert.deepEqual(backs, ["rgb(255, 255, 255)", "rgb(21, 21, 25)"]);
    });

    await t.step("axe finds nothing serious, in light and in dark", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        await using shown = await show(browser, html, { colorScheme });
        await shown.page.evaluate(
          'document.querySelectorAll("details").forEach((it) => { it.open = true; })',
        );
        const rules = await shown.page.evaluate(
          `${AXE};axe.run().then((it) => it.violations)`,
        ) as Rule[];
        const serious = rules.filter(({ impact }) => impact === "serious" || impact === "critical");
        assert.deepEqual(
          serious.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary]),
          [],
        );
      }
    });

    await t.step("a login at a hostile server stays inert", async () => {
      const hostile = await recordLogin(HOSTILE_LAB);
      assert.equal(hostile.outcome.completed, false);
      assert.ok(JSON.stringify(hostile).split("globalThis.owned").length > 8);
      await using shown = await show(browser, await htmlReport(hostile));
      for (const link of await shown.page.locator("svg a.row").all()) await link.click();
      const owned = await shown.page.evaluate("globalThis.owned");
      assert.equal(owned, undefined);
      assert.equal(await shown.page.locator("script").count(), 1);
      assert.equal(
        await shown.page.locator("img, iframe, a[href^=javascript], [onerror]").count(),
        0,
      );
      assert.ok((await shown.page.content()).includes("&lt;img src=x onerror=owned=1&gt;"));
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });

    await t.step("what is not escaped would still not run: the policy refuses it", async () => {
      await using shown = await show(browser, html.replace("<main>", `<main>${ATTACK.slice(2)}`));
      const owned = await shown.page.evaluate("globalThis.owned");
      assert.equal(owned, undefined);
      assert.ok(shown.complaints.some((text) => text.includes("Content Security Policy")));
    });
  } finally {
    await browser.close();
  }
});
