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

/** Commands that use a sign-in, and do not fail if there is none. */
const WITHOUT_SIGN_IN = [
  ...["bridge", "config", "config import", "logout", "server diff", "server probe"],
  ...["store log", "store prune"],
];

Deno.test("a manual has the arguments of its command, and exit status 4 if a person may have to sign in", async () => {
  const made = await documentation();
  for (const { name, load } of COMMANDS.filter(isDocumentedForm)) {
    const command = await load();
    const { flags, notes = [], operands } = command;
    const manual = made.get(`man/mcpass-${name.replaceAll(" ", "-")}.1`) ?? "";
    const hasServer = operands === undefined ? "url" in flags : command.serverOperand !== undefined;
    assert.equal(manual.includes("\n[<server>]"), hasServer && command.serverOperand !== "second");
    const isListed = manual.includes("\n.B 4\n");
    const isNoted = notes.some((note) => /^Exit status: .* 4 /.test(note));
    assert.equal(isListed, isNoted, name);
    const usesSignIn = "store" in flags && "url" in flags;
    if (usesSignIn && !WITHOUT_SIGN_IN.includes(name.replace("oauth ", ""))) {
      assert.ok(isNoted, name);
    }
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
