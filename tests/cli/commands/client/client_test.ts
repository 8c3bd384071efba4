import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { headerOf } from "../../../lab/journal.ts";
import type { Answer } from "../../../lab/scripted_server.ts";
import { startLab } from "../../../lab/shapes.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

async function client(home: Home, url: string, ...words: string[]) {
  const ran = await home.run(["oauth", "client", ...words, "--url", url, "--format", "json"]);
  return { ...ran, document: JSON.parse(ran.stdout) };
}

async function keptToken(home: Home, url: string): Promise<string> {
  const [summary] = await home.store.find(url);
  const entry = await home.store.read(summary?.key ?? "");
  return entry?.client.registrationToken ?? "";
}

Deno.test("a registration is shown, updated with what was there, and deleted; each new token is kept", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  await home.signIn(lab);
  const first = await keptToken(home, lab.mcpUrl);
  assert.notEqual(first, "");
  const status = await home.run(["oauth", "status", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(JSON.parse(status.stdout).entries[0].registrationManaged, true);

  const shown = await client(home, lab.mcpUrl, "show");
  assert.equal(shown.status, 0, shown.stderr);
  assert.equal(shown.document.metadata.client_name, "mcpass");
  assert.equal(shown.stdout.includes(first), false);

  lab.requests.length = 0;
  const updated = await client(
    home,
    lab.mcpUrl,
    ...[
      "update",
      "--client-name",
      "Renamed",
      "--metadata",
      '{"client_uri":"https://tool.example"}',
    ],
  );
  assert.equal(updated.status, 0, updated.stdout);
  assert.deepEqual(lab.requests.map((it) => it.method), ["GET", "PUT"]);
  const [, put] = lab.requests;
  const body = JSON.parse(put?.body ?? "{}");
  assert.equal(headerOf(put ?? { headers: [] }, "authorization"), `Bearer ${first}`);
  for (
    const name of ["registration_access_token", "registration_client_uri", "client_id_issued_at"]
  ) {
    assert.equal(name in body, false, name);
  }
  assert.deepEqual(body.redirect_uris, shown.document.metadata.redirect_uris);
  assert.deepEqual(
    [updated.document.metadata.client_name, updated.document.metadata.client_uri],
    ["Renamed", "https://tool.example"],
  );
  assert.ok(updated.document.changed.includes("client_name"));
  const second = await keptToken(home, lab.mcpUrl);
  assert.equal(updated.document.registrationTokenReplaced, second !== first);

  // What was replaced is used: by another login, which keeps it, and by the next command.
  await home.signIn(lab);
  assert.equal(await keptToken(home, lab.mcpUrl), second);
  const removed = await client(
    home,
    lab.mcpUrl,
    ...["update", "--metadata", '{"client_uri":null}'],
  );
  assert.equal(removed.status, 0, removed.stdout);
  assert.equal("client_uri" in removed.document.metadata, false);
  const sent = lab.requests.findLast((request) => request.method === "PUT");
  assert.equal("client_uri" in JSON.parse(sent?.body ?? ""), false);

  lab.requests.length = 0;
  const deleted = await client(home, lab.mcpUrl, "delete");
  assert.equal(deleted.status, 0, deleted.stdout);
  assert.deepEqual(lab.requests.map((it) => it.method), ["DELETE"]);
  assert.deepEqual(await home.store.find(lab.mcpUrl), []);
  const texts = [shown, updated, removed, deleted].map((it) => it.stdout + it.stderr).join("");
  for (const token of [first, second]) assert.equal(texts.includes(token), false);
});

/** A server whose registrations can be managed, as this test says. */
async function managed(answers: Readonly<Record<string, (body: string) => Answer>>) {
  const lab = await startFakeLab({
    registrationResponse: ({ status, body }) => ({
      status,
      body: {
        ...body,
        registration_access_token: "canary-registration-token",
        registration_client_uri: `${lab.issuer}/manage`,
      },
    }),
  });
  for (const [method, answer] of Object.entries(answers)) {
    lab.asServer.routes[`${method} /manage`] = (request) => answer(request.body);
  }
  return lab;
}

Deno.test("a token that is replaced by reading is kept before the update that fails", async () => {
  let id = "";
  await using lab = await managed({
    GET: () => ({ body: { client_id: id, registration_access_token: "canary-second-token" } }),
    PUT: () => ({ status: 400, body: { error: "invalid_client_metadata" } }),
  });
  await using home = await openHome();
  await home.signIn(lab);
  id = lab.as.clients.registered[0] ?? "";
  const ran = await client(home, lab.mcpUrl, "update", "--client-name", "x");
  assert.deepEqual([ran.status, ran.document.error.code], [1, "client_management_refused"]);
  assert.match(ran.document.error.message, /updating .* HTTP 400 .*"invalid_client_metadata"/);
  const put = lab.requests.find((it) => it.method === "PUT");
  assert.equal(headerOf(put ?? { headers: [] }, "authorization"), "Bearer canary-second-token");
  assert.equal(await keptToken(home, lab.mcpUrl), "canary-second-token");
  assert.equal((ran.stdout + ran.stderr).includes("canary-"), false);
});

Deno.test("with a credentials file the next line names the file", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const file = `${home.path}/my file.json`;
  assert.equal((await home.signIn(lab, "--no-store", "--credentials-out", file)).status, 0);
  const kept = `--credentials-file '${file}'`;
  const flags = `--url ${lab.mcpUrl} ${kept}`;
  const rows = [
    [["oauth", "refresh"], `mcpass tools list ${lab.mcpUrl} ${kept}\n`],
    [
      ["oauth", "client", "show"],
      `mcpass oauth client update ${flags} --client-name '<name>'\n`,
    ],
    [
      ["oauth", "client", "update", "--client-name", "x"],
      `mcpass oauth client show ${flags}\n`,
    ],
    [["tools", "list"], `mcpass tools call ${lab.mcpUrl} '<tool>' '<name>=<value>' ${kept}\n`],
    [["server", "doctor"], `mcpass tools list ${lab.mcpUrl} ${kept}\n`],
  ] as const;
  for (const [words, end] of rows) {
    const ran = await home.run([
      ...[...words, "--url", lab.mcpUrl, "--credentials-file", file],
      ...["--format", "human"],
    ]);
    assert.ok(ran.stdout.endsWith(end), `${ran.stdout}${ran.stderr}`);
  }
});

