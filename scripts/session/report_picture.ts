/**
 * A picture of the HTML report of a login, made with Chromium.
 *
 * @module
 */

import { show, startChromium } from "../../tests/browser/chromium.ts";
import { run } from "../shell.ts";

const SIZE = { width: 800, height: 760 };

/** Signs in with a debug artifact, makes the report of it, and writes its picture. */
export async function reportPicture(
  url: string,
  folder: string,
  [path = "", ...args]: readonly string[],
  picture: string,
): Promise<void> {
  const mcpass = (...words: string[]) =>
    run(path, [...args, ...words], {
      cwd: folder,
      env: { HOME: folder, MCPASS_HOME: `${folder}/home`, MCPASS_STORE: "none" },
    });
  const login = ["oauth", "login", "--url", url, "--auth-mode", "headless"];
  await mcpass(...login, "--debug-out", "debug.json", "--verify-tools");
  const report = await mcpass("oauth", "report", "debug.json");
  if (!report.success) throw new Error(report.stderr);
  const browser = await startChromium();
  try {
    await using shown = await show(browser, report.stdout);
    await shown.page.setViewportSize(SIZE);
    await shown.page.evaluate(
      "scrollTo(0, document.querySelector('.diagram').getBoundingClientRect().top - 90)",
    );
    await shown.page.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}
