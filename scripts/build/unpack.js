/**
 * Goes into the bundle: loads the files of it that are kept packed, as {@link ./pack.ts} left them.
 *
 * @module
 */

const loading = new Map();

/** Imports a packed file, `./name.js`, once. Rejects with what reading and importing reject with. */
export function unpack(file) {
  if (!loading.has(file)) loading.set(file, load(file));
  return loading.get(file);
}

async function load(file) {
  const packed = await Deno.readFile(new URL(`${file}.deflate`, import.meta.url));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const code = await new Response(plain).text();
  // The compiled program's loader knows data: and no blob:, and nothing is relative to data:.
  const placed = code.replaceAll("'bundle:", `'${new URL("./", import.meta.url)}`);
  return import(`data:text/javascript;base64,${btoa(placed)}`);
}
