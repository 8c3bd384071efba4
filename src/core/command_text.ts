/** Command lines of mcpass to show. @module */

import { shellWord } from "./text.ts";

/** By option (`clientId` is `--client-id`): a value, several, or `true` for a flag without a value. */
export type OptionTexts = Readonly<Record<string, string | readonly string[] | true | undefined>>;

/** The actions of `oauth client`, which precede the server, and a host without a dot. */
const RESERVED = ["show", "update", "delete", "localhost"];

/** True for the name of a sign-in, which is neither a URL, a host with a dot or a port, nor a flag. */
export function isSignInName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,39}$/.test(text) && !RESERVED.includes(text);
}

/** `--client-id` of `clientId`. */
export function flagName(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Each flag with its value. */
function flagPairs(options: OptionTexts): (readonly [name: string, text?: string])[] {
  return Object.entries(options).flatMap(([option, texts]): [string, string?][] => {
    if (texts === undefined) return [];
    const name = flagName(option);
    return texts === true ? [[name]] : [texts].flat().map((text) => [name, text]);
  });
}

/** The words of a command line, quoted for the shell. */
function flagWords(options: OptionTexts): string[] {
  return flagPairs(options).map(([name, text]) =>
    text === undefined ? name : `${name} ${shellWord(text)}`
  );
}

/** The arguments of a command line for a program, which needs no quotes. */
export function commandWords(command: string, options: OptionTexts): string[] {
  return [
    "mcpass",
    ...command.split(" "),
    ...flagPairs(options).flatMap((pair) => [...pair] as string[]),
  ];
}

/** `--trust-pkce https://as.example`: flags to add to a command line. */
export function flagsText(options: OptionTexts): string {
  return flagWords(options).join(" ");
}

/**
 * A command line that runs as it is printed.
 *
 * @param command The words after `mcpass`.
 */
export function commandText(
  command: string,
  options: OptionTexts = {},
  operands: readonly string[] = [],
): string {
  const { url, ...others } = options;
  // The server is the first argument, except where a command starts with other ones.
  const at = operands.length === 0 || /^(?:rename$|(?:tools|resources|prompts) )/.test(command)
    ? 0
    : command === "config"
    ? 1
    : -1;
  const isOperand = typeof url === "string" && at >= 0;
  const all = isOperand ? operands.toSpliced(at, 0, url) : operands;
  const words = all.map((word) => shellWord(word));
  return ["mcpass", command, ...words, ...flagWords(isOperand ? others : options)].join(" ");
}

/** A command line without secrets. */
export interface PrintedCommand {
  readonly line: string;
  /** The environment variables that must have the secrets. */
  readonly variables?: readonly string[];
}

/** An introduction, and the command on a line of its own, which output does not wrap. */
export function withCommand(intro: string, { line, variables = [] }: PrintedCommand): string {
  const isQuestion = intro.endsWith("?");
  const names = variables.join(" and ");
  const set = names === "" ? "" : isQuestion ? ` Set ${names}` : `, with ${names} set`;
  const colon = set === "" && isQuestion ? "" : ":";
  return `${intro}${set}${colon}\n  ${line}`;
}

/** A remedy that may end before a command line. */
export interface Remedy<Text = string> {
  readonly remedy: Text;
  /** What the command line of the login needs in addition. */
  readonly loginFlags?: OptionTexts | undefined;
  /** What the command line that failed needs in addition, of whatever command. */
  readonly commandFlags?: OptionTexts | undefined;
}

/** The command line of a login with more flags. */
export interface LoginCommand {
  (flags: OptionTexts): PrintedCommand;
  /** The command line that failed, with more flags; absent: that is the login. */
  readonly own?: (flags: OptionTexts) => PrintedCommand;
}

export function withFlags(command: LoginCommand, more: OptionTexts): LoginCommand {
  return Object.assign((flags: OptionTexts) => command({ ...more, ...flags }), {
    own: command.own ?? command,
  });
}

/** A remedy of a table: a text alone, or with flags. */
export type RemedyEntry = string | Remedy;

export function remedyOf(entry: RemedyEntry): Remedy {
  return typeof entry === "string" ? { remedy: entry } : entry;
}

/** The complete remedy: its text and, if it names flags, the command with them. */
export function remedyText<Text extends string | undefined>(
  { remedy, loginFlags, commandFlags }: Remedy<Text>,
  login: LoginCommand,
): Text | string {
  const { own = login } = login;
  if (commandFlags !== undefined) {
    return withCommand(remedy ?? "Run this command", own(commandFlags));
  }
  if (loginFlags === undefined) return remedy;
  // Nothing of this login is for another server: no secret, header, client or relaxation.
  const command = loginFlags["url"] === undefined
    ? login(loginFlags)
    : { line: commandText("login", loginFlags) };
  return withCommand(remedy ?? "Run this command", command);
}
