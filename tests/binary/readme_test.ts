import assert from "node:assert/strict";
import { archiveName } from "../../scripts/build/targets.ts";
import { ROOT, run, say } from "../../scripts/shell.ts";
import { ADDRESS, type LineResult } from "./readme_program.ts";
import { serveRelease } from "./release_server.ts";

/** Every line of the README's sh blocks, comments apart. */
const LINES = [...(await Deno.readTextFile(`${ROOT}README.md`)).matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block = ""]) => block.replaceAll("\\\n", " ").trim().split("\n"))
  .map((line) => line.replace(/\s+#.*$/, ""));

/** What is not run here, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "npx -y deno@2.9.6 task test": "it would run all tests in a test; .ci/run begins with this line",
  "deno task build": "dist/mcpass, which is under test, is what it made; .ci/run runs this line",
};

const DEMO = "npx -y deno@2.9.6 task demo";
const INSTALL = LINES.find((line) => line.endsWith("sh scripts/install.sh")) ?? "";
const ELSEWHERE = [DEMO, INSTALL, ...Object.keys(NOT_RUN)];

Deno.test("the README has no command line that is neither run nor named here with a reason", () => {
  assert.ok(LINES.length > 12);
  for (const line of ELSEWHERE) assert.ok(LINES.includes(line), line);
  for (const line of LINES.filter((it) => !ELSEWHERE.includes(it))) {
    assert.match(line, /^(dist\/)?mcpass /);
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
    for (const { line, code, said } of results) {
      assert.equal(code, 0, `${line}\n${said}`);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("the README's line installs a release", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-readme-" });
  try {
    const [, version = ""] = /MCPASS_VERSION=(\S+)/.exec(INSTALL) ?? [];
    const packing = ["-cf", `${folder}/archive`, "-C", `${ROOT}dist`, "mcpass"];
    const packed = await run("tar", ["--use-compress-program=gzip -1", ...packing]);
    assert.ok(packed.success, packed.stderr);
    const archive = archiveName(version, Deno.build.target);
    await using server = await serveRelease(archive, await Deno.readFile(`${folder}/archive`));
    const line = INSTALL.replace("<URL of the release's files>", server.origin);
    const ended = await run("sh", ["-c", line], { env: { HOME: folder } });
    assert.equal(ended.code, 0, ended.stderr);
    assert.ok(
      ended.stdout.startsWith(`Installed mcpass ${version} as ${folder}/.local/bin/mcpass`),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the README's first line signs in to the lab", async () => {
  const ended = await run("sh", ["-c", DEMO]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /That was everything/);
});
