import { autocomplete, multiselect, password, select, text } from "@clack/prompts";
import process from "node:process";
import type { Key } from "node:readline";
import { unlessAborted } from "../../core/abort.ts";
import { cancelledAt } from "./cancelled.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import { printable } from "../../core/text.ts";
import { wrap } from "../terminal/layout.ts";
import type { Choice, Prompter, Question, QuestionText } from "../command/runtime.ts";
import { PLAIN, type Style } from "../terminal/style.ts";

export interface PromptSurface {
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  readonly style: Style;
  readonly columns: () => number;
}

const MAX_LABEL = 200;

function toOption({ value, label = value, hint }: Choice) {
  return {
    value,
    label: printable(label, MAX_LABEL),
    ...pickDefined({ hint: hint && printable(hint, MAX_LABEL) }),
  };
}

function prompt(question: Question, common: Common): Promise<string | symbol> {
  const { secret, choices, example, initial, search } = question;
  const validate = (answer: string | undefined) => question.check?.(answer ?? "");
  if (secret) return password({ ...common, validate });
  if (choices === undefined) {
    return text({
      ...common,
      validate,
      ...pickDefined({ placeholder: example, initialValue: initial }),
    });
  }
  const options = choices.map(toOption);
  if (question.typed) return chooseOrType(options, question, common);
  return search
    ? autocomplete({ ...common, options, maxItems: 8 })
    : select({ ...common, options });
}

/** What is typed filters the choices, and is a choice itself. */
function chooseOrType(
  options: readonly ReturnType<typeof toOption>[],
  { check }: Question,
  common: Common,
): Promise<string | symbol> {
  const isListed = (answer: unknown) => options.some(({ value }) => value === answer);
  return autocomplete<string>({
    ...common,
    maxItems: 8,
    options() {
      const typed = this.userInput.trim();
      if (typed === "") return [...options];
      const listed = options.filter(({ label }) =>
        label.toLowerCase().includes(typed.toLowerCase())
      );
      return [...listed, { value: typed, label: printable(typed, MAX_LABEL) }];
    },
    filter: () => true,
    validate: (answer) =>
      typeof answer !== "string" || isListed(answer) ? undefined : check?.(answer),
  });
}

type Terminal = Pick<typeof process, "stdin" | "stderr" | "on" | "off">;

interface Common {
  readonly message: string;
  readonly input: typeof process.stdin;
  readonly output: typeof process.stderr;
  readonly signal: AbortSignal;
}

// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[\d;]*m/g;

function withoutColours(stream: typeof process.stderr): typeof process.stderr {
  return new Proxy(stream, {
    get(target, name) {
      if (name === "write") return (text: string) => target.write(text.replace(COLOURS, ""));
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** After Ctrl-Z, readline leaves the terminal in line mode, and paused when the program continues. */
function resumeAfterStop(terminal: Terminal): Disposable {
  const { stdin } = terminal;
  let isOpen = true;
  const resume = () => setTimeout(() => isOpen && stdin.setRawMode?.(true).resume());
  const onKey = (_: unknown, key?: Key) => key?.ctrl && key.name === "z" && resume();
  stdin.on("keypress", onKey);
  terminal.on("SIGCONT", resume);
  return {
    [Symbol.dispose]() {
      isOpen = false;
      stdin.off("keypress", onKey);
      terminal.off("SIGCONT", resume);
    },
  };
}

/** Throws if the signal aborts, because on a closed terminal a prompt never ends. */
async function awaitAnswer<T>(
  answer: Promise<T | symbol>,
  { message, signal }: Common,
  terminal: Terminal,
): Promise<T> {
  using _ = resumeAfterStop(terminal);
  const cancelled = () => cancelledAt(message);
  const result = await unlessAborted(answer, signal).catch((error) => {
    throw signal.aborted ? cancelled() : error;
  });
  if (typeof result === "symbol") throw cancelled();
  return result;
}

/** Prompts on standard error, because standard output is for the result. */
export function createPrompter(
  surface: PromptSurface,
  terminal: Terminal = process,
): Prompter {
  const { signal, write, style, columns } = surface;
  const { stdin: input, stderr } = terminal;
  const output = style === PLAIN ? withoutColours(stderr) : stderr;
  const common = ({ message, before = [] }: QuestionText): Common => {
    // An indented line is a command to copy, so it is not wrapped.
    const lines = before.flatMap((line) => line.startsWith(" ") ? [line] : wrap(line, columns()));
    if (lines.length > 0) write(`\n${lines.map((line) => `${style.dim(line)}\n`).join("")}`);
    return { message, input, output, signal };
  };
  return {
    ask(question) {
      const shared = common(question);
      return awaitAnswer(prompt(question, shared), shared, terminal);
    },
    askMany(selection) {
      const { choices, preselected, required } = selection;
      const options = choices.map(toOption);
      const shared = common(selection);
      const answer = multiselect<string>(
        { ...shared, options, initialValues: [...preselected], required },
      );
      return awaitAnswer<string[]>(answer, shared, terminal);
    },
  };
}
