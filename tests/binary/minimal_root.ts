/**
 * The executable in a root of its own: its libraries, what a test puts there, and nothing else. No
 * `/etc`, no `/dev`, no home, no variables, another user, and nothing can be written.
 *
 * @module
 */

import type { Ended } from "./binary.ts";

const PROGRAM = new URL("../../dist/mcpass", import.meta.url).pathname;

/** The user `nobody`. */
export const NOBODY = 65534;

/** In a mount namespace: /proc, read-only, and then the program as another user. */
const ENTER = 'mount --bind "$1" "$1" && mount --rbind /proc "$1/proc" && ' +
  `mount -o remount,bind,ro "$1" && exec chroot --userspec=${NOBODY}:${NOBODY} --groups= "$@"`;

/** Such a root. */
export interface MinimalRoot extends AsyncDisposable {
  /** Its path outside. */
  readonly path: string;
  /** Every file in it, the program and its libraries, as the program sees them. */
  readonly files: readonly string[];
  /** Runs the program in it to its end. */
  run(...args: string[]): Promise<Ended>;
}

/** What the dynamic linker loads: the paths that `ldd` prints. */
async function libraries(): Promise<string[]> {
  const { stdout } = await new Deno.Command("ldd", { args: [PROGRAM] }).output();
  return [...new TextDecoder().decode(stdout).matchAll(/\/\S+(?= \(0x)/g)].map(([path]) => path);
}

/** Makes one. Needs the user root. */
export async function minimalRoot(): Promise<MinimalRoot> {
  if (Deno.uid() !== 0) throw new Error("A minimal root needs the user root");
  const path = await Deno.makeTempDir({ prefix: "mcpass-root-" });
  const files = ["/mcpass", ...await libraries()];
  await Deno.chmod(path, 0o755);
  await Deno.mkdir(`${path}/proc`);
  await Deno.copyFile(PROGRAM, `${path}/mcpass`);
  for (const library of files.slice(1)) {
    await Deno.mkdir(path + library.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(library, path + library);
  }
  return {
    path,
    files,
    async run(...args) {
      const output = await new Deno.Command("unshare", {
        args: ["--mount", "sh", "-c", ENTER, "sh", path, "/mcpass", ...args],
        clearEnv: true,
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      const { code } = output;
      return { code, stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
