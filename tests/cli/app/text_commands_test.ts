import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { SHELLS } from "../../../src/cli/commands/info/completion_scripts.ts";
import { documentFaults } from "../document_faults.ts";
import { run } from "../fake_runtime.ts";

/** Commands whose result is text, with a wrong word for each, and the code of the error. */
const WRONG: readonly (readonly [code: string, ...words: string[]])[] = [
  ["unknown_command", "help", "lgoin"],
  ["unexpected_argument", "help", "login", "now"],
  ["invalid_value", "completion", "bsh"],
  ["missing_argument", "completion"],
  ["schema_missing", "schema", "lgoin"],
  ["unknown_option", "completion", "bash", "--shell"],
];

for (const [code, ...words] of WRONG) {
  const line = words.join(" ");
  Deno.test(`mcpass ${line} --format json writes a document with the error`, async () => {
    for (const format of [["--format", "json"], ["--format=json"]]) {
      const ran = await run([...words, ...format]);
      const document = JSON.parse(ran.stdout);
      assert.deepEqual([ran.status, document.ok, document.error.code], [2, false, code]);
      assert.deepEqual(documentFaults(words[0] ?? "", document), []);
      assert.match(ran.stderr, new RegExp(code));
    }
    const field = await run([...words, "--field", "error.code"]);
    assert.deepEqual([field.status, field.stdout], [2, `${code}\n`]);
  });

  Deno.test(`mcpass ${line} writes nothing that a shell could evaluate`, async () => {
    for (const setup of [{}, { env: { MCPASS_FORMAT: "json" } }, { terminal: true }]) {
      const ran = await run(words, setup);
      assert.deepEqual([ran.status, ran.stdout], [2, ""]);
    }
  });
}

Deno.test("a misspelled schema is corrected as a command to run", async () => {
  const { stderr } = await run(["schema", "tool", "list"]);
  assert.match(stderr, /^Try: +mcpass schema tools list$/m);
});

Deno.test("help as a document has the options of each command, with the text that is printed", async () => {
  for (const { name, load } of COMMANDS) {
    const { stdout } = await run(["help", ...name.split(" "), "--format", "json"]);
    const document = JSON.parse(stdout);
    const { stdout: text } = await run([...name.split(" "), "--help"]);
    assert.deepEqual([document.name, document.text], [name, text]);
    const { flags } = await load();
    assert.equal(document.options.length, Object.keys(flags).length);
    const early = await run([...name.split(" "), "--help", "--format", "json"]);
    assert.equal(early.stdout, stdout);
  }
  const { stdout } = await run(["help", "login", "--format", "json"]);
  const { options } = JSON.parse(stdout);
  const option = (name: string) => options.find((it: { name: string }) => it.name === name);
  assert.equal(option("--client-id").variable, "MCPASS_CLIENT_ID");
  assert.equal(option("--trust-pkce").variable, undefined);
  assert.ok(option("--registration").choices.includes("dcr"));
  assert.deepEqual([option("--quiet").short, option("--quiet").value], ["-q", undefined]);
  assert.equal(option("--header").repeatable, true);
});

Deno.test("help of a group, of a topic and of everything is a document, too", async () => {
  const tools = JSON.parse((await run(["help", "tools", "--format", "json"])).stdout);
  assert.deepEqual(
    tools.commands.map(({ name }: { name: string }) => name),
    ["tools list", "tools call"],
  );
  const all = JSON.parse((await run(["help", "--format", "json"])).stdout);
  assert.deepEqual([all.name, all.commands.length], [null, COMMANDS.length]);
  const topic = await run(["help", "environment", "--field", "text"]);
  assert.equal(topic.stdout.trimEnd(), (await run(["help", "environment"])).stdout.trimEnd());
});

Deno.test("a completion script and the list of schemas are documents on request only", async () => {
  for (const shell of SHELLS) {
    const { stdout } = await run(["completion", shell], { env: { MCPASS_FORMAT: "json" } });
    assert.doesNotMatch(stdout, /^\{/);
    const document = JSON.parse((await run(["completion", shell, "--format", "json"])).stdout);
    assert.deepEqual(document, { ok: true, shell, script: stdout });
  }
  const { schemas } = JSON.parse((await run(["schema", "--format", "json"])).stdout);
  assert.ok(schemas.some(({ name }: { name: string }) => name === "oauth login"));
  const printed = await run(["schema", "version"]);
  assert.equal((await run(["schema", "version", "--format", "json"])).stdout, printed.stdout);
  assert.equal((await run(["schema", "version", "--field", "title"])).stdout, "mcpass version\n");
});
