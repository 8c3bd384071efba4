/**
 * The generated documents.
 *
 * @module
 */

import { COMMANDS } from "../../src/cli/app/commands.ts";
import type { Page } from "./command_page.ts";
import { findingsPage } from "./findings.ts";
import { commandManual, programManual } from "./manual.ts";
import { commandsPage } from "./markdown.ts";

/** Every generated file: its path below `docs/` and its text. */
export async function documentation(): Promise<ReadonlyMap<string, string>> {
  const pages: Page[] = await Promise.all(
    COMMANDS.filter(({ name }) => name !== "login")
      .map(async ({ name, summary, load }) => ({ name, summary, command: await load() })),
  );
  return new Map([
    ["commands.md", commandsPage(pages)],
    ["findings.md", findingsPage()],
    ["man/mcpass.1", programManual(pages)],
    ...pages.map((page) =>
      [`man/mcpass-${page.name.replaceAll(" ", "-")}.1`, commandManual(page)] as const
    ),
  ]);
}
