/**
 * Programs in a root of their own: their libraries, what a test puts there, and nothing else. No
 * `/etc`, no `/dev`, no home, no variables, another user, and nothing can be written.
 *
 * @module
 */

import { assertDocument } from "../cli/document_faults.ts";
import { ROOT } from "../../scripts/shell.ts";
import type { Ended } from "./binary.ts";

const PROGRAM = `${ROOT}dist/mcpass`;

/** The user `nobody`. */
export const NOBODY = 65534;

/** What a root holds beside the executable and its libraries. */
export interface RootOptions {
  /** Programs of this system, by name. */
  readonly programs?: readonly string[];
  /** What is seen at a path in the root: a file or a folder outside, with its own permissions. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** Whether `/mcpass` is there; true by default. */
  readonly executable?: boolean;
  /** Whether `/proc` is mounted; true by default. */
  readonly proc?: boolean;
}

/** Such a root. */
export interface MinimalRoot extends AsyncDisposable {
  /** Its path outside. */
  readonly path: string;
  /** Every file in it, the program and its libraries, as the program sees them. */
  readonly files: readonly string[];
  /** Runs `/mcpass` in it to its end. */
  run(...args: string[]): Promise<Ended>;
  /** Runs these words in it to their end, with these variables and no others. */
  runWords(words: readonly string[], env?: Record<string, string>): Promise<Ended>;
}

const librariesOf = new Map<string, Promise<string[]>>();

/** What the dynamic linker loads: the paths that `ldd` prints. */
function libraries(program: string): Promise<string[]> {
  const known = librariesOf.get(program) ?? (async () => {
    const { stdout } = await new Deno.Command("ldd", { args: [program] }).output();
    return [...new TextDecoder().decode(stdout).matchAll(/\/\S+(?= \(0x)/g)].map(([path]) => path);
  })();
  librariesOf.set(program, known);
  return known;
}

async function pathOf(program: string): Promise<string> {
  for (const folder of ["/usr/bin", "/bin"]) {
    if (await Deno.stat(`${folder}/${program}`).catch(() => undefined)) {
      return `${folder}/${program}`;
    }
  }
  throw new Error(`No "${program}" in /usr/bin`);
}

/** The command that goes into the root in a mount namespace of its own, read-only, as `nobody`. */
function entering(path: string, mounts: Readonly<Record<string, string>>): string {
  return [
    `/bin/mount --bind '${path}' '${path}'`,
    `/bin/mount -o remount,bind,ro '${path}'`,
    ...Object.entries(mounts).map(([to, from]) => `/bin/mount --rbind '${from}' '${path}${to}'`),
    `exec /usr/sbin/chroot --userspec=${NOBODY}:${NOBODY} --groups= '${path}' "$@"`,
  ].join(" && ");
}

/** Makes one. Needs the user root. */
export async function minimalRoot(options: RootOptions = {}): Promise<MinimalRoot> {
  if (Deno.uid() !== 0) throw new Error("A minimal root needs the user root");
  const path = await Deno.makeTempDir({ prefix: "mcpass-root-" });
  const mounts = { ...options.proc === false ? {} : { "/proc": "/proc" }, ...options.mounts };
  const copies = new Map(options.executable === false ? [] : [["/mcpass", PROGRAM]]);
  for (const name of options.programs ?? []) copies.set(`/bin/${name}`, await pathOf(name));
  for (const program of [...copies.values()]) {
    for (const library of await libraries(program)) copies.set(library, library);
  }
  await Deno.chmod(path, 0o755);
  const makeParent = (to: string) =>
    Deno.mkdir(path + to.replace(/[^/]*$/, ""), { recursive: true });
  for (const [to, from] of copies) {
    await makeParent(to);
    await Deno.copyFile(from, path + to);
  }
  for (const [to, from] of Object.entries(mounts)) {
    await makeParent(to);
    if ((await Deno.stat(from)).isDirectory) await Deno.mkdir(path + to);
    else await Deno.writeTextFile(path + to, "");
  }
  const runWords = async (words: readonly string[], env: Record<string, string> = {}) => {
    const output = await new Deno.Command("/usr/bin/unshare", {
      args: ["--mount", "/bin/sh", "-c", entering(path, mounts), "sh", ...words],
      clearEnv: true,
      env,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const { code } = output;
    return { code, stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
  };
  return {
    path,
    files: [...copies.keys()],
    async run(...args) {
      const ended = await runWords(["/mcpass", ...args]);
      await assertDocument(args, ended);
      return ended;
    },
    runWords,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
