import assert from "node:assert/strict";
import { dpopCheck } from "../../../../lab/dpop_check.ts";
import { formOf, headerOf, type RecordedRequest } from "../../../../lab/journal.ts";
import { startFakeLab, startLab } from "../../../../lab/shapes.ts";
import { addressAfter, begin, finish, openHome, pendingFiles } from "./begun_logins.ts";

type Requests = readonly { readonly method: string; readonly path: string }[];

function tokenForm(requests: readonly RecordedRequest[]): URLSearchParams {
  const request = requests.find(({ path }) => path === "/token");
  return request === undefined ? new URLSearchParams() : formOf(request);
}

const said = (requests: Requests) => requests.map(({ method, path }) => `${method} ${path}`);

Deno.test("a pending login is finished by another process, which sends the token request alone", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const flags = ["--scopes", "mcp:read", "--account", "work", "--name", "notes"];
  const begun = await begin(home, lab, ...flags);
  assert.equal(begun.issuer, lab.issuer);
  assert.equal(begun.scope, "mcp:read");
  assert.match(begun.handle, /^[\w-]{43}$/);
  const left = Date.parse(begun.expiresAt) - Date.now();
  assert.ok(left > 9 * 60_000 && left <= 10 * 60_000, `${left} ms are left`);

  const address = await addressAfter(begun);
  const before = lab.requests.length;
  const ran = await finish(home, address, begun.handle);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(said(lab.requests.slice(before)), ["POST /token"]);
  const document = JSON.parse(ran.stdout);
  assert.equal(document.registrationStrategy, "dcr");
  assert.equal(document.credentials.scope, "mcp:read");
  const [entry] = await home.store.find(lab.mcpUrl, "work");
  assert.deepEqual([entry?.name, entry?.registeredOnly], ["notes", undefined]);
  assert.deepEqual(entry?.loginFlags, { scopes: "mcp:read" });
  const token = await home.run(["token", "notes"]);
  assert.equal(token.stdout.trim(), document.credentials.accessToken);
});

Deno.test("on a terminal, --finish asks before it replaces a sign-in of the account", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const tokenOf = async () => (await home.run(["token", lab.mcpUrl])).stdout;
  const before = await tokenOf();
  const begun = await begin(home, lab);
  const address = await addressAfter(begun);
  const ask = (...answers: string[]) =>
    finish(home, address, begun.handle, [], { terminal: true, answers });

  lab.requests.length = 0;
  const refused = await ask("no");
  assert.equal(refused.status, 130, refused.stderr);
  assert.match(refused.stderr, /nothing was changed/);
  assert.match(refused.stderr, /you can run this command once more/);
  assert.deepEqual(said(lab.requests), []);
  assert.equal(await tokenOf(), before);
  assert.equal((await ask("yes")).status, 0);
  assert.notEqual(await tokenOf(), before);
});

Deno.test("without a terminal, or with --no-input, --finish replaces a sign-in as a login does", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  for (const [args, setup] of [[[], {}], [["--no-input"], { terminal: true }]] as const) {
    const begun = await begin(home, lab);
    const ran = await finish(home, await addressAfter(begun), begun.handle, args, setup);
    assert.equal(ran.status, 0, ran.stderr);
  }
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

Deno.test("nothing in the files or in the output of --begin, except the handle, is secret", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const trace = `${home.path}/trace.json`;
  const begun = await begin(home, lab, "--debug-out", trace);
  await finish(home, await addressAfter(begun), begun.handle);
  const form = tokenForm(lab.requests);
  const verifier = form.get("code_verifier") ?? "";
  assert.match(verifier, /^[\w-]{43}$/);
  assert.equal(JSON.stringify(begun).includes(verifier), false);
  const artifact = await Deno.readTextFile(trace);
  assert.equal(artifact.includes(begun.handle), false);
  assert.equal(artifact.includes(verifier), false);
});

Deno.test("the record in the store shows neither verifier nor secret, and only the owner can read it", async () => {
  await using lab = await startFakeLab({
    clients: [{ clientId: "given", clientSecret: "canary-client-secret-1234567890" }],
  });
  await using home = await openHome();
  const secret = `${home.path}/secret`;
  await Deno.writeTextFile(secret, "canary-client-secret-1234567890", { mode: 0o600 });
  const begun = await begin(
    home,
    lab,
    ...["--client-id", "given", "--client-secret-file", secret],
    ...["--authorization-server", lab.issuer],
  );
  const [name = "", ...others] = await pendingFiles(home);
  assert.deepEqual(others, []);
  const path = `${home.path}/pending/${name}`;
  const record = await Deno.readTextFile(path);
  const { mode } = await Deno.stat(path);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  await Deno.remove(secret);
  const ran = await finish(home, await addressAfter(begun), begun.handle);
  assert.equal(ran.status, 0, ran.stderr);
  const form = tokenForm(lab.requests);
  const state = new URL(begun.url).searchParams.get("state") ?? "";
  for (const canary of [form.get("code_verifier") ?? "", "canary-client", begun.handle, state]) {
    assert.equal(record.includes(canary), false);
    assert.equal(record.includes(btoa(canary).slice(0, 20)), false);
    assert.equal(name.includes(canary), false);
  }
});

