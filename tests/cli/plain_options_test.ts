import assert from "node:assert/strict";
import type { Given, Source } from "../../src/cli/command/command.ts";
import { LOGIN_FLAGS, type LoginOptions } from "../../src/cli/commands/login/login_flags.ts";
import { RULES, settleOptions } from "../../src/cli/commands/login/login_rules.ts";
import { isPlain, PLAIN_OPTIONS } from "../../src/cli/commands/login/plain_options.ts";

type Name = keyof LoginOptions;

const ABSENT = Object.fromEntries(
  Object.entries(LOGIN_FLAGS).map(([name, { absent }]) => [name, absent]),
) as unknown as LoginOptions;

function given(options: Partial<LoginOptions>): Given<typeof LOGIN_FLAGS> {
  const sources = new Map(
    Object.keys(options).map((name): [Name, Source] => [name as Name, "flag"]),
  );
  return { options: { ...ABSENT, ...options }, sources, texts: new Map(), operands: [] };
}

/** Words that a flag takes, or one that stands for all of them. */
function valuesOf(name: Name): readonly unknown[] {
  const plain: readonly unknown[] | true | undefined = PLAIN_OPTIONS[name];
  if (plain !== true && plain !== undefined) return plain;
  const { choices, kind } = LOGIN_FLAGS[name];
  return kind === "toggle" ? [true] : choices ?? ["x"];
}

/** All combinations of absent and given, with every value. */
function combinationsOf(names: readonly Name[]): Partial<LoginOptions>[] {
  return names.reduce<Partial<LoginOptions>[]>(
    (combinations, name) =>
      combinations.flatMap((options) => [
        options,
        ...valuesOf(name).map((value) => ({ ...options, [name]: value })),
      ]),
    [{}],
  );
}

Deno.test("no combination of plain options breaks a rule", () => {
  const names = Object.keys(PLAIN_OPTIONS) as Name[];
  const ruled = new Set(RULES.flatMap((rule) => rule.options));
  const rest = Object.fromEntries(
    names.filter((name) => !ruled.has(name)).map((name) => [name, valuesOf(name)[0]]),
  );
  // What no rule names is given in all of them or in none.
  const named = combinationsOf(names.filter((name) => ruled.has(name)));
  const combinations = named.flatMap((options) => [options, { ...rest, ...options }]);
  assert.ok(combinations.length > 100);
  for (const options of combinations) {
    assert.equal(isPlain(given(options)), true);
    assert.deepEqual(settleOptions(given(options)).options, given(options).options);
  }
});

Deno.test("an option or a value outside the table is not plain", () => {
  for (
    const options of [
      { registration: "cimd" },
      { authMode: "device" },
      { clientId: "x" },
      { quiet: true },
      { store: "file" },
    ] as const
  ) {
    assert.equal(isPlain(given(options)), false, JSON.stringify(options));
  }
});
