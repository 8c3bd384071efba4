import assert from "node:assert/strict";
import { documentation, isDocumentedForm } from "../../../scripts/docs/pages.ts";
import { longName } from "../../../src/cli/command/flag.ts";
import { COMMANDS } from "../../../src/cli/app/commands.ts";

const DOCS = new URL("../../../docs/", import.meta.url);

async function files(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(new URL(folder, DOCS)), ({ name }) => name);
  return names.map((name) => folder + name);
}

Deno.test("the documentation is what the command tables say: deno task docs writes it", async () => {
  const made = await documentation();
  const written = [
    ...await files("man/"),
    ...await files("schemas/"),
    "commands.md",
    "config.md",
    "findings.md",
  ];
  assert.deepEqual(written.sort(), [...made.keys()].sort());
  for (const [path, text] of made) {
    assert.equal(await Deno.readTextFile(new URL(path, DOCS)), text, path);
  }
});

Deno.test("every command and every flag is on the page of commands and in its manual", async () => {
  const made = await documentation();
  for (const { name, load } of COMMANDS.filter(isDocumentedForm)) {
    const section = made.get("commands.md")?.split("\n## ")
      .find((part) => part.startsWith(`mcpass ${name}\n`)) ?? "";
    const manual = made.get(`man/mcpass-${name.replaceAll(" ", "-")}.1`) ?? "";
    for (const flag of Object.values((await load()).flags)) {
      assert.ok(section.includes(longName(flag)), `${name} ${longName(flag)}`);
      assert.ok(manual.includes(longName(flag).replaceAll("-", "\\-")), `${name} ${flag.flags}`);
    }
  }
});
