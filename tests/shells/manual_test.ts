import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";

const MAN = `${ROOT}docs/man/`;

Deno.test("groff has no warning about any manual page", async () => {
  const names = await Array.fromAsync(Deno.readDir(MAN), ({ name }) => name);
  assert.ok(names.includes("mcpass-oauth-login.1"));
  for (const name of names) {
    const output = await new Deno.Command("groff", {
      args: ["-ww", "-man", "-Tutf8", "-P-cbou", "-rLL=80n", `${MAN}${name}`],
    }).output();
    const decoder = new TextDecoder();
    assert.equal(decoder.decode(output.stderr), "", name);
    assert.equal(output.code, 0);
    assert.match(decoder.decode(output.stdout), /SYNOPSIS/);
  }
});
