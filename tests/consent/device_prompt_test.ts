import assert from "node:assert/strict";
import type { ChildCommand } from "../../src/consent/browser.ts";
import {
  type DevicePrompt,
  type DevicePromptOptions,
  showDevicePrompt,
} from "../../src/consent/device_prompt.ts";
import { fakeEnv, fakeIo, recordingSpawn } from "./support.ts";

const PROMPT: DevicePrompt = {
  userCode: "AB-CD",
  verificationUri: "https://as.example/device",
  verificationUriComplete: undefined,
  issuer: "https://as.example",
  resource: "https://mcp.example/mcp",
  scopes: undefined,
  clientId: "c1",
  timeoutMs: 60_001,
};
const COMPLETE = "https://as.example/device?code=AB-CD";

/** What a prompt writes and returns. */
async function shown(
  prompt: Partial<DevicePrompt> = {},
  options: Partial<DevicePromptOptions> = {},
) {
  const io = fakeIo();
  const parts = {
    io,
    env: fakeEnv(),
    noColor: false,
    browser: undefined,
    now: () => 0,
    ...options,
  };
  const judgements = await showDevicePrompt(parts, { ...PROMPT, ...prompt });
  return { text: (parts.io as typeof io).written(), judgements };
}

Deno.test("a person reads the address alone on its line, the code, and what is authorized", async () => {
  const { text, judgements } = await shown();
  const lines = text.split("\n");
  const at = lines.indexOf(PROMPT.verificationUri);
  assert.deepEqual([lines[at - 1], lines[at + 1]], ["", ""]);
  assert.match(text, /code: AB-CD\n/);
  const said = text.replaceAll("\n", " ");
  assert.match(said, /"c1".*"https:\/\/mcp\.example\/mcp".*"https:\/\/as\.example"/);
  assert.match(said, /the default scope/);
  assert.match(text, /at most 61 s/);
  assert.deepEqual(judgements, []);
  assert.equal(text.split("\n").length, lines.length);
  assert.doesNotMatch(text, /contains the code|█|▀|▄/);
});

Deno.test("scopes are named, and an empty list is the default scope", async () => {
  const said = async (scopes: string[]) => (await shown({ scopes })).text.replaceAll("\n", " ");
  assert.match(await said(["a", "b"]), /the scope "a b"/);
  assert.match(await said([]), /the default scope/);
});

Deno.test("the address with the code in it is shown and drawn, in colour unless it is refused", async () => {
  const prompt = { verificationUriComplete: COMPLETE };
  const drawn = (text: string) => /[█▀▄]/.test(text);
  const { text } = await shown(prompt);
  const lines = text.split("\n");
  const at = lines.indexOf(COMPLETE);
  assert.deepEqual([lines[at - 1], lines[at + 1]], ["", ""]);
  assert.ok(drawn(text));
  // A small window shows the end: the URL and the code.
  assert.ok(text.search(/[█▀▄]/) < text.indexOf("Scan the QR code"));
  assert.ok(text.slice(text.lastIndexOf("█")).split("\n").length <= 20);
  assert.ok(text.includes("\x1b[97;40m"));
  for (const plain of [{ noColor: true }, { env: fakeEnv({ NO_COLOR: "1" }) }]) {
    const { text } = await shown(prompt, plain);
    assert.ok(drawn(text) && !text.includes("\x1b"));
  }
  const undrawn: Partial<DevicePromptOptions>[] = [
    { io: fakeIo(false) },
    { env: fakeEnv({ TERM: "dumb" }) },
    { io: { ...fakeIo(), columns: () => 10 } as never },
  ];
  for (const options of undrawn) assert.ok(!drawn((await shown(prompt, options)).text));
});

Deno.test("a square is drawn of at most 1000 characters", async () => {
  for (const [length, drawn] of [[1000, true], [1001, false]] as const) {
    const io = { ...fakeIo(), columns: () => 500 };
    const verificationUriComplete = COMPLETE.padEnd(length, "a");
    const { text } = await shown({ verificationUriComplete }, { io });
    assert.equal(/[█▀▄]/.test(text), drawn);
  }
});

Deno.test("an address that nobody may be sent to ends the sign-in, before anything is shown", async () => {
  const io = fakeIo();
  const refused = showDevicePrompt(
    { io, env: fakeEnv(), noColor: true, browser: undefined, now: () => 0 },
    { ...PROMPT, verificationUri: "http://as.example/device?x=MARK" },
  );
  await assert.rejects(refused, (error: Error & { code?: string; reference?: string }) => {
    assert.equal(error.code, "verification_uri_refused");
    assert.match(error.message, /"verification_uri" "http:\/\/as\.example\/device"/);
    assert.equal(error.reference, "RFC 8628 §3.2");
    return !error.message.includes("MARK");
  });
  assert.equal(io.written(), "");
});

Deno.test("an address with the code in it that nobody may be sent to is left out, with a finding", async () => {
  const { text, judgements } = await shown({ verificationUriComplete: "javascript:alert(1)" });
  assert.doesNotMatch(text, /javascript/);
  const [judgement] = judgements;
  assert.equal(judgement?.code, "verification_uri_complete_unusable");
  assert.equal(judgement?.severity, "warning");
  assert.equal(judgement?.reference, "RFC 8628 §3.3.1");
  assert.match(judgement?.remedy ?? "", /"verification_uri_complete"/);
});

Deno.test("--browser opens the address with the code, or the one without, and says if it cannot", async () => {
  for (const verificationUriComplete of [COMPLETE, undefined]) {
    const { spawn, started } = recordingSpawn(() => Promise.resolve(0));
    const env = fakeEnv({ A: "1", MCPASS_CLIENT_SECRET: "hush" });
    await shown({ verificationUriComplete }, { browser: "ff", spawn, env });
    const expected: ChildCommand = {
      program: "ff",
      args: [verificationUriComplete ?? PROMPT.verificationUri],
      env: { A: "1" },
    };
    assert.deepEqual(started, [expected]);
  }
  const io = fakeIo();
  const { spawn } = recordingSpawn(() => Promise.resolve(3));
  await shown({}, { io, browser: "ff", spawn });
  await io.shown("No browser could be opened (ff: exit status 3)");
});

Deno.test("a code is shown without control characters and cut at 64", async () => {
  const { text } = await shown({ userCode: `\x1b[2J${"x".repeat(100)}` });
  assert.ok(!text.includes("\x1b"));
  assert.ok(!text.includes("x".repeat(65)));
});