Deno.test("renewing and every change of a registration end with what to run next", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  await home.signIn(lab, "--account", "work");
  const name = `localhost-${new URL(lab.mcpUrl).port}-work`;
  const rows = [
    [
      ["tools", "list"],
      `Call one of them:\n  mcpass tools call ${name} '<tool>' '<name>=<value>'\n`,
    ],
    [["server", "doctor"], `Use it:\n  mcpass tools list ${name}\n`],
    [["oauth", "refresh"], `Use it:\n  mcpass tools list ${name}\n`],
    [
      ["oauth", "client", "show"],
      `Change it:\n  mcpass oauth client update --url ${name} --client-name '<name>'\n`,
    ],
    [
      ["oauth", "client", "update", "--client-name", "x"],
      `\n  mcpass oauth client show --url ${name}\n`,
    ],
    [
      ["oauth", "client", "delete"],
      /Sign in again:\n {2}mcpass login \S+ --account work .*\n$/,
    ],
  ] as const;
  for (const [words, end] of rows) {
    const ran = await home.run([
      ...[...words, "--url", lab.mcpUrl, "--account", "work", "--format", "human"],
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    if (typeof end === "string") assert.ok(ran.stdout.endsWith(end), ran.stdout);
    else assert.match(ran.stdout, end);
  }
});

Deno.test("neither names nor values of a record move the cursor", async () => {
  let id = "";
  const hostile = "\u001b]0;x\u0007\u202e";
  await using lab = await managed({
    GET: () => ({ body: { client_id: id, [`a${hostile}`]: 1, b: hostile, c: { [hostile]: 1 } } }),
  });
  await using home = await openHome();
  await home.signIn(lab);
  id = lab.as.clients.registered[0] ?? "";
  const ran = await home.run(["oauth", "client", "show", "--url", lab.mcpUrl, "--format", "human"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /^a\\x1b\]0;x\\x07\\u202e +1$/m);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(ran.stdout + ran.stderr, /[\u001b\u0007\u202e]/);
});

const REFUSALS: readonly (readonly [status: number, words: RegExp])[] = [
  [401, /was replaced, or the client was deleted/],
  [403, /does not allow this client deleting/],
  [404, /the registration no longer exists/],
  [405, /does not offer deleting of registrations/],
];

for (const [status, words] of REFUSALS) {
  Deno.test(`a deletion answered ${status} is explained, and the sign-in stays`, async () => {
    await using lab = await managed({ DELETE: () => ({ status }) });
    await using home = await openHome();
    await home.signIn(lab);
    const ran = await client(home, lab.mcpUrl, "delete");
    assert.deepEqual([ran.status, ran.document.error.code], [1, "client_management_refused"]);
    assert.match(ran.document.error.message, words);
    assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
  });
}

Deno.test("a redirect of the management endpoint is not followed with the token", async () => {
  await using other = await startFakeLab();
  await using lab = await managed({
    GET: () => ({ status: 307, headers: [["location", `${other.issuer}/manage`]] }),
  });
  await using home = await openHome();
  await home.signIn(lab);
  const ran = await client(home, lab.mcpUrl, "show");
  assert.equal(ran.document.error.code, "redirect_refused");
  assert.deepEqual(other.requests, []);
});

Deno.test("the record of another client is not taken", async () => {
  await using lab = await managed({ GET: () => ({ body: { client_id: "somebody-else" } }) });
  await using home = await openHome();
  await home.signIn(lab);
  const ran = await client(home, lab.mcpUrl, "show");
  assert.equal(ran.document.error.code, "client_management_answer_invalid");
});

for (
  const [name, given, words] of [
    ["an unsafe address", { registration_client_uri: "http://as.example/1" }, /not https/],
    ["no address", { registration_client_uri: undefined }, /has no registration_client_uri/],
  ] as const
) {
  Deno.test(`a registration with ${name} is warned about, and its token goes nowhere`, async () => {
    await using lab = await startFakeLab({
      registrationResponse: ({ status, body }) => ({
        status,
        body: { ...body, registration_access_token: "canary-token", ...given },
      }),
    });
    await using home = await openHome();
    const { stdout } = await home.signIn(lab);
    const finding = JSON.parse(stdout).findings.find((it: { code: string }) =>
      it.code === "registration_management_unusable"
    );
    assert.match(finding?.message ?? "", words);
    const ran = await client(home, lab.mcpUrl, "show");
    assert.deepEqual([ran.status, ran.document.error.code], [1, "registration_not_manageable"]);
  });
}

Deno.test("a client of the person's own is not managed from here", async () => {
  await using lab = await startFakeLab({ clients: [{ clientId: "own" }] });
  await using home = await openHome();
  await home.signIn(lab, "--client-id", "own");
  const ran = await client(home, lab.mcpUrl, "show");
  assert.match(ran.document.error.message, /"own" .* mcpass did not register it/);
});

const WRONG: readonly (readonly [words: readonly string[], status: number, code: string])[] = [
  [[], 2, "missing_options"],
  [["remove"], 2, "unexpected_argument"],
  [["show", "delete"], 2, "unexpected_argument"],
  [["update"], 2, "missing_options"],
  [["show", "--client-name", "x"], 2, "impossible_combination"],
  [["update", "--metadata", "[]"], 2, "json_invalid"],
  [["show"], 4, "not_signed_in"],
];

for (const [words, status, code] of WRONG) {
  Deno.test(`oauth client ${words.join(" ")}, where nothing is kept: ${code}`, async () => {
    await using home = await openHome();
    const ran = await client(home, "https://server.example/mcp", ...words);
    assert.deepEqual([ran.status, ran.document.error.code], [status, code], ran.stdout);
  });
}

Deno.test("a credentials file keeps the access to the registration, and what replaces it", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const file = `${home.path}/credentials.json`;
  await home.signIn(lab, "--credentials-out", file);
  const token = async () => JSON.parse(await Deno.readTextFile(file)).registrationAccessToken;
  const first = await token();
  const ran = await client(
    home,
    lab.mcpUrl,
    ...["update", "--client-name", "Filed", "--credentials-file", file],
  );
  assert.equal(ran.status, 0, ran.stdout);
  assert.equal(ran.document.registrationTokenReplaced, await token() !== first);
  const again = await client(home, lab.mcpUrl, "show", "--credentials-file", file);
  assert.equal(again.document.metadata.client_name, "Filed");
});

