import assert from "node:assert/strict";
import { filesBelow, ROOT } from "../../scripts/shell.ts";
import { browserCommands } from "../../src/consent/browser.ts";
import { PROGRAMS } from "../../src/core/programs.ts";
import { CONFIGURABLE } from "../../src/flow/mcp_clients/client_table.ts";
import { keyringHelper } from "../../src/store/keyring/keyring_helpers.ts";
import { envOf } from "../store/entries.ts";

const SRC = `${ROOT}src/`;

/** Where a program is started at all; what is started comes from the table or from the person. */
const STARTERS = [
  "audit/drivers/command_driver.ts",
  "consent/browser.ts",
  "store/keyring/run_child.ts",
];

Deno.test("programs are started in four places and nowhere else", async () => {
  const starting =
    /\bDeno\s*\??\.\s*(Command|run|dlopen)\b|new Command\b|child_process|new Worker\b|\bDeno\s*(\?\.)?\[|=\s*(globalThis\.)?Deno\b(?!\.)/;
  const found: string[] = [];
  for (const path of await filesBelow(SRC)) {
    if (starting.test(await Deno.readTextFile(SRC + path))) found.push(path);
  }
  assert.deepEqual(found, STARTERS);
});

Deno.test("every program of the table is started on its systems, and no other one", () => {
  const env = envOf({});
  const started: string[] = [];
  for (const os of ["linux", "darwin", "windows"]) {
    const row = (program: string, purpose: string) => `${os} ${purpose} ${program}`;
    for (const wsl of os === "linux" ? [false, true] : [false]) {
      const none = { ssh: null, container: null, user: null, hostname: null };
      const host = { ...none, os, wsl, display: true };
      for (const [program = ""] of browserCommands("https://as.example/", { env, host })) {
        started.push(row(program, "browser"));
      }
    }
    const helper = keyringHelper(os);
    const calls = [helper.store("id", "key"), helper.lookup("id"), helper.clear("id")];
    if (helper.examine !== undefined) calls.push(helper.examine("id"));
    for (const { argv: [program] } of calls) started.push(row(program, "keyring"));
    for (const { setup: { installer } } of CONFIGURABLE) {
      if (installer !== undefined) started.push(row(installer.program, "installer"));
    }
  }
  const table = PROGRAMS.flatMap(({ os, purpose, program }) =>
    os.map((system) => `${system} ${purpose} ${program}`)
  );
  assert.deepEqual([...new Set(started)].sort(), table.sort());
});
