import assert from "node:assert/strict";
import { ROOT } from "../../../scripts/shell.ts";
import { DATABASE_PAGES } from "../../../src/findings/database_pages.ts";
import { GRANTS } from "../../../src/store/postgres/schema.ts";

const read = (name: string) => Deno.readTextFile(`${ROOT}${name}`);
const page = await read("docs/store.md");

/** The error codes that the files of a folder name. */
async function codesIn(folder: string): Promise<string[]> {
  const codes: string[] = [];
  for await (const { name } of Deno.readDir(`${ROOT}${folder}`)) {
    const text = name.endsWith(".ts") ? await read(`${folder}/${name}`) : "";
    codes.push(...[...text.matchAll(/"(store_[a-z_]+)"/g)].flatMap(([, code]) => code ?? []));
  }
  return codes;
}

Deno.test("docs/store.md lists every failure of a database", async () => {
  const found = await codesIn("src/store/postgres");
  assert.ok(found.includes("store_version_newer"));
  for (const code of new Set([...found, ...Object.keys(DATABASE_PAGES)])) {
    assert.ok(page.includes(`\`${code}\``), code);
  }
});

Deno.test("docs/store.md lists every variable of a database", () => {
  for (const name of ["URL", "URL_FILE", "KEY_FILE"]) {
    assert.ok(page.includes(`\`MCPASS_STORE_${name}\``), name);
  }
  for (const name of ["CA_FILE", "STEP_TIMEOUT"]) assert.ok(page.includes(`\`MCPASS_${name}\``));
  assert.ok(page.includes("`MCPASS_STORE`"));
});

Deno.test("docs/store.md has the privileges of mcpass, and no other page has them", async () => {
  const words = (text: string) => text.replaceAll(/\s+/g, " ");
  for (const statement of GRANTS.match(/GRANT [^;]*;/g) ?? []) {
    assert.ok(words(page).includes(words(statement)), statement);
  }
  for await (const { name } of Deno.readDir(`${ROOT}docs`)) {
    if (!name.endsWith(".md") || name === "store.md") continue;
    assert.doesNotMatch(await read(`docs/${name}`), /GRANT (?:SELECT|USAGE) ON/, name);
  }
});
