/**
 * Which module imports which, as `deno info` sees it.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { run } from "./shell.ts";

/** A module of the graph. */
export interface Module {
  /** Its URL. */
  readonly specifier: string;
  /** Why it could not be read. */
  readonly error?: string;
  /** URLs of its imports: code, types, and dynamic imports with a literal name. */
  readonly imports: readonly string[];
}

interface Reference {
  readonly specifier?: string;
}

interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly { readonly code?: Reference; readonly type?: Reference }[];
  }[];
}

/**
 * All modules that `files` import, directly or not.
 *
 * @param root Folder of the `deno.json` that resolves names.
 * @throws Error with the output of `deno info` when it fails.
 */
export async function moduleGraph(root: string, files: readonly string[]): Promise<Module[]> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lines = files.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`);
    await Deno.writeTextFile(entry, lines.join(""));
    const info = await run(Deno.execPath(), [
      "info",
      "--json",
      "--config",
      `${root.replace(/\/$/, "")}/deno.json`,
      entry,
    ]);
    if (!info.success) throw new Error(info.stderr);
    const { modules }: Info = JSON.parse(info.stdout);
    return modules.map(({ dependencies = [], ...module }) => ({
      ...module,
      imports: [
        ...new Set(
          dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
            .filter((specifier) => specifier !== undefined),
        ),
      ],
    }));
  } finally {
    await Deno.remove(entry);
  }
}
