/**
 * Prints JSON about each bytecode in the folder that is its argument: whether the runtime accepts it,
 * whether it accepts it for a text of another length, and how many times as long it is as the bytecode
 * of a text before any call. It is compiled as the product is, so the answers hold for the product.
 *
 * @module
 */

import vm from "node:vm";

const [folder = ""] = Deno.args;
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
const taken: Record<string, { own: boolean; other: boolean; called: number }> = {};
for (const cache of names.filter((name) => name.endsWith(".cache"))) {
  const file = cache.replace(".cache", "");
  const text = await Deno.readTextFile(`${folder}/${file}`);
  const cachedData = await Deno.readFile(`${folder}/${cache}`);
  const takes = (text: string) => {
    const filename = `./${file}`;
    return new vm.Script(text, { filename, cachedData }).cachedDataRejected === false;
  };
  const [own, other] = [takes(text), takes(`${text} `)];
  const uncalled = new vm.Script(`${text}  `).createCachedData();
  taken[file] = { own, other, called: cachedData.length / uncalled.length };
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(taken)));
