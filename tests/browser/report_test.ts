import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { ROOT } from "../../scripts/shell.ts";
import { htmlReport } from "../../src/report/html.ts";
import type { Artifact } from "../../src/trace/artifact.ts";
import {
  ATTACK,
  HOSTILE_LAB,
  HOSTILE_SUCCESS,
  poisoned,
  recordLogin,
} from "../report/artifacts.ts";
import { seriousRules } from "./accessibility.ts";
import { show, startChromium } from "./chromium.ts";

/** Kept by the continuous integration. */
const SCREENSHOTS = Deno.env.get("MCPASS_SCREENSHOTS") ??
  `${ROOT}dist/screenshots`;

const quiet = { sanitizeOps: false, sanitizeResources: false };

async function overflow(page: Page, width: number): Promise<number> {
  await page.setViewportSize({ width, height: 900 });
  return await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
}

/** Shows a report whose every text is an attack and looks for anything that came of it. */
async function staysInert(browser: Browser, artifact: Artifact): Promise<void> {
  await using shown = await show(browser, await htmlReport(artifact));
  const { page } = shown;
  await page.evaluate(
    "document.querySelectorAll('a').forEach((it) => { it.focus(); " +
      "it.dispatchEvent(new MouseEvent('click', { bubbles: true })); })",
  );
  assert.equal(await page.evaluate("globalThis.owned"), undefined);
  assert.equal(await page.locator("script").count(), 1);
  assert.equal(await page.locator("style").count(), 1);
  const foreign = "img, iframe, object, embed, link, base, svg svg, a[href^=javascript]";
  assert.equal(await page.locator(foreign).count(), 0);
  assert.equal(
    await page.evaluate(
      "[...document.querySelectorAll('*')].flatMap((it) => [...it.attributes])" +
        ".filter(({name}) => name.startsWith('on') || name === 'style').length",
    ),
    0,
  );
  assert.ok((await page.content()).includes("&lt;img src=x onerror=owned=1&gt;"));
  for (const width of [1440, 390]) assert.ok(await overflow(page, width) <= 0, `${width} px wide`);
  assert.deepEqual([shown.complaints, shown.requests], [[], []]);
}

