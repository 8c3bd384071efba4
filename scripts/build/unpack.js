/**
 * Goes into the bundle: loads the files of it that are kept packed, as {@link ./pack.ts} left them.
 *
 * They are functions and no modules: the loader of a compiled program takes modules of its own files
 * and of data: URLs only, and those take it longer to read than all the rest.
 *
 * @module
 */

const loading = new Map();

/** What a packed file, `./name.js`, exports. Rejects with what reading it and its imports rejects with. */
export function unpack(file) {
  if (!loading.has(file)) loading.set(file, load(file));
  return loading.get(file);
}

async function load(file) {
  const packed = await Deno.readFile(new URL(`${file}.deflate`, import.meta.url));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const { imports, code } = JSON.parse(await new Response(plain).text());
  const names = imports.map(async (name) => [name, await import(name)]);
  const modules = new Map(await Promise.all(names));
  const exports = {};
  // What the code imports later is named from here, as from every file of the bundle.
  new Function("require", "exports", code)((name) => modules.get(name), exports);
  return exports;
}
