import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { VERSION } from "../../src/core/version.ts";
import type { Ended } from "./binary.ts";
import { minimalRoot, NOBODY } from "./minimal_root.ts";
import { type ReleaseFault, serveRelease } from "./release_server.ts";

const ARCHIVE = `mcpass-${VERSION}-x86_64-unknown-linux-gnu.tar.gz`;

/** All that a system needs for the script beside one of the two that download. */
const PROGRAMS = [
  ...["sh", "uname", "mkdir", "mktemp", "sed", "cut", "sha256sum", "tar", "gzip", "chmod", "mv"],
  "rm",
];

interface Installed extends Ended {
  /** Every file in the folder that was installed to. */
  readonly files: readonly string[];
  /** The mcpass in it. */
  readonly mcpass: string | undefined;
  /** What was asked of the release server. */
  readonly asked: readonly string[];
}

interface Setup {
  readonly fault?: ReleaseFault;
  /** What is installed already. */
  readonly before?: string;
  /** True when a folder has the program's name. */
  readonly folder?: boolean;
  /** What runs the script; sh by default. */
  readonly shell?: string;
  /** The text of the program in the archive; `real` for dist/mcpass. */
  readonly program?: string;
  /** What downloads; curl by default. */
  readonly downloader?: "curl" | "wget" | null;
  /** False when the home is on a read-only file system. */
  readonly writable?: boolean;
  /** True when wget is BusyBox's: a program by that name that says so. */
  readonly busybox?: boolean;
  /** True when the release's address ends in a slash. */
  readonly slash?: boolean;
  /** Variables beside the usual ones, or in their place. */
  readonly env?: Readonly<Record<string, string>>;
}

const SHELL_PROGRAM = `#!/bin/sh\necho mcpass ${VERSION}\n`;

