/** No command writes over a file that another of its options names: it would lose what is in it. @module */

import type { FlagRule } from "../command/command.ts";
import { type FlagTable, longName, type OptionsOf } from "../command/flag.ts";

const realPath = (path: string) => {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
};

/** Also of a file that does not exist yet, in a folder that exists. */
function canonicalPath(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? "";
  const folder = path.slice(0, path.length - name.length) || ".";
  return realPath(path) ?? `${realPath(folder) ?? folder}/${name}`;
}

interface NamedFile {
  readonly option: string;
  readonly isWritten: boolean;
  readonly path: string;
}

function namedFiles<F extends FlagTable>(flags: F, options: OptionsOf<F>): NamedFile[] {
  return Object.entries(flags).flatMap(([option, { file }]) => {
    const value: unknown = file === undefined ? undefined : options[option];
    const paths: unknown[] = Array.isArray(value) ? value : [value];
    return paths.filter((it) => typeof it === "string")
      .map((path) => ({ option, isWritten: file === "written", path }));
  });
}

function clashOf(files: readonly NamedFile[]): readonly [NamedFile, NamedFile] | undefined {
  const written = files.filter(({ isWritten }) => isWritten);
  if (written.length === 0 || files.length === 1) return undefined;
  const canonical = new Map(files.map((it) => [it, canonicalPath(it.path)]));
  for (const one of written) {
    const other = files.find((it) => it !== one && canonical.get(it) === canonical.get(one));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}

/** The rule for all options of a command that name files. */
export function distinctFiles<F extends FlagTable>(flags: F): FlagRule<F> {
  return {
    options: Object.keys(flags).filter((option) => flags[option]?.file !== undefined),
    broken: (options) => clashOf(namedFiles(flags, options)) !== undefined,
    message(options) {
      const named = clashOf(namedFiles(flags, options)) ?? [];
      const names = named.flatMap(({ option }) => {
        const flag = flags[option];
        return flag === undefined ? [] : [longName(flag)];
      });
      return `${names.sort().join(" and ")} name the same file`;
    },
    remedy: "Use two different paths",
    strict: true,
  };
}
