import assert from "node:assert/strict";
import { VERSION } from "../../src/core/version.ts";
import { readMaps } from "../../scripts/build/maps.ts";
import { archiveName } from "../../scripts/build/targets.ts";
import { zip } from "../../scripts/build/zip.ts";
import { ROOT, run } from "../../scripts/shell.ts";

const RELEASE = `${ROOT}dist/release/`;

function build(...args: string[]) {
  return run(Deno.execPath(), ["task", "build", "--target", ...args]);
}

Deno.test("a release holds archives, source maps, an SBOM and hashes that sha256sum confirms", {
  timeout: 600_000,
}, async () => {
  const built = await build("all");
  assert.equal(built.code, 0, built.stderr);
  const names = await Array.fromAsync(Deno.readDir(RELEASE), ({ name }) => name);
  const archive = archiveName(VERSION, Deno.build.target);
  assert.ok(names.includes(archive));
  const maps = await readMaps(`${RELEASE}mcpass-${VERSION}.maps.json.gz`);
  assert.equal(maps.version, VERSION);
  assert.ok(Object.hasOwn(maps.maps, "./main.js"));
  const others = ["x86_64-apple-darwin", "x86_64-pc-windows-msvc", "aarch64-unknown-linux-gnu"];
  for (const target of others) {
    const made = names.includes(archiveName(VERSION, target));
    assert.notEqual(made, built.stderr.includes(`Skipped ${target}`), target);
  }

  const sums = await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: RELEASE });
  assert.equal(sums.code, 0, sums.stderr);
  assert.equal(sums.stdout.trim().split("\n").length, names.length - 1);

  const folder = await Deno.makeTempDir({ prefix: "mcpass-release-" });
  try {
    const unpacked = await run("tar", ["-xzf", RELEASE + archive, "-C", folder]);
    assert.equal(unpacked.code, 0, unpacked.stderr);
    const version = await run(`${folder}/mcpass`, ["--version"]);
    assert.equal(version.stdout, `mcpass ${VERSION}\n`);
    assert.match(await Deno.readTextFile(`${folder}/LICENSE`), /MIT License/);
    assert.match(await Deno.readTextFile(`${folder}/man/mcpass.1`), /SH COMMANDS/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }

  const all = names.length > 4 && !built.stderr.includes("Skipped");
  const strict = await run(Deno.execPath(), [
    "task",
    "packaging",
    "--all",
    "http://127.0.0.1:8000",
  ]);
  assert.equal(strict.code, all ? 0 : 1, strict.stderr);
  const packaged = await run(Deno.execPath(), ["task", "packaging", "http://127.0.0.1:8000"]);
  assert.equal(packaged.code, 0, packaged.stderr);
  assert.equal(packaged.stderr.includes("Skipped homebrew.rb"), !all, packaged.stderr);
  const script = await Deno.readTextFile(`${RELEASE}install.sh`);
  assert.match(script, /^stamped_release='http:\/\/127\.0\.0\.1:8000'$/m);
  const checked = await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: RELEASE });
  assert.equal(checked.code, 0, checked.stderr);
  for (const name of [archive, "install.sh", "install.ps1"]) {
    assert.match(checked.stdout, new RegExp(`^${name}: OK$`, "m"));
  }

  const sbom = JSON.parse(await Deno.readTextFile(`${RELEASE}mcpass-${VERSION}.spdx.json`));
  assert.equal(sbom.spdxVersion, "SPDX-2.3");
  const packages = sbom.packages.map(({ name }: { readonly name: string }) => name);
  for (const name of ["mcpass", "zod", "undici", "@modelcontextprotocol/client", "@clack/core"]) {
    assert.ok(packages.includes(name), name);
  }
  assert.ok(!packages.includes("oidc-provider"));
});

Deno.test("the zip archive of Windows is one that unzip takes, with the same bytes every time", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-zip-" });
  try {
    const text = "the licence\n".repeat(1000);
    const files = [
      { name: "mcpass.exe", bytes: crypto.getRandomValues(new Uint8Array(60_000)) },
      { name: "LICENSE", bytes: new TextEncoder().encode(text) },
      { name: "empty", bytes: new Uint8Array() },
    ];
    const time = Date.UTC(2026, 1, 3, 4, 5, 6) / 1000;
    const packed = zip(files, time);
    assert.deepEqual(zip(files, time), packed);
    await Deno.writeFile(`${folder}/a.zip`, packed);
    const unpacked = await run("unzip", ["-q", "a.zip"], { cwd: folder, env: { TZ: "UTC" } });
    assert.equal(unpacked.code, 0, unpacked.stderr + unpacked.stdout);
    for (const { name, bytes } of files) {
      assert.deepEqual(await Deno.readFile(`${folder}/${name}`), bytes);
      assert.equal((await Deno.stat(`${folder}/${name}`)).mtime?.getTime(), time * 1000);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an unknown target is refused by name", async () => {
  const built = await build("sparc-sun-solaris");
  assert.equal(built.code, 1);
  assert.match(built.stderr, /sparc-sun-solaris/);
});
