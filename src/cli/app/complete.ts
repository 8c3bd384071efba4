/**
 * Lists the candidates for the word at the cursor.
 *
 * The completion scripts call `mcpass __complete -- <words>` with the words after `mcpass`, up to the
 * cursor; `--new` before them means that the last word is empty. Each line of the output is a candidate, a
 * tab and a description. The line `:files` asks the shell to complete paths.
 *
 * @module
 */

import type { Env } from "../../core/system.ts";
import { printable } from "../../core/text.ts";
import { COMMON_FLAGS } from "../args/common_flags.ts";
import type { CommandEntry } from "../command/command.ts";
import { type Flag, flagNamesIn, type FlagTable, longName } from "../command/flag.ts";
import { loginEntry, namesAfter, resolveCommand } from "./resolve_command.ts";
import type { Runtime } from "../command/runtime.ts";
import type { ToolName } from "../../store/file/tool_names.ts";
import { accountFlag, type EntrySummary } from "../../store/stored_entry.ts";

type Candidate = readonly [word: string, about: string];

type Candidates = readonly Candidate[] | "files";

const HELP: Candidate = ["--help", "show the help"];

function commandNames(commands: readonly CommandEntry[], words: readonly string[]): Candidate[] {
  return namesAfter(commands, words).map((name) => {
    const fullName = [...words, name].join(" ");
    const entry = commands.find((candidate) => candidate.name === fullName);
    return [name, entry?.summary ?? `the ${fullName} commands`];
  });
}

async function storedSignIns(env: Env): Promise<readonly EntrySummary[]> {
  try {
    const { openStore } = await import("../../store/file/open_store.ts");
    return (await openStore({ mode: "file", env }).list()).entries;
  } catch {
    return [];
  }
}

/** What was typed before the cursor, as far as a lookup needs it. */
interface Typed {
  readonly texts: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
  /** The name of the command. */
  readonly command: string;
  /** The value at the cursor. */
  readonly value: string;
}

/** The sign-ins of the server on the command line; undefined if it names none of the stored ones. */
function ofServer(
  entries: readonly EntrySummary[],
  { texts, operands }: Typed,
  env: Env,
): readonly EntrySummary[] | undefined {
  const of = (typed: string | undefined) =>
    entries.filter(({ serverUrl, name }) => typed === serverUrl || typed === name);
  const url = texts.get("--url") ?? operands.find((it) => it.includes("://"));
  if (url !== undefined) return of(url);
  const found = [...operands, env.get("MCPASS_URL")].map(of).find((it) => it.length > 0);
  return found ?? (env.get("MCPASS_URL") === undefined ? undefined : []);
}

/** The tools of the server on the command line, else of the only server with a stored sign-in. */
async function storedTools(env: Env, typed: Typed): Promise<readonly ToolName[]> {
  const entries = await storedSignIns(env);
  const found = ofServer(entries, typed, env) ?? entries;
  const [only, ...others] = new Set(found.map(({ serverUrl }) => serverUrl));
  if (only === undefined || others.length > 0) return [];
  const { readToolNames } = await import("../../store/file/tool_names.ts");
  return readToolNames(env, only);
}

async function toolNames(env: Env, typed: Typed): Promise<Candidate[]> {
  return (await storedTools(env, typed)).map(({ name, about }) => [name, about] as const);
}

/** `name=` for each argument of the tool on the command line that is not there yet. */
function argumentNames(tools: readonly ToolName[], { texts, operands }: Typed): Candidate[] {
  const named = [texts.get("--tool-name"), ...operands];
  const tool = tools.find(({ name }) => named.includes(name));
  const isGiven = (name: string) => operands.some((it) => /^([^=:]+):?=/.exec(it)?.[1] === name);
  return (tool?.arguments ?? []).filter((name) => !isGiven(name))
    .map((name) => [`${name}=`, `argument of ${tool?.name}`]);
}

/** Members of the document of the command. */
async function fieldPaths(_env: Env, { command, value }: Typed): Promise<Candidate[]> {
  const { strictJsonSchema } = await import("../schemas/json_schema.ts");
  const schema = strictJsonSchema(command);
  if (schema === undefined) return [];
  return (await import("./field_schema.ts")).memberPaths(schema, value);
}

/** Names first, then URLs. */
async function servers(env: Env): Promise<Candidate[]> {
  const entries = await storedSignIns(env);
  return [
    ...entries.map(({ name = "", serverUrl, account }): Candidate => {
      const label = accountFlag(account);
      return [name, label === undefined ? serverUrl : `${serverUrl} (account ${label})`];
    }),
    ...entries.map(({ serverUrl }): Candidate => [serverUrl, "signed in to"]),
  ];
}

const LOOKUPS = new Map<string, typeof toolNames>([
  ["--url", servers],
  ["--account", async (env, typed) => {
    const entries = await storedSignIns(env);
    return (ofServer(entries, typed, env) ?? entries)
      .map(({ serverUrl, account }) => [account, serverUrl]);
  }],
  ["--name", async (env) => (await servers(env)).filter(([, about]) => about !== "signed in to")],
  ["--tool-name", toolNames],
  ["--verify-call-tool", toolNames],
  ["--field", fieldPaths],
]);

async function valuesOf(
  flag: Flag<unknown>,
  env: Env,
  typed: Typed,
): Promise<Candidates> {
  if (flag.choices !== undefined) return flag.choices.map((word) => [word, ""]);
  const lookUp = LOOKUPS.get(longName(flag));
  if (lookUp !== undefined) return await lookUp(env, typed);
  return flag.flags.includes("<path>") ? "files" : [];
}

