/**
 * Writes `called.json`: the functions that a plain login calls, for {@link ./eager.ts}.
 *
 * Run it after a change of what a login loads: `deno run -A scripts/build/record_called.ts`.
 *
 * @module
 */

import { startLabProcess } from "../bench/lab_process.ts";
import { print, ROOT, run } from "../shell.ts";
import { CALLED, isTopLevel } from "./eager.ts";

/** One function of one run, as V8 reports it. */
interface Coverage {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}

await using lab = await startLabProcess();
const login = await calledBy(
  ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr", "--no-store"],
  ...["--format", "json", "--url", lab.url],
);
const called = Object.fromEntries(
  [...login].map(([module, names]) => [module, [...names].sort()] as const)
    .filter(([, names]) => names.length > 0).sort(([a], [b]) => a < b ? -1 : 1),
);
await Deno.writeTextFile(CALLED, `${JSON.stringify(called, null, 2)}\n`);
print(`${Object.values(called).flat().length} functions of ${Object.keys(called).length} modules`);

/** Names of the functions that were called, by module. */
async function calledBy(...args: string[]): Promise<Map<string, Set<string>>> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-called-" });
  try {
    const ran = await run(Deno.execPath(), [
      ...["run", "-A", "--quiet", `--coverage=${folder}`, `${ROOT}main.ts`, ...args],
    ]);
    if (!ran.success) throw new Error(`mcpass ${args.join(" ")}:\n${ran.stderr}`);
    const modules = new Map<string, Set<string>>();
    const root = new URL("../../", import.meta.url).href;
    for await (const { name } of Deno.readDir(folder)) {
      const { url, functions }: Coverage = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
      if (!url.startsWith(root)) continue;
      const code = await Deno.readTextFile(new URL(url));
      const called = functions.filter(({ functionName, ranges }) =>
        isTopLevel(functionName, code) && (ranges[0]?.count ?? 0) > 0
      );
      modules.set(
        decodeURI(url.slice(root.length)),
        new Set(called.map(({ functionName }) => functionName)),
      );
    }
    return modules;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
