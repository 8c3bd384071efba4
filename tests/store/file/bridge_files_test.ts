import assert from "node:assert/strict";
import {
  type BridgeFilesOptions,
  openBridgeFiles,
  type PendingLogin,
} from "../../../src/store/file/bridge_files.ts";
import { fakeKeyring, makeHome, noKeyring } from "../support.ts";
import { envOf } from "../entries.ts";

const VERIFIER = "canary-code-verifier";

const PENDING: PendingLogin = {
  authorization: {
    issuer: "https://as.example",
    issParameter: true,
    state: "canary-state",
    codeVerifier: VERIFIER,
    codeChallenge: "x",
    redirectUri: "http://127.0.0.1:5000/callback",
    clientId: "client-1",
    resource: null,
    scopes: undefined,
  },
  url: "https://as.example/authorize?state=canary-state",
  listenedAt: "http://127.0.0.1:5000/callback",
  startedAt: "2026-11-30T20:00:00.000Z",
  expiresAt: "2026-11-30T20:10:00.000Z",
  nonce: "nonce",
};

const SERVER = { serverUrl: "https://mcp.example/mcp", account: "default", uid: Deno.uid() };

async function fileOf(home: string, name: string): Promise<{ text: string; mode: number }> {
  for await (const entry of Deno.readDir(`${home}/bridges`)) {
    if (!entry.name.endsWith(name)) continue;
    const path = `${home}/bridges/${entry.name}`;
    return {
      text: await Deno.readTextFile(path),
      mode: ((await Deno.stat(path)).mode ?? 0) & 0o777,
    };
  }
  throw new Error(`no file ${name}`);
}

const ROWS:
  readonly (readonly [name: string, sealed: boolean, parts: Partial<BridgeFilesOptions>])[] = [
    ["with a keyring", true, { mode: "auto", run: fakeKeyring().run }],
    ["without a keyring", false, { mode: "auto", run: noKeyring }],
    ["--store file", false, { mode: "file", run: fakeKeyring().run }],
  ];

for (const [name, sealed, parts] of ROWS) {
  Deno.test(`the request of a login, ${name}: ${sealed ? "sealed" : "in a file of the user"}`, async () => {
    await using home = await makeHome();
    const env = envOf({ MCPASS_HOME: home.home, DISPLAY: ":0" });
    const options = { mode: "auto", env, os: "linux", ...SERVER, ...parts } as const;
    await openBridgeFiles(options).writePending(PENDING);
    const { text, mode } = await fileOf(home.home, "pending.json");
    assert.equal(text.includes(VERIFIER), !sealed);
    if (Deno.build.os !== "windows") assert.equal(mode, 0o600);
    const files = openBridgeFiles(options);
    assert.deepEqual((await files.readPending())?.authorization.codeVerifier, VERIFIER);
    await files.removePending();
    assert.equal(await files.readPending(), undefined);
  });
}

Deno.test("a sealed request of another account, or a changed one, is not used", async () => {
  await using home = await makeHome();
  const { run } = fakeKeyring();
  const env = envOf({ MCPASS_HOME: home.home, DISPLAY: ":0" });
  const options = { mode: "auto", env, os: "linux", run, ...SERVER } as const;
  await openBridgeFiles(options).writePending(PENDING);
  const other = openBridgeFiles({ ...options, account: "other" });
  await other.writePending(PENDING);
  const names = (await home.paths()).filter((it) => it.endsWith("pending.json"));
  const [first = "", second = ""] = names.map((it) => `${home.home}/${it}`);
  await Deno.copyFile(first, second);
  const found = await Promise.all([
    openBridgeFiles(options).readPending(),
    other.readPending(),
  ]);
  assert.equal(found.filter((it) => it !== undefined).length, 1);
});
