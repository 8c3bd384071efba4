import assert from "node:assert/strict";
import { startFakeLab, startLab } from "../../../lab/shapes.ts";
import { guided } from "../../guided_login.ts";
import { flat, openHome } from "../../real_run.ts";

const FIXED = "http://127.0.0.1/callback";
const AGAIN = ["login", "work", "--auth-mode", "headless"];

Deno.test("login with a name uses the options of its sign-in, says so, and stores them again", async () => {
  await using lab = await startFakeLab({ resourceParameter: "refused" });
  await using home = await openHome();
  const options = ["--name", "work", "--resource", "none", "--client-name", "Nightly job"];
  await home.signIn(lab, ...options, "--account", "ada", "--authorize-param", "prompt=login");
  for (let time = 0; time < 2; time++) {
    lab.requests.length = 0;
    const ran = await home.run(AGAIN, { terminal: true });
    assert.equal(ran.status, 0, ran.stderr);
    const asked = lab.requests.find(({ path }) => path === "/authorize");
    assert.equal(asked?.query.get("prompt"), "login");
    assert.equal(asked?.query.has("resource"), false);
    assert.match(
      flat(ran.stderr),
      /As in the last sign-in to work: --resource none --client-name 'Nightly job' --authorize-param prompt=login/,
    );
    const [entry, ...others] = await home.store.find(lab.mcpUrl);
    assert.deepEqual([entry?.account, entry?.name, others], ["ada", "work", []]);
    assert.deepEqual(entry?.relaxations, { resource: "none" });
    assert.equal(entry?.loginFlags?.["clientName"], "Nightly job");
  }
});

Deno.test("an option of the command line wins over a stored one, and over those it excludes", async () => {
  await using lab = await startLab({
    as: { clients: [{ clientId: "public-1", redirectUris: [FIXED] }] },
  });
  await using home = await openHome();
  await home.signIn(lab, "--name", "work", "--client-id", "public-1", "--scopes", "mcp:read");
  const ran = await home.run([...AGAIN, "--registration", "dcr", "--scopes", "mcp:write"]);
  assert.equal(ran.status, 0, ran.stderr);
  const asked = lab.requests.findLast(({ path }) => path === "/auth");
  assert.equal(asked?.query.get("scope"), "mcp:write");
  assert.notEqual(asked?.query.get("client_id"), "public-1");
  assert.doesNotMatch(ran.stderr, /public-1.*mcp:read|As in/);
});

Deno.test("a stored client secret is used again, at its issuer, and is not printed", async () => {
  await using lab = await startLab({
    as: {
      clients: [{ clientId: "conf-1", clientSecret: "canary-secret", redirectUris: [FIXED] }],
    },
  });
  await using home = await openHome();
  const env = { MCPASS_CLIENT_SECRET: "canary-secret" };
  const login = ["login", lab.mcpUrl, "--name", "work", "--auth-mode", "headless"];
  const first = await home.run([...login, "--client-id", "conf-1"], { env });
  assert.equal(first.status, 0, first.stderr);
  const ran = await home.run(AGAIN);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).credentials.clientId, "conf-1");
  assert.match(flat(ran.stderr), /--client-id conf-1 --authorization-server /);
  assert.equal((ran.stderr + ran.stdout).includes("canary-secret"), false);
  const other = await home.run([...AGAIN, "--client-id", "nobody", "--format", "json"]);
  assert.equal(other.status, 1);
  const sent = lab.requests.filter(({ body }) => JSON.stringify(body ?? "").includes("canary"));
  assert.ok(sent.every(({ body }) => !JSON.stringify(body).includes("nobody")));
});

Deno.test("a URL instead of the name begins with no stored option", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--name", "work", "--authorize-param", "prompt=login");
  await home.signIn(lab);
  const asked = lab.requests.findLast(({ path }) => path === "/authorize");
  assert.equal(asked?.query.has("prompt"), false);
});

Deno.test("no option and no relaxation of a stored sign-in reaches another server", async () => {
  await using other = await startLab();
  await using lab = await startFakeLab({ resourceParameter: "optional" });
  await using home = await openHome();
  const options = ["--resource", "none", "--authorize-param", "prompt=login"];
  await home.signIn(lab, "--name", "work", ...options);
  await lab.mcp.close();
  const ran = await guided(home, ["login", "work", "--print-url"], ["url", other.mcpUrl, "yes"]);
  assert.equal(ran.status, 0, ran.stderr);
  const asked = ran.sent[0]?.url.searchParams;
  assert.deepEqual([asked?.get("resource"), asked?.has("prompt")], [other.mcpUrl, false]);
  assert.deepEqual((await home.store.find(other.mcpUrl))[0]?.relaxations, {});
});

Deno.test("a relaxation that was typed for one server is not used at another one", async () => {
  await using other = await startLab();
  await using home = await openHome();
  const args = ["login", "http://127.0.0.1:1/mcp", "--resource", "none"];
  const ran = await guided(home, args, ["url", other.mcpUrl, "yes"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.sent[0]?.url.searchParams.get("resource"), other.mcpUrl);
  assert.doesNotMatch(/Equivalent command:\n(.*)/.exec(ran.stderr)?.[1] ?? "", /--resource/);
});

Deno.test("a stored sign-in that is chosen from the list is repeated with its options", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--name", "work", "--authorize-param", "prompt=login");
  const ran = await guided(home, ["login", "--auth-mode", "interactive"], ["work", "yes"]);
  assert.deepEqual(ran.offered[0], ["work", "\0other"], ran.stderr);
  assert.match(flat(ran.stderr), /As in the last sign-in to work: .*prompt=login/);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.sent[0]?.url.searchParams.get("prompt"), "login");
});
