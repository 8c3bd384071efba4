import assert from "node:assert/strict";
import type { BeforeExit } from "../../../../src/core/system.ts";
import { ROOT } from "../../../../scripts/shell.ts";
import { get } from "../../../consent/support.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../../lab/fake_lab.ts";
import { openBrowser } from "../../../lab/person.ts";
import { guided } from "../../guided_login.ts";
import { openHome } from "../../real_run.ts";

/** Text of a stream, as far as it was read. */
function reading(stream: ReadableStream<Uint8Array>) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    /** Reads until `isEnough`, or to the end. */
    async until(isEnough: (text: string) => boolean = () => false): Promise<string> {
      while (!isEnough(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
      return text;
    },
  };
}

function isDocument(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Signs in by a browser; returns when the program has printed its document, and still runs. */
async function signIn(prepare = (_lab: FakeLab) => {}, options: FakeLabOptions = {}) {
  const lab = await startFakeLab(options);
  prepare(lab);
  const home = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", `${ROOT}main.ts`, "oauth", "login", "--print-url"],
      ...["--url", lab.mcpUrl, "--format", "json"],
    ],
    env: { MCPASS_HOME: home, MCPASS_STORE: "file", DENO_SERVE_ADDRESS: "tcp:0.0.0.0:1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = reading(child.stdout);
  const stderr = reading(child.stderr);
  const shown = await stderr.until((text) => /\/authorize\?\S+\n/.test(text));
  const [authorizationUrl = ""] = /http\S+\/authorize\?[^\s"]+/.exec(shown) ?? [];
  const page = await openBrowser().visit(authorizationUrl);
  const document = JSON.parse(await stdout.until(isDocument));
  return {
    child,
    page,
    document,
    /** Requests the callback again, with changes to its query. */
    async callback(changes: Readonly<Record<string, string>> = {}): Promise<string> {
      const url = new URL(page.url);
      for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
      return await get(Number(url.port), url.pathname + url.search);
    },
    /** Waits for the end, and says what the program wrote after its document. */
    async end(): Promise<{ readonly code: number; readonly more: string }> {
      const text = await stdout.until();
      const [{ code }] = await Promise.all([child.status, stderr.until()]);
      await lab.close();
      await Deno.remove(home, { recursive: true });
      await assert.rejects(Deno.connect({ port: Number(new URL(page.url).port) }));
      return { code, more: text.slice(JSON.stringify(document, null, 2).length).trim() };
    },
  };
}

Deno.test("a callback that the browser loads twice shows the result after it was printed", async () => {
  const login = await signIn();
  assert.match(login.page.body, /Signed in/);
  assert.equal(login.document.completed, true);
  for (const changes of [{}, { code: "other" }, { state: "other" }]) {
    assert.match(await login.callback(changes), /^HTTP\/1\.1 200 [^]*Signed in/);
  }
  assert.deepEqual(await login.end(), { code: 0, more: "" });
});

Deno.test("a login that failed after the callback shows that, too", async () => {
  const login = await signIn((lab) => {
    lab.asServer.routes["POST /token"] = { status: 400, body: '{"error":"invalid_grant"}' };
  });
  assert.match(login.page.body, /Sign-in failed/);
  assert.match(await login.callback(), /Sign-in failed/);
  assert.deepEqual(await login.end(), { code: 1, more: "" });
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} after the result ends the program with the status of its login`, async () => {
    const login = await signIn();
    assert.match(await login.callback(), /Signed in/);
    login.child.kill(signal);
    assert.deepEqual(await login.end(), { code: 0, more: "" });
  });
}

Deno.test("only a login by a browser has something to do before the program ends", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const login = ["oauth", "login", "--url", lab.mcpUrl, "--format", "json"];
  const modes = [["--auth-mode", "headless"], ["--print-url", "--dry-run"]];
  for (const mode of modes) {
    const beforeExit: BeforeExit = [];
    const ran = await home.run([...login, ...mode], { beforeExit });
    assert.equal(ran.status, 0, ran.stdout);
    assert.deepEqual(beforeExit, []);
  }
});

Deno.test("the page shows the name of the client, as the server registered it", async () => {
  const login = await signIn();
  const { clientId } = login.document.credentials;
  assert.ok(login.page.body.includes(`<dt>Client</dt><dd>mcpass (${clientId})</dd>`));
  await login.end();
  const renamed = await signIn(undefined, {
    registrationResponse: ({ body }) => ({
      status: 201,
      headers: [["content-type", "application/json"]],
      body: JSON.stringify({ ...body, client_name: "mcpass <b>\u001b[1m of Ada" }),
    }),
  });
  assert.match(
    renamed.page.body,
    /<dt>Client<\/dt><dd>mcpass &lt;b&gt;[^<]*\[1m of Ada \(/,
  );
  await renamed.end();
});

Deno.test("a later login with the same client knows its name", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const names: (string | undefined)[] = [];
  const args = ["login", lab.mcpUrl, "--format", "json"];
  const withName = (ran: Awaited<ReturnType<typeof guided>>) => names.push(...ran.clientNames);
  withName(await guided(home, [...args, "--client-name", "Nightly job"], []));
  withName(await guided(home, args, []));
  assert.deepEqual(names, ["Nightly job", "Nightly job"]);
  assert.equal(lab.requests.filter(({ path }) => path === "/register").length, 1);
});
