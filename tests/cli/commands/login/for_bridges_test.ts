import assert from "node:assert/strict";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../../lab/fake_lab.ts";
import { openBackgroundHome, visit } from "./background_logins.ts";

const count = ({ requests }: FakeLab, method: string, path: string) =>
  requests.filter((it) => it.method === method && it.path === path).length;

const tokenRequests = (lab: FakeLab) => count(lab, "POST", "/token");

async function openLab(options: FakeLabOptions = {}) {
  const lab = await startFakeLab(options);
  const home = await openBackgroundHome(lab);
  return {
    lab,
    home,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await lab.close();
    },
  };
}

Deno.test("a background login opens its start page, and stores the sign-in", async () => {
  await using both = await openLab();
  const { lab, home } = both;
  const login = home.login();
  await home.opened(1);
  const [tab = ""] = home.tabs;
  assert.match(tab, /^http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]{43}$/);
  const waiting = await home.reached("waiting");
  assert.equal(waiting.startUrl, tab);
  assert.deepEqual([waiting.tab, waiting.account], ["opened", "default"]);
  assert.equal(waiting.serverUrl, lab.mcpUrl);

  const page = await visit(tab);
  assert.match(page.body, /The programs that waited for the sign-in continue/);
  const { status, stdout } = await login.ended;
  assert.equal(status, 0);
  assert.match(stdout, /"accessToken": null/);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
  assert.equal(home.files.readStatus()?.state, "signed_in");
  assert.equal(await home.files.readPending(), undefined);
});

Deno.test("a login that is killed after the tab is finished by the next one, at the same port", async () => {
  await using both = await openLab();
  const { lab, home } = both;
  const first = home.login();
  await home.opened(1);
  first.kill();
  await first.ended;
  assert.equal(home.files.readStatus()?.state, "waiting");

  const second = home.login();
  await visit(home.tabs[0] ?? "");
  assert.equal((await second.ended).status, 0);
  assert.equal(home.tabs.length, 1);
  assert.equal(tokenRequests(lab), 1);
  assert.equal(count(lab, "POST", "/register"), 1);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

Deno.test("two logins of one account: the second one waits, and finds nothing to do", async () => {
  await using both = await openLab();
  const { lab, home } = both;
  const first = home.login();
  await home.opened(1);
  const second = home.login();
  await visit(home.tabs[0] ?? "");
  assert.deepEqual([(await first.ended).status, (await second.ended).status], [0, 0]);
  assert.equal(home.tabs.length, 1);
  assert.equal(tokenRequests(lab), 1);
});

Deno.test("a sign-in in a terminal ends the background login", async () => {
  await using both = await openLab();
  const { lab, home } = both;
  const login = home.login();
  await home.opened(1);
  await home.signIn(lab);
  await login.ended;
  assert.equal(home.files.readStatus()?.state, "signed_in");
  assert.equal(await home.files.readPending(), undefined);
});

Deno.test("a sign-in after the clock was set back ends the background login too", async () => {
  await using both = await openLab();
  const { lab, home } = both;
  await home.signIn(lab);
  const login = home.login();
  await home.opened(1);
  const yesterday = Date.now() - 24 * 3_600_000;
  await home.run(["login", "--url", lab.mcpUrl, "--auth-mode", "headless"], {
    now: () => yesterday,
  });
  await login.ended;
  assert.equal(home.files.readStatus()?.state, "signed_in");
});

Deno.test("after a refusal, the status says until when bridges open no tab", async () => {
  let denies = false;
  await using both = await openLab({
    authorizationResponse: ({ state = "", iss = "", ...rest }) =>
      denies ? { error: "access_denied", state, iss } : { state, iss, ...rest },
  });
  const { home } = both;
  const login = home.login();
  await home.opened(1);
  denies = true;
  await visit(home.tabs[0] ?? "");
  assert.equal((await login.ended).status, 1);
  const { state, code, cooldownUntil = "" } = home.files.readStatus() ?? {};
  assert.deepEqual([state, code], ["refused", "authorization_error"]);
  assert.ok(Date.parse(cooldownUntil) > Date.now() + 4 * 60_000);
  assert.equal(await home.files.readPending(), undefined);
});

Deno.test("without a tab: the start page waits for a person to open it", async () => {
  await using both = await openLab();
  const { home } = both;
  const login = home.login("--no-browser");
  const { startUrl = "", tab } = await home.reached("waiting");
  assert.equal(tab, "not_opened");
  await visit(startUrl);
  assert.equal((await login.ended).status, 0);
  assert.deepEqual(home.tabs, []);
});

Deno.test("the start page: a browser reads it, each URL works once, and only at this host by GET", async () => {
  await using both = await openLab();
  const { lab, home } = both;
  const login = home.login("--no-browser", "--scopes", "mcp:read");
  const { startUrl = "" } = await home.reached("waiting");
  const { host } = new URL(startUrl);
  const get = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, { redirect: "manual", ...init });
    return { response, body: await response.text() };
  };
  for (const method of ["POST", "PUT", "HEAD"]) {
    assert.equal((await get(startUrl, { method })).response.status, 405);
  }
  const wrongHost = await get(startUrl.replace("127.0.0.1", "localhost"));
  assert.equal(wrongHost.response.status, 421);
  assert.equal((await get(`http://${host}/start/x`)).response.status, 404);

  const { response, body } = await get(startUrl, { headers: { "sec-fetch-mode": "navigate" } });
  assert.equal(response.status, 200);
  assert.match(
    response.headers.get("refresh") ?? "",
    /^2; url=http:\/\/127\.0\.0\.1:\d+\/authorize/,
  );
  for (const fact of [lab.mcpUrl, "default", "mcp:read", `${lab.issuer}/authorize`]) {
    assert.ok(body.includes(`<dd>${fact}</dd>`), fact);
  }
  assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);

  const again = await get(startUrl);
  assert.equal(again.response.status, 409);
  const [, next = ""] = /<a href="([^"]+)"/.exec(again.body) ?? [];
  assert.notEqual(`http://${host}${next}`, startUrl);
  await visit(`http://${host}${next}`);
  assert.equal((await login.ended).status, 0);
});

Deno.test("a sign-in by another mode than a browser ends at once, and the status says why", async () => {
  await using both = await openLab();
  const { home } = both;
  const { ended } = home.login("--auth-mode", "device");
  assert.equal((await ended).status, 4);
  const { state, message = "" } = home.files.readStatus() ?? {};
  assert.equal(state, "failed");
  assert.match(message, /--auth-mode device/);
});
