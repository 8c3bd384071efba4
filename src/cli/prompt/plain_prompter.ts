/** Prompts for a terminal without escape sequences (`TERM=dumb`): they write and read lines. @module */

import { editLine, processInput, type RawInput } from "../../consent/paste_prompt.ts";
import { printable } from "../../core/text.ts";
import { wrap } from "../../core/width.ts";
import { cancelledAt } from "./cancelled.ts";
import type { PromptSurface } from "./prompter.ts";
import type { Choice, Prompter, Question, QuestionText } from "../command/runtime.ts";

/** With more choices, the person first types a part of the name. */
const MAX_SHOWN = 20;

async function readLine(
  { signal }: PromptSurface,
  input: RawInput,
  secret: boolean,
  question: string,
): Promise<string> {
  const decoder = new TextDecoder();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const cancel = () => reject(cancelledAt(question));
  let line = "";
  const onData = (chunk: Uint8Array) => {
    const edited = editLine(line, decoder.decode(chunk, { stream: true }));
    line = edited.line;
    // Pauses at once, so that a line that was typed ahead answers the next question.
    if (edited.end !== undefined) input.pause();
    if (edited.end === "line") resolve(line);
    else if (edited.end !== undefined) cancel();
  };
  if (signal.aborted) cancel();
  input.setRawMode?.(secret);
  input.on("data", onData);
  input.on("end", cancel);
  signal.addEventListener("abort", cancel);
  input.resume();
  try {
    return await promise;
  } finally {
    input.pause();
    signal.removeEventListener("abort", cancel);
    input.off("data", onData);
    input.off("end", cancel);
    if (secret) input.setRawMode?.(false);
  }
}

function labelOf({ value, label = value, hint }: Choice): string {
  return printable(label, 200) + (hint === undefined ? "" : ` (${printable(hint, 200)})`);
}

/** An answer is the number of a shown choice, or a part of its name. */
function matchingChoices(
  answer: string,
  shown: readonly Choice[],
  all: readonly Choice[],
): Choice[] {
  const numbered = /^\d+$/.test(answer) ? shown[Number(answer) - 1] : undefined;
  const exact = numbered ?? all.find(({ value }) => value === answer);
  if (exact !== undefined) return [exact];
  const part = answer.toLowerCase();
  return all.filter(({ value, label = value }) => label.toLowerCase().includes(part));
}

export function createPlainPrompter(
  surface: PromptSurface,
  open: () => Promise<RawInput> = processInput,
): Prompter {
  const { write, columns } = surface;
  const say = (text: string, indent = "", hanging = indent) =>
    write(wrap(text, columns(), indent, hanging).map((line) => `${line}\n`).join(""));
  let question = "";
  const read = async (label: string, secret = false): Promise<string> => {
    write(`${label}: `);
    const line = await readLine(surface, await open(), secret, question);
    if (secret) write("\n");
    return line;
  };

  function writeQuestion({ message, before = [] }: QuestionText): void {
    question = message;
    write("\n");
    for (const line of before) {
      if (line.startsWith(" ")) write(`${line}\n`);
      else say(line);
    }
    say(message);
  }

  function list(choices: readonly Choice[], mark: (choice: Choice) => string = () => ""): void {
    for (const [at, choice] of choices.entries()) {
      say(`${at + 1}. ${mark(choice)}${labelOf(choice)}`, "  ", "     ");
    }
  }

  async function choose({ choices = [], typed, check }: Question): Promise<string> {
    let shown = choices.length > MAX_SHOWN ? [] : choices;
    for (;;) {
      list(shown);
      const answer = (await read(
        shown.length === 0
          ? "Part of the name"
          : typed
          ? "Number, part of the name, or another answer (Enter for 1)"
          : "Number or part of the name (Enter for 1)",
      )).trim();
      const found = answer === "" ? shown.slice(0, 1) : matchingChoices(answer, shown, choices);
      const [first, ...others] = found;
      if (first !== undefined && others.length === 0) return first.value;
      if (found.length > MAX_SHOWN) say(`${found.length} choices match. Type more of the name`);
      else if (found.length > 0) shown = found;
      else if (answer === "") say("Type part of the name");
      else if (typed) {
        const objection = check?.(answer);
        if (objection === undefined) return answer;
        say(objection);
      } else say("No choice has this number or text");
    }
  }

  async function type({ example, initial, secret = false, check }: Question): Promise<string> {
    const label = secret
      ? "Answer (hidden)"
      : initial !== undefined
      ? `Answer (Enter for ${initial})`
      : example === undefined
      ? "Answer"
      : `Answer (example: ${example})`;
    for (;;) {
      const answer = await read(label, secret) || (initial ?? "");
      const objection = check?.(answer);
      if (objection === undefined) return answer;
      say(objection);
    }
  }

  return {
    async ask(question) {
      writeQuestion(question);
      return await (question.choices === undefined ? type(question) : choose(question));
    },
    async askMany(selection) {
      const { choices, preselected, required } = selection;
      writeQuestion(selection);
      list(choices, ({ value }) => preselected.includes(value) ? "[x] " : "[ ] ");
      for (;;) {
        const answer = await read("Numbers, separated by spaces (Enter for those with an x)");
        const words = answer.split(/[\s,]+/).filter((word) => word !== "");
        const chosen = words.map((word) => choices[Number(word) - 1]?.value);
        const valid = chosen.filter((value) => value !== undefined);
        const selected = words.length === 0 ? [...preselected] : [...new Set(valid)];
        if (valid.length < chosen.length) say(`Type numbers from 1 to ${choices.length}`);
        else if (required && selected.length === 0) say("Choose at least one");
        else return selected;
      }
    },
  };
}
