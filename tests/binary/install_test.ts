import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { stampScript } from "../../scripts/packaging/fill.ts";
import { VERSION } from "../../src/core/version.ts";
import type { Ended } from "./binary.ts";
import { minimalRoot, NOBODY } from "./minimal_root.ts";
import { type ReleaseFault, serveRelease } from "./release_server.ts";

const ARCHIVE = `mcpass-${VERSION}-x86_64-unknown-linux-gnu.tar.gz`;

/** All that a system needs for the script, apart from a program that downloads. */
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
  /** True if every program is BusyBox. */
  readonly busybox?: boolean;
  /** True if `/mcpass` is there, too. */
  readonly elsewhere?: boolean;
  /** The processor that uname names. */
  readonly processor?: string;
  /** True for the release's own script, piped into the shell without a variable. */
  readonly stamped?: boolean;
  /** True when the release's address ends in a slash. */
  readonly slash?: boolean;
  /** Variables in addition to the usual ones, or instead of them. */
  readonly env?: Readonly<Record<string, string>>;
}

const SHELL_PROGRAM = `#!/bin/sh\necho mcpass ${VERSION}\n`;

const releaseOf = ({ origin, sums }: { readonly origin: string; readonly sums: string }) => ({
  ...{ release: origin, homepage: origin, version: VERSION, sums },
});

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
  const { stamped = false, elsewhere = false, processor } = setup;
  const home = await Deno.makeTempDir({ prefix: "mcpass-install-" });
  const bin = `${home}/.local/bin`;
  try {
    await Deno.mkdir(bin, { recursive: true });
    if (before !== undefined) await Deno.writeTextFile(`${bin}/mcpass`, before, { mode: 0o755 });
    if (folder) await Deno.mkdir(`${bin}/mcpass`);
    const uname = `${home}/uname`;
    const line = `case $1 in -s) echo Linux;; *) echo ${processor};; esac`;
    await Deno.writeTextFile(uname, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    await run("chown", ["-R", String(NOBODY), home]);
    await using server = await serveRelease(ARCHIVE, await archiveOf(program), fault);
    server.add("install.sh", await stampScript("install.sh", releaseOf(server)));
    const programs = [...new Set([...PROGRAMS, shell]), ...downloader === null ? [] : [downloader]];
    await using root = await minimalRoot({
      executable: program === "real" || elsewhere,
      programs: busybox ? ["busybox"] : programs,
      mounts: {
        "/dev/null": "/dev/null",
        ...busybox
          ? Object.fromEntries(programs.map((name) => [`/bin/${name}`, "/usr/bin/busybox"]))
          : {},
        ...processor === undefined ? {} : { "/bin/uname": uname },
        "/install.sh": `${ROOT}scripts/install.sh`,
        ...writable ? { "/home": home } : {},
      },
    });
    const download = downloader === "curl" ? "curl -fsSL" : "wget -q -O -";
    const piped = `${download} ${server.origin}/install.sh | ${shell}`;
    const ended = await root.runWords(
      stamped ? ["/bin/sh", "-c", piped] : [`/bin/${shell}`, "/install.sh"],
      {
        HOME: "/home",
        PATH: "/bin",
        ...stamped ? {} : {
          MCPASS_RELEASE: server.origin + (slash ? "/" : ""),
          MCPASS_VERSION: VERSION,
        },
        ...env,
      },
    );
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
      "/home/.local/bin is not on your PATH. To add it, run:\n" +
      '  export PATH=/home/.local/bin:"$PATH"\n' +
      "For new terminals, add the same line to ~/.profile\n" +
      "To uninstall: rm /home/.local/bin/mcpass\n",
  );
});

Deno.test("a folder that is on the PATH needs no advice, and MCPASS_INSTALL_DIR chooses another", async () => {
  const usual = await install({ env: { PATH: "/bin:/home/.local/bin" } });
  assert.match(usual.stdout, /^To start: mcpass$/m);
  assert.doesNotMatch(usual.stdout, /PATH/);
  for (const name of ["MCPASS_INSTALL_DIR", "MCPASS_BIN"]) {
    const other = await install({ env: { [name]: "/home/my tools" } });
    assert.equal(other.code, 0, other.stderr);
    assert.match(other.stdout, /as \/home\/my tools\/mcpass\n/);
    assert.deepEqual(other.files, []);
  }
});

Deno.test("the advice on the PATH is for the shell in use, and a mcpass that comes first is named", async () => {
  const rows = [
    ["/bin/bash", /^ {2}export PATH=.*\nFor new terminals, add the same line to ~\/\.bashrc$/m],
    ["/bin/zsh", /^ {2}export PATH=.*\nFor new terminals, add the same line to ~\/\.zshrc$/m],
    ["/usr/bin/fish", /^ {2}fish_add_path \/home\/\.local\/bin\nTo uninstall/m],
  ] as const;
  for (const [shell, advice] of rows) {
    assert.match((await install({ env: { SHELL: shell } })).stdout, advice);
  }
  const other = await install({ elsewhere: true, env: { PATH: "/bin:/." } });
  assert.match(other.stdout, /^"mcpass" still runs \/\.\/mcpass, which comes first on your PATH$/m);
});

