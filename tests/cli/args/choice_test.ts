import assert from "node:assert/strict";
import { choice, milliseconds, period, signInName } from "../../../src/cli/args/values.ts";

const ROWS: readonly (readonly [typed: string, choices: readonly string[], meant?: string])[] = [
  ["text", ["human", "json"], "human"],
  ["Plain", ["human", "json"], "human"],
  ["jsno", ["human", "json"], "json"],
  ["human", ["text", "json"], "text"],
  ["markdown", ["html", "md"], "md"],
  ["dynamic", ["cimd", "dcr"], "dcr"],
  ["text", ["header", "env"]],
  ["yaml", ["human", "json"]],
];

for (const [typed, choices, meant] of ROWS) {
  Deno.test(`${typed} for ${choices.join(", ")} suggests ${meant}`, () => {
    const parsed = choice(choices)(typed);
    assert.ok("problem" in parsed);
    assert.equal(parsed.remedy, meant === undefined ? undefined : `Did you mean ${meant}?`);
  });
}

const DATABASE = "postgres://app:secret-word@db.example/mcpass";

for (
  const [name, parse] of Object.entries({
    choice: choice(["file", "postgres"]),
    milliseconds,
    period: period("7d"),
    name: signInName,
  })
) {
  Deno.test(`a value of a ${name} that may contain a password is not repeated`, () => {
    const parsed = parse(DATABASE);
    assert.ok("problem" in parsed);
    assert.doesNotMatch(parsed.problem, /secret-word/);
  });
}