Deno.test("--handle-out writes the handle to a private file, and --finish reads it", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const path = `${home.path}/handle`;
  const ran = await home.run([
    ...["login", lab.mcpUrl, "--begin", "--handle-out", path, "--format", "json"],
    ...["--hide-secrets", "--store", "file"],
  ]);
  const begun = JSON.parse(ran.stdout);
  assert.equal(begun.handle, undefined);
  assert.equal(begun.handleFile, path);
  assert.equal(begun.finish, `mcpass login --store file --finish - --handle @${path}`);
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  const handle = (await Deno.readTextFile(path)).trim();
  assert.equal((ran.stdout + ran.stderr).includes(handle), false);
  const stdin = `${await addressAfter(begun)}\n`;
  const finished = await home.run(
    ["login", "--finish", "-", "--handle", `@${path}`, "--hide-secrets"],
    { stdin },
  );
  assert.equal(finished.status, 0, finished.stderr);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

Deno.test("on a terminal, --begin shows what to do, and --finish asks for address and handle", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run(["login", lab.mcpUrl, "--begin"], { terminal: true });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /\n {2}mcpass login --finish -\n/);
  assert.match(ran.stdout, new RegExp(`\\n {2}mcpass oauth wait ${lab.mcpUrl}\\n`));
  const [, url = ""] = /\n(http\S+\/authorize\?\S+)\n/.exec(ran.stdout) ?? [];
  const [, handle = ""] = /Handle +(\S+)/.exec(ran.stdout) ?? [];
  const redirectUrl = new URL(url).searchParams.get("redirect_uri") ?? "";
  const address = await addressAfter({ url, redirectUrl });
  const answers = [address, handle];
  const finished = await home.run(["login", "--finish", "-"], { terminal: true, answers });
  assert.equal(finished.status, 0, finished.stderr);
  assert.equal(finished.hiddenQuestions.length, 2);
  assert.match(finished.stdout, /signed in|Signed in/);
});

Deno.test("a key of the first process binds the token in the second one", async () => {
  await using lab = await startLab({
    as: { dpop: "nonce" },
    protection: { dpop: dpopCheck({}) },
  });
  await using home = await openHome();
  const begun = await begin(home, lab);
  assert.notEqual(new URL(begun.url).searchParams.get("dpop_jkt"), null);
  const ran = await finish(home, await addressAfter(begun), begun.handle, ["--verify-tools"]);
  assert.equal(ran.status, 0, ran.stderr);
  const document = JSON.parse(ran.stdout);
  assert.equal(document.credentials.tokenType, "DPoP");
  assert.equal(document.verification.listTools.passed, true);
  const sent = lab.requests.filter(({ path }) => path === "/token");
  assert.ok(sent.every((request) => headerOf(request, "dpop") !== undefined));
});

Deno.test("a pushed request says until when its page must be opened", async () => {
  await using lab = await startLab({ as: { par: "required" } });
  await using home = await openHome();
  const begun = await begin(home, lab, "--scopes", "mcp:read");
  const urlExpiresAt = Date.parse(Reflect.get(begun, "urlExpiresAt"));
  assert.ok(urlExpiresAt <= Date.parse(begun.expiresAt));
  assert.equal(new URL(begun.url).searchParams.has("state"), false);
  const ran = await finish(home, await addressAfter(begun), begun.handle);
  assert.equal(ran.status, 0, ran.stderr);
});

Deno.test("the next --begin uses the registered client again", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await begin(home, lab);
  const begun = await begin(home, lab);
  assert.equal(said(lab.requests).filter((it) => it === "POST /register").length, 1);
  assert.equal((await finish(home, await addressAfter(begun), begun.handle)).status, 0);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

Deno.test("a page of the organization can be the redirect URI", async () => {
  const redirectUrl = "https://sign-in.example/done";
  await using lab = await startFakeLab({
    clients: [{ clientId: "given", redirectUris: [redirectUrl] }],
  });
  await using home = await openHome();
  const begun = await begin(
    home,
    lab,
    ...["--client-id", "given", "--redirect-url", redirectUrl],
    ...["--authorization-server", lab.issuer],
  );
  assert.equal(begun.redirectUrl, redirectUrl);
  assert.equal((await finish(home, await addressAfter(begun), begun.handle)).status, 0);
});

Deno.test("--handle-out does not replace the handle of another login", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const path = `${home.path}/handle`;
  const command = ["login", lab.mcpUrl, "--begin", "--handle-out", path];
  assert.equal((await home.run(command)).status, 0);
  const handle = await Deno.readTextFile(path);
  lab.requests.length = 0;
  const again = await home.run(command);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /may\s+have the handle of a pending login/);
  assert.equal(await Deno.readTextFile(path), handle);
  assert.equal(lab.requests.length, 0);
  await Deno.remove(path);
  assert.equal((await home.run(command)).status, 0);
});

Deno.test("the next commands of a login, a wait, a status and a failure name the same store", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const store = ["--store", "file"];
  const next = async (args: string[]) => {
    const ran = await home.run([...args, ...store]);
    return /^ *(?:Try: )? *(mcpass .*)$/m.exec(ran.stdout + ran.stderr)?.[1];
  };
  assert.match(`${await next(["token", lab.mcpUrl])}`, /^mcpass login http\S+ --store file$/);
  await home.signIn(lab, ...store, "--name", "main");
  for (const command of ["status", "oauth wait"]) {
    assert.match(
      `${await next([...command.split(" "), "main", "--format", "human"])}`,
      / main --store file$/,
      command,
    );
  }
});
