/**
 * Running the compiled program.
 *
 * @module
 */

import { gunzipSync } from "fflate";
import { assertDocument } from "../cli/document_faults.ts";
import { PARTS } from "../../scripts/build/bundle.ts";
import { filesBelow, ROOT } from "../../scripts/shell.ts";

const PATH = `${ROOT}dist/mcpass`;

/** The texts of the files in the last build's bundle, by the name that its source maps have: `./main.js`. */
export async function bundledTexts(): Promise<Map<string, string>> {
  const folder = `${ROOT}dist/stage/mcpass/bundle/${PARTS}`;
  const names = (await filesBelow(folder)).filter((name) => /\.(?:js|gz)$/.test(name));
  const texts = names.map(async (name): Promise<[string, string][]> => {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    if (!name.endsWith(".gz")) return [[`./${name}`, new TextDecoder().decode(bytes)]];
    return Object.entries(JSON.parse(new TextDecoder().decode(gunzipSync(bytes))));
  });
  return new Map((await Promise.all(texts)).flat());
}

/** What the program left behind. */
export interface Ended {
  /** Exit status. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/**
 * Runs `dist/mcpass` without a terminal, in an empty home, to its end.
 *
 * Throws when the program has not been built, or when its document differs from the schema.
 */
export async function mcpass(...args: string[]): Promise<Ended> {
  if (await Deno.stat(PATH).catch(() => undefined) === undefined) {
    throw new Error('No "dist/mcpass": run "deno task build"');
  }
  const home = await Deno.makeTempDir({ prefix: "mcpass-binary-" });
  try {
    const output = await new Deno.Command(PATH, {
      args,
      clearEnv: true,
      env: { HOME: home, MCPASS_STORE: "none", PATH: Deno.env.get("PATH") ?? "" },
      stdin: "null",
    }).output();
    await assertDocument(args, output);
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
