import assert from "node:assert/strict";
import { basename, dirname, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { archiveName } from "../../scripts/build/targets.ts";
import { VERSION } from "../../src/core/version.ts";
import { type Left, left } from "../anywhere/program.ts";
import { type ReleaseFault, serveRelease } from "../binary/release_server.ts";

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const ARCHIVE = archiveName(VERSION, "x86_64-pc-windows-msvc");

/** PowerShell 7 and Windows PowerShell 5.1. */
const SHELLS = ["pwsh", "powershell"];

interface Installed extends Left {
  readonly files: readonly string[];
  readonly bin: string;
}

/** Runs install.ps1 against a release server, to a relative folder, over what `before` says is there. */
async function install(shell: string, fault?: ReleaseFault, before?: string): Promise<Installed> {
  const bin = await Deno.makeTempDir({ prefix: "mcpass install " });
  try {
    if (before !== undefined) await Deno.writeTextFile(`${bin}/mcpass.exe`, before);
    const bytes = await Deno.readFile(here(`dist/release/${ARCHIVE}`));
    await using server = await serveRelease(ARCHIVE, bytes, fault);
    const args = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"];
    const ended = await left(shell, [...args, here("scripts/install.ps1")], {
      MCPASS_INSTALL_DIR: basename(bin),
      MCPASS_RELEASE: server.origin,
      MCPASS_VERSION: VERSION,
    }, dirname(bin));
    const names = await Array.fromAsync(Deno.readDir(bin), ({ name }) => name);
    const kept = before !== undefined && await Deno.readTextFile(`${bin}/mcpass.exe`) === before;
    return { ...ended, bin, files: kept ? ["the old mcpass.exe"] : names };
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
}

const FAULTS: readonly (readonly [ReleaseFault, RegExp])[] = [
  ["checksum", /expected 0{64}\. Nothing was installed/],
  ["cut", /cannot download|SHA-256/],
  ["missing", /cannot download/],
  ["unlisted", /no line for/],
];

for (const shell of SHELLS) {
  Deno.test(`${shell}: the program is installed without privileges and says how to remove it`, async () => {
    const ended = await install(shell, undefined, "old");
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(ended.files, ["mcpass.exe"]);
    assert.match(
      ended.stdout,
      new RegExp(`^Installed mcpass ${VERSION.replaceAll(".", "\\.")} as `, "m"),
    );
    const [, path = ""] =
      /^To uninstall: Remove-Item -LiteralPath '(.*)'\r?$/m.exec(ended.stdout) ??
        [];
    assert.ok(isAbsolute(path) && path.endsWith(`\\${basename(ended.bin)}\\mcpass.exe`), path);
  });

  for (const [fault, message] of FAULTS) {
    Deno.test(`${shell}: a release with this fault installs nothing: ${fault}`, async () => {
      const fresh = await install(shell, fault);
      assert.deepEqual([fresh.code, fresh.files], [1, []]);
      // A console breaks the lines of an error.
      assert.match((fresh.stdout + fresh.stderr).replaceAll(/\r?\n/g, ""), message);
      const kept = await install(shell, fault, "old");
      assert.deepEqual([kept.code, kept.files], [1, ["the old mcpass.exe"]]);
    });
  }
}
