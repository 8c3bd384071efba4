import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { cancelledFailure } from "../../src/core/failure.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { openHome } from "./real_run.ts";

/** A run of the program that a test ends by a signal. */
interface Started extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** Its empty home, which also is its current folder. */
  readonly home: string;
  /** Sends the signal and waits for the end; `stdout` is what was not read before. */
  end(signal: Deno.Signal): Promise<{ readonly code: number; readonly stdout: string }>;
}

interface StartOptions {
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: "piped";
  /** False where the test leaves standard output unread. */
  readonly reads?: boolean;
}

async function start(args: readonly string[], options: StartOptions = {}): Promise<Started> {
  const own = options.home ?? await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", `${ROOT}main.ts`, ...args],
    env: { MCPASS_HOME: own, MCPASS_STORE: "file", NO_COLOR: "1", ...options.env },
    cwd: own,
    stdin: options.stdin ?? "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = options.reads === false ? undefined : new Response(child.stdout).text();
  let ended = false;
  return {
    child,
    home: own,
    async end(signal) {
      child.kill(signal);
      const { code } = await child.status;
      ended = true;
      if (!child.stderr.locked) await child.stderr.cancel();
      return { code, stdout: await stdout ?? "" };
    },
    async [Symbol.asyncDispose]() {
      if (!ended) {
        child.kill("SIGKILL");
        await child.status;
        await Promise.allSettled([child.stdout.cancel(), child.stderr.cancel(), stdout]);
      }
      if (options.home === undefined) await Deno.remove(own, { recursive: true });
    },
  };
}

/** Waits until it is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

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

/** One document that says so, and the artifact. */
async function assertCancelled(
  { code, stdout }: { readonly code: number; readonly stdout: string },
  home?: string,
): Promise<void> {
  assert.equal(code, 130, stdout);
  assert.equal(JSON.parse(stdout).error.code, "cancelled");
  if (home === undefined) return;
  const artifact = JSON.parse(await Deno.readTextFile(`${home}/debug.json`));
  assert.equal(artifact.outcome.exitStatus, 130);
}

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
