/** `oauth conformance --clean-up`: removes what an earlier audit made. @module */

import { Failure } from "../../../core/failure.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { readInput } from "../../shared/input_files.ts";
import type { CommandReport } from "../../shared/session_command.ts";
import { cleanUpText, type ShownRemoval } from "./conformance_text.ts";
import { openResidueFile } from "./residue_file.ts";

/** @throws Failure `residue_file_invalid` (usage). */
export async function cleanUpReport(
  { runtime, secrets, httpAt }: CommandSession,
  path: string,
): Promise<CommandReport> {
  const { createResidue, readResidue } = await import("../../../audit/run/residue.ts");
  const { cleanUp } = await import("../../../audit/run/clean_up.ts");
  const { serverUrl, entries } = readResidue(
    await readInput("--clean-up", path, runtime.io),
    path,
  );
  for (const entry of entries) {
    const values = entry.kind === "client"
      ? [entry.registrationToken]
      : [entry.token, entry.clientSecret];
    for (const value of values) secrets.add(value);
  }
  const file = await openResidueFile(path, serverUrl, runtime.env);
  const result = await cleanUp(createResidue(file.write, entries), { http: httpAt(serverUrl) });
  const count = result.left.length;
  const removal: ShownRemoval = { ...result, file: count === 0 ? null : path };
  return {
    document: { removal },
    text: (view) => cleanUpText(removal, view),
    statesFailure: true,
    failure: count === 0
      ? undefined
      : new Failure("residue_left", `clients and tokens that could not be removed: ${count}`, {
        kind: "incomplete",
      }),
  };
}
