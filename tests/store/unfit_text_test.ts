import assert from "node:assert/strict";
import { invalidMemberText } from "../../src/store/shape.ts";

const CASES: readonly (readonly [found: unknown, text: string])[] = [
  ["b", '"a" must be x; it is "b"'],
  ["", '"a" must be x; it is ""'],
  [undefined, '"a" must be x'],
  ["https://user:CANARY@as.example", '"a" must be x'],
  [7, '"a" must be x; it is 7'],
  [null, '"a" must be x; it is null'],
];

for (const [found, text] of CASES) {
  Deno.test(`a member that is ${JSON.stringify(found)} is refused as ${text}`, () => {
    assert.equal(invalidMemberText({ member: "a", expected: "x", found }), text);
  });
}

Deno.test("a member is called what the file calls it", () => {
  const unfit = { member: "a", expected: "x", found: undefined };
  assert.equal(invalidMemberText(unfit, (member) => `entry.${member}`), '"entry.a" must be x');
});
