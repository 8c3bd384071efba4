import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/shapes.ts";
import { entryOf } from "../../../store/entries.ts";
import { flat, openHome } from "../../real_run.ts";

async function nameOf(home: Awaited<ReturnType<typeof openHome>>, url: string) {
  return (await home.store.find(url))[0]?.name;
}

Deno.test("rename: the new name works everywhere, the former one nowhere, and nobody signs in", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--name", "one");
  await home.store.write(entryOf({ serverUrl: "https://other.example/mcp", name: "other" }));
  const before = lab.requests.length;
  const ran = await home.run(["rename", "one", "work", "--no-color"], { terminal: true });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(flat(ran.stdout).trim(), `✓ one (${lab.mcpUrl}) is now named work`);
  assert.equal(lab.requests.length, before);
  assert.equal(await nameOf(home, lab.mcpUrl), "work");
  assert.equal((await home.run(["token", "work"])).status, 0);
  assert.equal((await home.run(["token", "one"])).status, 2);
});

Deno.test("rename without a server renames the only sign-in; a URL is a server, too", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const only = await home.run(["rename", "work"]);
  assert.equal(only.status, 0, only.stderr);
  const document = JSON.parse(only.stdout);
  assert.deepEqual([document.name, document.formerName], [
    "work",
    `localhost-${new URL(lab.mcpUrl).port}`,
  ]);
  assert.equal((await home.run(["rename", lab.mcpUrl, "home"])).status, 0);
  assert.equal(await nameOf(home, lab.mcpUrl), "home");
});

Deno.test("rename asks for what is missing on a terminal", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await home.store.write(entryOf({ serverUrl: "https://other.example/mcp" }));
  const ran = await home.run(["rename"], { terminal: true, answers: [lab.mcpUrl, "work"] });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, ["Which MCP server?", "New name"]);
  assert.match(ran.stderr, /Equivalent command:\n {2}mcpass rename http:\S+ work\n/);
  assert.equal(await nameOf(home, lab.mcpUrl), "work");
  const refused = await home.run(["rename", lab.mcpUrl], { terminal: true, answers: ["No Name"] });
  assert.match(flat(refused.stderr), /refused: "No Name" is not a valid name/);
});

for (
  const [args, status, code] of [
    [["rename", "one", "other"], 2, "name_in_use"],
    [["rename", "one", "Not A Name"], 2, "invalid_value"],
    [["rename", "nobody", "work"], 2, "unknown_sign_in"],
    [["rename", "one", "a", "b"], 2, "unexpected_argument"],
    [["rename", "one"], 2, "missing_options"],
    [["rename", "https://none.example/mcp", "work"], 4, "not_signed_in"],
  ] as const
) {
  Deno.test(`${args.join(" ")}: ${code}, and nothing changes`, async () => {
    await using home = await openHome();
    await home.store.write(entryOf({ serverUrl: "https://one.example/mcp", name: "one" }));
    await home.store.write(entryOf({ serverUrl: "https://other.example/mcp", name: "other" }));
    const ran = await home.run([...args]);
    assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [status, code], ran.stderr);
    assert.equal(await nameOf(home, "https://one.example/mcp"), "one");
  });
}
