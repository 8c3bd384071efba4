import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import type { Ended } from "./binary.ts";

/** Runs the program by a shell, which makes pipes. */
async function shell(script: string, home: string): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", `${ROOT}dist/mcpass`],
    env: { MCPASS_HOME: home, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("a named pipe is refused as an input file, without waiting for a writer", async () => {
  const home = await Deno.makeTempDir();
  try {
    await new Deno.Command("mkfifo", { args: [`${home}/pipe`] }).output();
    const login = "login --url https://mcp.example/mcp --client-id a";
    for (
      const line of [
        `oauth report ${home}/pipe`,
        `${login} --client-secret-file ${home}/pipe`,
        `${login} --ca-file ${home}/pipe`,
        `${login} --auth-mode client_credentials --private-key-file ${home}/pipe`,
        `oauth token --url https://mcp.example/mcp --credentials-file ${home}/pipe --as json`,
      ]
    ) {
      const { code, stderr } = await shell(`"$1" ${line}`, home);
      assert.equal(code, 2, `${line}: ${stderr}`);
      assert.match(stderr.replace(/\s+/g, " "), /not a regular file/, line);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a pipe that the program was started with is read: <(program) and standard input", async () => {
  const home = await Deno.makeTempDir();
  try {
    const line = `"$1" login --url http://127.0.0.1:9/mcp --client-id a --client-secret-file`;
    for (
      const script of [
        `${line} <(echo canary)`,
        `echo canary | ${line} -`,
        `echo canary | ${line} /dev/stdin`,
        `echo canary | ${line} /dev/fd/0`,
        `echo canary | ${line} /proc/self/fd/0`,
      ]
    ) {
      const { code, stderr } = await shell(`${script} --auth-mode client_credentials`, home);
      assert.equal(code, 1, stderr);
      assert.match(stderr.replace(/\s+/g, " "), /^Sending a request without a token/);
    }
    const endless = await shell(`yes | "$1" oauth report -`, home);
    assert.equal(endless.code, 2, endless.stderr);
    assert.match(endless.stderr.replace(/\s+/g, " "), /larger than 64 MiB/);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
