import assert from "node:assert/strict";
import { filesBelow, ROOT } from "../scripts/shell.ts";
import { parsePrinted, shellWords } from "./cli/printed_commands.ts";

/** Written by hand; commands.md and findings.md are generated. */
const DOCUMENTS = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "docs/build.md",
  "docs/credential.md",
  "docs/fleet.md",
  "docs/guide.md",
  "docs/install.md",
  "docs/testing.md",
];

const texts = await Promise.all(
  DOCUMENTS.map(async (path) => [path, await Deno.readTextFile(`${ROOT}${path}`)] as const),
);

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(`${ROOT}${path}`).then(() => true, () => false);
}

Deno.test("the documents name files and folders that exist", async () => {
  const missing: string[] = [];
  let found = 0;
  for (const [document, text] of texts) {
    for (const [, path = ""] of text.matchAll(/`((?:src|tests|scripts|docs|\.ci)\/[\w./-]*)`/g)) {
      found += 1;
      if (!await exists(path)) missing.push(`${document}: ${path}`);
    }
    const folder = document.replace(/[^/]*$/, "");
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      found += 1;
      const path = new URL(link, `file:///${folder}`).pathname.slice(1);
      if (!await exists(path)) missing.push(`${document}: ${link}`);
    }
  }
  assert.ok(found > 50, `${found} paths`);
  assert.deepEqual(missing, []);
});

Deno.test("the documents name tasks that exist", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const named = texts.flatMap(([document, text]) =>
    Array.from(text.matchAll(/deno(?:@[\d.]+)? task ([\w:]+)/g), ([, task = ""]) => ({
      document,
      task,
    }))
  );
  assert.ok(named.length > 20, `${named.length} tasks`);
  assert.deepEqual(named.filter(({ task }) => !Object.hasOwn(tasks, task)), []);
});

Deno.test("the documents show commands that parse", async () => {
  const lines = texts.flatMap(([document, text]) =>
    Array.from(
      text.matchAll(/```(?:sh|console)\n(.*?)```/gs),
      ([, block = ""]) => block.replaceAll(/ *\\\n */g, " ").split("\n"),
    )
      .flat()
      .flatMap((line) =>
        Array.from(line.matchAll(/(?:^|\/|\$\(| )mcpass ([^|>)#]+)/g), ([, words = ""]) => ({
          document,
          words: shellWords(words.trim()),
        }))
      )
  ).filter(({ words }) => words.length > 0 && !words.includes("#"));
  assert.ok(lines.length > 15, `${lines.length} commands`);
  for (const { document, words } of lines) {
    await parsePrinted(words).catch((error) =>
      assert.fail(`${document}: mcpass ${words.join(" ")}: ${error}`)
    );
  }
});

Deno.test("every file that a document names by its last part alone is in the tree", async () => {
  const files = [...await filesBelow(`${ROOT}src`), ...await filesBelow(`${ROOT}tests`), "main.ts"];
  const missing = texts.flatMap(([document, text]) =>
    Array.from(text.matchAll(/`([a-z_]+\.ts)`/g), ([, name = ""]) => name)
      .filter((name) => !files.some((path) => path === name || path.endsWith(`/${name}`)))
      .map((name) => `${document}: ${name}`)
  );
  assert.deepEqual(missing, []);
});

Deno.test("the README fits on a few screens", () => {
  const [, readme = ""] = texts.find(([path]) => path === "README.md") ?? [];
  assert.ok(readme.split("\n").length < 200);
});
