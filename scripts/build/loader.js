/**
 * The entry of the bundle: loads its other files, which are functions, as {@link ./merge.ts} leaves
 * them.
 *
 * A module is compiled at every start, and the compiled program's loader takes no bytecode for it; a
 * script's may be brought along.
 *
 * @module
 */

import vm from "node:vm";

/** Files beside which their bytecode lies. */
const CACHED = "@cached@".split(" ");

const modules = new Map();
const unpacking = new Map();

function at(file) {
  return `${import.meta.dirname}/parts/${file}`;
}

/**
 * What the file exports, whose text this is. Bytecode that V8 does not take is as good as none. A file
 * that fails has exported nothing, and fails the next time too.
 */
function evaluate(file, text, cachedData) {
  const exports = {};
  const script = new vm.Script(text, { filename: file, cachedData });
  script.runInThisContext()(require, exports);
  modules.set(file, exports);
  return exports;
}

function require(file) {
  if (file.startsWith("node:")) return process.getBuiltinModule(file);
  if (modules.has(file)) return modules.get(file);
  const cachedData = CACHED.includes(file) ? Deno.readFileSync(at(`${file}.cache`)) : undefined;
  return evaluate(file, Deno.readTextFileSync(at(file)), cachedData);
}

/** Stands for `import()`: like it, it gives way to what is running before it loads anything. */
require.load = (file) =>
  file.startsWith("node:") ? import(file) : Promise.resolve(file).then(require);

/** The same for a packed file. */
require.unpack = (file) => {
  if (!unpacking.has(file)) unpacking.set(file, unpacked(file));
  return unpacking.get(file);
};

async function unpacked(file) {
  const [text, cachedData] = await Promise.all([
    inflated(file).then((it) => it.text()),
    CACHED.includes(file) ? inflated(`${file}.cache`).then((it) => it.bytes()) : undefined,
  ]);
  return evaluate(file, text, cachedData);
}

async function inflated(file) {
  const packed = await Deno.readFile(at(`${file}.deflate`));
  return new Response(
    new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")),
  );
}

require("./main.js");
