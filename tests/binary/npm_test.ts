import assert from "node:assert/strict";
import { parse } from "yaml";
import { archiveName } from "../../scripts/build/targets.ts";
import { packNpm } from "../../scripts/packaging/npm.ts";
import { ROOT, run, type RunResult, sha256 } from "../../scripts/shell.ts";
import { VERSION } from "../../src/core/version.ts";
import { type Registry, startRegistry } from "./npm_registry.ts";

const HOMEPAGE = "https://github.com/example/mcpass";

interface Packed extends AsyncDisposable {
  /** A folder for the test, with the packages in `packages`. */
  readonly folder: string;
  /** The names of the packages' files. */
  readonly files: readonly string[];
}

/** Packs the program `mcpass` in a folder as a release of this platform. */
async function packProgram(programFolder: string): Promise<Packed> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-npm-" });
  const archive = archiveName(VERSION, Deno.build.target);
  const packing = ["--use-compress-program=gzip -1", "-cf", `${folder}/${archive}`];
  const packed = await run("tar", [...packing, "-C", programFolder, "mcpass"]);
  assert.ok(packed.success, packed.stderr);
  const sums = `${await sha256(await Deno.readFile(`${folder}/${archive}`))}  ${archive}\n`;
  const release = { release: HOMEPAGE, homepage: HOMEPAGE, sums, version: VERSION };
  const files = await packNpm(release, { release: folder, output: `${folder}/packages` }, 1);
  return {
    folder,
    files,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Packs a small program that becomes dist/mcpass: npm needs seconds for each 100 MB. */
async function packStarter(): Promise<Packed> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-starter-" });
  try {
    const script = `#!/bin/sh\nexec '${ROOT}dist/mcpass' "$@"\n`;
    await Deno.writeTextFile(`${folder}/mcpass`, script, { mode: 0o755 });
    return await packProgram(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the package of a platform has the executable", { timeout: 300_000 }, async () => {
  await using packed = await packProgram(`${ROOT}dist`);
  const { folder, files: [file = ""] } = packed;
  const unpacked = await run("tar", ["-xzf", `packages/${file}`], { cwd: folder });
  assert.ok(unpacked.success, unpacked.stderr);
  const program = `${folder}/package/mcpass`;
  assert.ok((await run("cmp", [program, `${ROOT}dist/mcpass`])).success);
  assert.equal((await run(program, ["--version"])).stdout, `mcpass ${VERSION}\n`);
});

function npm(folder: string, registry: Registry, ...args: string[]): Promise<RunResult> {
  return run(args[0] === "mcpass" ? "npx" : "npm", ["--yes", ...args], {
    cwd: folder,
    env: {
      ...{ HOME: folder, npm_config_registry: registry.url, npm_config_userconfig: registry.npmrc },
      ...{ npm_config_cache: `${folder}/cache`, npm_config_audit: "false" },
      npm_config_update_notifier: "false",
    },
  });
}

const PLATFORM = "@mcpass/linux-x64";

/** Runs the script with which the release workflow publishes the packages of a folder. */
async function publish(
  folder: string,
  registry: Registry,
  change: (script: string) => string = (it) => it,
): Promise<RunResult> {
  const { jobs } = parse(await Deno.readTextFile(`${ROOT}.github/workflows/release.yml`));
  const steps: readonly { readonly run?: string }[] = jobs.npm.steps;
  const { run: script = "" } = steps.find(({ run }) => run?.includes("npm publish")) ?? {};
  return await run("bash", ["-e", "-c", change(script)], {
    cwd: `${folder}/packages`,
    env: {
      ...{ HOME: folder, npm_config_registry: registry.url, NPM_TOKEN: "anyone" },
      ...{ npm_config_cache: `${folder}/cache`, npm_config_update_notifier: "false" },
    },
  });
}

Deno.test("the npm packages are published, run with npx, and install the program", {
  timeout: 300_000,
}, async (t) => {
  await using packed = await packStarter();
  const { folder, files } = packed;
  assert.deepEqual(files, [`mcpass-linux-x64-${VERSION}.tgz`, `mcpass-${VERSION}.tgz`]);
  await using registry = await startRegistry(folder);

  await t.step(
    "the release workflow publishes them, the platform first, and each once",
    async () => {
      // Only in a workflow can npm say where a package was built.
      const signed = await publish(folder, registry);
      assert.equal(signed.success, false);
      assert.match(signed.stderr, /provenance generation not supported/);
      const unsigned = (script: string) => script.replace(" --provenance", "");
      const published = await publish(folder, registry, unsigned);
      assert.ok(published.success, published.stderr);
      assert.deepEqual(
        published.stdout.split("\n").filter((line) => line.startsWith("+ ")),
        [`+ ${PLATFORM}@${VERSION}`, `+ mcpass@${VERSION}`],
      );
      const again = await publish(folder, registry, unsigned);
      assert.deepEqual(
        [again.code, again.stdout],
        [0, `${PLATFORM}@${VERSION} is published\nmcpass@${VERSION} is published\n`],
      );
      assert.equal((await Deno.readTextFile(`${folder}/.npmrc`)).includes("anyone"), false);
      const shown = await npm(folder, registry, "view", "mcpass", "--json");
      const manifest = JSON.parse(shown.stdout);
      assert.deepEqual(manifest.optionalDependencies, { [PLATFORM]: VERSION });
      assert.equal(manifest.repository.url, `git+${HOMEPAGE}.git`);
      assert.equal(manifest.scripts, undefined);
      const platform = JSON.parse((await npm(folder, registry, "view", PLATFORM, "--json")).stdout);
      assert.deepEqual([platform.os, platform.cpu, platform.libc], [["linux"], ["x64"], ["glibc"]]);
    },
  );

  await t.step("npx", async () => {
    const ended = await npm(folder, registry, "mcpass", "--version");
    assert.deepEqual([ended.code, ended.stdout], [0, `mcpass ${VERSION}\n`], ended.stderr);
  });

  const prefix = `${folder}/global`;
  await t.step("npm install --global, from the registry and from the files", async () => {
    for (const from of [["mcpass"], files.map((file) => `${folder}/packages/${file}`)]) {
      const installed = await npm(folder, registry, "install", "-g", "--prefix", prefix, ...from);
      assert.ok(installed.success, installed.stderr);
      const ended = await run(`${prefix}/bin/mcpass`, ["--version"]);
      assert.equal(ended.stdout, `mcpass ${VERSION}\n`);
    }
  });

  await t.step("the program's exit status and output, and a signal", async () => {
    const usage = await run(`${prefix}/bin/mcpass`, ["no-such-command"]);
    assert.equal(usage.code, 2);
    assert.match(usage.stderr, /no-such-command/);
    // Reads standard input, so it waits.
    const child = new Deno.Command(`${prefix}/bin/mcpass`, {
      args: ["oauth", "report", "-"],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const children = `/proc/${child.pid}/task/${child.pid}/children`;
    while ((await Deno.readTextFile(children)).trim() === "") await Promise.resolve();
    const program = (await Deno.readTextFile(children)).trim();
    while (!(await Deno.readLink(`/proc/${program}/exe`)).endsWith("/mcpass")) {
      await Promise.resolve();
    }
    child.kill("SIGINT");
    assert.equal((await child.status).code, 130);
    await assert.rejects(Deno.stat(`/proc/${program}`), Deno.errors.NotFound);
    await child.stdin.abort();
    await child.stderr.cancel();
  });

  await t.step("without the optional dependency it says what to do", async () => {
    const project = `${folder}/project`;
    await Deno.mkdir(project);
    await Deno.writeTextFile(`${project}/package.json`, "{}");
    const installed = await npm(project, registry, "install", "--omit=optional", "mcpass");
    assert.ok(installed.success, installed.stderr);
    const program = `${project}/node_modules/.bin/mcpass`;
    const ended = await run(program, ["--version"]);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /^error: the package @mcpass\/linux-x64 is not installed\nCause: /);
    const [, line = ""] = /\nFix: .*: npm (install .*)\n$/.exec(ended.stderr) ?? [];
    const fixed = await npm(project, registry, ...line.split(" "));
    assert.ok(fixed.success, fixed.stderr);
    assert.equal((await run(program, ["--version"])).code, 0);
  });

  await t.step("on another platform, and with another C library, it says so", async () => {
    const launcher = `${prefix}/lib/node_modules/mcpass/mcpass.js`;
    const pretend = async (change: string) =>
      await run("node", ["-e", `${change}; require(${JSON.stringify(launcher)})`]);
    const other = await pretend('Object.defineProperty(process, "platform", { value: "sunos" })');
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /^error: no mcpass program for sunos-x64\nCause: .* linux-x64\nFix: /,
    );
    const musl = await pretend("process.report.getReport = () => ({ header: {} })");
    assert.equal(musl.code, 1);
    assert.match(
      musl.stderr,
      /^error: mcpass needs glibc\nCause: .*musl.*\nFix: .*bookworm-slim\n$/,
    );
  });
});
