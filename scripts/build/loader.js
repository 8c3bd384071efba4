/** The entry of the bundle: loads its other files, which are functions, as `merge.ts` makes them. @module */

import vm from "node:vm";

const PARTS = `${import.meta.dirname}/parts`;

/** Files that have bytecode. */
const CACHED = "@cached@";

/** Files that need no archive. */
const UNARCHIVED = "@unarchived@";

/** Files in the executable that are not embedded, as `stored_files.ts` makes them. */
const STORED = "@stored@";

const modules = new Map();
const texts = new Map();
const unpacked = new Set();
let archives;

/** Stays open: another program may be installed at its path. */
const executable = typeof STORED === "object" ? Deno.openSync(Deno.execPath()) : undefined;
const appended = executable && lengthOfAppended();

/** What `deno compile` appended has its own length in the last eight bytes. */
function lengthOfAppended() {
  const length = new BigUint64Array(1);
  executable.seekSync(-8, Deno.SeekMode.End);
  executable.readSync(new Uint8Array(length.buffer));
  return Number(length[0]);
}

function bytesOf(file) {
  const place = STORED[file];
  if (place === undefined) return Deno.readFileSync(`${PARTS}/${file}`);
  const [before, length] = place;
  const bytes = new Uint8Array(length);
  executable.seekSync(-appended - before, Deno.SeekMode.End);
  for (let at = 0; at < length;) {
    const read = executable.readSync(bytes.subarray(at));
    if (read === null) throw new Error(`"${Deno.execPath()}" is not complete`);
    at += read;
  }
  return bytes;
}

const textOf = (file) =>
  STORED[file] === undefined
    ? Deno.readTextFileSync(`${PARTS}/${file}`)
    : new TextDecoder().decode(bytesOf(file));

function require(file) {
  if (file.startsWith("node:")) return process.getBuiltinModule(file);
  if (modules.has(file)) return modules.get(file);
  const cachedData = CACHED.includes(file) ? bytesOf(`${file}.cache`) : undefined;
  const exports = {};
  // V8 compiles the text when it rejects the bytecode.
  const text = texts.get(file) ?? textOf(file);
  const script = new vm.Script(text, { filename: file, cachedData });
  script.runInThisContext()(require, exports);
  // Not before: a file that fails has no exports, and fails again the next time.
  modules.set(file, exports);
  return exports;
}

function archivesOf(file) {
  if (UNARCHIVED.includes(file)) return [];
  archives ??= JSON.parse(textOf("./archives.json"));
  return archives[file] ?? [];
}

async function unpack(archive) {
  const packed = new Response(bytesOf(`./${archive}.gz`));
  const content = new Response(packed.body.pipeThrough(new DecompressionStream("gzip")));
  for (const [file, text] of Object.entries(await content.json())) texts.set(file, text);
  unpacked.add(archive);
}

/** Replaces `import()`: like it, it lets other work run before it loads anything. */
require.load = async (file) => {
  if (file.startsWith("node:")) return await import(file);
  await Promise.all(archivesOf(file).filter((name) => !unpacked.has(name)).map(unpack));
  return require(file);
};

require("./main.js");
