import assert from "node:assert/strict";
import { longName } from "../../../src/cli/command/flag.ts";
import { HELP_TOPICS } from "../../../src/cli/app/help_topics.ts";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { run } from "../fake_runtime.ts";

const NAMES = COMMANDS.map(({ name }) => name);

/** Everything that has a help text: commands, the groups above them, topics. */
const WORDS = [
  [],
  ...new Set(
    NAMES.flatMap((name) => {
      const words = name.split(" ");
      return words.map((_, at) => words.slice(0, at + 1).join(" "));
    }),
  ).values().map((name) => [...name.split(" "), "--help"]),
  ...Object.keys(HELP_TOPICS).map((topic) => ["help", topic]),
];

for (const words of WORDS) {
  const line = ["mcpass", ...words].join(" ");
  Deno.test(`${line}: as it was last read aloud`, async (t) => {
    const { status, stdout, stderr } = await run(words);
    assert.deepEqual([status, stderr], [0, ""]);
    await t.assertSnapshot(stdout);
  });

  Deno.test(`${line} fits 80 columns and begins with an example`, async () => {
    const { stdout } = await run(words);
    assert.deepEqual(stdout.split("\n").filter((it) => [...it].length > 80), []);
    if (words[0] === "help" && words.at(-1) !== "--help") return;
    const lines = stdout.split("\n");
    assert.ok(lines.indexOf("Examples:") >= 1 && lines.indexOf("Examples:") <= 5, stdout);
  });
}

/** A word with its middle letter left out. */
const typo = (word: string) => word.slice(0, word.length >> 1) + word.slice((word.length >> 1) + 1);

Deno.test("a mistyped flag of any command gets the right one suggested", async () => {
  for (const { name, load } of COMMANDS) {
    const flags = Object.values((await load()).flags).map(longName);
    for (const flag of flags.filter((it) => it.length > 8 && !flags.includes(typo(it)))) {
      const ran = await run([...name.split(" "), typo(flag)]);
      assert.equal(ran.status, 2, `${name} ${typo(flag)}`);
      assert.match(ran.stderr, /Did you mean --/, `${name} ${typo(flag)}\n${ran.stderr}`);
    }
  }
});

Deno.test("a mistyped command or topic gets the right one suggested", async () => {
  for (const name of NAMES.filter((it) => it.length > 4)) {
    const words = name.split(" ");
    const last = words.pop() ?? "";
    if (last.length < 5) continue;
    const ran = await run([...words, typo(last)]);
    assert.equal(ran.status, 2, name);
    assert.ok(ran.stderr.includes(`Did you mean ${["mcpass", name].join(" ")}?`), ran.stderr);
  }
  for (const topic of Object.keys(HELP_TOPICS)) {
    const ran = await run(["help", typo(topic)]);
    assert.equal(ran.status, 2);
    assert.ok(ran.stderr.includes(`Did you mean mcpass help ${topic}?`), ran.stderr);
  }
});

Deno.test("a mistyped value of a flag that has choices gets the right one suggested", async () => {
  for (const { name, load } of COMMANDS) {
    for (const flag of Object.values((await load()).flags)) {
      for (const choice of (flag.choices ?? []).filter((it) => it.length > 4)) {
        const ran = await run([...name.split(" "), longName(flag), `${choice}x`]);
        assert.equal(ran.status, 2);
        assert.ok(ran.stderr.includes(`Did you mean ${choice}?`), `${name}\n${ran.stderr}`);
      }
    }
  }
});

Deno.test("the topics say what the program does", async () => {
  const environment = (await run(["help", "environment"])).stdout;
  for (const variable of ["MCPASS_URL", "MCPASS_HOME", "HTTPS_PROXY", "BROWSER", "NO_COLOR"]) {
    assert.ok(environment.includes(variable), variable);
  }
  const statuses = (await run(["help", "exit-codes"])).stdout;
  for (const status of [0, 1, 2, 4, 130]) {
    assert.match(statuses, new RegExp(`^ {2}${status} `, "m"));
  }
});
