import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";

const BUNDLE = new URL("../../dist/stage/mcpass/bundle/", import.meta.url);

/** In place of the loader's last line: loads every file, and says how many there are. */
const LOAD_ALL = `
Deno.exit = () => {};
const names = Array.from(Deno.readDirSync(at(".")), ({ name }) => name);
for (const name of names.filter((it) => it.endsWith(".js"))) require("./" + name);
for (const name of names.filter((it) => it.endsWith(".js.deflate"))) {
  await require.unpack("./" + name.replace(".deflate", ""));
}
Deno.stderr.writeSync(new TextEncoder().encode(modules.size + " files"));
`;

// The bytecode that lies beside them is that of the executable's runtime, and not always of this one.
Deno.test("every file of the bundle can be loaded, those that a command seldom needs too", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-parts-" });
  try {
    await Deno.mkdir(`${folder}/parts`);
    let files = 0;
    for await (const { name } of Deno.readDir(new URL("parts/", BUNDLE))) {
      await Deno.copyFile(new URL(`parts/${name}`, BUNDLE), `${folder}/parts/${name}`);
      if (/\.js(\.deflate)?$/.test(name)) files += 1;
    }
    const loader = await Deno.readTextFile(new URL("main.js", BUNDLE));
    const changed = loader.replace('\nrequire("./main.js");\n', LOAD_ALL);
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
