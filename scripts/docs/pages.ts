/**
 * The generated documents.
 *
 * @module
 */

import { jsonSchema, schemaFileName, SCHEMAS } from "../../src/cli/schemas/json_schema.ts";
import { jsonText } from "../../src/cli/terminal/json_text.ts";
import { COMMANDS } from "../../src/cli/app/commands.ts";
import type { Page } from "./command_page.ts";
import { clientsPage } from "./clients.ts";
import { findingsPage } from "./findings.ts";
import { commandManual, programManual } from "./manual.ts";
import { commandsPage } from "./markdown.ts";

/** False for a short form, which is a row of its own with the same module. */
export function isDocumentedForm({ name }: { readonly name: string }): boolean {
  return !COMMANDS.some((other) => other.name === `oauth ${name}`);
}

/** Every generated file: its path below `docs/` and its text. */
export async function documentation(): Promise<ReadonlyMap<string, string>> {
  const pages: Page[] = await Promise.all(
    COMMANDS.filter(isDocumentedForm)
      .map(async ({ name, summary, load }) => ({ name, summary, command: await load() })),
  );
  return new Map([
    ["commands.md", commandsPage(pages)],
    ["config.md", clientsPage()],
    ["findings.md", findingsPage()],
    ["man/mcpass.1", programManual(pages)],
    ...[...SCHEMAS.keys()].map((name) =>
      [`schemas/${schemaFileName(name)}`, jsonText(jsonSchema(name))] as const
    ),
    ...pages.map((page) =>
      [`man/mcpass-${page.name.replaceAll(" ", "-")}.1`, commandManual(page)] as const
    ),
  ]);
}
