import assert from "node:assert/strict";
import { ROOT } from "../../../scripts/shell.ts";
import { assertDocument } from "../document_faults.ts";
import { silenceConsole } from "../../../src/cli/app/deno_runtime.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";

/** Starts the program in a process of its own. */
function mcpass(
  { stdin = "null", home, variables = {} }: {
    readonly stdin?: "null" | "piped";
    readonly home?: string;
    readonly variables?: Readonly<Record<string, string>>;
  },
  ...args: string[]
): Deno.ChildProcess {
  const env = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("MCPASS_"));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}main.ts`, ...args],
    clearEnv: true,
    env: {
      ...Object.fromEntries(env),
      NO_COLOR: "1",
      ...variables,
      ...home === undefined ? {} : { MCPASS_HOME: home },
    },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("Ctrl-C during a request: 130, one document, the artifact, no credentials file", async () => {
  const folder = await Deno.makeTempDir();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    asked.resolve();
    return answer.promise;
  });
  try {
    const child = mcpass(
      {},
      ...["oauth", "login", "--url", `http://127.0.0.1:${server.addr.port}/mcp`],
      ...["--auth-mode", "headless", "--debug-out", `${folder}/debug.json`],
      ...["--credentials-out", `${folder}/credentials.json`],
    );
    await asked.promise;
    child.kill("SIGINT");
    const { code, signal, stdout } = await child.output();
    assert.deepEqual([code, signal], [130, null]);
    await assertDocument(["oauth", "login"], { code, stdout });
    const document = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(document.error.code, "cancelled");
    const artifact = JSON.parse(await Deno.readTextFile(`${folder}/debug.json`));
    assert.equal(artifact.outcome.exitStatus, 130);
    const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assert.deepEqual(files, ["debug.json"]);
  } finally {
    answer.resolve(new Response());
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Ctrl-C while standard input is read: 130 and one document", async () => {
  const child = mcpass(
    { stdin: "piped" },
    ...["login", "--url", "https://mcp.example/mcp", "--client-id", "a"],
    ...["--client-secret-file", "-"],
  );
  const writer = child.stdin.getWriter();
  // More than a pipe holds: the write ends only when the program reads.
  await writer.write(new Uint8Array(1 << 20));
  child.kill("SIGINT");
  const { code, signal, stdout } = await child.output();
  await writer.abort().catch(() => {});
  assert.deepEqual([code, signal], [130, null]);
  await assertDocument(["login"], { code, stdout });
  assert.equal(JSON.parse(new TextDecoder().decode(stdout)).error.code, "cancelled");
});

Deno.test("every command that connects loads the chosen authorities first", async () => {
  const fixture = (name: string) => `${ROOT}tests/http/fixtures/${name}`;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    cert: await Deno.readTextFile(fixture("server.crt")),
    key: await Deno.readTextFile(fixture("server.key")),
  }, () => new Response(null, { status: 404 }));
  const system = { SSL_CERT_FILE: fixture("ca.crt") };
  try {
    for (
      const [variables, trusted, ...args] of [
        [system, true, "server", "probe"],
        [system, true, "oauth", "debug-proxy", "--allow-private"],
        [system, false, "server", "probe", "--ca-store", "bundled"],
        [{ DENO_CERT: fixture("ca.crt") }, false, "server", "probe"],
      ] as const
    ) {
      const url = `https://127.0.0.1:${server.addr.port}/mcp`;
      const child = mcpass({ variables }, ...args, "--format", "json", "--url", url);
      const { code, stdout } = await child.output();
      await assertDocument(args, { code, stdout });
      const said = new TextDecoder().decode(stdout);
      assert.equal(said.includes("network_tls_untrusted"), !trusted, said);
      assert.equal(said.includes("404"), trusted, said);
    }
  } finally {
    await server.shutdown();
  }
});

Deno.test("a reader that goes away early does not crash the program", async () => {
  const child = mcpass({}, "oauth", "login", "--help");
  await child.stdout.cancel();
  const { code } = await child.status;
  await child.stderr.cancel();
  assert.equal(code, 0);
});

Deno.test("a token that is kept nowhere and that nobody reads is no success", async () => {
  await using lab = await startFakeLab();
  const home = await Deno.makeTempDir();
  try {
    for (const [store, status] of [["none", 1], ["file", 0]] as const) {
      const child = mcpass(
        { home },
        ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--store", store],
        "--quiet",
      );
      await child.stdout.cancel();
      const said = await new Response(child.stderr).text();
      assert.equal((await child.status).code, status, said);
      if (status === 1) assert.match(said, /^Cause: cannot write the result to standard output/m);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a result that cannot be written is an error in words, with its exit status", {
  ignore: Deno.build.os !== "linux", // The full disk is /dev/full.
}, async () => {
  const login = ["login", "--url", "ftp://x", "--format", "json"];
  for (
    const [status, ...args] of [[1, "--version"], [1, "explain", "pkce_not_advertised"], [
      2,
      ...login,
    ]]
  ) {
    const run = ["run", "-A", "--quiet", `${ROOT}main.ts`, ...args];
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'exec "$@" > /dev/full', "sh", Deno.execPath(), ...run.map(String)],
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.equal(code, status, said);
    assert.match(
      said,
      status === 1 ? /cannot write the result to standard output: No space left/ : /^error: --url/,
    );
    assert.doesNotMatch(said, /Uncaught|internal_error|\.ts:/);
  }
});

Deno.test("a place that the runtime closes is refused in words about the path", {
  ignore: Deno.build.os !== "linux", // The place is /proc.
}, async () => {
  const out = ["--debug-out", "/proc/x.json", "--format", "json"];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P", "--quiet", "--no-prompt", `${ROOT}main.ts`, "login", ...out].concat([
      ...["--url", "https://mcp.example/mcp", "--auth-mode", "headless", "--no-store"],
    ]),
    env: { NO_COLOR: "1" },
  }).output();
  const { error } = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual([code, error.code], [2, "unwritable_output"]);
  assert.equal(error.message, 'cannot write "/proc/x.json": files cannot be created there');
});

Deno.test("libraries cannot write to the console", () => {
  const written: string[] = [];
  const console = {
    log: (text: string) => written.push(text),
    debug: (text: string) => written.push(text),
    error: (text: string) => written.push(text),
  };
  silenceConsole({ console });
  console.log("a");
  console.debug("b");
  console.error("c");
  assert.deepEqual(written, []);
});
