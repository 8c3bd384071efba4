/** The file of a Unix socket, in a folder that only its owner can enter. @module */

import { usageFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";

function refusal(option: string, path: string, reason: string, remedy: string): Error {
  return usageFailure(
    "listen_socket_refused",
    `${option}: cannot use the socket ${quoted(path, 200)}: ${reason}`,
    remedy,
  );
}

async function statIfExists(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function isInUse(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}

/**
 * Creates the folder, and removes the socket of a process that no longer runs.
 *
 * @param option The option that names the path, for errors.
 * @throws Failure `listen_socket_refused` of kind `usage`.
 */
export async function prepareSocket(
  path: string,
  uid: number | null,
  option = "--listen",
): Promise<void> {
  const refuse = (reason: string, remedy: string) => refusal(option, path, reason, remedy);
  const end = path.lastIndexOf("/");
  const folder = end === -1 ? "." : path.slice(0, end) || "/";
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => {});
  const info = await Deno.stat(folder).catch(() => undefined);
  if (info === undefined || !info.isDirectory) {
    throw refuse("its folder cannot be created", "Use a folder where you can write");
  }
  if (info.uid !== uid || ((info.mode ?? 0) & 0o077) !== 0) {
    const reason = `other users can enter its folder ${quoted(folder, 200)}`;
    throw refuse(reason, "Use a folder of your own with mode 0700");
  }
  const found = await statIfExists(path);
  if (found === undefined) return;
  if (found.isSocket !== true) {
    throw refuse(
      "this path is a file that is not a socket",
      "Use another path, or remove the file",
    );
  }
  if (await isInUse(path)) {
    throw refuse("another process listens there", "End that process, or use another path");
  }
  await Deno.remove(path);
}