function flagNamed(flags: FlagTable, name: string): Flag<unknown> | undefined {
  return Object.values(flags).find((flag) => flag.flags.split(/[ ,]+/).includes(name));
}

/** Reads the words before the cursor; `pending` is a flag whose value is missing. */
function readTyped(flags: FlagTable, args: readonly string[]) {
  const texts = new Map<string, string>();
  const operands: string[] = [];
  let pending: Flag<unknown> | undefined;
  let ended = false;
  for (const word of args) {
    const [, name = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    if (pending !== undefined) {
      texts.set(longName(pending), word);
      pending = undefined;
    } else if (ended || !word.startsWith("-") || word === "-") operands.push(word);
    else if (word === "--") ended = true;
    else {
      for (const flag of flagNamesIn(name).map((it) => flagNamed(flags, it))) {
        if (flag === undefined) continue;
        texts.set(longName(flag), value ?? "");
        const needsValue = flag.kind !== "toggle" && flag.isValue === undefined;
        if (needsValue && value === undefined) pending = flag;
      }
    }
  }
  return { texts, pending, operands, ended };
}

function flagNames(flags: FlagTable, texts: ReadonlyMap<string, string>): Candidate[] {
  const open = Object.values(flags).filter((flag) =>
    flag.kind === "list" || !texts.has(longName(flag))
  );
  return [...open.map((flag): Candidate => [longName(flag), flag.about]), HELP];
}

async function candidatesFor(
  { name: command, flags }: { readonly name: string; readonly flags: FlagTable },
  names: (typed: Typed) => Candidates | Promise<Candidates>,
  args: readonly string[],
  last: string,
  env: Env,
): Promise<Candidates> {
  const { texts, pending, operands, ended } = readTyped(flags, args);
  const typed = { texts, operands, command, value: last };
  if (pending !== undefined) return await valuesOf(pending, env, typed);
  const [, name, start = ""] = /^((--[^=]+)=)/.exec(last) ?? [];
  if (name !== undefined && !ended) {
    const flag = flagNamed(flags, start);
    if (flag === undefined || flag.kind === "toggle") return [];
    const value = last.slice(name.length);
    const values = await valuesOf(flag, env, { ...typed, value });
    return values === "files" ? values : values.map(([word, about]) => [name + word, about]);
  }
  const words = await names(typed);
  const offersFlags = !ended && (words.length === 0 || last.startsWith("-"));
  return offersFlags ? [...words === "files" ? [] : words, ...flagNames(flags, texts)] : words;
}

async function candidates(
  commands: readonly CommandEntry[],
  words: readonly string[],
  env: Env,
): Promise<Candidates> {
  const last = words.at(-1) ?? "";
  const { entry, group, args } = resolveCommand(commands, words.slice(0, -1));
  if (entry === undefined) {
    const start = group?.split(" ") ?? [];
    const isLogin = group === undefined && last.startsWith("-") && args.length === 0;
    const login = isLogin ? await loginEntry(commands)?.load() : undefined;
    const command = login ?? { name: "", flags: COMMON_FLAGS };
    return await candidatesFor(command, () => commandNames(commands, start), args, last, env);
  }
  const command = await entry.load();
  const names = async (typed: Typed): Promise<Candidates> => {
    if (entry.name === "help") return commandNames(commands, typed.operands);
    const { operandChoices = [], operands: usage, serverOperand } = command;
    const words = typeof operandChoices === "function"
      ? await operandChoices(typed.operands, env)
      : operandChoices;
    if (words === "files") return typed.operands.length > 0 ? [] : words;
    const choices: Candidate[] = typed.operands.some((it) => words.includes(it))
      ? []
      : words.map((word) => [word, ""]);
    if (typed.operands.length === 0) choices.push(...commandNames(commands, entry.name.split(" ")));
    const others = typed.operands.filter((it) => !words.includes(it));
    const hasServer = Object.hasOwn(command.flags, "url") && !typed.texts.has("--url") &&
      (usage === undefined || serverOperand !== undefined);
    const stored = hasServer && others.length === 0 ? await servers(env) : [];
    // Every URL starts with the same letters, so a name is the better offer.
    const offered = stored.filter(([word]) => last.startsWith("http") || !word.includes("://"));
    const listed = Object.hasOwn(command.flags, "toolName") ? await storedTools(env, typed) : [];
    const parameters = argumentNames(listed, typed);
    if (parameters.length > 0) return parameters;
    const isOpen = !typed.texts.has("--tool-name") && others.length <= 1;
    // A server chose the names: none may become a flag, an argument or another server.
    const tools = (isOpen ? listed : []).filter(({ name }) => !/^-|=|:\/\//.test(name))
      .map(({ name, about }): Candidate => [name, about]);
    return typed.operands.length > 0 && others.length > 0 && tools.length === 0
      ? choices
      : [...choices, ...offered, ...tools];
  };
  return await candidatesFor(command, names, args, last, env);
}

/** Leaves out candidates with control characters, which a terminal would interpret. */
export async function writeCandidates(
  commands: readonly CommandEntry[],
  words: readonly string[],
  runtime: Runtime,
): Promise<number> {
  const found = await candidates(commands, words, runtime.env).catch((): Candidates => []);
  if (found === "files") {
    runtime.io.out(":files\n");
    return 0;
  }
  const last = words.at(-1) ?? "";
  const safe = found.filter(([word]) =>
    word.startsWith(last) && word !== "" && !word.startsWith(":") && printable(word) === word
  );
  const lines = new Set(safe.map(([word, about]) => `${word}\t${printable(about, 100)}\n`));
  runtime.io.out([...lines].join(""));
  return 0;
}
