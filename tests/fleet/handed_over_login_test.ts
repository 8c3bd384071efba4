import assert from "node:assert/strict";
import { startFakeLab } from "../lab/fake_lab.ts";
import { openBrowser } from "../lab/person.ts";
import { startPostgres } from "./postgres_server.ts";
import { makeSharedStore, mcpass } from "./shared_store.ts";

Deno.test("the executable begins a login in one home and finishes it in another, and only with its handle", async () => {
  await using server = await startPostgres();
  await using shared = await makeSharedStore(server);
  await using lab = await startFakeLab();
  const homes = new Map<string, string>();
  for (const name of ["web", "desk"]) homes.set(name, await Deno.makeTempDir());
  const run = async (home: string, ...args: string[]) => {
    const env = { ...shared.env(), MCPASS_HOME: homes.get(home) ?? "" };
    const { code, stdout } = await mcpass([...args, "--format", "json"], env);
    return { code, document: JSON.parse(stdout) };
  };
  const begin = async (home: string) => {
    const { document } = await run(home, "login", lab.mcpUrl, "--begin");
    const { url, redirectUrl, handle } = document;
    const address = (await openBrowser({ stopAt: redirectUrl }).visit(url)).url;
    return { address, handle: String(handle) };
  };
  const tokenRequests = () => lab.requests.filter(({ path }) => path === "/token").length;

  // Somebody sent the page: the person who opened it has the URL, and at most a handle of their own.
  const [foreign, own] = [await begin("web"), await begin("desk")];
  const without = await run("desk", "login", "--finish", foreign.address);
  assert.deepEqual([without.code, without.document.error.code], [2, "missing_options"]);
  const mixed = await run("desk", "login", "--finish", foreign.address, "--handle", own.handle);
  assert.deepEqual([mixed.code, mixed.document.error.code], [1, "pending_login_unknown"]);
  assert.match(mixed.document.error.remedy, /somebody else sent you the page/);
  assert.equal(tokenRequests(), 0);
  const status = await run("desk", "status", lab.mcpUrl);
  assert.equal(status.code, 4);

  const finished = await run(
    "desk",
    "login",
    "--finish",
    foreign.address,
    "--handle",
    foreign.handle,
  );
  assert.equal(finished.code, 0);
  assert.equal(tokenRequests(), 1);
  const token = await mcpass(["token", lab.mcpUrl], shared.env());
  assert.deepEqual(lab.as.accessTokens.map((it) => `${it}\n`), [token.stdout]);
  for (const path of homes.values()) await Deno.remove(path, { recursive: true });
});
