import assert from "node:assert/strict";
import { cancelledFailure } from "../../../src/core/failure.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { openHome } from "../real_run.ts";
import { assertCancelled, start, until } from "../real_process.ts";

/** Reads standard error up to a text. */
async function said(child: Deno.ChildProcess, text: string): Promise<void> {
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let all = "";
  while (!all.includes(text)) {
    const { value, done } = await reader.read();
    assert.ok(!done, `the program ended: ${all}`);
    all += value;
  }
}

const LOGIN = ["oauth", "login", "--format", "json", "--debug-out", "debug.json"];

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends a login while a body never ends`, async () => {
    const asked = Promise.withResolvers<void>();
    const encoder = new TextEncoder();
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          controller.enqueue(encoder.encode(" "));
          asked.resolve();
          await new Promise((resolve) => setTimeout(resolve, 20));
        },
      });
      return new Response(body, { headers: { "content-type": "application/json" } });
    });
    try {
      const url = `http://127.0.0.1:${server.addr.port}/mcp`;
      await using run = await start([...LOGIN, "--url", url, "--auth-mode", "headless"]);
      await asked.promise;
      await assertCancelled(await run.end(signal), run.home);
    } finally {
      await server.shutdown();
    }
  });

  Deno.test(`${signal} ends a login while a person is waited for`, async () => {
    await using lab = await startFakeLab();
    await using run = await start([...LOGIN, "--url", lab.mcpUrl, "--print-url"]);
    await said(run.child, "/authorize?");
    await assertCancelled(await run.end(signal), run.home);
  });

  Deno.test(`${signal} ends a login while a TLS handshake stalls`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const url = `https://127.0.0.1:${listener.addr.port}/mcp`;
    await using run = await start([...LOGIN, "--url", url, "--auth-mode", "headless"]);
    using connection = await listener.accept();
    await connection.read(new Uint8Array(1));
    await assertCancelled(await run.end(signal), run.home);
  });

  Deno.test(`${signal} ends a refresh that waits for the lock of its sign-in`, {
    ignore: Deno.build.os !== "linux",
  }, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    await home.signIn(lab);
    const [summary] = await home.store.find(lab.mcpUrl);
    assert.ok(summary !== undefined);
    await using _held = await home.store.lock(summary.key);
    const refresh = ["oauth", "refresh", "--url", lab.mcpUrl, "--format", "json"];
    await using run = await start(refresh, { home: home.path });
    await until(async () => {
      for await (const { name } of Deno.readDir(`/proc/${run.child.pid}/fd`)) {
        const path = await Deno.readLink(`/proc/${run.child.pid}/fd/${name}`).catch(() => "");
        if (path.endsWith(".lock")) return true;
      }
      return false;
    });
    await assertCancelled(await run.end(signal));
  });

  Deno.test(`${signal} ends a login while the helper of the keyring hangs`, {
    ignore: Deno.build.os !== "linux",
  }, async () => {
    await using lab = await startFakeLab();
    const folder = await Deno.makeTempDir();
    try {
      const helper = `#!/bin/sh\necho $$ > ${folder}/started\nexec sleep 600\n`;
      await Deno.writeTextFile(`${folder}/secret-tool`, helper, { mode: 0o755 });
      const path = `${folder}:${Deno.env.get("PATH")}`;
      const env = { MCPASS_STORE: "keyring", PATH: path, DBUS_SESSION_BUS_ADDRESS: "unix:path=/x" };
      await using run = await start(
        [...LOGIN, "--url", lab.mcpUrl, "--auth-mode", "headless"],
        { env },
      );
      const started = () => Deno.readTextFile(`${folder}/started`).catch(() => "");
      await until(async () => (await started()).endsWith("\n"));
      await assertCancelled(await run.end(signal));
      const pid = Number(await started());
      await until(async () => await Deno.stat(`/proc/${pid}`).then(() => false, () => true));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  Deno.test(`${signal} ends the program while nobody reads its output`, async () => {
    const text = JSON.stringify({ x: "y".repeat(1 << 19) });
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(text, { headers: { "content-type": "application/json" } }),
    );
    try {
      const url = `http://127.0.0.1:${server.addr.port}/`;
      await using run = await start(
        ["oauth", "proxy", "--allow-private", "--url", url, "--format", "json"],
        { reads: false },
      );
      const reader = run.child.stdout.getReader();
      assert.equal((await reader.read()).done, false);
      const { code } = await run.end(signal);
      assert.equal(code, 130);
      await reader.cancel();
    } finally {
      await server.shutdown();
    }
  });
}

Deno.test("a signal is heard between the pieces of a report", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const debug = `${home.path}/debug.json`;
  await home.signIn(lab, "--debug-out", debug);
  for (const format of ["html", "md", "har", "curl", "json"]) {
    const stop = new AbortController();
    setTimeout(() => stop.abort(cancelledFailure()), 0);
    const ran = await home.run(["oauth", "report", debug, "--format", format], {
      signal: stop.signal,
    });
    assert.deepEqual([ran.status, ran.bytes.length], [130, 0], ran.stderr);
    if (format !== "json") assert.equal(ran.stdout, "");
  }
});
