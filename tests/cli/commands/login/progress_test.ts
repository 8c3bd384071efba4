import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { openHome } from "../../real_run.ts";

type Line = Readonly<Record<string, unknown>>;

const linesOf = (stderr: string): Line[] =>
  stderr.trimEnd().split("\n").map((line) => JSON.parse(line));

/** What a program does that drives a login: it reads lines, and opens the URL that one of them has. */
function driver() {
  let isOpened = false;
  return (stderr: string) => {
    const line = stderr.split("\n").find((text) => text.startsWith('{"event":"authorization_url"'));
    if (line === undefined || isOpened) return;
    isOpened = true;
    fetch(JSON.parse(line).url).then((page) => page.body?.cancel());
  };
}

const INTERACTIVE = ["oauth", "login", "--print-url", "--format", "json"];

Deno.test("--progress json writes one JSON line for each event, with the authorization URL", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run(
    [...INTERACTIVE, "--progress", "json", "--verify-tools", "--url", lab.mcpUrl],
    { reads: driver() },
  );
  assert.equal(ran.status, 0, ran.stderr);
  const lines = linesOf(ran.stderr);
  const ended = lines.filter(({ event }) => event === "step_ended");
  const { steps, credentials, findings } = JSON.parse(ran.stdout);
  assert.deepEqual(
    ended.map(({ step, status }) => [step, status]),
    steps.map(({ step, status }: Line) => [step, status]),
  );
  const order = lines.map(({ event }) => event);
  assert.ok(order.indexOf("authorization_url") > order.indexOf("waiting"));
  assert.ok(order.indexOf("authorization_url") < order.lastIndexOf("step_ended"));
  assert.deepEqual(
    lines.filter(({ event }) => event === "finding").map(({ code }) => code),
    findings.map(({ code }: Line) => code),
  );
  assert.ok(!ran.stderr.includes(credentials.accessToken));
  assert.ok(!ran.stderr.includes(credentials.refreshToken));
});

Deno.test("--print-url --format json writes the authorization URL as a JSON line too", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run([...INTERACTIVE, "--url", lab.mcpUrl], { reads: driver() });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stderr, /open this URL in a browser:\n\nhttp/);
});

Deno.test("--progress json writes an error as a line, and asks nothing on a terminal", async () => {
  await using home = await openHome();
  for (const [args, code] of [[["--registration", "preregistered"], "missing_options"]] as const) {
    const ran = await home.run(["login", ...args, "--progress", "json"], { terminal: true });
    assert.deepEqual([ran.status, ran.questions], [2, []], code);
  }
  await using lab = await startFakeLab({ token: () => ({ status: 503, body: "in maintenance" }) });
  const ran = await home.run(
    ["login", "--auth-mode", "headless", "--progress", "json", "--url", lab.mcpUrl],
    { terminal: true },
  );
  assert.equal(ran.status, 1);
  const last = linesOf(ran.stderr).at(-1);
  assert.deepEqual([last?.["event"], last?.["code"]], ["error", "token_answer_invalid"]);
  assert.match(String(last?.["message"]), /in maintenance/);
});

for (const flags of [["--progress", "json"], ["--format", "json"]]) {
  Deno.test(`${flags.join(" ")} writes the device code as a JSON line`, async () => {
    await using lab = await startFakeLab({ device: ["approved"] });
    await using home = await openHome();
    const ran = await home.run(
      ["oauth", "login", "--auth-mode", "device", ...flags, "--url", lab.mcpUrl],
      { sleep: () => Promise.resolve() },
    );
    assert.equal(ran.status, 0, ran.stderr);
    const line = ran.stderr.split("\n").find((text) => text.startsWith('{"event":"device_code"'));
    const code = JSON.parse(line ?? "{}");
    assert.match(String(code["userCode"]), /^[\w-]{4,}$/);
    assert.match(String(code["verificationUri"]), /^http/);
    assert.equal(/enter the code/.test(ran.stderr), flags[0] === "--format");
  });
}

const USAGE_ERRORS: readonly (readonly [code: string, args: readonly string[]])[] = [
  ["missing_options", ["oauth", "login"]],
  ["invalid_value", ["oauth", "login", "--url", "mcp.example", "--registration", "foo"]],
  ["unknown_option", ["oauth", "login", "--ulr", "https://mcp.example"]],
  ["unknown_option", ["version", "--url", "https://mcp.example"]],
  ["impossible_combination", ["tools", "list", "--url", "https://a.example", "-q", "-v"]],
  ["unknown_command", ["oauth", "logni"]],
];

for (const [code, args] of USAGE_ERRORS) {
  Deno.test(`--progress json: ${code} of "${args.join(" ")}" is a JSON line`, async () => {
    await using home = await openHome();
    const { status, stderr } = await home.run([...args, "--progress", "json"], { terminal: true });
    assert.equal(status, 2, stderr);
    const [line, ...more] = linesOf(stderr);
    assert.deepEqual([line?.["event"], line?.["code"], more], ["error", code, []]);
  });
}

Deno.test("MCPASS_PROGRESS=json applies to usage errors of a command that has the flag", async () => {
  await using home = await openHome();
  const env = { MCPASS_PROGRESS: "json" };
  const { stderr } = await home.run(["tools", "list"], { env });
  assert.equal(linesOf(stderr)[0]?.["code"], "missing_options");
});

for (const command of [["tools", "list"], ["tools", "call", "--tool-name", "echo"]]) {
  Deno.test(`--progress json of ${command.join(" ")}: every line on standard error is JSON`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const args = [...command, "--progress", "json", "-v", "--url", lab.mcpUrl];
    const { status, stderr } = await home.run(args, { terminal: true });
    assert.equal(status, 4, stderr);
    const all = linesOf(stderr);
    assert.ok(all.some(({ event }) => event === "exchange"), stderr);
    assert.equal(all.at(-1)?.["code"], "authorization_required");
  });
}
