/**
 * The entry of the recorder: runs the program, then adds the bytecode of what it called to the folder
 * `CODE_CACHE`, if there is one. With `REPEAT_CODE_CACHE` it only reads the bytecode and writes it again,
 * which numbers the functions in the order of the text: otherwise their numbers show which of two
 * responses arrived first.
 *
 * @module
 */

import vm from "node:vm";

const folder = Deno.env.get("CODE_CACHE");
const scripts = new Map();
let recorded = [];

if (folder !== undefined) {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => `./${name}`);
  recorded = names.filter((name) => names.includes(`${name}.cache`));
  vm.Script = class extends vm.Script {
    constructor(text, { filename }) {
      const isRecorded = recorded.includes(filename);
      const cachedData = isRecorded ? Deno.readFileSync(`${folder}/${filename}.cache`) : undefined;
      super(text, { filename, cachedData });
      if (this.cachedDataRejected) throw new Error(`V8 rejects the bytecode of "${filename}"`);
      scripts.set(filename, this);
    }
  };
}

globalThis.addEventListener("unload", () => {
  for (const [file, script] of scripts) {
    Deno.writeFileSync(`${folder}/${file}.cache`, script.createCachedData());
  }
});

if (Deno.env.has("REPEAT_CODE_CACHE")) {
  for (const filename of recorded) {
    new vm.Script(Deno.readTextFileSync(`${folder}/${filename}`), { filename });
  }
} else {
  import("./main.js");
}
