import assert from "node:assert/strict";
import { raw } from "jq-wasm";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { HELP_TOPICS } from "../../../src/cli/app/help_topics.ts";
import { startLab } from "../../lab/shapes.ts";
import { openHome } from "../real_run.ts";

interface Script {
  readonly command: string;
  readonly flags: readonly string[];
  readonly filter: string;
  readonly where: string;
}

/** `mcpass <command> … | jq -r '<filter>'`, also over several lines. */
const PIPE =
  /mcpass ([a-z][a-z -]*?)(?: [^a-z|\n][^|\n]*)?\|\s*jq((?: -\w+)*) (?:'([^']+)'|([\w.[\]]+))/g;

function scriptsIn(text: string, where: string): Script[] {
  const joined = text.replaceAll(/\\\n\s*/g, " ").replaceAll(/\|\n\s*/g, "| ");
  return [...joined.matchAll(PIPE)].map(([, words = "", flags = "", quoted, plain = ""]) => ({
    command: words.trim(),
    flags: flags.trim().split(" ").filter((flag) => flag !== ""),
    filter: quoted ?? plain,
    where,
  }));
}

async function scripts(): Promise<Script[]> {
  const found: Script[] = [];
  const root = new URL("../../../", import.meta.url);
  for (const path of ["README.md", "docs/guide.md", "docs/install.md"]) {
    found.push(...scriptsIn(await Deno.readTextFile(new URL(path, root)), path));
  }
  for (const { name, load } of COMMANDS) {
    const { examples } = await load();
    for (const [, line] of examples) found.push(...scriptsIn(line, `mcpass ${name} --help`));
  }
  for (const [topic, { parts }] of Object.entries(HELP_TOPICS)) {
    const lines = parts.flatMap((part) => typeof part === "string" ? [] : part.map(([it]) => it));
    for (const line of lines) found.push(...scriptsIn(line, `mcpass help ${topic}`));
  }
  return found;
}

/** The arguments that make a document of each command, for the server of a sign-in. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  __proto__: null as never,
  "tools call": ["echo", "message=hi"],
  "resources read": ["lab://logo"],
  "prompts get": ["review", "language=Go"],
};

/** What the command prints with a database. */
const LOG = JSON.stringify({
  ok: true,
  completed: true,
  events: [{ at: "2026-01-02T03:04:05.000Z", event: "refreshed", by: "web-7 (process 41)" }],
});

Deno.test("every jq script of the README, the guide and the help runs on a real document", async () => {
  await using lab = await startLab({ mcp: { features: true } });
  await using home = await openHome();
  await home.signIn(lab);
  await assert.rejects(() => raw("{}", ".a | .b | error", []), "a script that fails is noticed");
  const all = await scripts();
  assert.ok(all.length >= 8, `${all.length}`);
  for (const { command, flags, filter, where } of all) {
    if (command.startsWith("schema")) continue;
    if (command.startsWith("store log")) {
      assert.match(await raw(LOG, filter, [...flags]), /web-7/);
      continue;
    }
    const entry = COMMANDS.filter(({ name }) => `${command} `.startsWith(`${name} `))
      .sort((a, b) => b.name.length - a.name.length)[0];
    assert.ok(entry, `${where}: ${command}`);
    const { flags: own } = await entry.load();
    const server = "url" in own ? ["--url", lab.mcpUrl] : [];
    const isLogin = entry.name.endsWith("login");
    const login = isLogin ? ["--auth-mode", "headless", "--no-store"] : [];
    const more = ARGUMENTS[entry.name] ?? [];
    const ran = await home.run([
      ...[...entry.name.split(" "), ...more, ...server, ...login, "--format", "json"],
    ]);
    const shown = `${where}: ${command} | jq '${filter}'`;
    assert.match(ran.stdout, /^\{/, `${shown}\n${ran.stderr}`);
    await assert.doesNotReject(() => raw(ran.stdout, filter, [...flags]), shown);
  }
});
