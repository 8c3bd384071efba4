import { deepEqual, match, ok } from "node:assert/strict";
import { run } from "./cli/fake_runtime.ts";

const ROOT = new URL("../", import.meta.url);
const document = await Deno.readTextFile(new URL("SECURITY.md", ROOT));

/** The cells of each row of the tables that have a column of tests. */
function promises(): string[][] {
  const rows: string[][] = [];
  let isPromise = false;
  for (const line of document.split("\n")) {
    if (!line.startsWith("|")) isPromise = false;
    else if (/^\| *promise/.test(line)) isPromise = true;
    else if (isPromise && !/^\|[ |-]+$/.test(line)) rows.push(line.split("|").slice(1, -1));
  }
  return rows;
}

Deno.test("each promise of SECURITY.md names tests that exist", async () => {
  const rows = promises();
  ok(rows.length > 25, `${rows.length} promises`);
  for (const [promise = "", , tests = ""] of rows) {
    const paths = Array.from(tests.matchAll(/\]\((tests\/[\w/]+_test\.ts)\)/g), ([, path]) => path);
    ok(paths.length > 0, promise);
    for (const path of paths) {
      match(await Deno.readTextFile(new URL(path ?? "", ROOT)), /Deno\.test\(/, path);
    }
  }
});

Deno.test("each variable that SECURITY.md names is in the help about variables", async () => {
  const table = document.slice(document.indexOf("## Environment variables that matter"));
  const named = new Set(table.match(/(?<=`)[A-Z][A-Z_]{3,}(?=`)/g));
  ok(named.size > 15);
  const help = (await run(["help", "environment"])).stdout;
  const missing = [...named].filter((name) => !help.includes(name));
  // Flags that are read from a variable are in the help as a rule.
  deepEqual(missing.filter((name) => !name.startsWith("MCPASS_")), []);
});
