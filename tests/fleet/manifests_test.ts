/**
 * Each command line of `docs/fleet.md` and of the manifests as a process: the steps from an empty
 * database, then the containers without root, a home and a root folder that can be written to.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { ROOT, run } from "../../scripts/shell.ts";
import { shellWords } from "../cli/printed_commands.ts";
import { type FakeLab, startFakeLab } from "../lab/fake_lab.ts";
import { freePort } from "../servers/program.ts";
import { databaseOf } from "./database.ts";
import { MCPASS } from "./machines.ts";
import { type PostgresServer, startPostgres } from "./postgres_server.ts";

/** The user of the containers. */
const UID = 65532;

const PASSWORD = "password";

/** Replaces what a document has as an example. */
interface Example {
  readonly server: PostgresServer;
  readonly lab: FakeLab;
  readonly folder: string;
}

const section = (text: string, heading: string) =>
  text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";

/** The fenced blocks of a text, with their languages. */
function blocks(text: string): { readonly language: string; readonly lines: string[] }[] {
  return Array.from(text.matchAll(/^( *)```(\w+)\n([^]*?)^ *```$/gm), (found) => {
    const [, indent = "", language = "", body = ""] = found;
    const lines = body.split("\n").map((line) => line.slice(indent.length));
    return { language, lines: lines.filter((line) => line !== "") };
  });
}

async function runStep(line: string, { lab, folder }: Example): Promise<void> {
  const [program, ...words] = shellWords(line);
  assert.equal(program, "mcpass", line);
  const redirect = words.indexOf(">");
  const args = (redirect < 0 ? words : words.slice(0, redirect))
    .map((word) => word === "https://server.example/mcp" ? lab.mcpUrl : word);
  // Nobody is there to consent.
  if (args[0] === "login") args.push("--auth-mode", "headless");
  const ended = await run(MCPASS, args, { cwd: folder, env: { MCPASS_HOME: `${folder}/none` } });
  assert.ok(ended.success, `${line}\n${ended.stdout}${ended.stderr}`);
  const [target] = words.slice(redirect + 1);
  if (redirect >= 0 && target !== undefined) {
    await Deno.writeTextFile(`${folder}/${target}`, ended.stdout);
  }
}

/** The statements for the role of the fleet, to which the document links. */
async function grant(server: PostgresServer): Promise<void> {
  const text = await Deno.readTextFile(`${ROOT}docs/store.md`);
  const [first] = blocks(section(text, "Privileges")).filter(({ language }) => language === "sql");
  for (const statement of (first?.lines ?? []).join("\n").split(";")) {
    if (statement.trim() !== "") await databaseOf(server, "mcpass").admin(statement);
  }
}

/** Does the steps of the document, which leave the files `store-url` and `store-keys`. */
async function followDocument(example: Example): Promise<void> {
  const { server, folder } = example;
  const text = await Deno.readTextFile(`${ROOT}docs/fleet.md`);
  const steps = blocks(section(text, "From an empty database to 100 replicas"));
  const admin = databaseOf(server, "postgres");
  for (const { language, lines } of steps) {
    if (language === "sql") {
      const statements = lines.join("\n").replaceAll("…", PASSWORD).split(";")
        .map((statement) => statement.trim()).filter((statement) => statement !== "");
      for (const statement of statements) await admin.admin(statement);
    } else if (language === "text") {
      const url = lines.join("").replace("db.example:5432", `127.0.0.1:${server.port}`);
      await Deno.writeTextFile(`${folder}/store-url`, url);
      await Deno.writeTextFile(
        `${folder}/owner-url`,
        url.replace("mcpass_app", "mcpass_owner"),
      );
    } else {
      for (const line of lines) {
        await runStep(line, example);
        if (line.startsWith("mcpass store migrate")) await grant(server);
      }
    }
  }
}

/** The command lines of our containers. */
async function commandLines(): Promise<string[][]> {
  const lines: string[][] = [];
  for (const path of ["docs/fleet/kubernetes.yaml", "docs/fleet/compose.yaml"]) {
    for (const document of parseAllDocuments(await Deno.readTextFile(`${ROOT}${path}`))) {
      const { spec, services = {} } = document.toJS();
      const containers = [...spec?.template.spec.initContainers ?? [], ...Object.values(services)];
      for (const { image, args, command } of containers as Record<string, string[]>[]) {
        if (String(image).startsWith("mcpass:")) lines.push(args ?? command ?? []);
      }
    }
  }
  return lines;
}

/** The root folder is read-only, but not the volume; there are no variables. */
function inContainer(volume: string, args: readonly string[]): Deno.Command {
  const mounts = `mount --bind ${volume} ${volume} && mount -o remount,bind,ro / && exec "$@"`;
  const user = ["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"];
  return new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", mounts, "sh", ...user, MCPASS, ...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "" },
    cwd: "/",
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function untilHealthy(port: number, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  ended.then(() => hasEnded = true);
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/healthz`)
      .then(async (response) => {
        await response.body?.cancel();
        return response.status;
      }, () => 0);
    if (status === 200) return;
    assert.ok(!hasEnded, "the process ended");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("the steps of docs/fleet.md lead to containers that have a token", async () => {
  await using server = await startPostgres();
  await using lab = await startFakeLab({ accessTokenTtl: 3600 });
  const folder = await Deno.makeTempDir({ prefix: "mcpass-fleet-" });
  await Deno.chmod(folder, 0o755);
  await using _removal = {
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  await followDocument({ server, lab, folder });
  for (const name of ["store-url", "store-keys"]) {
    await Deno.chown(`${folder}/${name}`, 0, UID);
    await Deno.chmod(`${folder}/${name}`, 0o440);
  }
  const lines = await commandLines();
  assert.equal(lines.length, 3);
  for (const [at, words] of lines.entries()) {
    const volume = `${folder}/volume-${at}`;
    await Deno.mkdir(volume, { mode: 0o700 });
    await Deno.chown(volume, UID, UID);
    const port = freePort();
    const args = words.map((word) =>
      word.replace("https://server.example/mcp", lab.mcpUrl)
        .replace(/=\/(?:etc\/mcpass\/url|run\/secrets\/store_url)$/, `=${folder}/store-url`)
        .replace(/=\/(?:etc\/mcpass\/keys|run\/secrets\/store_keys)$/, `=${folder}/store-keys`)
        .replace("=/run/mcpass/", `=${volume}/`)
        .replace("=0.0.0.0:8090", `=127.0.0.1:${port}`)
    );
    const child = inContainer(volume, args).spawn();
    const output = child.output();
    if (args.some((word) => word.startsWith("--watch="))) {
      await untilHealthy(port, output);
      child.kill("SIGTERM");
    }
    const { code, stderr } = await output;
    assert.equal(code, 0, `${args.join(" ")}\n${new TextDecoder().decode(stderr)}`);
    assert.equal(await Deno.readTextFile(`${volume}/token`), `${lab.as.accessTokens.at(-1)}\n`);
    const { mode, uid } = await Deno.stat(`${volume}/token`);
    assert.deepEqual([(mode ?? 0) & 0o777, uid], [0o600, UID]);
  }
});
