import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { headerOf, sequence } from "../../../lab/journal.ts";
import { storeEngine } from "../../../store/contract/engine.ts";
import { openHome } from "../../real_run.ts";

Deno.test("oauth refresh renews a token that would still last, and shows no secret", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 0, ran.stderr);
  const document = JSON.parse(ran.stdout);
  assert.deepEqual([document.renewed, document.refreshTokenReplaced], [true, true]);
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
  for (const token of lab.as.accessTokens) assert.equal(ran.stdout.includes(token), false);
  if (storeEngine().mode === "file") assert.ok((await Deno.stat(document.where)).isFile);
  const human = await home.run(["refresh", lab.mcpUrl, "--format", "human"]);
  assert.ok(human.stdout.includes(`\nStored in      ${document.where}\n`), human.stdout);
});

Deno.test("oauth refresh without a refresh token is exit 4 and one document", async () => {
  await using lab = await startFakeLab({ refreshTokens: false });
  await using home = await openHome();
  await home.signIn(lab);
  const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 4);
  const { error } = JSON.parse(ran.stdout);
  assert.equal(error.code, "no_refresh_token");
  assert.match(error.remedy, /mcpass login http/);
});

Deno.test("tools list renews an expired token and one that the server refuses, and keeps both", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await home.expire(lab);
  const list = async () => {
    lab.requests.length = 0;
    const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, "--format", "json"]);
    assert.equal(ran.status, 0, ran.stderr);
    return sequence(lab.requests).filter((it) => it.startsWith("as"));
  };
  assert.deepEqual(await list(), ["as POST /token refresh_token"]);
  assert.deepEqual(await list(), []);
  lab.as.expireAccessTokens();
  assert.deepEqual(await list(), ["as POST /token refresh_token"]);
  assert.deepEqual(await list(), []);
});

/** Every secret of the one sign-in at this lab. */
async function secretsAt(home: Awaited<ReturnType<typeof openHome>>, url: string) {
  const [summary] = await home.store.find(url);
  const entry = await home.store.read(summary?.key ?? "");
  return [entry?.tokens?.accessToken, entry?.tokens?.refreshToken, entry?.client.clientSecret]
    .filter((it) => typeof it === "string");
}

const TALKATIVE = [
  ["token", "--min-validity", "2000000000"],
  ["status", "--check"],
  ["refresh"],
  ["logout"],
];

for (const [name = "", ...more] of TALKATIVE) {
  for (const format of ["json", "human"]) {
    Deno.test(`no output of oauth ${name} (${format}) holds a secret, also when a server echoes it`, async () => {
      await using lab = await startFakeLab({
        authMethods: ["client_secret_post"],
        token: (answer, form, request) =>
          form.get("grant_type") === "authorization_code" ? answer : {
            status: 400,
            body: {
              error: "invalid_request",
              error_description: `no: ${request.body} ${headerOf(request, "authorization") ?? ""}`,
            },
          },
        metadata: (document) => ({ ...document, introspection_endpoint: document.token_endpoint }),
      });
      await using home = await openHome();
      await home.signIn(lab);
      const secrets = await secretsAt(home, lab.mcpUrl);
      assert.equal(secrets.length, 3);
      const ran = await home.run([
        ...["oauth", name, ...more, "--url", lab.mcpUrl, "--verbose"],
        ...name === "token" ? [] : ["--format", format],
      ]);
      assert.match(ran.stderr + ran.stdout, /invalid_request|token/);
      for (const secret of secrets) {
        assert.equal((ran.stdout + ran.stderr).includes(secret), false, ran.stdout + ran.stderr);
      }
    });
  }
}
