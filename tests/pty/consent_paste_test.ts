import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { get } from "../consent/support.ts";
import { onTerminal, type Terminal } from "./consent_terminal.ts";

const APP = `${ROOT}tests/pty/consent_app.ts`;

function startApp(args = ""): Terminal {
  return onTerminal(
    `"${Deno.execPath()}" run -A --quiet "${APP}" ${args}; echo "<rc $?>"; stty -a`,
  );
}

async function redirectUri(terminal: Terminal): Promise<string> {
  const shown = await terminal.until("(hidden): ");
  return /<redirect (\S+)>/.exec(shown)?.[1] ?? "";
}

function assertRestored(shown: string): void {
  const settings = shown.slice(shown.indexOf("<rc"));
  for (const on of ["echo", "icanon", "isig", "icrnl"]) {
    assert.match(settings, new RegExp(`\\s${on}\\s`), `${on} in ${settings}`);
  }
}

Deno.test("a long pasted address is taken whole and never shown", async () => {
  const terminal = startApp();
  const uri = await redirectUri(terminal);
  const code = "SeCrEt".repeat(1000);
  await terminal.type(`${uri}?code=${code}&state=wrong\r`);
  await terminal.until('Not accepted: its "state" is not the one of this sign-in');
  await terminal.type(`${uri}?code=${code}&state=s1`);
  await terminal.until(`${uri.length + code.length + 15} characters`);
  await terminal.type("\r");
  const shown = await terminal.end();
  assert.match(shown, /<via paste code:6000 state:2>/);
  assert.match(shown, /<rc 0>/);
  assert.doesNotMatch(shown, /SeCrEt/);
  assert.match(shown, /(^|\n)https:\/\/as\.example\/authorize\?state=s1\r\n/);
  assertRestored(shown);
});

Deno.test("Ctrl-C at the prompt ends with 130 and restores the terminal", async () => {
  const terminal = startApp();
  await redirectUri(terminal);
  await terminal.type("half a code\x03");
  const shown = await terminal.end();
  assert.match(shown, /<failure cancelled>/);
  assert.match(shown, /<rc 130>/);
  assertRestored(shown);
});

Deno.test("when the listener wins, the prompt goes away and the next one gets every key", async () => {
  const terminal = startApp("--ask-after");
  const uri = await redirectUri(terminal);
  const page = await get(Number(new URL(uri).port), "/callback?code=c&state=s1");
  assert.match(page, /Signed in/);
  const before = await terminal.until("<via listener code:1 state:2>");
  assert.ok(before.includes("(hidden): \r\x1b[2K<via listener"));
  await terminal.until("And now?");
  await terminal.type("abc");
  await terminal.until("abc", before.length);
  await terminal.type("\r");
  const shown = await terminal.end();
  assert.match(shown, /<answer abc>/);
  assert.match(shown, /<rc 0>/);
  assertRestored(shown);
});
