import assert from "node:assert/strict";
import { sequence } from "../../../lab/journal.ts";
import { dpopCheck } from "../../../lab/dpop_check.ts";
import { startFakeLab, startLab } from "../../../lab/shapes.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

async function recipientOf(home: Home): Promise<string> {
  const ran = await home.run(["oauth", "recipient"]);
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout.trim();
}

async function storedAt({ store }: Home, url: string) {
  const [summary] = await store.find(url);
  return summary && await store.read(summary.key);
}

/** Every secret that a home has for the server. */
async function secretsAt(home: Home, url: string): Promise<string[]> {
  const entry = await storedAt(home, url);
  const values = [entry?.tokens?.accessToken, entry?.tokens?.refreshToken];
  return values.filter((it) => typeof it === "string");
}

Deno.test("a sign-in is moved: refreshed, sealed, disabled here, and refreshed there", async () => {
  await using lab = await startFakeLab();
  await using here = await openHome();
  await using there = await openHome();
  await here.signIn(lab, "--name", "work");
  const to = await recipientOf(there);
  assert.equal(await recipientOf(there), to);
  const file = `${here.path}/work.age`;
  lab.requests.length = 0;
  const exported = await here.run(["oauth", "export", "work", "--to", to, "--out", file]);
  assert.equal(exported.status, 0, exported.stderr);
  const document = JSON.parse(exported.stdout);
  assert.deepEqual(
    [document.moved, document.refreshed, document.file, document.sealedFor],
    [true, true, file, [to]],
  );
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
  assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  assert.match(await Deno.readTextFile(file), /^-----BEGIN AGE ENCRYPTED FILE-----\n/);

  const gone = await here.run(["token", "work"], { terminal: true });
  assert.equal(gone.status, 4);
  assert.match(
    flat(gone.stderr),
    /was moved to "the file work\.age, sealed for age1\w+\.\.\." on 20.*Use it there.*mcpass login http/,
  );
  const status = await here.run(["status", "work"], { terminal: true });
  assert.match(flat(status.stdout), /not signed in to http\S+ moved to "the file work\.age/);
  const again = await here.run(["oauth", "export", "work", "--to", to, "--out", `${file}2`]);
  assert.deepEqual([again.status, JSON.parse(again.stdout).error.code], [4, "tokens_gone"]);

  const inFile = lab.requests.length;
  const imported = await there.run(["oauth", "import", file]);
  assert.equal(imported.status, 0, imported.stderr);
  const received = JSON.parse(imported.stdout);
  assert.deepEqual([received.name, received.refreshed, received.moved], ["work", true, true]);
  assert.deepEqual(sequence(lab.requests.slice(inFile)), ["as POST /token refresh_token"]);
  for (const secret of await secretsAt(there, lab.mcpUrl)) {
    for (const { stdout, stderr } of [exported, imported]) {
      assert.equal(`${stdout}${stderr}`.includes(secret), false);
    }
  }
  const tools = await there.run(["tools", "list", "work"]);
  assert.equal(tools.status, 0, tools.stderr);

  const twice = await there.run(["oauth", "import", file]);
  assert.deepEqual([twice.status, JSON.parse(twice.stdout).error.code], [1, "transfer_used"]);
  assert.equal((await there.run(["refresh", "work"])).status, 0);
});

Deno.test("a moved DPoP sign-in has its key there, and no longer here", async () => {
  await using lab = await startLab({
    as: { dpop: true },
    protection: { dpop: dpopCheck({}) },
  });
  await using here = await openHome();
  await using there = await openHome();
  await here.signIn(lab, "--dpop");
  const to = await recipientOf(there);
  const file = `${here.path}/x.age`;
  const exported = await here.run(["oauth", "export", "--to", to, "--out", file]);
  assert.equal(exported.status, 0, exported.stderr);
  assert.equal((await storedAt(here, lab.mcpUrl))?.dpopKey, undefined);
  assert.equal((await there.run(["oauth", "import", file])).status, 0);
  assert.ok((await storedAt(there, lab.mcpUrl))?.dpopKey);
  assert.equal((await there.run(["tools", "list"])).status, 0);
});

Deno.test("through a pipe: standard output has the file, and a sealed copy is stored", async () => {
  await using lab = await startFakeLab();
  await using here = await openHome();
  await using there = await openHome();
  await here.signIn(lab);
  const exported = await here.run(["oauth", "export", "--to", await recipientOf(there)]);
  assert.equal(exported.status, 0, exported.stderr);
  const [copy] = await Array.fromAsync(Deno.readDir(`${here.path}/exports`));
  assert.equal(await Deno.readTextFile(`${here.path}/exports/${copy?.name}`), exported.stdout);
  assert.match(flat(exported.stderr), /moved the sign-in .* into standard output/);
  const imported = await there.run(["oauth", "import", "-"], { stdin: exported.stdout });
  assert.equal(imported.status, 0, imported.stderr);
});

Deno.test("a passphrase seals the file: from a file, or asked for twice", async () => {
  await using lab = await startFakeLab();
  await using here = await openHome();
  await using there = await openHome();
  await here.signIn(lab);
  const file = `${here.path}/x.age`;
  const secret = "correct horse battery";
  const differ = await here.run(["oauth", "export", lab.mcpUrl, "--out", file], {
    terminal: true,
    answers: [secret, "another horse battery"],
  });
  assert.equal(differ.status, 2);
  assert.match(differ.stderr, /the two passphrases differ/);
  const exported = await here.run(["oauth", "export", lab.mcpUrl, "--out", file], {
    terminal: true,
    answers: [secret, secret],
  });
  assert.equal(exported.status, 0, exported.stderr);
  assert.equal(exported.hiddenQuestions.length, 2);
  assert.match(flat(exported.stdout), /sealed with a passphrase/);
  const wrong = await there.run(["oauth", "import", file], { terminal: true, answers: ["wrong"] });
  assert.equal(wrong.status, 1);
  assert.match(flat(wrong.stderr), /the passphrase is wrong.*transfer_not_opened/);
  const none = await there.run(["oauth", "import", file]);
  assert.deepEqual([none.status, JSON.parse(none.stdout).error.code], [2, "transfer_not_opened"]);
  const passphraseFile = `${here.path}/passphrase`;
  await Deno.writeTextFile(passphraseFile, `${secret}\n`, { mode: 0o600 });
  const ok = await there.run(["oauth", "import", file, "--passphrase-file", passphraseFile]);
  assert.equal(ok.status, 0, ok.stderr);
});

Deno.test("--copy is refused if the refresh token rotates, and the sign-in still works", async () => {
  await using lab = await startFakeLab();
  await using here = await openHome();
  await here.signIn(lab);
  const to = await recipientOf(here);
  const file = `${here.path}/x.age`;
  const args = ["oauth", "export", "--copy", "--to", to, "--out", file];
  const ran = await here.run(args);
  assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [1, "tokens_rotate"]);
  await assert.rejects(Deno.stat(file));
  assert.equal((await here.run(["refresh", lab.mcpUrl])).status, 0);
});

Deno.test("--copy leaves a sign-in whose refresh token does not rotate, with a warning", async () => {
  await using lab = await startLab({ as: { rotateRefreshTokens: false } });
  await using here = await openHome();
  await using there = await openHome();
  await here.signIn(lab);
  const file = `${here.path}/x.age`;
  const to = await recipientOf(there);
  const ran = await here.run(["oauth", "export", "--copy", "--to", to, "--out", file]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(flat(ran.stderr), /did not replace the refresh token this time/);
  assert.equal(JSON.parse(ran.stdout).moved, false);
  assert.equal((await there.run(["oauth", "import", file])).status, 0);
  for (const home of [here, there]) {
    assert.equal((await home.run(["refresh", lab.mcpUrl])).status, 0);
  }
});
