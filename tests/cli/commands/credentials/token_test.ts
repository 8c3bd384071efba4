import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { sequence } from "../../../lab/journal.ts";
import { run } from "../../fake_runtime.ts";
import { flat, openHome } from "../../real_run.ts";

Deno.test("oauth token writes the token and a newline, with no request while it lasts", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  const ran = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.deepEqual([ran.status, ran.stderr], [0, ""]);
  assert.deepEqual(lab.as.accessTokens.map((it) => `${it}\n`), [ran.stdout]);
  assert.equal(lab.requests.length, 0);
});

Deno.test("oauth token renews an expired token, and the next start finds it", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await home.expire(lab);
  lab.requests.length = 0;
  const first = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  const second = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.equal(first.stdout, second.stdout);
  assert.ok(lab.as.accessTokens.includes(first.stdout.trimEnd()));
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
});

Deno.test("--as writes the same token in other forms", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const [token = ""] = lab.as.accessTokens;
  const as = async (form: string) =>
    (await home.run(["oauth", "token", "--url", lab.mcpUrl, "--as", form])).stdout;
  assert.equal(await as("header"), `Authorization: Bearer ${token}\n`);
  assert.equal(await as("env"), `MCPASS_ACCESS_TOKEN=${token}\n`);
  assert.equal(await as("curl"), `header = "Authorization: Bearer ${token}"\n`);
  const document = JSON.parse(await as("json"));
  assert.equal(document.accessToken, token);
  assert.equal(document.issuer, lab.issuer);
  assert.equal("refreshToken" in document, false);
  const other = await home.run(["token", "--url", lab.mcpUrl, "--format", "json"]);
  assert.deepEqual(JSON.parse(other.stdout), document);
  const text = await home.run(["token", "--url", lab.mcpUrl, "--format", "human"]);
  assert.equal(text.stdout, `${token}\n`);
});

Deno.test("--format and --as that ask for different outputs of a token are a usage error", async () => {
  for (const [format, as] of [["json", "curl"], ["human", "json"]] as const) {
    const ran = await run(["token", "https://m.example", "--format", format, "--as", as]);
    assert.equal(ran.status, 2);
    assert.match(
      ran.stderr,
      new RegExp(`--format ${format} and --as ${as} cannot be used together`),
    );
  }
});

Deno.test("--min-validity renews a token that would not last, and fails where none can", async () => {
  await using lab = await startFakeLab({ accessTokenTtl: 100 });
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  const token = (least: string) =>
    home.run(["oauth", "token", "--url", lab.mcpUrl, "--min-validity", least]);
  assert.equal((await token("50000")).status, 0);
  assert.equal(lab.requests.length, 0);
  const ran = await token("200000");
  assert.deepEqual([ran.status, ran.stdout], [1, ""]);
  assert.match(
    flat(ran.stderr),
    /a new token is valid for 100 seconds, but --min-validity requires 200000 ms/,
  );
});

const NOTHING:
  readonly (readonly [name: string, args: readonly string[], status: number, RegExp])[] = [
    ["nothing is stored", [], 4, /Sign in Try: mcpass login https:\/\/none\.example\/mcp/],
    ["another account is asked for", ["--account", "work"], 4, /--account work/],
    ["the store is left alone", ["--no-store"], 4, /nothing is stored/],
    ["a header is asked for", ["--as", "header"], 4, /nothing is stored/],
    ["a flag is not known", ["--frmat", "json"], 2, /unknown option --frmat/],
    ["a value is wrong", ["--as", "yaml"], 2, /must be one of: .*"yaml"/],
  ];

for (const [name, args, status, talk] of NOTHING) {
  Deno.test(`oauth token writes nothing on stdout when ${name}`, async () => {
    await using home = await openHome();
    const ran = await home.run(["oauth", "token", "--url", "https://none.example/mcp", ...args]);
    assert.deepEqual([ran.status, ran.stdout], [status, ""]);
    assert.match(flat(ran.stderr), talk);
  });
}

Deno.test("oauth token --as json writes the error as a document, also for usage errors", async () => {
  await using home = await openHome();
  const asJson = ["oauth", "token", "--url", "https://none.example/mcp", "--as", "json"];
  for (const terminal of [true, false]) {
    const unstored = await home.run([...asJson, "--no-input"], { terminal });
    const { ok, error } = JSON.parse(unstored.stdout);
    assert.deepEqual([unstored.status, ok, error.code], [4, false, "not_signed_in"]);
  }
  const unknown = await home.run([...asJson, "--frmat", "json"]);
  assert.deepEqual([unknown.status, JSON.parse(unknown.stdout).error.code], [2, "unknown_option"]);
});

Deno.test("a refresh that is refused leaves stdout empty and exits 4 with the login command", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--account", "work");
  await home.expire(lab);
  for (const id of lab.as.clients.registered) lab.as.clients.forget(id);
  const ran = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.deepEqual([ran.status, ran.stdout], [4, ""]);
  assert.match(flat(ran.stderr), /mcpass login \S+ --account work --auth-mode headless/);
  assert.deepEqual(await home.store.find(lab.mcpUrl), []);
});

Deno.test("the account that is used without --account is the default one", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const { stdout } = await home.signIn(lab);
  await home.signIn(lab, "--account", "br");
  for (const terminal of [false, true]) {
    const ran = await home.run(["oauth", "token", "--url", lab.mcpUrl], { terminal });
    assert.deepEqual(ran.questions, []);
    assert.equal(ran.stdout, `${JSON.parse(stdout).credentials.accessToken}\n`);
  }
});

Deno.test("several accounts are never mixed: named without a terminal, asked for on one", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const tokens: string[] = [];
  for (const account of ["work", "home"]) {
    const { stdout } = await home.signIn(lab, "--account", account);
    tokens.push(JSON.parse(stdout).credentials.accessToken);
  }
  const args = ["oauth", "token", "--url", lab.mcpUrl];
  const ran = await home.run(args);
  assert.deepEqual([ran.status, ran.stdout], [2, ""]);
  assert.match(flat(ran.stderr), /several accounts .*: "home", "work"/);
  for (const [at, account] of ["work", "home"].entries()) {
    const chosen = await home.run([...args, "--account", account]);
    assert.equal(chosen.stdout, `${tokens[at]}\n`);
  }
  const asked = await home.run(args, { terminal: true, answers: ["home"] });
  assert.equal(asked.questions.length, 1);
  assert.equal(asked.stdout, `${tokens[1]}\n`);
});
