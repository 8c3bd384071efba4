import assert from "node:assert/strict";
import type { FakeLab } from "../../lab/fake_lab.ts";
import { openBridgeHome, visit } from "./bridge_home.ts";

const tokenRequests = ({ requests }: FakeLab) =>
  requests.filter(({ method, path }) => method === "POST" && path === "/token").length;

Deno.test("five bridges: one login process, one tab, and all are served after one consent", async () => {
  await using home = await openBridgeHome();
  const clients = Array.from({ length: 5 }, () => home.connect());
  const answers = clients.map((client) => client.initialize());
  await home.opened(1);
  await visit(home.tabs[0] ?? "");
  for (const answer of await Promise.all(answers)) {
    assert.ok("result" in answer, JSON.stringify(answer));
  }
  const lists = await Promise.all(clients.map((client) => client.request("tools/list")));
  for (const list of lists) assert.ok("result" in list, JSON.stringify(list));
  assert.equal(home.logins.length, 1);
  assert.equal(home.tabs.length, 1);
  assert.equal(tokenRequests(home.lab), 1);
});
