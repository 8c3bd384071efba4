import { withCommand } from "../../core/command_text.ts";
import { usageFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { flagNamesIn } from "../command/flag.ts";
import { nearest } from "../../core/edit_distance.ts";
import type { CommandEntry } from "../command/command.ts";

/** Common flags with a value, which is not the name of a command. */
const FLAGS_WITH_VALUE = ["--ca-file", "--ca-store", "--proxy", "--format", "--field"];
const HANDLED_EARLY = ["-h", "--help", "-V", "--version"];
const TOGGLES = ["-q", "--quiet", "-v", "--verbose", "--no-input", "--no-color", ...HANDLED_EARLY];

export interface Resolved {
  /** The command; undefined for `mcpass` or a group alone. */
  readonly entry: CommandEntry | undefined;
  readonly group: string | undefined;
  /** The arguments of the command; common flags before its name are first. */
  readonly args: readonly string[];
}

/** The common toggles in an argument such as `-qv`; none if it also has other flags. */
export function commonToggles(word: string): string[] {
  const names = flagNamesIn(word);
  return names.every((name) => TOGGLES.includes(name)) ? names : [];
}

export function loginEntry(commands: readonly CommandEntry[]): CommandEntry | undefined {
  return commands.find(({ name }) => name === "login");
}

export function namesAfter(commands: readonly CommandEntry[], words: readonly string[]): string[] {
  const start = words.map((word) => `${word} `).join("");
  const names = commands.filter((entry) => entry.name.startsWith(start))
    .map((entry) => entry.name.slice(start.length).split(" ")[0] ?? "");
  return [...new Set(names)];
}

/** Flags without a command belong to `login`. `others` are further names to suggest. */
export function resolveCommand(
  commands: readonly CommandEntry[],
  args: readonly string[],
  others: readonly string[] = [],
): Resolved {
  const words: string[] = [];
  const flags: string[] = [];
  let at = 0;
  let entry: CommandEntry | undefined;
  for (; at < args.length; at++) {
    const word = args[at] ?? "";
    // `config list` is another command than `config`.
    const longer = entry === undefined ? [] : namesAfter(commands, words);
    if (entry !== undefined && !longer.includes(word)) {
      if (nearest(word, longer) !== undefined) {
        throw unknownCommand(commands, words, word, others, args.slice(at + 1));
      }
      break;
    }
    const hasValue = FLAGS_WITH_VALUE.some((it) => word.startsWith(`${it}=`));
    if (FLAGS_WITH_VALUE.includes(word)) flags.push(word, ...args.slice(++at, at + 1));
    else if (hasValue || commonToggles(word).length > 0) flags.push(word);
    else if (word.startsWith("-") || words.length === 0 && others.length === 0 && isServer(word)) {
      break;
    } else if (namesAfter(commands, words).includes(word)) {
      words.push(word);
      entry = commands.find((candidate) => candidate.name === words.join(" "));
    } else throw unknownCommand(commands, words, word, others, args.slice(at + 1));
  }
  const rest = args.slice(at);
  const group = words.length === 0 ? undefined : words.join(" ");
  if (entry === undefined && group === undefined && rest.length > 0) entry = loginEntry(commands);
  return { entry, group, args: [...flags, ...rest] };
}

/** What people type for a command of another name. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ...["signin", "sign-in", "auth", "authenticate", "connect", "add"].map((it) => [it, "login"]),
  ...["signout", "sign-out", "remove", "rm", "revoke"].map((it) => [it, "logout"]),
  ...["list", "ls", "whoami", "accounts", "sign-ins"].map((it) => [it, "status"]),
  ...["renew"].map((it) => [it, "refresh"]),
  ...["access-token", "get-token", "print-token"].map((it) => [it, "token"]),
  ...["check", "diagnose", "doctor", "debug", "test"].map((it) => [it, "server doctor"]),
  ...["inspect", "discover", "probe"].map((it) => [it, "server probe"]),
  ...["call", "run", "exec"].map((it) => [it, "tools call"]),
  ...["tool"].map((it) => [it, "tools"]),
  ...["configure", "setup", "install"].map((it) => [it, "config"]),
  ...["proxy", "stdio", "mcp-remote"].map((it) => [it, "bridge"]),
] as [string, string][]);

/** Words for `login`, and also for the configuration of a client: `connect cursor`. */
const CONNECTING: readonly string[] = ["connect", "add", "configure", "setup", "install"];

/** The identifiers of the clients of `config`, whose table is not loaded for an error. */
export const CLIENTS: readonly string[] = [
  ...["claude-code", "claude-desktop", "cursor", "vscode", "codex", "windsurf", "zed"],
  ...["gemini-cli", "goose", "continue", "cline", "roo", "opencode", "lm-studio", "junie"],
  ...["amazon-q", "warp"],
];

/** The line for `connect cursor`; undefined if no client may be meant. */
function configLine(word: string, [next = ""]: readonly string[]): string | undefined {
  const isClient = CONNECTING.includes(word.toLowerCase()) && CLIENTS.includes(next.toLowerCase());
  return isClient ? `mcpass config ${next.toLowerCase()}` : undefined;
}

/** True for an argument that can only be a server. */
function isServer(word: string): boolean {
  return /^https?:\/\//i.test(word) ||
    /^(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:\/|$)/.test(word);
}

/** The next words that a corrected command line can repeat: subcommands, and a URL. */
function repeatable(
  commands: readonly CommandEntry[],
  name: string,
  next: readonly string[],
): string[] {
  const words = name.split(" ");
  let count = 0;
  while (namesAfter(commands, [...words, ...next.slice(0, count)]).includes(next[count] ?? "")) {
    count++;
  }
  const url = next[count] ?? "";
  // Another word may be a secret.
  return /^https?:\/\/[\w.:/[\]-]+$/i.test(url)
    ? [...next.slice(0, count), url]
    : next.slice(0, count);
}

function unknownCommand(
  commands: readonly CommandEntry[],
  words: readonly string[],
  word: string,
  others: readonly string[],
  next: readonly string[],
): Error {
  const prefix = ["mcpass", ...words].join(" ");
  const other = words.length === 0 ? nearest(word, others) : undefined;
  const synonym = SYNONYMS.get(word.toLowerCase());
  const elsewhere = commands.find(({ name }) =>
    name === synonym || name.split(" ").at(-1) === word
  );
  const near = synonym === undefined ? nearest(word, namesAfter(commands, words)) : undefined;
  const config = words.length === 0 ? configLine(word, next) : undefined;
  const suggestion = config !== undefined
    ? config
    : other !== undefined
    ? `mcpass help ${other}`
    : near !== undefined
    ? `${prefix} ${near}`
    : elsewhere !== undefined || synonym !== undefined
    ? `mcpass ${elsewhere?.name ?? synonym}`
    : undefined;
  return usageFailure(
    "unknown_command",
    `${prefix} has no command ${quoted(word, 40)}`,
    suggestion === undefined
      ? withCommand("List the commands", { line: `${prefix} --help` })
      : withCommand(`Did you mean ${suggestion}?`, {
        line: [
          suggestion,
          ...config === undefined
            ? repeatable(commands, suggestion.replace("mcpass ", ""), next)
            : repeatable(commands, "config", next.slice(1)),
        ].join(" "),
      }),
  );
}
