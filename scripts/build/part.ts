/**
 * The files of a minified bundle as text: imports first, exports last.
 *
 * @module
 */

/** One file of a bundle. */
export interface Part {
  /** Static imports of other files of the bundle: what stands in the braces, by file. */
  readonly imports: readonly (readonly [file: string, names: string])[];
  /** Imports of anything else, as they stand. */
  readonly foreign: string;
  /** Where the imports end. */
  readonly start: number;
  /** What follows them. */
  readonly code: string;
}

const IMPORT = /import(?:(?:\{([^}]*)\}|[\w$*, {}]+?)from)?"([^"]+)";/y;
const EXPORTS = /export\{([^}]*)\};\s*(?:\/\/# sourceMappingURL=\S+\s*)?$/;

/** Reads a file. Throws where an import of the bundle stands elsewhere than at its beginning. */
export function readPart(text: string): Part {
  const imports: (readonly [string, string])[] = [];
  let foreign = "";
  let end = 0;
  IMPORT.lastIndex = 0;
  for (let found = IMPORT.exec(text); found !== null; found = IMPORT.exec(text)) {
    end = IMPORT.lastIndex;
    const [statement, names = "", from = ""] = found;
    if (from.startsWith("./")) imports.push([from.slice(2), names]);
    else foreign += statement;
  }
  const code = text.slice(end);
  const stray = /(?:from|import)\s*"\.\/[^"]+\.js"/.exec(code);
  if (stray !== null) throw new Error(`An import is not at the beginning of its file: ${stray[0]}`);
  return { imports, foreign, start: end, code };
}

/** `a as b,c` as pairs of what is meant and its name. */
export function pairs(list: string): (readonly [meant: string, name: string])[] {
  return list.split(",").filter((it) => it.trim() !== "").map((it) => {
    const [meant = "", name = meant] = it.trim().split(" as ");
    return [meant, name];
  });
}

/** The names a file exports. */
export function exported(part: Part | undefined): string[] {
  return pairs(EXPORTS.exec(part?.code ?? "")?.[1] ?? "").map(([, name]) => name);
}
