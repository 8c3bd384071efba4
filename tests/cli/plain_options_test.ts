import assert from "node:assert/strict";
import type { Given, Source } from "../../src/cli/command.ts";
import { LOGIN_FLAGS, type LoginOptions } from "../../src/cli/login_flags.ts";
import { settleOptions } from "../../src/cli/login_rules.ts";
import { isPlain, PLAIN_OPTIONS } from "../../src/cli/plain_options.ts";

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

Deno.test("no combination of plain options breaks a rule", () => {
  let combinations: Partial<LoginOptions>[] = [{}];
  for (const name of Object.keys(PLAIN_OPTIONS) as Name[]) {
    // What no rule looks at cannot break one: given in every combination, it is not a factor.
    const factor = ["protocolVersion", "registration", "authMode", "noStore", "dpop"].includes(
      name,
    );
    combinations = combinations.flatMap((options) => [
      ...factor ? [options] : [],
      ...valuesOf(name).map((value) => ({ ...options, [name]: value })),
    ]);
  }
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