Deno.test("logout --unregister revokes, then deletes the registration, then what is kept", async () => {
  await using lab = await startLab({ as: { accessTokens: "opaque" } });
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  const logout = ["oauth", "logout", "--url", lab.mcpUrl, "--unregister"];
  const ran = await home.run([...logout, "--format", "json"]);
  assert.equal(ran.status, 0, ran.stdout);
  assert.deepEqual(lab.requests.map((it) => it.method), ["POST", "POST", "DELETE"]);
  const { signedOut: [ended] } = JSON.parse(ran.stdout);
  assert.deepEqual([ended.unregistered, ended.revoked], [
    true,
    { refreshToken: true, accessToken: true },
  ]);
  assert.deepEqual(await home.store.find(lab.mcpUrl), []);
  await home.signIn(lab);
  const human = await home.run([...logout, "--format", "human"]);
  assert.match(flat(human.stdout), / revoked, client unregistered, sign-in deleted/);
});

Deno.test("a registration that cannot be deleted is a failure that names it; what is kept goes", async () => {
  await using lab = await managed({ DELETE: () => ({ status: 405 }) });
  await using home = await openHome();
  await home.signIn(lab);
  const ran = await home.run([
    ...["oauth", "logout", "--url", lab.mcpUrl, "--unregister", "--format", "json"],
  ]);
  assert.equal(ran.status, 1);
  const { error, signedOut: [ended] } = JSON.parse(ran.stdout);
  assert.equal(error.code, "unregister_failed");
  assert.equal(ended.unregistered, false);
  assert.match(ended.findings[0].message, /does not offer deleting of registrations/);
  assert.deepEqual(await home.store.find(lab.mcpUrl), []);
});

Deno.test("logout --unregister leaves a client of the person's own where it is", async () => {
  await using lab = await startFakeLab({ clients: [{ clientId: "own" }] });
  await using home = await openHome();
  await home.signIn(lab, "--client-id", "own");
  const ran = await home.run([
    ...["oauth", "logout", "--url", lab.mcpUrl, "--unregister", "--format", "json"],
  ]);
  assert.equal(ran.status, 0);
  assert.equal(JSON.parse(ran.stdout).signedOut[0].unregistered, null);
});
