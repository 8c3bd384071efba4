import assert from "node:assert/strict";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import type { HttpClientOptions } from "../../../src/http/http_client.ts";
import { artifactFaults } from "../../../src/trace/artifact_schema.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { flat, type Home, openHome } from "../real_run.ts";

const SECRET = "a-secret-of-eighteen";

/** A fault of the program itself, with a secret in its words and in its cause. */
function brokenSend(): Promise<never> {
  const cause = new RangeError(`no ${SECRET} here`);
  return Promise.reject(new TypeError(`cannot use ${SECRET}`, { cause }));
}

const BROKEN = {
  replacements: {
    createHttpClient: (options: HttpClientOptions) => ({
      ...createHttpClient(options),
      send: brokenSend,
    }),
  },
  env: { MCPASS_CLIENT_SECRET: SECRET },
};

const COMMANDS: readonly (readonly string[])[] = [
  ["oauth", "login", "--auth-mode", "headless", "--no-store", "--client-id", "c"],
  ["server", "probe", "--header", `X-Key: ${SECRET}`],
];

for (const command of COMMANDS) {
  const words = [...command, "--url", "http://127.0.0.1:9/mcp"];
  const name = command.slice(0, 2).join(" ");

  Deno.test(`mcpass ${name}: the artifact of an unexpected error has its masked stack`, async () => {
    await using home = await openHome();
    const file = `${home.path}/debug.json`;
    const ran = await home.run([...words, "--debug-out", file, "--format", "json"], BROKEN);
    assert.equal(ran.status, 1);
    const text = await Deno.readTextFile(file);
    const artifact = JSON.parse(text);
    assert.deepEqual(artifactFaults(artifact), []);
    const { code, stack } = artifact.outcome.error;
    assert.equal(code, "internal_error");
    assert.match(
      stack,
      /^TypeError: cannot use .*\n {4}at .*internal_error_test\.ts:\d+:\d+/,
    );
    assert.match(stack, /\nCaused by: RangeError: no .*\n {4}at .*\.ts:\d+:\d+/);
    for (const output of [text, ran.stdout, ran.stderr]) {
      assert.ok(!output.includes(SECRET), output);
    }
  });

  Deno.test(`mcpass ${name}: an unexpected error without an artifact says how to get one`, async () => {
    await using home = await openHome();
    const ran = await home.run([...words, "--format", "human"], BROKEN);
    assert.match(flat(ran.stderr), /bug in mcpass.*--debug-out/);
  });
}

Deno.test("an expected failure has no stack", async () => {
  await using home = await openHome();
  await using lab = await startFakeLab({ wellKnown: [] });
  const file = `${home.path}/debug.json`;
  const ran = await home.run(["server", "probe", "--url", lab.mcpUrl, "--debug-out", file]);
  assert.notEqual(ran.stdout, "");
  assert.equal(JSON.parse(await Deno.readTextFile(file)).outcome.error?.stack, undefined);
});

Deno.test("a command without --debug-out shows the positions of an unexpected error", async () => {
  await using home: Home = await openHome();
  await using lab = await startFakeLab();
  await home.signIn(lab);
  const now = () => {
    throw new TypeError("no clock");
  };
  const ran = await home.run(["oauth", "status"], { now });
  assert.equal(ran.status, 1);
  const said = flat(ran.stderr);
  assert.match(said, /with these lines.*: at \S* ?\(?file:\S+internal_error_test\.ts:\d+:\d+/);
});
