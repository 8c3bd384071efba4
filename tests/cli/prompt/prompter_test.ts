import assert from "node:assert/strict";
import type process from "node:process";
import { PassThrough } from "node:stream";
import type { Prompter, Question } from "../../../src/cli/command/runtime.ts";
import { createPrompter } from "../../../src/cli/prompt/prompter.ts";
import { PLAIN } from "../../../src/cli/terminal/style.ts";

const CHOICES = ["apple", "pear"].map((value) => ({ value }));
const MESSAGE = "Which fruit?";

type Ask = (prompter: Prompter) => Promise<unknown>;

const asking = (parts: Partial<Question>): Ask => (prompter) =>
  prompter.ask({ message: MESSAGE, ...parts });

/** Every kind of question that a login asks. */
const KINDS: readonly (readonly [kind: string, ask: Ask])[] = [
  ["a text", asking({})],
  ["a text to edit", asking({ initial: "apple" })],
  ["a secret", asking({ secret: true })],
  ["a choice", asking({ choices: CHOICES })],
  ["a choice with search", asking({ choices: CHOICES, search: true })],
  [
    "a selection",
    (prompter) =>
      prompter.askMany({
        message: MESSAGE,
        choices: CHOICES,
        preselected: ["apple"],
        required: true,
      }),
  ],
];

/** A prompter on streams of its own; `shown` ends when the question is on screen. */
function onStreams(signal = new AbortController().signal) {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(on: boolean) {
      stdin.isRaw = on;
      return stdin;
    },
  });
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  const shown = Promise.withResolvers<void>();
  let text = "";
  stderr.on("data", (part) => {
    text += part;
    if (text.includes(MESSAGE)) shown.resolve();
  });
  const terminal = { stdin, stderr, on() {}, off() {} } as unknown as typeof process;
  const surface = { signal, style: PLAIN, columns: () => 80, write: () => {} };
  return { prompter: createPrompter(surface, terminal), stdin, shown: shown.promise };
}

for (const [kind, ask] of KINDS) {
  for (const [name, key] of [["Ctrl-C", "\x03"], ["Esc", "\x1b"]] as const) {
    Deno.test(`${name} at ${kind} cancels, names the question, and restores the terminal`, async () => {
      const { prompter, stdin, shown } = onStreams();
      const asked = ask(prompter);
      await shown;
      stdin.write(key);
      await assert.rejects(asked, {
        kind: "cancelled",
        message: `cancelled at the question "${MESSAGE}"`,
      });
      assert.equal(stdin.isRaw, false);
    });
  }

  Deno.test(`a signal at ${kind} cancels it`, async () => {
    const stop = new AbortController();
    const { prompter, shown } = onStreams(stop.signal);
    const asked = ask(prompter);
    await shown;
    stop.abort();
    await assert.rejects(asked, { kind: "cancelled" });
  });
}

const OTHER = { value: "other", label: "Another fruit", sets: {} };

/** What a person gets who types this text and Enter. */
async function typing(text: string, parts: Partial<Question>): Promise<string> {
  const { prompter, stdin, shown } = onStreams();
  const asked = prompter.ask({ message: MESSAGE, ...parts });
  await shown;
  for (const key of text) stdin.write(key);
  stdin.write("\r");
  return await asked;
}

for (
  const [typed, answer] of [
    ["", "apple"],
    ["pe", "pear"],
    ["plum", "plum"],
    ["http://fig.example/mcp", "http://fig.example/mcp"],
  ] as const
) {
  Deno.test(`at choices with free text, "${typed}" is the answer ${answer}`, async () => {
    assert.equal(await typing(typed, { choices: [...CHOICES, OTHER], typed: true }), answer);
  });
}

Deno.test("a typed answer among choices has to pass the check; a choice need not", async () => {
  const check = (answer: string) => answer === "plums" ? undefined : "no such fruit";
  const question = { choices: CHOICES, typed: true, check };
  assert.equal(await typing("", question), "apple");
  assert.equal(await typing("plum\rs", question), "plums");
});
