/**
 * Starting a browser without a shell.
 *
 * @module
 */

import type { Env } from "../core/deps.ts";
import { findProgram, pathOf } from "../core/find_program.ts";
import type { ProgramFor } from "../core/programs.ts";
import { printable } from "../core/text.ts";
import type { Surroundings } from "./surroundings.ts";

/** A program to start. */
export interface ChildCommand {
  /** Name or path. */
  readonly program: string;
  /** One item an argument. */
  readonly args: readonly string[];
  /** The whole environment it gets. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a program and resolves to its exit status; rejects when it cannot be started. */
export type Spawn = (command: ChildCommand) => Promise<number>;

/** Starts a program for real: no input, no output, out of reach of this terminal's Ctrl-C. */
export async function spawnDetached(command: ChildCommand): Promise<number> {
  const child = new Deno.Command(findProgram(command.program, pathOf(command.env)), {
    args: [...command.args],
    env: { ...command.env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  child.unref();
  return (await child.status).code;
}

/** A program and its arguments. */
export type Words = readonly string[];

/** A program of the table of programs, and its arguments. */
type Opener = readonly [program: ProgramFor<"browser">, ...args: string[]];

/** One argument holds the whole URL: `cmd /c start` would cut it at the first `&`. */
const RUNDLL = (path: Opener[0]): Opener => [path, "url.dll,FileProtocolHandler"];

const LINUX: readonly Opener[] = [
  ["xdg-open"],
  ["gio", "open"],
  ["sensible-browser"],
  ["x-www-browser"],
];

/** What opens a URL, which is the last argument, in order of trial. */
const OPENERS: Readonly<Record<string, readonly Opener[]>> = {
  linux: LINUX,
  wsl: [
    ["wslview"],
    RUNDLL("rundll32.exe"),
    RUNDLL("/mnt/c/Windows/System32/rundll32.exe"),
    ...LINUX,
  ],
  darwin: [["/usr/bin/open"]],
  windows: [RUNDLL("rundll32.exe")],
};

const QUOTED = `"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<space>\\s+)|(?<plain>[^])`;

/**
 * Splits a command into words at spaces; quotes hold words together. A backslash escapes the next
 * character, but not on Windows, where it divides folders.
 */
export function splitWords(command: string, os: string): string[] {
  const part = new RegExp(os === "windows" ? QUOTED : `\\\\(?<escaped>[^])|${QUOTED}`, "g");
  const words: string[] = [];
  let word: string | undefined;
  for (const { groups = {} } of command.matchAll(part)) {
    if (groups.space === undefined) {
      word = (word ?? "") + (groups.escaped ?? groups.double ?? groups.single ?? groups.plain);
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** Puts the URL where `%s` stands, else at the end; `%%` is a percent sign, `%c` a colon. */
function withUrl(words: Words, url: string): Words {
  const meanings = new Map([["%s", url], ["%c", ":"], ["%%", "%"]]);
  const placed = words.some((word) => word.replaceAll("%%", "").includes("%s"));
  const filled = words.map((word) => word.replace(/%[sc%]/g, (mark) => meanings.get(mark) ?? mark));
  return placed ? filled : [...filled, url];
}

/** What a browser is chosen from. */
export interface BrowserChoice {
  /** `--browser`. */
  readonly browser?: string | undefined;
  /** For `$BROWSER`. */
  readonly env: Env;
  /** Where we are. */
  readonly where: Surroundings;
}

/**
 * The commands to try for a URL, in order; empty when no browser here would be of use.
 *
 * `--browser` and `$BROWSER` (a list divided by `:`, on Windows by `;`) are the person's own choice
 * and are tried anywhere; what the system offers is left alone under SSH, in a container and without
 * a display.
 *
 * @param url A URL that passed `browsableUrl`.
 */
export function browserCommands(url: string, choice: BrowserChoice): Words[] {
  const { browser, env, where } = choice;
  const own = browser === undefined
    ? (env.get("BROWSER") ?? "").split(where.os === "windows" ? ";" : ":")
    : [browser];
  const chosen = own.map((command) => splitWords(command, where.os))
    .filter((words) => words.length > 0);
  const far = where.ssh !== null || where.container !== null || !where.display;
  const openers = OPENERS[where.wsl ? "wsl" : where.os] ?? LINUX;
  const offered = far || browser !== undefined ? [] : openers;
  return [...chosen, ...offered].map((words) => withUrl(words, url));
}

/** What became of the attempt to open a browser. */
export type BrowserOutcome =
  | { readonly opened: true }
  | { readonly opened: false; readonly tried: readonly string[] };

const STILL_RUNNING = Symbol();

/**
 * Tries commands until one works: it ends with status 0, or still runs after a while.
 *
 * @param graceMs Milliseconds after which a program that runs counts as a browser.
 */
export async function openBrowser(
  commands: readonly Words[],
  env: Readonly<Record<string, string>>,
  spawn: Spawn,
  graceMs = 3000,
): Promise<BrowserOutcome> {
  const tried: string[] = [];
  for (const [program = "", ...args] of commands) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<typeof STILL_RUNNING>((resolve) => {
      timer = setTimeout(() => resolve(STILL_RUNNING), graceMs);
    });
    try {
      const status = await Promise.race([spawn({ program, args, env }), grace]);
      if (status === STILL_RUNNING || status === 0) return { opened: true };
      tried.push(`${printable(program, 60)}: exit status ${status}`);
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "not found" : "cannot be started";
      tried.push(`${printable(program, 60)}: ${reason}`);
    } finally {
      clearTimeout(timer);
    }
  }
  return { opened: false, tried };
}
