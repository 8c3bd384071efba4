/** The entry of the recorder: adds the bytecode of what the program calls to `CODE_CACHE`. @module */

import { existsSync } from "node:fs";
import vm from "node:vm";

const folder = Deno.env.get("CODE_CACHE");
const scripts = new Map();

if (folder !== undefined) {
  vm.Script = class extends vm.Script {
    constructor(text, { filename }) {
      const stored = `${folder}/${filename}.cache`;
      const cachedData = existsSync(stored) ? Deno.readFileSync(stored) : undefined;
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
  // Numbers the functions in the order of the text, not by which of two responses arrived first.
  const stored = Array.from(Deno.readDirSync(folder)).filter(({ name }) => name.endsWith(".cache"));
  for (const filename of stored.map(({ name }) => `./${name.replace(/\.cache$/, "")}`)) {
    new vm.Script(Deno.readTextFileSync(`${folder}/${filename}`), { filename });
  }
} else {
  import("./main.js");
}
