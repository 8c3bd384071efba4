import assert from "node:assert/strict";
import { COMPLETION_SCRIPTS } from "../../src/cli/commands/info/completion_scripts.ts";
import { TARGETS } from "../../scripts/build/targets.ts";
import { syntaxFaults } from "./grammar.ts";

const script = (name: string) =>
  Deno.readTextFile(new URL(`../../scripts/${name}`, import.meta.url));

Deno.test("the PowerShell scripts are PowerShell, as far as its grammar tells", async () => {
  const texts = [await script("install.ps1"), COMPLETION_SCRIPTS.powershell];
  for (const text of texts) {
    assert.deepEqual(await syntaxFaults("powershell", text), []);
    assert.notDeepEqual(await syntaxFaults("powershell", text.replace("{", "")), []);
    // Windows PowerShell reads a script without a mark of its encoding in that of the machine.
    assert.match(text, /^[\n -~]*$/);
  }
});

Deno.test("both install scripts take the archives that a release has, and the same settings", async () => {
  const [sh, ps1] = [await script("install.sh"), await script("install.ps1")];
  for (const target of TARGETS) {
    assert.ok((target.includes("windows") ? ps1 : sh).includes(target), target);
  }
  const settings = (text: string) => [...new Set(text.match(/MCPASS_[A-Z]+/g))].sort();
  assert.deepEqual(settings(ps1), settings(sh));
});

Deno.test("install.ps1 compares the hash before it unpacks, and moves the program last", async () => {
  const ps1 = await script("install.ps1");
  const order = ['Stop-Install "cannot write', 'Save-Download "', "$actual -ne $expected"]
    .concat("= Expand-Program", "Move-Item", "To uninstall").map((text) => ps1.indexOf(text));
  assert.ok(order.every((at) => at > 0), order.join(" "));
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
});
