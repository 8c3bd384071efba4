import assert from "node:assert/strict";
import { ROOT } from "../../../scripts/shell.ts";
import { openBridgeFiles } from "../../../src/store/file/bridge_files.ts";
import { openHome } from "../../cli/real_run.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { pause, visit } from "./bridge_home.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  },
};

/** Kills a process and its group, as a host does. */
async function killGroup(pid: number): Promise<void> {
  await new Deno.Command("sh", { args: ["-c", `kill -s KILL -- -${pid}`] }).output();
}

Deno.test("a login survives SIGKILL of the bridge and of its process group, and ends with the sign-in", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const opened = `${home.path}/tab`;
  const browser = `${home.path}/browser`;
  await Deno.writeTextFile(
    browser,
    `#!/bin/sh\nprintf %s "$1" > ${opened}.new\nmv ${opened}.new ${opened}\n`,
  );
  await Deno.chmod(browser, 0o700);
  const env = { MCPASS_HOME: home.path, MCPASS_STORE: "file", BROWSER: browser };
  const bridge = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}main.ts`, "bridge", lab.mcpUrl],
    env,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // A process group, as a shell or a host makes one.
    detached: true,
  }).spawn();
  const writer = bridge.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${JSON.stringify(INITIALIZE)}\n`));
  let tab = "";
  while (tab === "") {
    tab = await Deno.readTextFile(opened).catch(() => "");
    await pause();
  }
  await killGroup(bridge.pid);
  assert.equal((await bridge.status).signal, "SIGKILL");
  await writer.abort().catch(() => {});

  const page = await visit(tab);
  assert.match(page.body, /Signed in/);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
  // The lock is free once the login has ended.
  const files = openBridgeFiles({
    env: { get: (name) => new Map(Object.entries(env)).get(name), toObject: () => env },
    serverUrl: lab.mcpUrl,
    account: "default",
    mode: "file",
  });
  (await files.lock("login")).release();
  assert.equal(files.readStatus()?.state, "signed_in");
});
