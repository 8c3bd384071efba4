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
  /** As the command line names it. */
  readonly name: string;
  readonly isWritten: boolean;
  readonly path: string;
}

function namedFiles<F extends FlagTable>(flags: F, options: OptionsOf<F>): NamedFile[] {
  const values = new Map<string, unknown>(Object.entries(options));
  return Object.entries(flags).flatMap(([option, flag]) => {
    const value = flag.file === undefined ? undefined : values.get(option);
    const paths: unknown[] = Array.isArray(value) ? value : [value];
    return paths.filter((it) => typeof it === "string")
      .map((path) => ({ name: longName(flag), isWritten: flag.file === "written", path }));
  });
}

function clashOf(files: readonly NamedFile[]): readonly NamedFile[] {
  const written = files.filter(({ isWritten }) => isWritten);
  if (written.length === 0 || files.length === 1) return [];
  const canonical = new Map(files.map((it) => [it, canonicalPath(it.path)]));
  for (const one of written) {
    const other = files.find((it) => it !== one && canonical.get(it) === canonical.get(one));
    if (other !== undefined) return [one, other];
  }
  return [];
}

/**
 * The rule for all options of a command that name files.
 *
 * @param operands Arguments that are files, too.
 */
export function distinctFiles<F extends FlagTable>(
  flags: F,
  operands: readonly string[] = [],
): FlagRule<F> {
  const others = operands.map((path) => ({ name: "<file>", isWritten: false, path }));
  const clash = (options: OptionsOf<F>) => clashOf([...namedFiles(flags, options), ...others]);
  return {
    options: Object.entries(flags)
      .flatMap(([option, { file }]) => file === undefined ? [] : [option]),
    broken: (options) => clash(options).length > 0,
    message(options) {
      const names = clash(options).map(({ name }) => name);
      return `${names.sort().join(" and ")} name the same file`;
    },
    remedy: "Use two different paths",
    strict: true,
  };
}
