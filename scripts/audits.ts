/** Audits the published servers of the tests, and writes docs/audits. @module */

import { AUDITED, auditPublished } from "../tests/audit/servers/audited.ts";
import { openPackages, pageOf } from "../tests/audit/servers/pages.ts";
import { ROOT } from "./shell.ts";

const USAGE = `Usage: deno task audits [<page>...]

Audits published servers, and writes what it found to docs/audits/<page>.md, with the line of the
server's source that causes each deviation. By default all servers are audited.

Pages: ${AUDITED.map(({ page }) => page).join(", ")}
`;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("-h") || args.includes("--help")) {
    print(USAGE);
    return 0;
  }
  const unknown = args.filter((arg) => !AUDITED.some(({ page }) => page === arg));
  if (unknown.length > 0) {
    print(`error: no page ${unknown.join(", ")}\n\n${USAGE}`);
    return 2;
  }
  const packages = await openPackages();
  await Deno.mkdir(`${ROOT}docs/audits`, { recursive: true });
  for (const row of AUDITED) {
    if (args.length > 0 && !args.includes(row.page)) continue;
    if (!(await row.isInstalled?.() ?? true)) {
      print(`not installed  ${row.name}\n`);
      continue;
    }
    const result = await auditPublished(row);
    await Deno.writeTextFile(
      `${ROOT}docs/audits/${row.page}.md`,
      await pageOf(row, result, packages),
    );
    const { failed, warning, inconclusive } = result.counts;
    print(`${result.verdict}  ${row.name}: ${failed} failed, ${warning} warnings, `);
    print(`${inconclusive} inconclusive\n`);
  }
  return 0;
}

Deno.exit(await main(Deno.args));
