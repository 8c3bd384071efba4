import assert from "node:assert/strict";
import { run } from "../../../fake_runtime.ts";

const URL = "https://mcp.example/mcp";
const HANDLE = "A".repeat(43);
const FINAL = "http://127.0.0.1:7/callback?code=c&state=s";

const REFUSED: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[URL, "--begin", "--auth-mode", "device"], /--auth-mode device/],
  [[URL, "--begin", "--auth-mode", "headless"], /--auth-mode headless/],
  [[URL, "--begin", "--auth-mode", "client_credentials"], /client_credentials/],
  [[URL, "--begin", "--store", "none"], /--store none/],
  [[URL, "--begin", "--no-store"], /--no-store/],
  [["--begin"], /--begin requires the server/],
  [[URL, "--begin", "--dry-run"], /--begin and --dry-run/],
  [[URL, "--begin", "--print-url"], /--begin and --print-url/],
  [[URL, "--begin", "--browser", "firefox"], /--begin and --browser/],
  [[URL, "--begin", "--for-bridges"], /--begin and --for-bridges/],
  [[URL, "--begin", "--consent-timeout", "1000"], /--begin and --consent-timeout/],
  [[URL, "--begin", "--verify-tools"], /--begin and --verify-tools/],
  [[URL, "--begin", "--credentials-out", "x"], /--begin and --credentials-out/],
  [[URL, "--begin", "--hide-secrets"], /would lose the handle/],
  [[URL, "--begin", "--finish", FINAL], /--finish and .*--begin cannot/],
  [[URL, "--begin", "--redirect-url", "http://remote.example/cb"], /for loopback only/],
  [[URL, "--handle-out", "x"], /--handle-out requires --begin/],
  [[URL, "--handle", HANDLE], /--handle requires --finish/],
  [["--finish", FINAL], /--finish requires --handle/],
  [["--finish", FINAL, "--handle", "short"], /not a handle/],
  [["--finish", FINAL, "--handle", "@/no/such/file"], /cannot be read/],
  [["--finish", FINAL, "--handle", HANDLE, "--store", "none"], /--store none/],
  [["--finish", "-", "--handle", "@-"], /both read standard input/],
  [[URL, "--finish", FINAL, "--handle", HANDLE], /--finish and --url cannot/],
  [["--finish", FINAL, "--handle", HANDLE, "--scopes", "a"], /--finish and --scopes/],
  [["--finish", FINAL, "--handle", HANDLE, "--account", "a"], /--finish and --account/],
];

for (const [args, message] of REFUSED) {
  Deno.test(`login ${args.join(" ")} is a usage error`, async () => {
    for (const terminal of [false, ...args.includes("--handle") ? [true] : []]) {
      const ran = await run(["login", ...args, "--format", "json"], { terminal });
      assert.equal(ran.status, 2, ran.stderr);
      const { error } = JSON.parse(ran.stdout);
      assert.match(error.message, message);
      assert.ok(error.remedy);
      assert.equal(ran.stdout.includes(HANDLE), false);
    }
  });
}

Deno.test("variables that --finish cannot use do not count", async () => {
  const env = { MCPASS_URL: URL, MCPASS_CLIENT_ID: "x", MCPASS_HANDLE: HANDLE };
  const ran = await run(["login", "--finish", "x", "--format", "json"], { env });
  assert.match(JSON.parse(ran.stdout).error.message, /not the final URL/);
});
