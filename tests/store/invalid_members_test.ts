import assert from "node:assert/strict";
import { invalidMemberText } from "../../src/store/member_reader.ts";
import { entryOf } from "./entries.ts";
import { failureOf, makeHome } from "./support.ts";

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

Deno.test("a stored secret that does not fit is not shown", async () => {
  await using home = await makeHome();
  const { key, path } = await home.open().write(entryOf());
  assert.ok(path);
  const record = JSON.parse(await Deno.readTextFile(path));
  const names = Object.keys(record.secrets.values);
  assert.ok(names.length >= 6);
  for (const name of names) {
    const values = { ...record.secrets.values, [name]: ["CANARY"] };
    const secrets = { ...record.secrets, values };
    await Deno.writeTextFile(path, JSON.stringify({ ...record, secrets }));
    const failure = await failureOf(home.open().read(key));
    assert.equal(failure.code, "store_entry_damaged");
    assert.match(failure.message, new RegExp(`"secrets\\.values\\.${name}" must be`), name);
    assert.doesNotMatch(failure.message, /CANARY|it is/, name);
  }
});

Deno.test("a stored value that is no secret is shown where it does not fit", async () => {
  await using home = await makeHome();
  const { key, path } = await home.open().write(entryOf());
  assert.ok(path);
  const record = JSON.parse(await Deno.readTextFile(path));
  const entry = { ...record.entry, serverUrl: "nowhere" };
  await Deno.writeTextFile(path, JSON.stringify({ ...record, entry }));
  const failure = await failureOf(home.open().read(key));
  assert.match(failure.message, /"entry\.serverUrl" must be .+; it is "nowhere"/);
});

for (const group of ["client", "tokens", "endpoints"]) {
  Deno.test(`an entry whose member ${group} is not an object is named for that`, async () => {
    await using home = await makeHome();
    const { key, path } = await home.open().write(entryOf());
    assert.ok(path);
    const record = JSON.parse(await Deno.readTextFile(path));
    const entry = { ...record.entry, [group]: 7 };
    await Deno.writeTextFile(path, JSON.stringify({ ...record, entry }));
    const failure = await failureOf(home.open().read(key));
    assert.match(failure.message, new RegExp(`"entry\\.${group}" must be a JSON object; it is 7`));
  });
}

Deno.test("an entry with tokens and without its access token is named for that", async () => {
  await using home = await makeHome();
  const { key, path } = await home.open().write(entryOf());
  assert.ok(path);
  const record = JSON.parse(await Deno.readTextFile(path));
  delete record.secrets.values["tokens.accessToken"];
  await Deno.writeTextFile(path, JSON.stringify(record));
  const failure = await failureOf(home.open().read(key));
  assert.match(failure.message, /: "secrets\.values\.tokens\.accessToken" must be /);
});
