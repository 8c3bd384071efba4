import assert from "node:assert/strict";
import { entryOf } from "./entries.ts";
import { makeHome } from "./support.ts";

const SERVER = "https://mcp.example/mcp";

Deno.test("files and folders that are not the store's are neither listed nor touched", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { path } = await store.write(entryOf());
  assert.ok(path);
  const folder = `${home.home}/credentials`;
  const inner = path.replace(/\/[^/]*$/, "");
  const strangers = [`${folder}/notes`, `${folder}/x.json`, `${inner}/other.json`, `${inner}/x`];
  for (const stranger of strangers) await Deno.writeTextFile(stranger, "text");
  await Deno.mkdir(`${folder}/folder`, { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/folder/${path.slice(inner.length + 1)}`, "text");
  const { entries, problems } = await store.list();
  assert.deepEqual(problems, []);
  assert.equal(entries.length, 1);
  assert.equal((await store.find(SERVER)).length, 1);
  assert.deepEqual(await store.removeDamaged(SERVER, "default"), []);
  for (const stranger of strangers) assert.equal(await Deno.readTextFile(stranger), "text");
});

Deno.test("of damaged entries those of one server and account are removed, and they are named", async () => {
  await using home = await makeHome();
  const store = home.open();
  const paths: (string | null)[] = [];
  for (const account of ["default", "work"]) {
    paths.push((await store.write(entryOf({ account }))).path);
  }
  const other = (await store.write(entryOf({ serverUrl: "https://other.example/mcp" }))).path;
  const sound = (await store.write(entryOf({ issuer: "https://second.example" }))).path;
  for (const path of [...paths, other]) await Deno.writeTextFile(path ?? "", "{}");
  assert.deepEqual(await store.removeDamaged(SERVER, "default"), [paths[0]]);
  const there = (path: string | null) => Deno.stat(path ?? "").then(() => true, () => false);
  assert.equal(await there(paths[0] ?? null), false);
  for (const path of [paths[1] ?? null, other, sound]) assert.equal(await there(path), true);
});
