import assert from "node:assert/strict";
import { CREDENTIALS, run } from "../fake_runtime.ts";
import { flat, openHome } from "../real_run.ts";
import { startLab } from "../../lab/shapes.ts";
import { ended } from "../fake_runtime.ts";
import { Failure } from "../../../src/core/failure.ts";

const LOGIN = ["oauth", "login", "--url", "https://mcp.example/mcp", "--auth-mode", "headless"];

const PATHS: readonly (readonly [path: string, stdout: string])[] = [
  ["credentials.accessToken", "canary-access-token\n"],
  [".credentials.accessToken", "canary-access-token\n"],
  ['credentials["accessToken"]', "canary-access-token\n"],
  ["credentials.expiresIn", "3600\n"],
  ["ok", "true\n"],
  ["steps[0].step", "token\n"],
  ["steps.0.step", "token\n"],
  ["steps[-1].durationMs", "12\n"],
  ["steps[].status", "done\n"],
  ["findings[].code", ""],
  ["findings", "[]\n"],
];

for (const [path, stdout] of PATHS) {
  Deno.test(`--field ${path} prints the value alone, also on a terminal`, async () => {
    for (const terminal of [false, true]) {
      const ran = await run([...LOGIN, "--field", path], { terminal });
      assert.deepEqual([ran.status, ran.stdout], [0, stdout], ran.stderr);
    }
  });
}

const WRONG: readonly (readonly [path: string, text: RegExp])[] = [
  ["credentials.acessToken", /Did you mean --field credentials\.accessToken\?.*refreshToken/],
  ["credentals", /Did you mean --field credentials\?/],
  ["steps.step", /no member "step" in "steps" .*Fix: Did you mean --field steps\[\]\.step\? Try/],
  [
    "credentials.accessToken.x",
    /no member "x" in "credentials\.accessToken" \(field_missing\) Try:/,
  ],
  ["steps[", /is not the path of a member/],
  ["a..b", /is not the path of a member/],
];

for (const [path, text] of WRONG) {
  Deno.test(`--field ${path} is refused before the login starts`, async () => {
    const ran = await run([...LOGIN, "--field", path]);
    assert.deepEqual([ran.status, ran.stdout, ran.plan], [2, "", undefined]);
    assert.match(flat(ran.stderr), text);
    assert.doesNotMatch(ran.stderr, /canary/);
  });
}

Deno.test("a member that is null is an error, and what is hidden stays hidden", async () => {
  const unset = await run([...LOGIN, "--field", "verification"]);
  assert.deepEqual([unset.status, unset.stdout], [1, ""]);
  assert.match(unset.stderr, /field_empty/);
  assert.match(unset.stderr, /"verification" is null/);
  const hidden = await run([...LOGIN, "--hide-secrets", "--field", "credentials.accessToken"]);
  assert.deepEqual([hidden.status, hidden.stdout], [1, ""]);
  assert.match(flat(hidden.stderr), /is null \(hidden by --hide-secrets\)/);
  assert.ok(!(hidden.stdout + hidden.stderr).includes(CREDENTIALS.accessToken));
});

Deno.test("a failed command prints the member if there is one, and keeps its exit status", async () => {
  const login = (plan: Parameters<typeof ended>[0]) =>
    ended(plan, new Failure("token_rejected", "the server refuses the token"));
  const code = await run([...LOGIN, "--field", "error.code"], { login });
  assert.deepEqual([code.status, code.stdout], [1, "token_rejected\n"]);
  const token = await run([...LOGIN, "--field", "credentials.accessToken"], { login });
  assert.deepEqual([token.status, token.stdout], [1, ""]);
  assert.match(token.stderr, /refuses the token/);
  const usage = await run([...LOGIN, "--frmat", "--field", "error.code"]);
  assert.deepEqual([usage.status, usage.stdout], [2, "unknown_option\n"]);
});

Deno.test("--field goes before the command too, and contradicts another format", async () => {
  const before = await run(["--field", "version", "version"]);
  assert.match(before.stdout, /^\d+\.\d+\.\d+\n$/);
  const both = await run(["version", "--field", "version", "--format", "human"]);
  assert.deepEqual([both.status, both.stdout], [2, ""]);
  assert.match(both.stderr, /--format is human/);
  const same = await run(["version", "--field", "version", "--format", "json"]);
  assert.equal(same.stdout, before.stdout);
  const variable = await run(["version", "--field", "version"], {
    env: { MCPASS_FORMAT: "human" },
  });
  assert.equal(variable.stdout, before.stdout);
});

Deno.test("--jq suggests --field", async () => {
  const ran = await run([...LOGIN, "--jq", ".credentials.accessToken"]);
  assert.equal(ran.status, 2);
  assert.match(flat(ran.stderr), /Did you mean --field <path>/);
});

Deno.test("--field reads the documents of real servers: a token, a tool's result, a status", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  await home.signIn(lab);
  const field = async (path: string, ...args: string[]) => {
    const ran = await home.run([...args, "--url", lab.mcpUrl, "--field", path]);
    return [ran.status, ran.stdout];
  };
  const plain = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.deepEqual(await field("accessToken", "oauth", "token"), [0, plain.stdout]);
  assert.deepEqual(await field("entries[0].serverUrl", "oauth", "status"), [0, `${lab.mcpUrl}\n`]);
  const call = ["tools", "call", "--tool-name", "echo", "--tool-args", '{"message":"hi"}'];
  const [status, text] = await field("content[0].text", ...call);
  assert.deepEqual([status, typeof text], [0, "string"]);
  const early = await run([...LOGIN, "--field", "nothing"]);
  assert.match(early.stderr, /field_missing/);
  const late = await field("content[0].txt", ...call);
  assert.deepEqual(late, [2, ""]);
});
