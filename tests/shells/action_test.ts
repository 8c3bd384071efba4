import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { startAuditLab } from "../lab/audit/audit_lab.ts";
import { startScriptedServer } from "../lab/scripted_server.ts";
import { readAction, runAction } from "./action_runner.ts";

const BINARY = `${ROOT}dist/mcpass`;

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("no script of the action contains an expression, and every input is used", async () => {
  const { inputs, runs: { steps, using } } = await readAction();
  assert.equal(using, "composite");
  for (const { run = "", shell } of steps) {
    assert.equal(shell, "bash");
    assert.doesNotMatch(run, /\$\{\{/);
  }
  const used = JSON.stringify(steps);
  for (const name of Object.keys(inputs)) {
    assert.match(used, new RegExp(`inputs\\.${name}\\b`), name);
  }
});

Deno.test("the action passes for a conformant server, with a summary and reports", async () => {
  await inFolder(async (folder) => {
    await using lab = await startAuditLab();
    const run = await runAction(folder, {
      binary: BINARY,
      url: lab.mcpUrl,
      args: "--only\nasm_*\n\n--only\nchallenge_*",
    });
    assert.ok(run.success, run.log);
    assert.equal(run.outputs["verdict"], "conformant", run.log);
    assert.equal(run.outputs["failed"], "0");
    assert.match(run.summary, /^<!-- mcpass:conformance -->\n\n## OAuth conformance/);
    assert.match(await Deno.readTextFile(`${folder}/mcpass.sarif`), /"version": "2\.1\.0"/);
    assert.match(await Deno.readTextFile(`${folder}/mcpass.xml`), /<testsuites>/);
  });
});

Deno.test("the action fails for a server that is not conformant, with an annotation", async () => {
  await inFolder(async (folder) => {
    await using lab = await startAuditLab({ broken: ["challenge_present"] });
    const inputs = { binary: BINARY, url: lab.mcpUrl, args: "--only=challenge_present" };
    const run = await runAction(folder, inputs);
    assert.equal(run.success, false);
    assert.equal(run.outputs["verdict"], "not_conformant", run.log);
    assert.equal(run.outputs["failed"], "1");
    assert.match(run.log, /^::error title=challenge_present%3A /m);
    const tolerant = await runAction(folder, { ...inputs, "fail-on": "never" });
    assert.ok(tolerant.success, tolerant.log);
  });
});

Deno.test("values of inputs are never a part of a script", async () => {
  await inFolder(async (folder) => {
    const hostile = [`"; touch x; "`, "$(touch x)", "`touch x`", "a\nb; touch x"];
    for (const value of hostile) {
      for (const name of ["url", "args", "sarif", "junit", "fail-on", "baseline", "config"]) {
        const url = name === "url" || name === "config" ? {} : { url: "http://127.0.0.1:1/mcp" };
        const run = await runAction(folder, { binary: BINARY, ...url, [name]: value });
        assert.equal(run.success, false, `${name}: ${run.log}`);
        await assert.rejects(Deno.stat(`${folder}/x`), `${name}=${value}`);
      }
    }
  });
});

Deno.test("a server cannot write workflow commands into the log", async () => {
  const text = "\n::error::owned\n::add-mask::owned\n::stop-commands::owned\n##[error]owned";
  await using server = startScriptedServer({
    routes: {
      "*": {
        status: 401,
        headers: [["www-authenticate", 'Bearer error="x", error_description="::error::owned"']],
        body: { error: "x", error_description: text },
      },
    },
  });
  await inFolder(async (folder) => {
    const run = await runAction(folder, { binary: BINARY, url: `${server.origin}/mcp` });
    const stopped = run.log.split(/::stop-commands::(mcpass-\d+)\n/);
    const [before = "", token = "", inside = ""] = stopped;
    const after = inside.split(`::${token}::`)[1] ?? "";
    for (const visible of [before, after]) {
      for (const line of visible.split("\n")) assert.doesNotMatch(line, /^(::|##\[).*owned$/);
    }
  });
});

/** Stands for GitHub's own program: records its arguments, and knows the comments in a file. */
const GH = `#!/bin/sh
printf '%s\\n' "$*" >>"$HOME/gh.log"
case "$*" in
  *--paginate*) cat "$HOME/found" 2>/dev/null || true ;;
esac
`;

Deno.test("the comment of the last run is updated, and a fork gets none", async () => {
  await inFolder(async (folder) => {
    await using lab = await startAuditLab();
    await Deno.mkdir(`${folder}/bin`);
    await Deno.writeTextFile(`${folder}/bin/gh`, GH, { mode: 0o755 });
    const env = { PATH: `${folder}/bin:${Deno.env.get("PATH")}` };
    const inputs = {
      binary: BINARY,
      url: lab.mcpUrl,
      args: "--only=challenge_present",
      comment: "true",
      "github-token": "token",
    };
    const github = {
      repository: "owner/repository",
      event_name: "pull_request",
      "event.pull_request.number": "7",
      "event.pull_request.head.repo.full_name": "owner/repository",
    };
    const written = async () => await Deno.readTextFile(`${folder}/gh.log`).catch(() => "");

    assert.ok((await runAction(folder, inputs, { github, env })).success);
    assert.match(await written(), /--method POST repos\/owner\/repository\/issues\/7\/comments/);

    await Deno.writeTextFile(`${folder}/found`, "41\n");
    await Deno.writeTextFile(`${folder}/gh.log`, "");
    assert.ok((await runAction(folder, inputs, { github, env })).success);
    assert.match(await written(), /--method PATCH repos\/owner\/repository\/issues\/comments\/41 /);

    await Deno.writeTextFile(`${folder}/gh.log`, "");
    const fork = { ...github, "event.pull_request.head.repo.full_name": "other/repository" };
    assert.ok((await runAction(folder, inputs, { github: fork, env })).success);
    assert.equal(await written(), "");
  });
});

Deno.test("an action of no release does not install a program", async () => {
  await inFolder(async (folder) => {
    const run = await runAction(folder, { url: "http://127.0.0.1:1/mcp" });
    assert.equal(run.success, false);
    assert.match(run.log, /::error title=mcpass::this copy of the action is not from a release/);
  });
});
