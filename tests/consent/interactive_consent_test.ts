import { doesNotThrow, equal, throws } from "node:assert/strict";
import {
  canAskPerson,
  type InteractiveOptions,
  requirePerson,
} from "../../src/consent/interactive_consent.ts";
import { fakeIo, interactiveOptions } from "./support.ts";

type Terminals = readonly [stdin: boolean, stderr: boolean];

function optionsOf(
  [stdinIsTerminal, stderrIsTerminal]: Terminals,
  more: Partial<InteractiveOptions> = {},
): InteractiveOptions {
  const io = { ...fakeIo(), stdinIsTerminal, stderrIsTerminal };
  return interactiveOptions({ io, ...more });
}

const WITHOUT: readonly Terminals[] = [[false, false], [true, false], [false, true]];

Deno.test("a person can be asked if standard input and standard error are terminals", () => {
  equal(canAskPerson(optionsOf([true, true])), true);
  for (const terminals of WITHOUT) equal(canAskPerson(optionsOf(terminals)), false);
  equal(canAskPerson(optionsOf([true, true], { noInput: true })), false);
});

Deno.test("without both terminals a sign-in needs a way to show the URL", () => {
  doesNotThrow(() => requirePerson(optionsOf([true, true], { noInput: true })));
  for (const terminals of WITHOUT) {
    throws(() => requirePerson(optionsOf(terminals)), {
      code: "sign_in_needed",
      kind: "sign_in_needed",
    });
    doesNotThrow(() => requirePerson(optionsOf(terminals, { printUrl: true })));
    doesNotThrow(() => requirePerson(optionsOf(terminals, { browser: "firefox" })));
  }
});
