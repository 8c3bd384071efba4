import assert from "node:assert/strict";
import { Readable } from "node:stream";
import type { RawInput } from "../../../src/consent/paste_prompt.ts";
import { createPlainPrompter } from "../../../src/cli/prompt/plain_prompter.ts";
import type { Prompter } from "../../../src/cli/command/runtime.ts";
import { PLAIN } from "../../../src/cli/terminal/style.ts";

const FRUIT = ["apple", "apricot", "pear"].map((value) => ({ value, hint: `a ${value}` }));
const MANY = Array.from({ length: 30 }, (_, at) => ({ value: `item-${at}` }));

interface Asking {
  readonly prompter: Prompter;
  /** Everything that was written. */
  shown(): string;
  /** Whether the terminal is in raw mode. */
  raw(): boolean;
}

/** A prompter whose person types these lines, one when asked for one; null ends the input. */
function answering(
  lines: readonly (string | null)[],
  signal = new AbortController().signal,
): Asking {
  const left = [...lines];
  const listeners = new Map<string, (chunk: Uint8Array) => void>();
  let shown = "";
  let raw = false;
  const input: RawInput = {
    setRawMode: (on) => raw = on,
    on: (event, listener) => listeners.set(event, listener),
    off: (event) => listeners.delete(event),
    pause: () => {},
    resume() {
      const line = left.shift();
      if (line === null) listeners.get("end")?.(new Uint8Array());
      else if (line !== undefined) {
        listeners.get("data")?.(new TextEncoder().encode(raw ? `${line}\r` : `${line}\n`));
      }
    },
  };
  const surface = {
    signal,
    style: PLAIN,
    columns: () => 60,
    write: (text: string) => shown += text,
  };
  return {
    prompter: createPlainPrompter(surface, () => Promise.resolve(input)),
    shown: () => shown,
    raw: () => raw,
  };
}

const choose = { message: "Which fruit?", secret: false, check: () => undefined };

Deno.test("what is typed is asked for until it passes its check", async () => {
  const { prompter, shown } = answering(["no", "yes"]);
  const check = (answer: string) => answer === "yes" ? undefined : "it has to be yes";
  assert.equal(
    await prompter.ask({ message: "Well?", example: "yes", secret: false, check }),
    "yes",
  );
  assert.equal(
    shown(),
    "\nWell?\nAnswer (example: yes): it has to be yes\nAnswer (example: yes): ",
  );
});

Deno.test("a secret is read without echo, and the terminal is as before", async () => {
  const { prompter, shown, raw } = answering(["canary"]);
  const answer = await prompter.ask({ message: "Secret", secret: true, check: () => undefined });
  assert.equal(answer, "canary");
  assert.equal(raw(), false);
  assert.doesNotMatch(shown(), /canary/);
});

Deno.test("a choice is made by its number, by a part of its name, or by Enter", async () => {
  const rows: readonly (readonly [lines: string[], value: string])[] = [
    [[""], "apple"],
    [["3"], "pear"],
    [["PEA"], "pear"],
    [["ap", "2"], "apricot"],
    [["9", "x", "apple"], "apple"],
  ];
  for (const [lines, value] of rows) {
    const { prompter } = answering(lines);
    assert.equal(await prompter.ask({ ...choose, choices: FRUIT }), value, lines.join());
  }
});

Deno.test("the choices stand on numbered lines without escape sequences", async () => {
  const { prompter, shown } = answering(["1"]);
  await prompter.ask({ ...choose, choices: FRUIT, before: ["There are three"] });
  assert.equal(
    shown(),
    "\nThere are three\nWhich fruit?\n  1. apple (a apple)\n  2. apricot (a apricot)\n" +
      "  3. pear (a pear)\nNumber or part of the name (Enter for 1): ",
  );
});

Deno.test("a long list is shown once a part of a name narrows it", async () => {
  const { prompter, shown } = answering(["", "item", "m-2", "2"]);
  assert.equal(await prompter.ask({ ...choose, choices: MANY, search: true }), "item-20");
  assert.match(shown(), /^\nWhich fruit\?\nPart of the name: /);
  assert.match(shown(), /30 choices match\. Type more of the name\n/);
});

Deno.test("several are chosen by their numbers; Enter takes what was preselected", async () => {
  const asked = { message: "Which?", choices: FRUIT, preselected: ["apricot"], required: true };
  const rows: readonly (readonly [lines: string[], values: string[]])[] = [
    [[""], ["apricot"]],
    [["3 1"], ["pear", "apple"]],
    [["1,4", "2"], ["apricot"]],
  ];
  for (const [lines, values] of rows) {
    const { prompter, shown } = answering(lines);
    assert.deepEqual(await prompter.askMany(asked), values);
    assert.match(shown(), / {2}1\. \[ \] apple .*\n {2}2\. \[x\] apricot /);
  }
  const { prompter } = answering(["", "2"]);
  assert.deepEqual(await prompter.askMany({ ...asked, preselected: [] }), ["apricot"]);
});

Deno.test("the end of the input, Ctrl-C in a secret and a signal cancel the question", async () => {
  const stopped = AbortSignal.abort();
  const rows: readonly (readonly [asking: Asking, secret: boolean])[] = [
    [answering([null]), false],
    [answering(["\x03"]), true],
    [answering([], stopped), false],
  ];
  for (const [{ prompter, raw }, secret] of rows) {
    await assert.rejects(
      prompter.ask({ message: "Well?", secret, check: () => undefined }),
      { code: "cancelled" },
    );
    assert.equal(raw(), false);
  }
});

Deno.test("lines that are typed ahead answer the questions that follow", async () => {
  const input = new Readable({ read() {} });
  const surface = {
    ...{ signal: new AbortController().signal, style: PLAIN },
    ...{ columns: () => 60, write: () => {} },
  };
  const prompter = createPlainPrompter(surface, () => Promise.resolve(input));
  for (const line of ["one\n", "two\n", "three\n"]) input.push(new TextEncoder().encode(line));
  const answers: string[] = [];
  for (const message of ["First?", "Second?", "Third?"]) {
    answers.push(await prompter.ask({ message, secret: false, check: () => undefined }));
  }
  assert.deepEqual(answers, ["one", "two", "three"]);
});

Deno.test("a choice that is named twice is taken once", async () => {
  const { prompter } = answering(["1 3 1"]);
  const selection = { message: "Which?", choices: FRUIT, preselected: [], required: false };
  assert.deepEqual(await prompter.askMany(selection), ["apple", "pear"]);
});

Deno.test("at choices with free text, another answer is accepted after its check", async () => {
  const { prompter, shown } = answering(["fig", "plum"]);
  const check = (answer: string) => answer === "plum" ? undefined : "it has to be plum";
  const question = { ...choose, choices: FRUIT, typed: true, check };
  assert.equal(await prompter.ask(question), "plum");
  assert.match(shown(), /Number, part of the name, or another answer \(Enter for 1\)/);
  assert.match(shown(), /it has to be plum/);
});
