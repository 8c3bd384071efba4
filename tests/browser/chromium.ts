/**
 * A real browser on a file: what it shows, what it complains about, and what it asks the network.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

/** A page in a browser. */
export interface Shown extends AsyncDisposable {
  /** The page. */
  readonly page: Page;
  /** What stood on its console, and errors of its scripts. */
  readonly complaints: readonly string[];
  /** What it asked for, the file itself apart. */
  readonly requests: readonly string[];
}

/** Starts the Chromium of the Debian package `chromium`. */
export async function startChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}

/** Shows an HTML document from a file. */
export async function show(
  browser: Browser,
  html: string,
  options: { readonly colorScheme?: "light" | "dark" } = {},
): Promise<Shown> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/report.html`;
  const url = pathToFileURL(file).href;
  await Deno.writeTextFile(file, html);
  const context = await browser.newContext({ colorScheme: options.colorScheme ?? "light" });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== url) requests.push(request.url());
  });
  await page.goto(url);
  return {
    page,
    complaints,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
