import { Failure, toFailure, usageFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { canonicalResource } from "../../oauth/mcp/resource.ts";
import { denoFiles } from "../../store/file/store_files.ts";
import { lstatIfExists, readPrivateFile } from "../../store/file/file_permissions.ts";
import { acquireLockWithin } from "../../store/file/lock.ts";
import { openOutputFile } from "../../trace/output_file.ts";
import { credentialsFile, readCredentials } from "./credentials_file.ts";
import type { CredentialRepository } from "./credential_repository.ts";

function folderOf(path: string): string {
  const name = path.split(Deno.build.os === "windows" ? /[\\/]/ : "/").at(-1) ?? "";
  return path.slice(0, path.length - name.length) || ".";
}

/** Members that a refresh can remove from the file. */
const VANISHING: readonly string[] = [
  ...["audienceIsEndpoint", "clientIdInForm", "idToken", "refresh", "refreshBegun"],
];

const isEmpty = (members: object) => Object.keys(members).length === 0;

/**
 * The repository of a credentials file. Its lock is the file `<path>.lock`, which exists only while
 * a process has the lock or waits for it.
 *
 * Reading throws `credentials_file_missing`, `credentials_file_invalid` and
 * `credentials_file_server` (the file is for another MCP server), all usage errors, and refuses a
 * file that other users can read or wrote (`store_permissions`, `store_owner`, `store_symlink`).
 */
export function fileRepository(
  path: string,
  serverUrl: string,
  lockTimeoutMs?: number,
): CredentialRepository {
  const uid = Deno.uid();
  const folder = folderOf(path);
  const syncFolder = () => denoFiles.syncFolder(folder).catch(() => {});
  const missing = () =>
    usageFailure(
      "credentials_file_missing",
      `there is no credentials file ${quoted(path, 4096)}`,
      "Create one with mcpass login --credentials-out <path>",
    );

  function read() {
    let text: string | undefined;
    try {
      text = readPrivateFile(path, uid);
    } catch (error) {
      const { code, message, remedy, cause } = toFailure(error);
      throw new Failure(code, message, { kind: "usage", remedy, cause });
    }
    if (text === undefined) throw missing();
    const found = readCredentials(text, path);
    if (canonicalResource(found.entry.serverUrl) !== canonicalResource(serverUrl)) {
      const own = quoted(found.entry.serverUrl);
      throw usageFailure(
        "credentials_file_server",
        `the credentials file ${quoted(path, 4096)} is for ${own}, not for ${quoted(serverUrl)}`,
        "Use the file of this server: mcpass sends no token to another server",
      );
    }
    return found;
  }

  /** Credentials files are in folders of the user: mcpass does not create them. */
  const createFolder = () =>
    Promise.try(() => {
      if (lstatIfExists(folder) === undefined) throw missing();
    });

  return {
    where: path,
    read: () =>
      Promise.try(() => {
        const { entry } = read();
        // A new sign-in has to write this file again.
        return { ...entry, loginFlags: { ...entry.loginFlags, credentialsOut: path } };
      }),

    async write(entry) {
      const { document } = read();
      const { credentialsOut: _file, ...loginFlags } = entry.loginFlags ?? {};
      const stored = { ...entry, loginFlags: isEmpty(loginFlags) ? undefined : loginFlags };
      const known = credentialsFile({ ...stored, serverUrl: String(document.serverUrl) });
      const others = Object.entries(document).filter(([name]) => !VANISHING.includes(name));
      const file = await openOutputFile(path);
      const next = { ...Object.fromEntries(others), ...known };
      await file.write(`${JSON.stringify(next, null, 2)}\n`);
      await syncFolder();
    },

    async remove() {
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      await syncFolder();
    },

    async lock(signal) {
      const side = `${path}.lock`;
      const place = { path: side, createFolder, uid };
      const file = await acquireLockWithin(denoFiles, place, signal, lockTimeoutMs);
      return {
        async [Symbol.asyncDispose]() {
          // Windows cannot delete an open file; `acquireLockWithin` compares the locked file with the
          // named one.
          if (Deno.build.os !== "windows") await Deno.remove(side).catch(() => {});
          file.close();
        },
      };
    },
  };
}
