import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";

Deno.test("the demonstration signs in, calls the tool and shows what the servers saw", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}scripts/demo.ts`],
    env: { MCPASS_URL: "https://unrelated.example/mcp", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, `${out}\n${err}`);
  assert.match(out ?? "", /Signed in/);
  assert.match(out ?? "", /as POST \/token authorization_code/);
  assert.match(out ?? "", /mcp POST \/mcp tools\/call/);
  assert.doesNotMatch(err ?? "", /WARNING|error/i);
});
