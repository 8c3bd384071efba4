/**
 * `deno task packaging <URL of the release's files> [homepage]`: makes what is published with the
 * archives of `dist/release`.
 *
 * - `dist/release`: the install scripts with the release's URL, version and sums, and their own sums
 * - `dist/packaging`: files for Homebrew, Scoop, winget and GitLab, and the Dockerfile
 * - `dist/packaging/action`: the GitHub Action with the install script of the release
 * - `dist/packaging/npm`: the npm packages, packed
 *
 * What needs an archive that the release does not have is left out, and with `--all` that is an error.
 *
 * @module
 */

import { VERSION } from "../src/core/version.ts";
import {
  fillTemplate,
  MissingArchive,
  type Release,
  SCRIPTS,
  stampScript,
  TEMPLATES,
} from "./packaging/fill.ts";
import { packNpm } from "./packaging/npm.ts";
import { emptyFolder, ROOT, say, sha256 } from "./shell.ts";

const RELEASE = `${ROOT}dist/release`;
const ACTION_SCRIPTS = ["action/install.sh", "action/audit.sh", "action/comment.sh"];
const OUTPUT = `${ROOT}dist/packaging`;

/** Writes the install scripts into the release, and their sums into SHA256SUMS. */
async function stampScripts(release: Release): Promise<void> {
  const lines = release.sums.split("\n").filter((line) =>
    line !== "" && !SCRIPTS.some((name) => line.endsWith(`  ${name}`))
  );
  for (const name of SCRIPTS) {
    const bytes = new TextEncoder().encode(await stampScript(name, release));
    await Deno.writeFile(`${RELEASE}/${name}`, bytes);
    lines.push(`${await sha256(bytes)}  ${name}`);
    say(`Wrote dist/release/${name}`);
  }
  await Deno.writeTextFile(`${RELEASE}/SHA256SUMS`, `${lines.join("\n")}\n`);
}

/** The action of this release: its tag contains the sums, so it is published after the release. */
async function copyAction(release: Release): Promise<void> {
  const folder = `${OUTPUT}/action`;
  await Deno.mkdir(`${folder}/action/release`, { recursive: true });
  for (const path of ["action.yml", ...ACTION_SCRIPTS]) {
    await Deno.copyFile(ROOT + path, `${folder}/${path}`);
  }
  const script = await stampScript("install.sh", release);
  await Deno.writeTextFile(`${folder}/action/release/install.sh`, script);
  say("Wrote dist/packaging/action");
}

async function fillTemplates(release: Release, all: boolean): Promise<void> {
  for (const path of TEMPLATES) {
    try {
      const text = await fillTemplate(path, release);
      await Deno.mkdir(`${OUTPUT}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${OUTPUT}/${path}`, text);
      say(`Wrote dist/packaging/${path}`);
    } catch (error) {
      if (all || !(error instanceof MissingArchive)) throw error;
      say(`Skipped ${path}: ${error.message}`);
    }
  }
}

try {
  const [url, homepage = url, ...rest] = Deno.args.filter((word) => word !== "--all");
  if (url === undefined || homepage === undefined || !URL.canParse(url) || rest.length > 0) {
    throw new Error("Usage: deno task packaging [--all] <URL of the release's files> [homepage]");
  }
  const sums = await Deno.readTextFile(`${RELEASE}/SHA256SUMS`).catch(() => {
    throw new Error('No dist/release/SHA256SUMS: run "deno task build --target all"');
  });
  const release = { release: url, homepage, sums, version: VERSION };
  await emptyFolder(OUTPUT);
  await fillTemplates(release, Deno.args.includes("--all"));
  await stampScripts(release);
  await copyAction(release);
  for (const file of await packNpm(release, { release: RELEASE, output: `${OUTPUT}/npm` })) {
    say(`Wrote dist/packaging/npm/${file}`);
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
