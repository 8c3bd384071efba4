import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { htmlText } from "../../src/report/audit/html.ts";
import type { AuditReport } from "../../src/report/audit/audit_report.ts";
import { ofVerdict } from "../../src/report/audit/audit_report.ts";
import { comparisonHtml } from "../../src/report/audit/comparison_html.ts";
import { comparisonOf, reports, unbroken } from "../report/audit/results.ts";
import { seriousRules } from "./accessibility.ts";
import { show, startChromium } from "./chromium.ts";

const quiet = { sanitizeOps: false, sanitizeResources: false };

const visible = (page: Page, kind: string) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll('details[data-${kind}]')].filter((it) => !it.hidden)` +
      `.map((it) => it.dataset.${kind})`,
  );

/** With the exchanges of deviations, as a suite has them: axe is slow on long pages. */
function shortened(report: AuditReport): AuditReport {
  const flows = report.flows.map((flow) => {
    const { checks, exchanges } = flow.result;
    const deviating = [...ofVerdict(checks, "failed"), ...ofVerdict(checks, "warning")];
    const ids = new Set(deviating.flatMap(({ evidence }) => evidence.slice(-1)));
    const kept = exchanges.filter(({ id }) => ids.has(id));
    return { ...flow, result: { ...flow.result, exchanges: kept } };
  });
  return { ...report, flows };
}

/** Nothing that a server wrote becomes an element, and nothing is requested. */
async function staysInert(browser: Browser, html: string): Promise<void> {
  await using shown = await show(browser, html);
  const { page } = shown;
  assert.equal(await page.evaluate("globalThis.owned"), undefined);
  assert.equal(await page.locator("script").count(), 1);
  assert.equal(await page.locator("img, iframe, object, embed, link, base").count(), 0);
  const repeated = await page.evaluate<string[]>(
    "[...document.querySelectorAll('[id]')].map((it) => it.id)" +
      ".filter((id, at, all) => all.indexOf(id) !== at)",
  );
  assert.deepEqual(repeated, []);
  const dead = await page.evaluate<string[]>(
    "[...document.querySelectorAll('a[href^=\"#\"]')].map((it) => it.getAttribute('href'))" +
      ".filter((it) => document.getElementById(it.slice(1)) === null)",
  );
  assert.deepEqual(dead, []);
  assert.deepEqual([shown.complaints, shown.requests], [[], []]);
}

Deno.test({ name: "the report of an audit in Chromium", ...quiet }, async (t) => {
  const all = (await reports()).map(shortened);
  const [real] = all;
  const [flow] = real?.flows ?? [];
  assert.ok(real && flow);
  const { checks, exchanges } = flow.result;
  const browser = await startChromium();
  try {
    await t.step("axe finds nothing serious, in light and in dark", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        await using shown = await show(browser, await htmlText(real), { colorScheme });
        assert.deepEqual(await seriousRules(shown.page), []);
      }
    });

    await t.step("a hostile result stays inert, also with several audits on a page", async () => {
      for (const report of all) await staysInert(browser, await htmlText(report));
    });

    await t.step("failed checks with one fault are one entry, failures first", async () => {
      await using shown = await show(browser, await htmlText(real));
      const ids = await visible(shown.page, "check");
      const cluster = checks.filter((it) => it.cluster !== null);
      assert.ok(cluster.length > 1, "a fault that fails several checks");
      assert.equal(ids.length, checks.length - cluster.length + 1);
      const first = checks.find(({ id }) => id === ids[0]);
      assert.equal(first?.verdict, "failed");
      const text = await shown.page.locator(`#check-${cluster[0]?.id}`).textContent();
      for (const { id } of cluster) assert.ok(text?.includes(id), id);
    });

    await t.step("the filters of checks and of exchanges are independent", async () => {
      await using shown = await show(browser, await htmlText(real));
      const { page } = shown;
      await page.locator("form[data-list=check] select[name=verdict]").selectOption("warning");
      const warnings = new Set(ofVerdict(checks, "warning").map(({ id }) => id as string));
      assert.deepEqual(new Set(await visible(page, "check")), warnings);
      assert.equal((await visible(page, "exchange")).length, exchanges.length);
      await page.locator("form[data-list=exchange] select[name=step]").selectOption("token");
      const tokens = exchanges.filter(({ step }) => step === "token").length;
      assert.equal((await visible(page, "exchange")).length, tokens);
      assert.equal((await visible(page, "check")).length, warnings.size);
      await page.locator("form[data-list=check]").getByRole("button", { name: "Show all" }).click();
      await page.locator("form[data-list=check] select[name=group]").selectOption("refresh");
      assert.ok((await visible(page, "check")).includes("refresh_rotates"));
    });

    await t.step("a check leads to its exchange, by keyboard", async () => {
      await using shown = await show(browser, await htmlText(real));
      const { page } = shown;
      const check = checks.find((it) => it.id === "exchange_no_store");
      const evidence = check?.evidence.at(-1);
      await page.locator("#check-exchange_no_store summary").focus();
      await page.keyboard.press("Enter");
      await page.locator("#check-exchange_no_store[open]").waitFor();
      await page.locator(`#check-exchange_no_store a[href="#exchange-${evidence}"]`).focus();
      await page.keyboard.press("Enter");
      await page.locator(`#exchange-${evidence}[open]`).waitFor();
      assert.match(
        await page.locator(`#exchange-${evidence} .finding`).first().innerText(),
        /exchange_no_store/,
      );
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 });
        const over = await page.evaluate<number>(
          "document.documentElement.scrollWidth - innerWidth",
        );
        assert.ok(over <= 0, `${width} px wide`);
      }
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });
    await t.step(
      "two audits compared: axe, filters, exchanges of both, and hostile texts",
      async () => {
        const html = await comparisonHtml(comparisonOf(unbroken(flow.result), flow.result));
        for (const colorScheme of ["light", "dark"] as const) {
          await using shown = await show(browser, html, { colorScheme });
          assert.deepEqual(await seriousRules(shown.page), []);
        }
        await using shown = await show(browser, html);
        const { page } = shown;
        const worse = ["failed", "warning"] as const;
        const expected = worse.flatMap((it) => ofVerdict(checks, it).map(({ id }) => id as string));
        assert.deepEqual(new Set(await visible(page, "check")), new Set(expected));
        const filter = page.locator("form[data-list=check] select[name=group]");
        await filter.selectOption("refresh");
        assert.deepEqual(await visible(page, "check"), ["refresh_rotates"]);
        await filter.selectOption("");
        const change = page.locator("details[data-check=exchange_no_store]");
        await change.locator("summary").focus();
        await page.keyboard.press("Enter");
        await change.locator("h3", { hasText: "After" }).waitFor();
        const text = await change.textContent() ?? "";
        assert.match(text, /passed → failed[^]*POST http[^]*\/token -> 200[^]*access_token/);
        await page.setViewportSize({ width: 390, height: 900 });
        const over = await page.evaluate<number>(
          "document.documentElement.scrollWidth - innerWidth",
        );
        assert.ok(over <= 0, "390 px wide");
        const attacked = all.flatMap((it) => it.flows.map(({ result }) => result));
        for (const result of attacked.slice(1, 3)) {
          await staysInert(browser, await comparisonHtml(comparisonOf(flow.result, result)));
        }
      },
    );
  } finally {
    await browser.close();
  }
});