/** The archive of a release with this program in it. */
async function archiveOf(program: string): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-archive-" });
  try {
    if (program === "real") await Deno.copyFile(`${ROOT}dist/mcpass`, `${folder}/mcpass`);
    else await Deno.writeTextFile(`${folder}/mcpass`, program, { mode: 0o755 });
    const packing = ["--use-compress-program=gzip -1", "-cf", `${folder}/archive`, "-C", folder];
    const packed = await run("tar", [...packing, "mcpass"]);
    assert.ok(packed.success, packed.stderr);
    return await Deno.readFile(`${folder}/archive`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs the script as `nobody` in a root with nothing but what it needs, in a home of its own. */
async function install(setup: Setup = {}): Promise<Installed> {
  const { fault, before, downloader = "curl", writable = true, slash = false, env } = setup;
  const { program = SHELL_PROGRAM, busybox = false, folder = false, shell = "sh" } = setup;
  const home = await Deno.makeTempDir({ prefix: "mcpass-install-" });
  const bin = `${home}/.local/bin`;
  try {
    await Deno.mkdir(bin, { recursive: true });
    if (before !== undefined) await Deno.writeTextFile(`${bin}/mcpass`, before, { mode: 0o755 });
    if (folder) await Deno.mkdir(`${bin}/mcpass`);
    const wget = `${home}/wget`;
    await Deno.writeTextFile(wget, "#!/bin/sh\necho BusyBox v1.36.1 >&2\n", { mode: 0o755 });
    await run("chown", ["-R", String(NOBODY), home]);
    await using server = await serveRelease(ARCHIVE, await archiveOf(program), fault);
    await using root = await minimalRoot({
      executable: program === "real",
      programs: [...new Set([...PROGRAMS, shell]), ...downloader === null ? [] : [downloader]],
      mounts: {
        "/dev/null": "/dev/null",
        ...busybox ? { "/bin/wget": wget } : {},
        "/install.sh": `${ROOT}scripts/install.sh`,
        ...writable ? { "/home": home } : {},
      },
    });
    const ended = await root.runWords([`/bin/${shell}`, "/install.sh"], {
      HOME: "/home",
      PATH: "/bin",
      MCPASS_RELEASE: server.origin + (slash ? "/" : ""),
      MCPASS_VERSION: VERSION,
      ...env,
    });
    const files = await Array.fromAsync(Deno.readDir(bin), ({ name }) => name);
    const mcpass = files.includes("mcpass") && !folder
      ? new TextDecoder().decode((await Deno.readFile(`${bin}/mcpass`)).subarray(0, 100))
      : undefined;
    return { ...ended, files, mcpass, asked: server.asked };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("in a root with nothing else the real program is installed, runs, and can be removed", async () => {
  const ended = await install({ program: "real", before: "old" });
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual(ended.files, ["mcpass"]);
  assert.deepEqual(ended.asked, ["SHA256SUMS", ARCHIVE]);
  assert.equal(
    ended.stdout,
    `Installed mcpass ${VERSION} as /home/.local/bin/mcpass\n` +
      'It is not on your PATH. To add it: export PATH=/home/.local/bin:"$PATH"\n' +
      "To uninstall: rm /home/.local/bin/mcpass\n",
  );
});

Deno.test("a folder that is on the PATH needs no advice, and MCPASS_BIN chooses another", async () => {
  const usual = await install({ env: { PATH: "/bin:/home/.local/bin" } });
  assert.doesNotMatch(usual.stdout, /PATH/);
  const other = await install({ env: { MCPASS_BIN: "/home/my tools" } });
  assert.equal(other.code, 0, other.stderr);
  assert.match(other.stdout, /as \/home\/my tools\/mcpass\n/);
  assert.deepEqual(other.files, []);
});

Deno.test("the line that uninstalls is one that a shell takes, whatever the folder's name and from wherever it is run", async () => {
  for (const folder of ["/home/my tools", "/home/o'neil; $(date)", "home/relative"]) {
    const ended = await install({ env: { MCPASS_BIN: folder } });
    assert.equal(ended.code, 0, ended.stderr);
    const [, line = ""] = /^To uninstall: rm (.*)$/m.exec(ended.stdout) ?? [];
    const words = await run("sh", ["-c", `printf '%s|' ${line}`], { cwd: "/" });
    assert.equal(words.stdout, `/${folder.replace(/^\//, "")}/mcpass|`);
    const [, path = ""] = /^It is not on your PATH. To add it: (.*)$/m.exec(ended.stdout) ?? [];
    const set = await run("sh", ["-c", `PATH=/bin; ${path}; echo "$PATH"`]);
    assert.equal(set.stdout, `/${folder.replace(/^\//, "")}:/bin\n`);
  }
});

Deno.test("the address of a release may end in a slash", async () => {
  const folder = await install({ slash: true });
  assert.deepEqual([folder.code, folder.asked], [0, ["SHA256SUMS", ARCHIVE]], folder.stderr);
});

const FAULTS: readonly (readonly [what: string, setup: Setup, message: RegExp])[] = [
  ["a wrong checksum", { fault: "checksum" }, /SHA-256 .* should be 0{64}: nothing was installed/],
  ["a cut download", { fault: "cut" }, /cannot download|SHA-256/],
  ["no such archive", { fault: "missing" }, /cannot download/],
  ["a redirect out of https", { fault: "redirect" }, /cannot download/],
  ["an archive that is not listed", { fault: "unlisted" }, /no line for/],
  ["a program that does not run", { program: "#!/bin/sh\nexit 1\n" }, /does not run on this mach/],
  ["nothing to download with", { downloader: null }, /neither curl nor wget is here/],
  [
    "a wget that checks no certificate",
    { downloader: null, busybox: true },
    /the wget of BusyBox does not check certificates/,
  ],
  ["no home", { env: { HOME: "" } }, /set HOME or MCPASS_BIN/],
  ["no version", { env: { MCPASS_VERSION: "" } }, /set MCPASS_VERSION/],
  ["a version that is a path", { env: { MCPASS_VERSION: "../1" } }, /"\.\.\/1" is no version/],
  ["an address without https", { env: { MCPASS_RELEASE: "http://10.0.0.1" } }, /no https URL/],
  [
    "an address that only looks like loopback",
    { env: { MCPASS_RELEASE: "http://127.0.0.1:1@release.example" } },
    /a name before its host/,
  ],
];

for (const downloader of ["curl", "wget"] as const) {
  for (const [what, setup, message] of FAULTS.slice(0, downloader === "curl" ? undefined : 4)) {
    Deno.test(`with ${downloader}, ${what} installs nothing and keeps what was there`, async () => {
      const fresh = await install({ downloader, ...setup });
      assert.equal(fresh.code, 1);
      assert.match(fresh.stderr, /^mcpass was not installed: .*\n$/m);
      assert.match(fresh.stderr, message);
      assert.equal(fresh.stdout, "");
      assert.deepEqual(fresh.files, []);
      const kept = await install({ downloader, ...setup, before: "the old mcpass" });
      assert.deepEqual([kept.code, kept.files, kept.mcpass], [1, ["mcpass"], "the old mcpass"]);
    });
  }
}

for (const shell of ["bash", "zsh"]) {
  Deno.test(`${shell} runs the script too`, async () => {
    const ended = await install({ shell });
    assert.deepEqual([ended.code, ended.files], [0, ["mcpass"]], ended.stderr);
  });
}

Deno.test("a folder by the program's name is left alone, and said", async () => {
  const ended = await install({ folder: true });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^mcpass was not installed: "\/home\S+\/mcpass" is a folder\n$/);
  assert.deepEqual([ended.files, ended.asked], [["mcpass"], []]);
});

Deno.test("with wget in place of curl the program is installed", async () => {
  const ended = await install({ downloader: "wget" });
  assert.deepEqual([ended.code, ended.files, ended.mcpass], [0, ["mcpass"], SHELL_PROGRAM]);
});

Deno.test("a target on a read-only file system is named before anything is downloaded", async () => {
  const ended = await install({ writable: false });
  assert.equal(ended.code, 1);
  assert.match(
    ended.stderr,
    /^mcpass was not installed: cannot write to "\/home\/\.local\/bin": set MCPASS_BIN to a folder/,
  );
  assert.deepEqual(ended.files, []);
  assert.deepEqual(ended.asked, []);
});
