import assert from "node:assert/strict";
import { run } from "../fake_runtime.ts";

const flat = (text: string) => text.replace(/\s+/g, " ");

const ROWS: readonly (readonly [args: readonly string[], printed: string])[] = [
  [
    ["oauth", "conformance", "https://x.example/mcp", "--fail-on", "warn"],
    "Did you mean warning? Try: mcpass oauth conformance https://x.example/mcp --fail-on warning More",
  ],
  [
    ["login", "--registration=dynamic", "--url", "https://x.example/mcp"],
    "Did you mean dcr? Try: mcpass login https://x.example/mcp --registration dcr More",
  ],
  [
    ["login", "x.example", "--auth-mode", "devcie", "--scopes", "a b", "--quiet"],
    "Did you mean device? Try: mcpass login x.example --scopes 'a b' --auth-mode device More",
  ],
  [
    ["tools", "call", "x.example", "echo", "message=hi", "--protocol-version", "2025-11-2"],
    "Did you mean 2025-11-25? Try: mcpass tools call x.example echo message=hi " +
    "--protocol-version 2025-11-25 More",
  ],
  [
    ["login", "x.example", "--client-secret", "s3cret-value", "--auth-mode", "devcie"],
    "Did you mean device? Set MCPASS_CLIENT_SECRET Try: mcpass login x.example --auth-mode device More",
  ],
  [["login", "x.example", "--auth-mode", "zzz"], "Try: mcpass login --help More"],
];

for (const [args, printed] of ROWS) {
  Deno.test(`${args.join(" ")}: the command that was meant`, async () => {
    const { status, stderr } = await run([...args, "--format", "human"]);
    assert.equal(status, 2);
    assert.ok(flat(stderr).includes(printed), stderr);
    assert.doesNotMatch(stderr, /s3cret/);
  });
}

Deno.test("the JSON document has the command that was meant; a variable has none", async () => {
  const args = ["login", "x.example", "--auth-mode", "devcie", "--format", "json"];
  const { error } = JSON.parse((await run(args)).stdout);
  assert.equal(
    error.remedy,
    "Did you mean device?\n  mcpass login x.example --auth-mode device",
  );
  const env = { MCPASS_AUTH_MODE: "devcie" };
  const { stderr } = await run(["login", "x.example", "--format", "human"], { env });
  assert.match(
    flat(stderr),
    /MCPASS_AUTH_MODE: must be .* Did you mean device\? Try: mcpass login --help/,
  );
});
