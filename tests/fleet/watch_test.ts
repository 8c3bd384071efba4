import assert from "node:assert/strict";
import { cancelledFailure } from "../../src/core/failure.ts";
import { run } from "../cli/fake_runtime.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { startPostgres } from "./postgres_server.ts";

/** Seconds of a token: a watcher refreshes it when about one is left. */
const LIFETIME = 6;

Deno.test("two watchers of one database send one request for each token, and survive its restart", async () => {
  await using server = await startPostgres();
  await using lab = await startFakeLab({ accessTokenTtl: LIFETIME });
  const folder = await Deno.makeTempDir({ prefix: "mcpass-watch-" });
  await using _removal = {
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  const database = await server.createDatabase();
  await Deno.writeTextFile(`${folder}/key`, "5a".repeat(32), { mode: 0o600 });
  const env = {
    MCPASS_STORE: "postgres",
    MCPASS_STORE_URL: database.url(),
    MCPASS_STORE_KEY_FILE: `${folder}/key`,
    MCPASS_HOME: `${folder}/none`,
  };
  const real = { real: true, now: Date.now, env };
  assert.equal((await run(["store", "migrate"], real)).status, 0);
  const login = ["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl];
  const signedIn = await run(login, real);
  assert.equal(signedIn.status, 0, signedIn.stderr);
  lab.requests.length = 0;

  const stop = new AbortController();
  const start = (name: string) => {
    let stderr = "";
    const readers = new Set<() => void>();
    const command = ["oauth", "token", "--url", lab.mcpUrl, "--watch", `${folder}/${name}`];
    const ended = run(command, {
      ...real,
      signal: stop.signal,
      reads(text) {
        stderr = text;
        readers.forEach((reader) => reader());
      },
    });
    const says = (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        const check = () => pattern.test(stderr) && resolve();
        readers.add(check);
        check();
      });
    return { ended, says, text: () => Deno.readTextFile(`${folder}/${name}`) };
  };
  const watchers = [start("one"), start("two")];
  const all = (pattern: RegExp) => Promise.all(watchers.map(({ says }) => says(pattern)));
  await all(/wrote[^]*wrote/);
  const refreshes = lab.requests.filter(({ path }) => path === "/token");
  assert.ok(refreshes.length <= 2, `${refreshes.length} requests`);
  await server.stop("immediate");
  await all(/mcpass tries again/);
  await all(/the token has expired: removed/);
  await server.start();
  await all(/the error no longer occurs/);
  for (const { text } of watchers) {
    assert.ok(lab.as.accessTokens.includes((await text()).trimEnd()));
  }
  stop.abort(cancelledFailure());
  for (const { ended } of watchers) assert.equal((await ended).status, 0);
  assert.deepEqual(lab.as.complaints, []);
});
