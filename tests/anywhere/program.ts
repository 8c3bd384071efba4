/**
 * The executable under test on any system: `dist/mcpass`, or what `MCPASS_PROGRAM` names.
 *
 * @module
 */

import { assertDocument } from "../cli/document_faults.ts";
import { fileURLToPath } from "node:url";

/** Its path. */
export const PROGRAM: string = Deno.env.get("MCPASS_PROGRAM") ??
  fileURLToPath(new URL("../../dist/mcpass", import.meta.url));

/** What a program left behind. */
export interface Left {
  /** Exit status. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Runs a program without a terminal, in `cwd`, and validates its document if it is the one under test; `changes` are variables beside those of this process. */
export async function left(
  program: string,
  args: readonly string[],
  changes: Readonly<Record<string, string>> = {},
  cwd = ".",
): Promise<Left> {
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.toUpperCase().startsWith("MCPASS_"));
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), ...changes },
    stdin: "null",
  }).output();
  if (program === PROGRAM) await assertDocument(args, { code, stdout });
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
