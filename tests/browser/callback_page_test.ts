import assert from "node:assert/strict";
import { openInteractiveConsent } from "../../src/consent/interactive_consent.ts";
import { consentRequest, interactiveOptions } from "../consent/support.ts";
import { startChromium } from "./chromium.ts";

const quiet = { sanitizeOps: false, sanitizeResources: false };

const ATTACK = "https://mcp.example/<img src=x onerror=globalThis.owned=1>";

for (const outcome of ["success", "failure"] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    Deno.test({
      name: `the page after a ${outcome} in ${colorScheme} mode: names, no code in the address bar`,
      ...quiet,
      async fn() {
        const consent = await openInteractiveConsent(interactiveOptions({ serverUrl: ATTACK }));
        const browser = await startChromium();
        try {
          const context = await browser.newContext({ colorScheme });
          const page = await context.newPage();
          const complaints: string[] = [];
          const requests: string[] = [];
          page.on("console", (message) => complaints.push(message.text()));
          page.on("pageerror", (error) => complaints.push(error.message));
          page.on("request", (request) => requests.push(request.url()));
          const obtaining = consent.obtain(consentRequest());
          const callback = `${consent.redirectUri}?code=CODE&state=s1`;
          const loading = page.goto(callback);
          await obtaining;
          consent.showOutcome(outcome, outcome === "failure" ? "authorization_error" : undefined);
          await loading;
          assert.equal(page.url(), consent.redirectUri);
          await page.goBack().catch(() => null);
          assert.doesNotMatch(page.url(), /CODE/);
          await page.goForward().catch(() => null);
          const text = await page.innerText("body");
          assert.ok(text.includes(ATTACK), text);
          assert.match(text, /Client\s+c1/);
          assert.match(text, outcome === "success" ? /^Signed in/ : /^Sign-in failed/);
          assert.match(text, /close this tab/);
          assert.equal(text.includes("mcpass explain authorization_error"), outcome === "failure");
          assert.equal(await page.evaluate("globalThis.owned"), undefined);
          assert.equal(await page.locator("img").count(), 0);
          const background = await page.evaluate<string>(
            "getComputedStyle(document.documentElement).colorScheme",
          );
          assert.equal(background, "light dark");
          const dark = await page.evaluate<boolean>(
            "getComputedStyle(document.body).color === 'rgb(255, 255, 255)'",
          );
          assert.equal(dark, colorScheme === "dark");
          assert.deepEqual(requests.filter((url) => !url.startsWith(consent.redirectUri)), []);
          // Chromium reports the status of the failure page itself.
          assert.deepEqual(complaints.filter((it) => !it.includes("500")), []);
        } finally {
          await browser.close();
          await consent.close();
        }
      },
    });
  }
}