Deno.test("the printed lines work in a shell, with any folder and from any folder", async () => {
  for (const folder of ["/home/my tools", "/home/o'neil; $(date)", "home/relative"]) {
    const ended = await install({ env: { MCPASS_INSTALL_DIR: folder } });
    assert.equal(ended.code, 0, ended.stderr);
    const [, line = ""] = /^To uninstall: rm (.*)$/m.exec(ended.stdout) ?? [];
    const words = await run("sh", ["-c", `printf '%s|' ${line}`], { cwd: "/" });
    assert.equal(words.stdout, `/${folder.replace(/^\//, "")}/mcpass|`);
    const [, path = ""] = /not on your PATH. To add it, run:\n {2}(.*)$/m.exec(ended.stdout) ?? [];
    const set = await run("sh", ["-c", `PATH=/bin; ${path}; echo "$PATH"`]);
    assert.equal(set.stdout, `/${folder.replace(/^\//, "")}:/bin\n`);
  }
});

Deno.test("the address of a release may end in a slash", async () => {
  const folder = await install({ slash: true });
  assert.deepEqual([folder.code, folder.asked], [0, ["SHA256SUMS", ARCHIVE]], folder.stderr);
});

for (
  const [how, setup] of [
    ["curl", {}],
    ["GNU wget", { downloader: "wget" }],
    ["BusyBox", { downloader: "wget", busybox: true }],
    ["Bash", { shell: "bash" }],
  ] as const
) {
  Deno.test(`the release's script needs no variable: ${how}`, async () => {
    const ended = await install({ stamped: true, ...setup });
    assert.deepEqual([ended.code, ended.files], [0, ["mcpass"]], ended.stderr);
    assert.deepEqual(ended.asked, ["install.sh", ARCHIVE]);
    assert.equal(ended.stderr, `Downloading mcpass ${VERSION} (x86_64-unknown-linux-gnu)\n`);
  });
}

Deno.test("variables override what is in the release's script", async () => {
  const version = await install({ stamped: true, env: { MCPASS_VERSION: "9.9.9" } });
  assert.match(version.stderr, /SHA256SUMS has no line for "mcpass-9\.9\.9-x86_64/);
  const release = await install({ stamped: true, env: { MCPASS_RELEASE: "http://127.0.0.1:1/x" } });
  assert.match(release.stderr, /cannot download http:\/\/127\.0\.0\.1:1\/x\/SHA256SUMS/);
  // Another version is at the same URL with that version in it.
  const server = { origin: "https://releases.example/v0.1.0/files", sums: "" };
  const text = await stampScript("install.sh", { ...releaseOf(server), version: "0.1.0" });
  const functions = text.replace(/^main .*/m, "");
  const shown = await run("sh", [
    "-c",
    `${functions}\nversion=0.2.0; choose_release; echo $release`,
  ]);
  assert.equal(shown.stdout, "https://releases.example/v0.2.0/files\n");
});

Deno.test("a script that was cut installs nothing, or everything", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-cut-" });
  try {
    await using server = await serveRelease(ARCHIVE, await archiveOf(SHELL_PROGRAM));
    const text = await stampScript("install.sh", releaseOf(server));
    const lines = text.trimEnd().split("\n");
    const cuts = lines.map((_, at) => lines.slice(0, at).join("\n"));
    for (const cut of [...cuts, text.slice(0, -text.length / 2), text.trimEnd().slice(0, -1)]) {
      await run("sh", ["-c", cut], { env: { HOME: folder }, clearEnv: true });
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    assert.deepEqual(server.asked, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const FAULTS: readonly (readonly [what: string, setup: Setup, message: RegExp])[] = [
  ["a wrong checksum", { fault: "checksum" }, /SHA-256 .* expected 0{64}\. Nothing was installed/],
  [
    "a wrong checksum in the script",
    { fault: "checksum", stamped: true },
    /SHA-256 .* expected 0{64}\. Nothing was installed/,
  ],
  ["a cut download", { fault: "cut" }, /cannot download|SHA-256/],
  ["no such archive", { fault: "missing" }, /cannot download/],
  ["a redirect out of https", { fault: "redirect" }, /cannot download/],
  ["an archive that is not listed", { fault: "unlisted" }, /no line for/],
  ["a program that does not run", { program: "#!/bin/sh\nexit 1\n" }, /does not run on this mach/],
  ["nothing to download with", { downloader: null }, /curl or wget is required/],
  [
    "a wget that checks no certificate",
    { downloader: "wget", busybox: true },
    /the wget of BusyBox does not check certificates/,
  ],
  ["a system without glibc", { processor: "aarch64" }, /needs glibc, and "\/lib\/ld-linux-aarch64/],
  ["another processor", { processor: "riscv64" }, /there is no program for Linux riscv64/],
  ["no home", { env: { HOME: "" } }, /Set HOME or MCPASS_INSTALL_DIR/],
  ["no version", { env: { MCPASS_VERSION: "" } }, /MCPASS_VERSION is not set/],
  ["no release", { env: { MCPASS_RELEASE: "" } }, /MCPASS_RELEASE is not set/],
  ["a version that is a path", { env: { MCPASS_VERSION: "../1" } }, /"\.\.\/1" is not a version/],
  ["a URL without https", { env: { MCPASS_RELEASE: "http://10.0.0.1" } }, /is not an https URL/],
  [
    "a URL that only looks like loopback",
    { env: { MCPASS_RELEASE: "http://127.0.0.1:1@release.example" } },
    /must not have a user name/,
  ],
];

for (const downloader of ["curl", "wget"] as const) {
  for (const [what, setup, message] of FAULTS.slice(0, downloader === "curl" ? undefined : 5)) {
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
    /^mcpass was not installed: cannot write to "\/home\/\.local\/bin"\. Set MCPASS_INSTALL_DIR to a folder/,
  );
  assert.deepEqual(ended.files, []);
  assert.deepEqual(ended.asked, []);
});
