import assert from "node:assert/strict";
import { loginFaults } from "../../src/cli/login_schema.ts";
import { quietConsole } from "../../src/cli/quiet_console.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Starts the program in a process of its own. */
function mcpass(
  { stdin = "null" }: { readonly stdin?: "null" | "piped" },
  ...args: string[]
): Deno.ChildProcess {
  const env = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("MCPASS_"));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}main.ts`, ...args],
    clearEnv: true,
    env: { ...Object.fromEntries(env), NO_COLOR: "1" },
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
    const document = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(loginFaults(document), []);
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
  assert.equal(JSON.parse(new TextDecoder().decode(stdout)).error.code, "cancelled");
});

Deno.test("a reader that goes away early does not crash the program", async () => {
  const child = mcpass({}, "oauth", "login", "--help");
  await child.stdout.cancel();
  const { code } = await child.status;
  await child.stderr.cancel();
  assert.equal(code, 0);
});

Deno.test("libraries cannot write to the console", () => {
  const written: string[] = [];
  const console = {
    log: (text: string) => written.push(text),
    debug: (text: string) => written.push(text),
    error: (text: string) => written.push(text),
  };
  quietConsole({ console });
  console.log("a");
  console.debug("b");
  console.error("c");
  assert.deepEqual(written, []);
});
