/**
 * The entry of the recorder: runs the program, and when it ends writes the bytecode of what was called
 * to the folder `CODE_CACHE`, in addition to what is there from other commands. Without `CODE_CACHE` it
 * only runs the program.
 *
 * With `REPEAT_CODE_CACHE` it runs nothing: it reads the bytecode and writes it again, which numbers the
 * functions in the order of the text. Otherwise their numbers show which of two responses arrived first.
 *
 * @module
 */

import vm from "node:vm";

const folder = Deno.env.get("CODE_CACHE");
const scripts = new Map();

if (folder !== undefined) {
  vm.Script = class extends vm.Script {
    constructor(text, { filename }) {
      const cachedData = bytecodeOf(filename);
      super(text, { filename, cachedData });
      if (this.cachedDataRejected) throw new Error(`V8 rejects the bytecode of "${filename}"`);
      scripts.set(filename, this);
    }
  };
}

function bytecodeOf(file) {
  try {
    return Deno.readFileSync(`${folder}/${file}.cache`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

globalThis.addEventListener("unload", () => {
  for (const [file, script] of scripts) {
    Deno.writeFileSync(`${folder}/${file}.cache`, script.createCachedData());
  }
});

if (Deno.env.has("REPEAT_CODE_CACHE")) {
  for (const { name } of Deno.readDirSync(folder)) {
    const filename = `./${name.replace(/\.cache$/, "")}`;
    if (name.endsWith(".cache")) {
      new vm.Script(Deno.readTextFileSync(`${folder}/${filename}`), { filename });
    }
  }
} else {
  import("./main.js");
}
