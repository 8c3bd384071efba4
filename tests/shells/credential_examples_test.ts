/** The examples of `docs/credential.md`, as printed, against a lab. @module */

import assert from "node:assert/strict";
import { jsonSchema } from "../../src/cli/schemas/json_schema.ts";
import { isObject } from "../../src/core/json.ts";
import { ROOT } from "../../scripts/shell.ts";
import { type Home, openHome } from "../cli/real_run.ts";
import { type FakeLab, startFakeLab } from "../lab/fake_lab.ts";
import { sequence } from "../lab/journal.ts";

const DOCUMENT = await Deno.readTextFile(`${ROOT}docs/credential.md`);
const URL = "https://server.example/mcp";

/** The first block of a section of the document. */
function example(section: string, language: string): string {
  const text = DOCUMENT.slice(DOCUMENT.indexOf(`\n### ${section}\n`));
  const block = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(text)?.[1];
  assert.ok(block, section);
  return block;
}

/** Runs a program that finds `mcpass` in its path; returns what it prints. */
async function runProgram(
  home: Home,
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const output = await new Deno.Command(program, {
    args: [...args],
    env: {
      MCPASS_HOME: home.path,
      MCPASS_STORE: "file",
      PATH: `${ROOT}dist:${Deno.env.get("PATH")}`,
      ...env,
    },
    stdin: "null",
  }).output();
  const [stdout = "", stderr] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(output.code, 0, stderr);
  return stdout;
}

async function withLab(run: (home: Home, lab: FakeLab) => Promise<void>): Promise<void> {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  await run(home, lab);
}

/** A program of the document runs twice: with a valid token, and with one that the server refuses. */
async function testProgram(
  section: string,
  language: string,
  commandOf: (path: string) => readonly string[],
): Promise<void> {
  await withLab(async (home, lab) => {
    const path = `${home.path}/example.${language}`;
    await Deno.writeTextFile(path, example(section, language).replaceAll(URL, lab.mcpUrl));
    assert.equal(await runProgram(home, commandOf(path)), "200\n");
    assert.deepEqual(sequence(lab.requests), ["mcp POST /mcp initialize"]);
    lab.as.expireAccessTokens();
    lab.requests.length = 0;
    assert.equal(await runProgram(home, commandOf(path)), "200\n");
    assert.deepEqual(sequence(lab.requests), [
      ...["mcp POST /mcp initialize", "as POST /token refresh_token", "mcp POST /mcp initialize"],
    ]);
  });
}

Deno.test("the entry of Claude Code has a helper that prints header fields which the server accepts", () =>
  withLab(async (home, lab) => {
    const entry = JSON.parse(example("Claude Code", "json")).mcpServers.example;
    assert.deepEqual([entry.type, entry.url], ["http", URL]);
    const stdout = await runProgram(home, ["sh", "-c", entry.headersHelper], {
      CLAUDE_CODE_MCP_SERVER_NAME: "example",
      CLAUDE_CODE_MCP_SERVER_URL: lab.mcpUrl,
    });
    assert.deepEqual(JSON.parse(stdout), { Authorization: `Bearer ${lab.as.accessTokens[0]}` });
  }));

Deno.test("the example for curl sends the header fields, and not in its arguments", () =>
  withLab(async (home, lab) => {
    const script = example("curl", "sh").replaceAll(URL, lab.mcpUrl);
    assert.match(await runProgram(home, ["bash", "-c", script]), /"serverInfo"/);
  }));

Deno.test("the kubeconfig has a command that prints an ExecCredential", () =>
  withLab(async (home, lab) => {
    const yaml = example("kubectl", "yaml");
    const [, apiVersion] = /apiVersion: (\S+)/.exec(yaml) ?? [];
    const [, command = ""] = /command: (\S+)/.exec(yaml) ?? [];
    const [, list = ""] = /args: \[(.*)\]/.exec(yaml) ?? [];
    const args = list.split(", ").map((it) => it.replaceAll('"', "").replace(URL, lab.mcpUrl));
    const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
    const stdout = await runProgram(home, [command, ...args], {
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    });
    const credential = JSON.parse(stdout);
    assert.equal(credential.apiVersion, apiVersion);
    assert.equal(credential.status.token, lab.as.accessTokens[0]);
  }));

Deno.test("the program in Python refreshes a token that the server refuses", () =>
  testProgram("Python", "python", (path) => ["python3", path]));

Deno.test("the program in Go refreshes a token that the server refuses", () =>
  testProgram("Go", "go", (path) => ["go", "run", path]));

Deno.test("the program in Go uses the members of the protocol", () => {
  const program = example("Go", "go");
  const membersOf = (type: string) => {
    const [, body = ""] = new RegExp(`type ${type} struct \\{(.*?)\n\\}`, "s").exec(program) ?? [];
    return Array.from(body.matchAll(/`json:"(\w+)(?:,omitempty)?"`/g), ([, name = ""]) => name);
  };
  const published = (schema: unknown): string[] =>
    isObject(schema)
      ? [
        ...isObject(schema["properties"]) ? Object.keys(schema["properties"]) : [],
        ...Object.values(schema).flatMap(published),
      ]
      : Array.isArray(schema)
      ? schema.flatMap(published)
      : [];
  for (const [type, schema] of [["request", "credential-request"], ["reply", "credential"]]) {
    const members = membersOf(type ?? "");
    assert.ok(members.length > 4, type);
    const known = published(jsonSchema(schema ?? ""));
    assert.deepEqual(members.filter((it) => !known.includes(it)), []);
  }
  assert.match(program, /exec\.Command\("mcpass", "credential"\)/);
});
