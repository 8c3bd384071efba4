import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";

const BUNDLE = new URL("../../dist/stage/mcpass/bundle/", import.meta.url);

/** Replaces the loader's last line: loads every file, and prints how many there are. */
const LOAD_ALL = `
Deno.exit = () => {};
const names = Array.from(Deno.readDirSync(import.meta.dirname + "/parts"), ({ name }) => name);
for (const name of names) require("./" + name);
Deno.stderr.writeSync(new TextEncoder().encode(modules.size + " files"));
`;

// The bytecode next to them is for the executable's runtime, which may be another one than this.
Deno.test("every file of the bundle can be loaded, also those that a command seldom needs", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-parts-" });
  try {
    await Deno.mkdir(`${folder}/parts`);
    let files = 0;
    for await (const { name } of Deno.readDir(new URL("parts/", BUNDLE))) {
      if (!name.endsWith(".js")) continue;
      await Deno.copyFile(new URL(`parts/${name}`, BUNDLE), `${folder}/parts/${name}`);
      files += 1;
    }
    const loader = await Deno.readTextFile(new URL("main.js", BUNDLE));
    const changed = loader.replace('\nrequire("./main.js");\n', LOAD_ALL)
      .replace(/CACHED = .*;/, "CACHED = [];");
    assert.notEqual(changed, loader);
    await Deno.writeTextFile(`${folder}/main.js`, changed);
    const args = ["run", "-A", "--quiet", "--no-config", `${folder}/main.js`, "--version"];
    const ran = await run(Deno.execPath(), args);
    assert.equal(ran.stderr, `${files} files`);
    assert.ok(files > 50, `${files}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
