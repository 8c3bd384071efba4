/** The residue file: clients and tokens of an audit until they are removed. @module */

import type { ResidueEntry, WriteResidue } from "../../../audit/run/residue.ts";
import type { OutputFile } from "../../../trace/output_file.ts";
import type { Env } from "../../../core/system.ts";

export interface ResidueFile {
  readonly path: string;
  readonly write: WriteResidue;
}

/** In the folder of the stored sign-ins: the file has secrets. */
async function defaultPath(serverUrl: string, env: Env): Promise<string> {
  const { homeFolder, joinPath } = await import("../../../store/file/home_folder.ts");
  const { os } = Deno.build;
  const folder = joinPath(os, homeFolder(env, os), "audits");
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const host = new URL(serverUrl).host.replaceAll(/[^a-z0-9.-]/g, "_").slice(0, 100);
  const random = crypto.getRandomValues(new Uint8Array(4)).toHex();
  return joinPath(os, folder, `${host}-${random}.json`);
}

/**
 * Opens the file at the first entry.
 *
 * @throws Failure `unwritable_output` (usage) for a path that cannot be written.
 */
export async function openResidueFile(
  given: string | undefined,
  serverUrl: string,
  env: Env,
): Promise<ResidueFile> {
  const { openOutputFile } = await import("../../../trace/output_file.ts");
  const { residueText } = await import("../../../audit/run/residue.ts");
  const path = given ?? await defaultPath(serverUrl, env);
  const file: OutputFile = await openOutputFile(path);
  return {
    path,
    async write(entries: readonly ResidueEntry[]) {
      if (entries.length > 0) return await file.write(residueText({ serverUrl, entries }));
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    },
  };
}
