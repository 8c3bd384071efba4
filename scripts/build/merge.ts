/**
 * Putting together the files of a bundle that are always loaded together.
 *
 * Code splitting makes a file of each set of modules that the same entries share: 63 for a login, of
 * which each costs a load. The bundler has no say in it, so a second pass of it makes one file of
 * each group.
 *
 * @module
 */

import { run } from "../shell.ts";
import { exported, pairs, type Part, readPart } from "./part.ts";

/** Files that become one: what these modules load, without what earlier groups have. */
export interface Group {
  /** Name of the file, without its ending. */
  readonly name: string;
  /** Modules, as the bundler names their files: without folder, hash and ending. */
  readonly modules: readonly string[];
}

type Parts = ReadonlyMap<string, Part>;

const DYNAMIC = /import\("\.\/([^"]+\.js)"\)/g;

async function readParts(folder: string): Promise<Parts> {
  const parts = new Map<string, Part>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".js")) continue;
    parts.set(name, readPart(await Deno.readTextFile(`${folder}/${name}`)));
  }
  // The bundler's own helpers do nothing by themselves, and load `node:module`.
  const isHelper = (file: string) => parts.get(file)?.code.includes("createRequire") ?? false;
  for (const [name, part] of parts) {
    const imports = part.imports.filter(([file, names]) => names !== "" || !isHelper(file));
    parts.set(name, { ...part, imports });
  }
  return parts;
}

function fileOf(module: string, parts: Parts): string {
  const file = [...parts.keys()].find((name) =>
    name === `${module}.js` || name.replace(/-[A-Z0-9]{8}\.js$/, "") === module
  );
  if (file === undefined) throw new Error(`The bundle has no file of its own for "${module}"`);
  return file;
}

/** Everything that is loaded with these modules. */
function reach(modules: readonly string[], parts: Parts): Set<string> {
  const seen = new Set<string>();
  const queue = modules.map((module) => fileOf(module, parts));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...parts.get(next)?.imports.map(([file]) => file) ?? []);
  }
  return seen;
}

/** Where the parts end up: the group's file of each part that is in one, and its name there. */
interface Places {
  readonly home: ReadonlyMap<string, string>;
  id(file: string): string;
  /** The name under which a group exports what a part of it exports. */
  member(file: string, name: string): string;
}

function placesOf(groups: readonly Group[], parts: Parts): Places {
  const home = new Map<string, string>();
  for (const { name, modules } of groups) {
    for (const file of reach(modules, parts)) {
      if (!home.has(file)) home.set(file, `${name}.js`);
    }
  }
  const ids = new Map([...home.keys()].sort().map((file, index) => [file, `p${index}`]));
  const id = (file: string) => ids.get(file) ?? "";
  return { home, id, member: (file, name) => `${id(file)}$${name}` };
}

/**
 * The text of a part as it reads in the file `here`. What stays keeps its place, as the source map
 * has it: what is written anew follows at the end, where imports hold as well.
 */
function relinked(part: Part, here: string, parts: Parts, { home, id, member }: Places): string {
  const added = part.imports.map(([file, names]) => {
    const target = home.get(file);
    const foreign = target !== undefined && target !== here;
    const from = foreign ? target : target === undefined ? file : `${id(file)}.js`;
    const list = foreign
      ? pairs(names).map(([meant, name]) => `${member(file, meant)} as ${name}`).join(",")
      : names;
    return list === "" ? `import"./${from}";` : `import{${list}}from"./${from}";`;
  });
  const code = part.code.replace(DYNAMIC, (whole, file) => {
    const target = home.get(file);
    const loaded = parts.get(file);
    if (target === undefined || loaded === undefined) return whole;
    const members = exported(loaded).map((name) => `${name}:m.${member(file, name)}`);
    const name = `$import${added.length}`;
    added.push(
      `function ${name}(){return import("./${target}").then(m=>({${members.join(",")}}))}`,
    );
    return `${name}()`.padEnd(whole.length);
  });
  const comment = code.lastIndexOf("//# sourceMappingURL=");
  const end = comment === -1 ? code.length : comment;
  const head = " ".repeat(part.start);
  return `${head}${code.slice(0, end)}${part.foreign}${added.join("")}\n${code.slice(end)}`;
}

/** Every file that is named in the folder has to be there. */
async function checkLinks(folder: string): Promise<void> {
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  for (const name of files.filter((it) => it.endsWith(".js"))) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const named = [...text.matchAll(/(?:from|import|import\()"\.\/([^"]+\.js)"/g)];
    const missing = named.find(([, file = ""]) => !files.includes(file));
    if (missing !== undefined) throw new Error(`"${name}" has ${missing[0]}, which is not there`);
  }
}

/**
 * Makes one file of each group in `folder`, and lets the other files import from it. The first group
 * has the program's entry: it must not wait at its top level for what imports from it.
 *
 * Throws when a module has no file of its own, or when a file would be missing.
 */
export async function mergeGroups(folder: string, groups: readonly Group[]): Promise<void> {
  const parts = await readParts(folder);
  const places = placesOf(groups, parts);
  const { home, id, member } = places;
  const source = `${folder}/../parts`;
  await Deno.remove(source, { recursive: true }).catch(() => {});
  await Deno.mkdir(source);
  for (const [name, part] of parts) {
    const here = home.get(name);
    const text = relinked(part, here ?? name, parts, places);
    await Deno.writeTextFile(
      here === undefined ? `${folder}/${name}` : `${source}/${id(name)}.js`,
      text,
    );
    if (here === undefined) continue;
    await Deno.rename(`${folder}/${name}.map`, `${source}/${name}.map`);
    await Deno.remove(`${folder}/${name}`);
  }
  const outside = [...parts.keys()].filter((name) => !home.has(name));
  const files = groups.map(({ name }) => `${name}.js`);
  for (const file of files) {
    const members = [...home.keys()].filter((name) => home.get(name) === file);
    const lines = members.map((name) => {
      const list = exported(parts.get(name)).map((it) => `${it} as ${member(name, it)}`);
      return `export {${list.join(", ")}} from "./${id(name)}.js";`;
    });
    // Only the file that the bundler is given knows itself to be the program.
    const entry = members.includes(file) ? await Deno.readTextFile(`${source}/${id(file)}.js`) : "";
    const rest = entry === "" ? lines : lines.filter((line) => !line.startsWith("export {} "));
    await Deno.writeTextFile(`${source}/group-${file}`, [entry, ...rest, ""].join("\n"));
    const bundled = await run(Deno.execPath(), [
      ...["bundle", "--quiet", "--minify", "--sourcemap=linked", "--platform", "deno"],
      ...[...files, ...outside].flatMap((other) => ["--external", `./${other}`]),
      ...["--output", `${folder}/${file}`, `${source}/group-${file}`],
    ]);
    if (!bundled.success) throw new Error(`Cannot merge into "${file}":\n${bundled.stderr}`);
  }
  await checkLinks(folder);
}
