/**
 * Command lines that mcpass prints.
 *
 * @module
 */

import { COMMANDS } from "../../src/cli/app/commands.ts";
import { resolveCommand } from "../../src/cli/app/resolve_command.ts";
import { applyRules, rulesOf } from "../../src/cli/args/flag_rules.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import type { Invocation } from "../../src/cli/command/command.ts";
import type { FlagTable } from "../../src/cli/command/flag.ts";

/** The words of a command line as a shell splits them. */
export function shellWords(line: string): string[] {
  const words = line.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
      (_, double, single, escaped) => double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? escaped,
    )
  );
}

/** A command that is on a line of its own, below what introduces it. */
interface PrintedLine {
  readonly intro: string;
  /** Without `mcpass`. */
  readonly words: readonly string[];
  /** True if it has to run as it is. */
  readonly isTry: boolean;
}

/** The commands of `Fix:` and `Try:`, and those below a line that ends with a colon. */
export function printedLines(text: string): PrintedLine[] {
  let intro = "";
  return text.split("\n").flatMap((line) => {
    const [, label, command] = /^(Try: +| +)mcpass (.+)$/.exec(line) ?? [];
    if (command !== undefined) {
      return [{ intro, words: shellWords(command), isTry: label?.startsWith("Try:") === true }];
    }
    intro = /^ /.test(line) ? `${intro} ${line.trim()}` : line;
    return [];
  });
}

/** What a person puts in place of a placeholder. */
const SAMPLES: Readonly<Record<string, string>> = {
  "<url>": "https://server.example/mcp",
  "<issuer>": "https://as.example",
};

const filled = (word: string) =>
  word.replace(/<[a-z ]+>/g, (placeholder) => SAMPLES[placeholder] ?? "x");

/** True if a person has to fill in something. */
export function hasPlaceholder(words: readonly string[]): boolean {
  return words.some((word) => /<[a-z ]+>/.test(word));
}

type Parsed = Invocation<FlagTable> & { readonly name: string };

/** Moves a URL before other arguments to the option, as a run of the command does. */
function withServer(parsed: Parsed): Parsed {
  const [first = "", ...operands] = parsed.operands;
  if (parsed.options["url"] !== undefined || !first.includes("://")) return parsed;
  return { ...parsed, operands, options: { ...parsed.options, url: first } };
}

/** @throws Failure of kind `usage` for a line that does not parse. */
export async function parsePrinted(
  words: readonly string[],
): Promise<Parsed> {
  const isHelp = words.at(-1) === "--help";
  const { entry, args } = resolveCommand(
    COMMANDS,
    words.slice(0, isHelp ? -1 : undefined).map(filled),
  );
  if (entry === undefined) throw new Error(`no command: ${words.join(" ")}`);
  const command = await entry.load();
  const env = { get: () => undefined, toObject: () => ({}) };
  const invocation = parseCommand(command, args, env);
  const rules = await rulesOf(command, invocation);
  return withServer({ ...applyRules(rules, command.flags, invocation), name: command.name });
}
