/**
 * Questions to a person at a terminal.
 *
 * @module
 */

import { autocomplete, multiselect, password, select, text } from "@clack/prompts";
import process from "node:process";
import { unlessAborted } from "../core/abort.ts";
import { cancelledFailure } from "../core/failure.ts";
import { printable } from "../core/text.ts";
import { wrap } from "./layout.ts";
import { PLAIN, type Style } from "./style.ts";

/** One of several answers. */
export interface Choice {
  /** The answer. */
  readonly value: string;
  /** What is shown for it; the answer itself where absent. */
  readonly label?: string;
  /** Why one would take it. */
  readonly hint?: string;
  /** The options it stands for, in place of the question's own. */
  readonly sets?: Readonly<Record<string, string>>;
}

/** What questions of every kind have. */
export interface Asked {
  /** What is asked. */
  readonly message: string;
  /** Lines to be read before it. */
  readonly before?: readonly string[];
  /** The option that answers it, so that a command line can. */
  readonly option?: string;
}

/** One question with one answer. */
export interface Question extends Asked {
  /** An example, shown while nothing has been typed. */
  readonly example?: string | undefined;
  /** The only answers there are; one of them is chosen. */
  readonly choices?: readonly Choice[] | undefined;
  /** True where the choices are searched by typing. */
  readonly search?: true;
  /** True when what is typed must not be seen. */
  readonly secret: boolean;
  /** What a typed answer means; the answer itself where absent. */
  meant?(answer: string): string;
  /** What is wrong with an answer, or undefined. */
  check(answer: string): string | undefined;
}

/** A question with any number of answers. */
export interface Selection extends Asked {
  /** What there is. */
  readonly choices: readonly Choice[];
  /** What is ticked at first. */
  readonly ticked: readonly string[];
  /** True where at least one is wanted. */
  readonly required: boolean;
}

/** Asks a person. */
export interface Prompter {
  /**
   * Asks until the answer passes its check.
   *
   * @throws Failure `cancelled` on Ctrl-C, Esc, or when the signal aborts.
   */
  ask(question: Question): Promise<string>;
  /**
   * Asks which ones.
   *
   * @throws Failure `cancelled` as {@link Prompter.ask}.
   */
  askMany(selection: Selection): Promise<string[]>;
}

/** What the prompts are drawn on. */
export interface PromptSurface {
  /** Aborts them. */
  readonly signal: AbortSignal;
  /** Writes to the terminal. */
  readonly write: (text: string) => void;
  /** Colours. */
  readonly style: Style;
  /** Columns of the terminal. */
  readonly columns: () => number;
}

/** Characters of a label, at most. */
const LONGEST = 200;

function shown({ value, label = value, hint }: Choice) {
  return {
    value,
    label: printable(label, LONGEST),
    ...(hint === undefined ? {} : { hint: printable(hint, LONGEST) }),
  };
}

function prompt(question: Question, common: Common): Promise<string | symbol> {
  const { secret, choices, example, search } = question;
  const validate = (answer: string | undefined) => question.check(answer ?? "");
  if (secret) return password({ ...common, validate });
  if (choices === undefined) {
    return text({
      ...common,
      validate,
      ...(example === undefined ? {} : { placeholder: example }),
    });
  }
  const options = choices.map(shown);
  return search
    ? autocomplete({ ...common, options, maxItems: 8 })
    : select({ ...common, options });
}

interface Common {
  readonly message: string;
  readonly output: typeof process.stderr;
  readonly signal: AbortSignal;
}

// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[\d;]*m/g;

/** The stream, less the colours that are written to it. */
function uncoloured(stream: typeof process.stderr): typeof process.stderr {
  return new Proxy(stream, {
    get(target, name) {
      if (name === "write") return (text: string) => target.write(text.replace(COLOURS, ""));
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

function taken<T>(answer: T | symbol): T {
  if (typeof answer === "symbol") throw cancelledFailure("cancelled at a question");
  return answer;
}

/** The answer, or the end when the signal aborts: a prompt on a terminal that has closed never ends. */
async function answered<T>(answer: Promise<T | symbol>, signal: AbortSignal): Promise<T> {
  try {
    return taken(await unlessAborted(answer, signal));
  } catch (error) {
    throw signal.aborted ? cancelledFailure("cancelled at a question") : error;
  }
}

/** Prompts drawn on stderr, so that stdout stays the result's. */
export function createPrompter(surface: PromptSurface): Prompter {
  const { signal, write, style, columns } = surface;
  const output = style === PLAIN ? uncoloured(process.stderr) : process.stderr;
  const common = ({ message, before = [] }: Asked): Common => {
    // What is indented is to be copied, and stays whole.
    const lines = before.flatMap((line) => line.startsWith(" ") ? [line] : wrap(line, columns()));
    if (lines.length > 0) write(`\n${lines.map((line) => `${style.dim(line)}\n`).join("")}`);
    return { message, output, signal };
  };
  return {
    ask: (question) => answered(prompt(question, common(question)), signal),
    askMany: (selection) =>
      answered<string[]>(
        multiselect<string>({
          ...common(selection),
          options: selection.choices.map(shown),
          initialValues: [...selection.ticked],
          required: selection.required,
        }),
        signal,
      ),
  };
}
