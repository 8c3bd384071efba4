/**
 * The entry of the recorder: runs the program, and when it ends writes the bytecode of what was called
 * to the folder `CODE_CACHE`, beside the bundle's files. With `REPEAT_CODE_CACHE` it runs nothing: it
 * reads the bytecode that is there and writes it once more, which numbers the functions in the order of
 * the text. Else their numbers tell which of two answers came first.
 *
 * @module
 */

import vm from "node:vm";

const { Script } = vm;
const folder = Deno.env.get("CODE_CACHE");
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
const scripts = new Map();

function write() {
  for (const [file, script] of scripts) {
    Deno.writeFileSync(`${folder}/${file}.cache`, script.createCachedData());
  }
}

async function read(file) {
  const cachedData = await Deno.readFile(`${folder}/${file}.cache`);
  const script = new Script(await textOf(file), { filename: `./${file}`, cachedData });
  if (script.cachedDataRejected) throw new Error(`The bytecode of "${file}" is not taken`);
  scripts.set(file, script);
}

async function textOf(file) {
  if (!names.includes(`${file}.deflate`)) return await Deno.readTextFile(`${folder}/${file}`);
  const { readable } = await Deno.open(`${folder}/${file}.deflate`);
  return await new Response(readable.pipeThrough(new DecompressionStream("deflate-raw"))).text();
}

if (Deno.env.has("REPEAT_CODE_CACHE")) {
  const cached = names.filter((name) => name.endsWith(".cache")).sort();
  for (const name of cached) await read(name.slice(0, -".cache".length));
  write();
} else {
  vm.Script = class extends Script {
    constructor(text, options) {
      super(text, options);
      scripts.set(options.filename, this);
    }
  };
  globalThis.addEventListener("unload", write);
  import("./main.js");
}
