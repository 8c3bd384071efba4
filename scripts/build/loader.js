/** The entry of the bundle: loads its other files, which are functions, as `merge.ts` makes them. @module */

import vm from "node:vm";

const PARTS = `${import.meta.dirname}/parts`;

/** Files that have bytecode. */
const CACHED = "@cached@";

/** Files that need no archive. */
const UNARCHIVED = "@unarchived@";

const modules = new Map();
const texts = new Map();
const unpacked = new Set();
let archives;

function require(file) {
  if (file.startsWith("node:")) return process.getBuiltinModule(file);
  if (modules.has(file)) return modules.get(file);
  const path = `${PARTS}/${file}`;
  const cachedData = CACHED.includes(file) ? Deno.readFileSync(`${path}.cache`) : undefined;
  const exports = {};
  // V8 compiles the text when it rejects the bytecode.
  const text = texts.get(file) ?? Deno.readTextFileSync(path);
  const script = new vm.Script(text, { filename: file, cachedData });
  script.runInThisContext()(require, exports);
  // Not before: a file that fails has no exports, and fails again the next time.
  modules.set(file, exports);
  return exports;
}

function archivesOf(file) {
  if (UNARCHIVED.includes(file)) return [];
  archives ??= JSON.parse(Deno.readTextFileSync(`${PARTS}/archives.json`));
  return archives[file] ?? [];
}

async function unpack(archive) {
  const packed = new Response(await Deno.readFile(`${PARTS}/${archive}.gz`));
  const content = new Response(packed.body.pipeThrough(new DecompressionStream("gzip")));
  for (const [file, text] of Object.entries(await content.json())) texts.set(file, text);
  unpacked.add(archive);
}

/** Replaces `import()`: like it, it lets other work run before it loads anything. */
require.load = async (file) => {
  if (file.startsWith("node:")) return await import(file);
  await Promise.all(archivesOf(file).filter((name) => !unpacked.has(name)).map(unpack));
  return require(file);
};

require("./main.js");
