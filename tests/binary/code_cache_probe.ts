/**
 * Says of each bytecode in the folder that is its argument whether the runtime takes it, whether it
 * takes it for a text of another length, and how many times as long it is as that of a text of which
 * nothing was called yet, as JSON. Compiled as the product is, it says what that does.
 *
 * @module
 */

import vm from "node:vm";

const [folder = ""] = Deno.args;
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
const taken: Record<string, { own: boolean; other: boolean; called: number }> = {};
for (const cache of names.filter((name) => /\.cache(\.deflate)?$/.test(name))) {
  const file = cache.replace(".cache", "");
  const text = new TextDecoder().decode(await bytesOf(file));
  const cachedData = await bytesOf(cache);
  const takes = (text: string) => {
    const filename = `./${file.replace(".deflate", "")}`;
    return new vm.Script(text, { filename, cachedData }).cachedDataRejected === false;
  };
  const [own, other] = [takes(text), takes(`${text} `)];
  const uncalled = new vm.Script(`${text}  `).createCachedData();
  taken[file] = { own, other, called: cachedData.length / uncalled.length };
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(taken)));

async function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { readable } = await Deno.open(`${folder}/${name}`);
  const isPacked = name.endsWith(".deflate");
  const plain = isPacked ? readable.pipeThrough(new DecompressionStream("deflate-raw")) : readable;
  return await new Response(plain).bytes();
}
