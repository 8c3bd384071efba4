/** Blanks the WebAssembly modules of undici that no request of mcpass needs. @module */

import { filesBelow } from "../shell.ts";

/** Its second parser, which is used only on request, and the variant of the first one with SIMD. */
const UNUSED = ["lib/milo/simd.js", "lib/milo/no-simd.js", "lib/llhttp/llhttp_simd-wasm.js"];

/** Turns the second parser on, which would not work. */
const SWITCH = "process.env.UNDICI_USE_MILO";

const BASE64 = /['"]([A-Za-z0-9+/=]{1000,})['"]/;

async function folderOf(name: string, denoDir: string): Promise<string> {
  for await (const registry of Deno.readDir(`${denoDir}/npm`)) {
    const folder = `${denoDir}/npm/${registry.name}/${name}`;
    const versions = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
    const version = versions.find(({ isDirectory }) => isDirectory);
    if (version !== undefined) return `${folder}/${version.name}`;
  }
  throw new Error(`No package ${name} in ${denoDir}`);
}

/**
 * The base64 text of a module becomes spaces, so that no column of a source map moves: without SIMD,
 * undici takes the other variant.
 *
 * @throws Error if a module is not in the bundle as expected.
 */
export async function blankUnusedWasm(folder: string, denoDir: string): Promise<void> {
  const undici = await folderOf("undici", denoDir);
  const texts = await Promise.all(UNUSED.map(async (file) => {
    const [, text] = BASE64.exec(await Deno.readTextFile(`${undici}/${file}`)) ?? [];
    if (text === undefined) throw new Error(`No WebAssembly module in undici's ${file}`);
    return text;
  }));
  for (const name of await filesBelow(folder)) {
    if (!name.endsWith(".js")) continue;
    let code = await Deno.readTextFile(`${folder}/${name}`);
    if (!code.includes(SWITCH)) continue;
    for (const [at, text] of texts.entries()) {
      if (!code.includes(text)) throw new Error(`${UNUSED[at]} of undici is not in the bundle`);
      code = code.replace(text, " ".repeat(text.length));
    }
    const off = JSON.stringify(" ".repeat(SWITCH.length - 2));
    return await Deno.writeTextFile(`${folder}/${name}`, code.replaceAll(SWITCH, off));
  }
  throw new Error(`The bundle has no ${SWITCH}: is undici a part of it?`);
}
