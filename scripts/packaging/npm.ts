/**
 * The npm packages of a release: `mcpass` with a script that starts the program, and one package for
 * each platform with the program in it.
 *
 * @module
 */

import { unzipSync } from "fflate";
import { packTarball } from "../build/tarball.ts";
import { archiveName, programName, TARGETS } from "../build/targets.ts";
import { ignoreMissing, ROOT, run, sha256 } from "../shell.ts";
import { archiveHash, hashes, type Release } from "./fill.ts";

/** Node's `os` and `cpu` of each target. */
const PLATFORMS: Readonly<Record<(typeof TARGETS)[number], readonly [os: string, cpu: string]>> = {
  "x86_64-unknown-linux-gnu": ["linux", "x64"],
  "aarch64-unknown-linux-gnu": ["linux", "arm64"],
  "x86_64-apple-darwin": ["darwin", "x64"],
  "aarch64-apple-darwin": ["darwin", "arm64"],
  "x86_64-pc-windows-msvc": ["win32", "x64"],
};

const FOLDER = new URL("./npm/", import.meta.url);

/** Where the packages come from and go to. */
export interface NpmFolders {
  /** The archives of the release. */
  readonly release: string;
  /** For the packed packages. */
  readonly output: string;
}

/** What every package says about itself. */
function common({ version, homepage }: Release): Readonly<Record<string, unknown>> {
  const github = /^https:\/\/github\.com\/[^/]+\/[^/]+$/.test(homepage);
  return {
    version,
    description: "Sign in to OAuth-protected MCP servers and explain every step",
    license: "MIT",
    homepage,
    // npm compares it with the repository that the package was built in.
    ...github ? { repository: { type: "git", url: `git+${homepage}.git` } } : {},
  };
}

/** The program in the release's archive, after a comparison with its sum. */
async function extractProgram(
  release: Release,
  target: string,
  { release: folder }: NpmFolders,
  stage: string,
): Promise<void> {
  const archive = `${folder}/${archiveName(release.version, target)}`;
  const bytes = await Deno.readFile(archive);
  if (await sha256(bytes) !== archiveHash(release, target)) {
    throw new Error(`The SHA-256 of "${archive}" differs from the one in SHA256SUMS`);
  }
  const program = programName(target);
  if (archive.endsWith(".zip")) {
    const file = unzipSync(bytes)[program];
    if (file === undefined) throw new Error(`"${archive}" does not contain "${program}"`);
    return await Deno.writeFile(`${stage}/${program}`, file, { mode: 0o755 });
  }
  const unpacked = await run("tar", ["-xzf", archive, "-C", stage, program]);
  if (!unpacked.success) throw new Error(`Cannot unpack "${archive}":\n${unpacked.stderr}`);
  await Deno.chmod(`${stage}/${program}`, 0o755);
}

/**
 * Packs the packages of the targets that the release has.
 *
 * @param level gzip's level.
 * @returns The names of the files: the platforms first, since `mcpass` depends on them.
 */
export async function packNpm(
  release: Release,
  folders: NpmFolders,
  level = 9,
): Promise<readonly string[]> {
  const time = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? 0);
  const known = hashes(release.sums);
  const targets = TARGETS.filter((target) => known.has(archiveName(release.version, target)));
  const stage = `${ROOT}dist/stage/npm`;
  const files: string[] = [];
  const pack = async (
    name: string,
    members: Readonly<Record<string, unknown>>,
    prepare: () => Promise<string[]>,
  ) => {
    await Deno.remove(stage, { recursive: true }).catch(ignoreMissing);
    await Deno.mkdir(stage, { recursive: true });
    const names = [...await prepare(), "LICENSE", "README.md", "package.json"];
    await Deno.copyFile(`${ROOT}LICENSE`, `${stage}/LICENSE`);
    const manifest = { name, ...common(release), ...members };
    await Deno.writeTextFile(`${stage}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
    const file = `${name.replace(/^@/, "").replace("/", "-")}-${release.version}.tgz`;
    await packTarball(stage, names, `${folders.output}/${file}`, {
      ...{ prefix: "package/", level, time },
    });
    files.push(file);
  };

  await Deno.mkdir(folders.output, { recursive: true });
  const dependencies: Record<string, string> = {};
  for (const target of targets) {
    const [os, cpu] = PLATFORMS[target];
    const name = `@mcpass/${os}-${cpu}`;
    dependencies[name] = release.version;
    const members = {
      ...{ os: [os], cpu: [cpu] },
      ...os === "linux" ? { libc: ["glibc"] } : {},
      // Yarn keeps packages in archives, from which no program can be started.
      preferUnplugged: true,
    };
    await pack(name, members, async () => {
      await extractProgram(release, target, folders, stage);
      const text =
        `# ${name}\n\nThe program of the package [mcpass](https://www.npmjs.com/package/` +
        `mcpass) for ${os} ${cpu}. Install \`mcpass\`, which depends on it.\n`;
      await Deno.writeTextFile(`${stage}/README.md`, text);
      return [programName(target)];
    });
  }
  const members = {
    bin: { mcpass: "mcpass.js" },
    engines: { node: ">=18" },
    keywords: ["mcp", "oauth", "model-context-protocol", "cli"],
    optionalDependencies: dependencies,
  };
  await pack("mcpass", members, async () => {
    for (const name of ["mcpass.js", "README.md"]) {
      await Deno.copyFile(new URL(name, FOLDER), `${stage}/${name}`);
    }
    await Deno.chmod(`${stage}/mcpass.js`, 0o755);
    return ["mcpass.js"];
  });
  return files;
}
