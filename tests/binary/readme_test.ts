import assert from "node:assert/strict";
import { archiveName } from "../../scripts/build/targets.ts";
import { stampScript } from "../../scripts/packaging/fill.ts";
import { ROOT, run, say } from "../../scripts/shell.ts";
import { VERSION } from "../../src/core/version.ts";
import { ADDRESS, type LineResult } from "./readme_program.ts";
import { type ReleaseServer, serveRelease } from "./release_server.ts";

/** Every line of the README's sh blocks, without comments; lines that end in a backslash are joined. */
const LINES = [...(await Deno.readTextFile(`${ROOT}README.md`)).matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block = ""]) => block.replaceAll(/ \\\n */g, " ").trim().split("\n"))
  .map((line) => line.replace(/\s+#.*$/, ""));

/** What is not run here, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "npx -y deno@2.9.6 task test": "it would run all tests in a test; .ci/run begins with this line",
  "npm install --global mcpass": "npm_test.ts runs it with a registry of its own",
};

const DEMO = "npx -y deno@2.9.6 task demo";
const INSTALL = LINES.find((line) => line.endsWith("install.sh | sh")) ?? "";
const ELSEWHERE = [DEMO, INSTALL, ...Object.keys(NOT_RUN)];

Deno.test("every command line of the README is run here, or named with a reason", () => {
  assert.ok(LINES.length > 15);
  for (const line of ELSEWHERE) assert.ok(LINES.includes(line), line);
  for (const line of LINES.filter((it) => !ELSEWHERE.includes(it))) {
    assert.match(line, /\bmcpass /);
  }
  for (const [line, reason] of Object.entries(NOT_RUN)) {
    say(`not run: ${line}: ${reason}`);
  }
});

Deno.test("the command lines of the README do what they say, at servers of the lab", async () => {
  const home = await Deno.makeTempDir({ prefix: "mcpass-readme-" });
  try {
    await Deno.writeTextFile(`${home}/resolv.conf`, "nameserver 127.0.0.1\n");
    const setUp = `ip link set lo up && ip addr add ${ADDRESS}/32 dev lo && ` +
      `mount --bind '${home}/resolv.conf' /etc/resolv.conf && exec "$@"`;
    const lines = LINES.filter((line) => !ELSEWHERE.includes(line));
    const ended = await run("unshare", [
      ...["--mount", "--net", "sh", "-c", setUp, "sh", Deno.execPath(), "run", "-A", "--quiet"],
      ...[`${ROOT}tests/binary/readme_program.ts`, JSON.stringify(lines)],
      ...[`${ROOT}tests/http/fixtures`, `${ROOT}dist/mcpass`, home],
    ]);
    assert.ok(ended.success, ended.stderr);
    const results: readonly LineResult[] = JSON.parse(ended.stdout);
    assert.deepEqual(results.map(({ line }) => line), lines);
    for (const { line, code, output } of results) {
      assert.equal(code, 0, `${line}\n${output}`);
      // A jq script that does not fit the document prints null, or nothing.
      if (/ jq /.test(line)) assert.match(output, /^(?!null$)\S.*$/m, line);
    }
    const outputOf = (part: string) =>
      results.find(({ line }) => line.includes(part))?.output ?? "";
    assert.match(outputOf("tools call"), /"text": "hi"/);
    assert.match(outputOf("'.tools[].name'"), /^echo$/m);
    assert.match(outputOf('"method":"initialize"'), /"result":\{/);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

/** Runs this with a server of the release that dist/mcpass is in. */
async function withRelease(
  use: (server: ReleaseServer, archive: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-readme-" });
  try {
    const archive = archiveName(VERSION, Deno.build.target);
    const packing = ["-cf", `${folder}/${archive}`, "-C", `${ROOT}dist`, "mcpass"];
    const packed = await run("tar", ["--use-compress-program=gzip -1", ...packing]);
    assert.ok(packed.success, packed.stderr);
    await using server = await serveRelease(archive, await Deno.readFile(`${folder}/${archive}`));
    const { origin, sums } = server;
    const release = { release: origin, homepage: origin, version: VERSION, sums };
    server.add("install.sh", await stampScript("install.sh", release));
    await use(server, `${folder}/${archive}`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the README's line installs a release, which needs neither Node nor Deno", async () => {
  await withRelease(async ({ origin }, _, folder) => {
    const line = INSTALL.replace("<release>", origin);
    const ended = await run("sh", ["-c", line], { env: { HOME: folder } });
    assert.equal(ended.code, 0, ended.stderr);
    const program = `${folder}/.local/bin/mcpass`;
    assert.ok(ended.stdout.startsWith(`Installed mcpass ${VERSION} as ${program}`));
    const explained = await run(program, ["explain", "pkce_not_advertised"], {
      clearEnv: true,
      env: { HOME: folder, PATH: "/nowhere" },
    });
    assert.equal(explained.code, 0, explained.stderr);
  });
});

Deno.test("the RUN lines for a Dockerfile install the program", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/install.md`);
  const lines = [...text.matchAll(/^RUN (.*)$/gm)].map(([, line = ""]) => line);
  assert.equal(lines.length, 2);
  await withRelease(async ({ origin }, archive) => {
    for (const line of lines) {
      // What ADD copies is there.
      const script = "mount -t tmpfs none /usr/local/bin && mount -t tmpfs none /mnt && " +
        `cp '${archive}' /mnt && mount --bind /mnt /tmp && ${
          line.replace("<release>", origin)
        } && ` +
        "/usr/local/bin/mcpass --version";
      const ended = await run("unshare", ["--mount", "sh", "-c", script], { cwd: "/" });
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, /^mcpass \d/m);
    }
  });
});

Deno.test("the README's first line signs in to the lab", async () => {
  const ended = await run("sh", ["-c", DEMO]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /The demo is complete/);
});
