import assert from "node:assert/strict";
import { run } from "../fake_runtime.ts";
import { flat } from "../real_run.ts";
import { readLimited } from "../../../src/core/input_file.ts";

const LOGIN = ["login", "--url", "https://mcp.example/mcp", "--format", "json"];
const CLIENT = [...LOGIN, "--client-id", "a"];
const MACHINE = [...CLIENT, "--auth-mode", "client_credentials"];

/** Every place of a command line that names a file to read. */
const PLACES: readonly (readonly [what: string, line: (path: string) => readonly string[]])[] = [
  ["oauth report", (path) => ["oauth", "report", path, "--format", "json"]],
  ["--client-secret-file", (path) => [...CLIENT, "--client-secret-file", path]],
  ["--private-key-file", (path) => [...MACHINE, "--private-key-file", path]],
  ["--client-cert", (path) => [...MACHINE, "--client-cert", path, "--client-key", path]],
  ["--assertion-file", (path) => [...LOGIN, "--auth-mode", "jwt_bearer", "--assertion-file", path]],
  ["--ca-file", (path) => [...LOGIN, "--ca-file", path]],
  [
    "--tool-args",
    (path) => [...LOGIN, "--verify-call-tool", "x", "--tool-args", `@${path}`],
  ],
  [
    "--credentials-file",
    (path) => [
      ...["oauth", "token", "--url", "https://mcp.example/mcp", "--as", "json"],
      ...["--credentials-file", path],
    ],
  ],
  [
    "--body",
    (path) => [
      ...["oauth", "proxy", "--url", "https://as.example/token", "--method", "POST"],
      ...["--body", `@${path}`, "--format", "json"],
    ],
  ],
  [
    "client-metadata check",
    (path) => ["oauth", "client-metadata", "check", path, "--format", "json"],
  ],
  [
    "client-metadata serve",
    (path) => ["oauth", "client-metadata", "serve", path, "--format", "json"],
  ],
];

for (const [what, line] of PLACES) {
  Deno.test(`${what} reads no device, no socket and no file without an end`, {
    ignore: Deno.build.os !== "linux",
  }, async () => {
    const folder = await Deno.makeTempDir();
    const huge = `${folder}/huge`;
    const socket = `${folder}/socket`;
    await Deno.writeTextFile(huge, "", { mode: 0o600 });
    await Deno.truncate(huge, 65 * 1024 * 1024);
    const listener = Deno.listen({ transport: "unix", path: socket });
    try {
      for (const path of ["/dev/zero", "/dev/null", socket, huge]) {
        const ran = await run(line(path), { env: { MCPASS_HOME: folder } });
        assert.equal(ran.status, 2, `${path}: ${ran.stdout}${ran.stderr}`);
        assert.match(flat(ran.stderr), /not a regular file|larger than 64 MiB/, path);
      }
    } finally {
      listener.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a file of another kind is refused with the way to pipe its content in", {
  ignore: Deno.build.os === "windows",
}, async () => {
  for (const flag of ["--client-secret-file", "--ca-file"]) {
    const { status, stderr } = await run([...CLIENT, flag, "/dev/null"]);
    assert.equal(status, 2, stderr);
    const expected =
      /not a regular file \(\w+\) Fix: Use a regular file .* or use - and pipe the content/;
    assert.match(flat(stderr), expected, flag);
  }
});

Deno.test("a stream without an end is given up at the limit", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(1024));
    },
  });
  await assert.rejects(readLimited(endless, 10 * 1024), /larger than/);
  assert.ok(pulled < 20);
});
