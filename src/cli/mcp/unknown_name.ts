import { type PrintedCommand, withCommand } from "../../core/command_text.ts";
import { nearest } from "../../core/edit_distance.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { commandLine } from "../args/command_line.ts";
import type { Command } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { credentialOptions } from "./mcp_access.ts";
import type { McpUse } from "./mcp_command.ts";

/** With more names, only similar ones are shown. */
const MAX_LISTED = 12;

const MAX_SIMILAR = 3;

/** Names that may have been meant, the most similar one first. */
function similarNames(word: string, names: readonly string[]): string[] {
  const typed = word.toLowerCase();
  const closest = nearest(word, names);
  const related = typed.length < 3 ? [] : names.filter((name) => {
    const other = name.toLowerCase();
    return other.includes(typed) || other.length >= 3 && typed.includes(other);
  });
  return [...new Set([...closest === undefined ? [] : [closest], ...related])]
    .slice(0, MAX_SIMILAR);
}

const didYouMean = (names: readonly string[]) =>
  `Did you mean ${names.map((name) => quoted(name, 100)).join(" or ")}?`;

/** All names; empty if there are none, or too many. */
export function namesText(names: readonly string[], label: string): string {
  if (names.length === 0 || names.length > MAX_LISTED) return "";
  return `${label}: ${names.map((name) => quoted(name, 100)).join(", ")}`;
}

/** `Did you mean "echo"?`, or all names. */
export function suggestNames(word: string, names: readonly string[], label: string): string {
  const similar = similarNames(word, names);
  return similar.length > 0 ? didYouMean(similar) : namesText(names, label);
}

/** The command line that was typed, with another name. @param option The option for the name. */
export function withName<F extends FlagTable>(
  { session, found, invocation }: McpUse<F>,
  command: Pick<Command<FlagTable>, "name" | "flags">,
  name: string,
  option?: string,
): (corrected: string) => PrintedCommand {
  const { operands } = invocation;
  const texts = new Map<string, readonly string[]>(invocation.texts as never);
  const server = credentialOptions(session.serverUrl, found)["url"];
  if (typeof server === "string") texts.set("url", [server]);
  return (corrected) => {
    if (option !== undefined && texts.has(option)) texts.set(option, [corrected]);
    const words = operands.map((word) => word === name ? corrected : word);
    return commandLine(command, [...texts], { operands: words });
  };
}

interface UnknownName {
  /** `tool`. */
  readonly noun: string;
  readonly name: string;
  /** What the server lists. */
  readonly names: readonly string[];
  /** The command that lists the names. */
  readonly list: PrintedCommand;
  readonly corrected: (name: string) => PrintedCommand;
}

export function unknownName({ noun, name, names, list, corrected }: UnknownName): Failure {
  const similar = similarNames(name, names);
  const [first] = similar;
  const remedy = names.length === 0
    ? `It lists no ${noun}s for this account`
    : first !== undefined
    ? withCommand(didYouMean(similar), corrected(first))
    : [namesText(names, `Its ${noun}s`), withCommand(`List its ${noun}s`, list)]
      .filter((it) => it !== "").join("\n");
  return new Failure("name_unknown", `the server lists no ${noun} ${quoted(name, 100)}`, {
    remedy,
  });
}
