import { deepEqual, equal } from "node:assert/strict";
import { parseCommand } from "../../../../../src/cli/args/parse_command.ts";
import { LOGIN_COMMAND } from "../../../../../src/cli/commands/login/login_command.ts";
import { LOGIN_RULES } from "../../../../../src/cli/commands/login/options/login_rules.ts";
import {
  loginRules,
  PLAIN_OPTIONS,
  PLAIN_VALUES,
  RULED_OPTIONS,
} from "../../../../../src/cli/commands/login/options/plain_login.ts";
import { REVISIONS } from "../../../../../src/oauth/mcp/revision.ts";

const env = { get: () => undefined, toObject: () => ({}) };
const invocationOf = (...args: string[]) => parseCommand(LOGIN_COMMAND, args, env);

/** Every choice of one value for each option; no words leave it out. */
function combinations(choices: readonly (readonly string[][])[]): string[][] {
  return choices.reduce<string[][]>(
    (lines, words) => lines.flatMap((line) => words.map((it) => [...line, ...it])),
    [[]],
  );
}

const valuesOf = (flag: string, values: readonly (string | undefined)[]) =>
  values.map((value) => value === undefined ? [] : [flag, value]);

Deno.test("every option of a rule of the login is a plain one or loads the rules", () => {
  const named = new Set(LOGIN_RULES.flatMap(({ options }) => options));
  deepEqual([...PLAIN_OPTIONS, ...RULED_OPTIONS].sort(), [...named].sort());
});

Deno.test("no combination of plain options breaks a rule, and none loads the rules", async () => {
  const lines = combinations([
    valuesOf("--registration", PLAIN_VALUES.registration),
    valuesOf("--auth-mode", PLAIN_VALUES.authMode),
    valuesOf("--protocol-version", [undefined, "auto", ...REVISIONS.map(({ id }) => id)]),
    valuesOf("--store", [undefined, "file", "none"]),
    [[], ["--no-store"]],
    [[], ["--dry-run"]],
    [[], ["--debug-out", "trace.json"]],
    [[], ["--verify-call-tool", "echo"]],
  ]);
  for (const line of lines) {
    const invocation = invocationOf(...line);
    const broken = LOGIN_RULES.filter((rule) => rule.broken(invocation.options));
    deepEqual(broken, [], line.join(" "));
    deepEqual(await loginRules(invocation), [], line.join(" "));
  }
  equal(lines.length, 3 * 3 * 6 * 3 * 2 * 2 * 2 * 2);
});

Deno.test("other values and options load the rules", async () => {
  for (
    const words of ["--registration cimd", "--registration preregistered", "--auth-mode device"]
  ) {
    equal(await loginRules(invocationOf(...words.split(" "))), LOGIN_RULES, words);
  }
  equal(await loginRules(invocationOf("--hide-secrets", "--no-store")), LOGIN_RULES);
  equal(await loginRules(invocationOf("--client-id", "a")), LOGIN_RULES);
});
