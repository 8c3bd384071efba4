import assert from "node:assert/strict";
import { VERSION } from "../../src/core/version.ts";
import { run } from "../../scripts/shell.ts";

const RELEASE = new URL("../../dist/release/", import.meta.url).pathname;

function build(...args: string[]) {
  return run(Deno.execPath(), ["task", "build", "--target", ...args]);
}

Deno.test("a release holds archives, an SBOM and hashes that sha256sum confirms", async () => {
  const built = await build("all");
  assert.equal(built.code, 0, built.stderr);
  const names = await Array.fromAsync(Deno.readDir(RELEASE), ({ name }) => name);
  const archive = `mcpass-${VERSION}-${Deno.build.target}.tar.gz`;
  assert.ok(names.includes(archive));
  const others = ["x86_64-apple-darwin", "x86_64-pc-windows-msvc", "aarch64-unknown-linux-gnu"];
  for (const target of others) {
    const made = names.includes(`mcpass-${VERSION}-${target}.tar.gz`);
    assert.notEqual(made, built.stderr.includes(`Left out ${target}`), target);
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
  } finally {
    await Deno.remove(folder, { recursive: true });
  }

  const sbom = JSON.parse(await Deno.readTextFile(`${RELEASE}mcpass-${VERSION}.spdx.json`));
  assert.equal(sbom.spdxVersion, "SPDX-2.3");
  const packages = sbom.packages.map(({ name }: { readonly name: string }) => name);
  for (const name of ["mcpass", "zod", "undici", "@modelcontextprotocol/client", "@clack/core"]) {
    assert.ok(packages.includes(name), name);
  }
  assert.ok(!packages.includes("oidc-provider"));
});

Deno.test("an unknown target is refused by name", async () => {
  const built = await build("sparc-sun-solaris");
  assert.equal(built.code, 1);
  assert.match(built.stderr, /sparc-sun-solaris/);
});
