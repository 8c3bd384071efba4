/** Removes the tokens from another client. The file is first renamed, so that it can change no more. @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { Store } from "../../store/store.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import {
  foreignClientId,
  type ForeignSignIn,
  type ForeignTokens,
  MOVING,
  readTokens,
} from "./mcp_remote_folder.ts";
import { readOwnFile } from "../mcp_clients/own_files.ts";

interface TakenTokens {
  /** Path of the renamed file. */
  readonly path: string;
  /** The other client may have refreshed them since they were listed. */
  readonly tokens: ForeignTokens;
}

/** @throws Failure `import_refused`, `client_file_invalid`; the file then has its name again. */
export async function takeTokens({ path, isMoving }: ForeignSignIn): Promise<TakenTokens> {
  const taken = isMoving ? path : path + MOVING;
  try {
    if (!isMoving) await Deno.rename(path, taken);
  } catch (error) {
    throw new Failure(
      "import_refused",
      `${quoted(path)} cannot be removed: ${error instanceof Error ? error.message : error}`,
      { remedy: "Get permission to remove it, or import only the access token with --copy" },
    );
  }
  try {
    const file = await readOwnFile(taken);
    if (file === undefined) {
      throw new Failure("import_refused", `${quoted(path)} was just removed`, {
        remedy: "Run the command again",
      });
    }
    return { path: taken, tokens: readTokens(file.text, path, file.modifiedAt) };
  } catch (error) {
    await giveBack(taken);
    throw error;
  }
}

/** Without replacing what the other client wrote meanwhile. */
export async function giveBack(taken: string): Promise<void> {
  try {
    await Deno.link(taken, taken.slice(0, -MOVING.length));
    await Deno.remove(taken);
  } catch {
    // The next import finds the renamed file.
  }
}

export async function removeTaken(taken: string): Promise<void> {
  try {
    await Deno.remove(taken);
  } catch (error) {
    // Another import may have finished this one.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Finishes an import that ended after it had renamed the file: it had stored the tokens before.
 *
 * @returns The sign-in that has the tokens; undefined if mcpass does not have them.
 */
export async function finishMove(
  found: ForeignSignIn,
  store: Store,
): Promise<StoredEntry | undefined> {
  const { isMoving, call, path, tokens } = found;
  if (!isMoving || call === undefined || tokens.refreshToken === null) return undefined;
  const clientId = foreignClientId(found);
  for (const { key } of await store.find(call.serverUrl)) {
    const entry = await store.read(key);
    if (!entry?.tokens) continue;
    const { refreshToken, obtainedAt } = entry.tokens;
    const wasRefreshed = entry.client.clientId === clientId && obtainedAt > tokens.obtainedAt;
    if (refreshToken !== tokens.refreshToken && !wasRefreshed) continue;
    await removeTaken(path);
    return entry;
  }
  return undefined;
}
