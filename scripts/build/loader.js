/** The entry of the bundle: loads its other files, which are functions, as `merge.ts` makes them. @module */

import vm from "node:vm";

/** Files that have bytecode. */
const CACHED = "@cached@".split(" ");

const modules = new Map();

function require(file) {
  if (file.startsWith("node:")) return process.getBuiltinModule(file);
  if (modules.has(file)) return modules.get(file);
  const path = `${import.meta.dirname}/parts/${file}`;
  const cachedData = CACHED.includes(file) ? Deno.readFileSync(`${path}.cache`) : undefined;
  const exports = {};
  // V8 compiles the text when it rejects the bytecode.
  const script = new vm.Script(Deno.readTextFileSync(path), { filename: file, cachedData });
  script.runInThisContext()(require, exports);
  // Not before: a file that fails has no exports, and fails again the next time.
  modules.set(file, exports);
  return exports;
}

/** Replaces `import()`: like it, it lets other work run before it loads anything. */
require.load = (file) =>
  file.startsWith("node:") ? import(file) : Promise.resolve(file).then(require);

require("./main.js");