Deno.test({ name: "the report in Chromium", ...quiet }, async (t) => {
  const artifact = await recordLogin({ challenge: { fields: () => ["Bearer realm='x'"] } }, {
    verifyCallTool: "write-thing",
  });
  const { exchanges } = artifact;
  const html = await htmlReport(artifact);
  const refused = await recordLogin({ wellKnown: [], prm: false });
  const browser = await startChromium();
  await Deno.mkdir(SCREENSHOTS, { recursive: true });
  try {
    await t.step("draws a row and tells a section for each exchange", async () => {
      await using shown = await show(browser, html);
      const { page } = shown;
      assert.equal(await page.locator(".diagram svg a.row").count(), exchanges.length);
      assert.equal(await page.locator(".times svg a.row").count(), exchanges.length);
      assert.equal(await page.locator("details[data-exchange]").count(), exchanges.length);
      const titles = await page.locator("svg .title").allTextContents();
      assert.deepEqual(titles, ["Person", "Client", "MCP server", "Authorization server"]);
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });

    await t.step("a click on a row opens request and response, also by keyboard", async () => {
      await using shown = await show(browser, html);
      const { page } = shown;
      const second = page.locator("#exchange-2");
      assert.equal(await second.getAttribute("open"), null);
      await page.locator('.diagram a[data-exchange="2"]').click();
      await page.locator("#exchange-2[open]").waitFor();
      assert.match(await second.innerText(), /oauth-protected-resource[\s\S]*HTTP 200/);
      assert.equal(
        await page.locator('.diagram a[aria-current="true"]').getAttribute("data-exchange"),
        "2",
      );
      await page.locator('.diagram a[data-exchange="3"]').focus();
      await page.keyboard.press("Enter");
      await page.locator("#exchange-3[open]").waitFor();
      await page.locator('.times a[data-exchange="4"]').click();
      await page.locator("#exchange-4[open]").waitFor();
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });

    await t.step("the arrow keys move among the rows, and Escape goes back to them", async () => {
      await using shown = await show(browser, html);
      const { page } = shown;
      const focused = () =>
        page.evaluate<string>(
          "(document.activeElement.closest('[data-exchange]')?.dataset.exchange ?? '') + " +
            "document.activeElement.localName",
        );
      await page.locator('.diagram a[data-exchange="1"]').focus();
      await page.keyboard.press("ArrowDown");
      assert.equal(await focused(), "2a");
      await page.keyboard.press("End");
      assert.equal(await focused(), `${exchanges.length}a`);
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await page.locator(`#exchange-${exchanges.length - 1}[open]`).waitFor();
      assert.equal(await focused(), `${exchanges.length - 1}summary`);
      await page.keyboard.press("ArrowUp");
      assert.equal(await focused(), `${exchanges.length - 2}summary`);
      await page.keyboard.press("Escape");
      assert.equal(await focused(), `${exchanges.length - 2}a`);
    });

    await t.step("a finding stands at the exchange that caused it", async () => {
      await using shown = await show(browser, html);
      const { page } = shown;
      const pinned = await page.locator("#exchange-1 .finding .code").allTextContents();
      assert.deepEqual(pinned, ["challenge_malformed"]);
      assert.equal(
        await page.locator('.diagram a[data-exchange="1"] .count').textContent(),
        "1 finding",
      );
      await page.locator("#findings a", { hasText: /^exchange 1$/ }).click();
      await page.locator("#exchange-1[open]").waitFor();
    });

    await t.step("filters by party, step, findings and failures, and back", async () => {
      await using shown = await show(browser, html);
      const { page } = shown;
      const ids = () =>
        page.evaluate<string[]>(
          "[...document.querySelectorAll('details[data-exchange]')].filter((it) => !it.hidden)" +
            ".map((it) => it.dataset.exchange)",
        );
      const idsWhere = (test: (one: Artifact["exchanges"][number]) => boolean) =>
        exchanges.filter(test).map(({ id }) => String(id));
      const everything = await ids();
      assert.equal(everything.length, exchanges.length);
      await page.getByLabel("Findings only").check();
      const found = await ids();
      assert.ok(found.includes("1") && found.length < exchanges.length);
      assert.equal(
        await page.locator(".diagram a.row:not(.dim)").count(),
        found.length,
      );
      assert.match(await page.locator("output").innerText(), /^\d of \d+ exchanges$/);
      await page.getByRole("button", { name: "Show all" }).click();
      assert.deepEqual(await ids(), everything);
      await page.locator("select[name=step]").selectOption("token");
      assert.deepEqual(await ids(), idsWhere(({ step }) => step === "token"));
      await page.locator("select[name=step]").selectOption("");
      const mcp = new URL(exchanges[0]?.request.url ?? "").origin;
      await page.locator("select[name=party]").selectOption({ label: `MCP server ${mcp}` });
      assert.deepEqual(await ids(), idsWhere(({ request }) => request.url.startsWith(mcp)));
      await page.getByLabel("Failures only").check();
      assert.deepEqual(await ids(), idsWhere(({ response }) => response?.status === 403));
      await page.locator('.diagram a[data-exchange="2"]').click();
      await page.locator("#exchange-2[open]").waitFor();
      assert.deepEqual(await ids(), everything);
      await page.getByRole("button", { name: "Open all" }).click();
      assert.equal(await page.locator("details[open]").count(), exchanges.length);
      await page.getByRole("button", { name: "Close all" }).click();
      assert.equal(await page.locator("details[open]").count(), 0);
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });

    await t.step("tells what was expected and what came, with the place", async () => {
      await using shown = await show(browser, html);
      const rows = await shown.page.locator("#expected tbody tr").allInnerTexts();
      assert.ok(rows.some((row) => /HTTP 401.*as expected.*exchange 1/s.test(row)));
      assert.ok(rows.some((row) => /call a tool.*HTTP 403.*differs/s.test(row)));
      await using other = await show(browser, await htmlReport(refused));
      const unmet = await other.page.locator("#expected tbody tr").allInnerTexts();
      assert.ok(unmet.some((row) => /metadata.*differs/s.test(row)));
      assert.ok(unmet.some((row) => /Token.*not reached.*open/s.test(row)));
    });

    await t.step("follows the colours of the person's system, and prints all of it", async () => {
      const backs: string[] = [];
      for (const colorScheme of ["light", "dark"] as const) {
        await using shown = await show(browser, html, { colorScheme });
        const { page } = shown;
        backs.push(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"));
        await page.setViewportSize({ width: 1440, height: 900 });
        await page.locator('.diagram a[data-exchange="1"]').click();
        await page.screenshot({ path: `${SCREENSHOTS}/report-${colorScheme}.png`, fullPage: true });
        const paper = await page.pdf({ path: `${SCREENSHOTS}/report-${colorScheme}.pdf` });
        assert.ok(paper.length > 10_000);
        assert.equal(await page.locator("details[open]").count(), 1);
        await page.emulateMedia({ media: "print" });
        await page.evaluate("dispatchEvent(new Event('beforeprint'))");
        assert.equal(await page.locator("details[open]").count(), exchanges.length);
        assert.equal(await page.locator(".filters").isVisible(), false);
        assert.equal(
          await page.evaluate("getComputedStyle(document.body).backgroundColor"),
          "rgb(255, 255, 255)",
        );
      }
      assert.deepEqual(backs, ["rgb(246, 247, 249)", "rgb(17, 19, 24)"]);
    });

    await t.step("fits a small screen", async () => {
      await using shown = await show(browser, html);
      for (const width of [1440, 820, 390]) assert.ok(await overflow(shown.page, width) <= 0);
      await shown.page.screenshot({ path: `${SCREENSHOTS}/report-narrow.png`, fullPage: true });
    });

    await t.step("axe finds nothing serious, in light and in dark", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        for (const report of colorScheme === "dark" ? [html] : [html, await htmlReport(refused)]) {
          await using shown = await show(browser, report, { colorScheme });
          assert.deepEqual(await seriousRules(shown.page), []);
        }
      }
    });

    await t.step("a login at a hostile server stays inert", async () => {
      const hostile = await recordLogin(HOSTILE_LAB);
      assert.equal(hostile.outcome.completed, false);
      assert.ok(JSON.stringify(hostile).split("globalThis.owned").length > 8);
      await staysInert(browser, hostile);
      const success = await recordLogin(HOSTILE_SUCCESS);
      assert.ok(success.tokens.some(({ claims }) => claims?.["iss"] === ATTACK));
      await staysInert(browser, success);
    });

    await t.step("an attack in every text of an artifact stays inert", async () => {
      await staysInert(browser, poisoned(artifact));
      await staysInert(browser, poisoned(refused));
    });

    await t.step("what is not escaped would still not run: the policy refuses it", async () => {
      await using shown = await show(browser, html.replace("<main>", `<main>${ATTACK.slice(2)}`));
      const owned = await shown.page.evaluate("globalThis.owned");
      assert.equal(owned, undefined);
      assert.ok(shown.complaints.some((text) => text.includes("Content Security Policy")));
    });

    await t.step("thirty exchanges and more stay readable, and a hundred are shown", async () => {
      const many = {
        ...artifact,
        exchanges: Array.from({ length: 12 }, () => exchanges).flat()
          .map((one, at) => ({ ...one, id: at + 1 })),
      };
      await using shown = await show(browser, await htmlReport(many));
      const { page } = shown;
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.locator(`.diagram a[data-exchange="${many.exchanges.length}"]`).click();
      await page.locator(`#exchange-${many.exchanges.length}[open]`).waitFor();
      // The names of the parties stay in sight however far down the diagram is.
      assert.ok(await page.locator(".heads").isVisible());
      const gap = await page.evaluate<number>(
        "document.querySelector('.heads').getBoundingClientRect().top - " +
          "document.querySelector('.diagram').getBoundingClientRect().top",
      );
      assert.ok(Math.abs(gap) < 3, String(gap));
      await page.screenshot({ path: `${SCREENSHOTS}/report-many.png` });
      assert.deepEqual([shown.complaints, shown.requests], [[], []]);
    });
  } finally {
    await browser.close();
  }
});
