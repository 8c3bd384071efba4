/** Starting a browser without a shell. @module */

import type { Env } from "../core/deps.ts";
import { findProgram, searchPath } from "../core/find_program.ts";
import type { ProgramFor } from "../core/programs.ts";
import { printable } from "../core/text.ts";
import type { HostEnvironment } from "./host_environment.ts";

/** A program to start without a shell. */
export interface ChildCommand {
  /** A name, searched in `PATH`, or a path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a program and returns its exit status; rejects if it cannot be started. */
export type Spawn = (command: ChildCommand) => Promise<number>;

/** Starts a program without input and output. Ctrl-C in this terminal does not end it. */
export async function spawnDetached(command: ChildCommand): Promise<number> {
  const child = new Deno.Command(findProgram(command.program, searchPath(command.env)), {
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

export type Argv = readonly string[];

type Opener = readonly [program: ProgramFor<"browser">, ...args: string[]];

/** Unlike `cmd /c start`, it does not end the URL at the first `&`. */
const RUNDLL = (path: Opener[0]): Opener => [path, "url.dll,FileProtocolHandler"];

const LINUX: readonly Opener[] = [
  ["xdg-open"],
  ["gio", "open"],
  ["sensible-browser"],
  ["x-www-browser"],
];

/** Commands that open the URL that follows, in the order in which they are tried. */
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
 * Splits a command at spaces outside of quotes. A backslash escapes the next character, but not on
 * Windows, where it separates folders.
 */
export function splitCommand(command: string, os: string): string[] {
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

/** Replaces `%s` by the URL, or appends it; `%%` means a percent sign, `%c` a colon. */
function withUrl(argv: Argv, url: string): Argv {
  const hasPlaceholder = argv.some((word) => word.replaceAll("%%", "").includes("%s"));
  const meaning = (escape: string) => escape === "%s" ? url : escape === "%c" ? ":" : "%";
  const filled = argv.map((word) => word.replace(/%[sc%]/g, meaning));
  return hasPlaceholder ? filled : [...filled, url];
}

/** Options of {@link browserCommands}. */
export interface BrowserChoice {
  /** `--browser`. */
  readonly browser?: string | undefined;
  /** Has `$BROWSER`. */
  readonly env: Env;
  readonly host: HostEnvironment;
}

/**
 * The commands to try for a URL, in order; empty if no browser here is useful.
 *
 * `--browser` and `$BROWSER` (a list separated by `:`, on Windows by `;`) are tried everyhost. The
 * system's openers are not tried under SSH, in a container, or without a display.
 *
 * @param url A URL that passed `browsableUrl`.
 */
export function browserCommands(url: string, choice: BrowserChoice): Argv[] {
  const { browser, env, host } = choice;
  const requested = browser === undefined
    ? (env.get("BROWSER") ?? "").split(host.os === "windows" ? ";" : ":")
    : [browser];
  const chosen = requested.map((command) => splitCommand(command, host.os))
    .filter((argv) => argv.length > 0);
  const isRemote = host.ssh !== null || host.container !== null || !host.display;
  const openers = OPENERS[host.wsl ? "wsl" : host.os] ?? LINUX;
  const offered = isRemote || browser !== undefined ? [] : openers;
  return [...chosen, ...offered].map((argv) => withUrl(argv, url));
}

/** Whether a browser was opened, or why each command failed. */
export type BrowserResult =
  | { readonly opened: true }
  | { readonly opened: false; readonly failures: readonly string[] };

const STILL_RUNNING = Symbol();

/** Tries commands until one ends with status 0 or still runs after `graceMs`. */
export async function openBrowser(
  commands: readonly Argv[],
  env: Readonly<Record<string, string>>,
  spawn: Spawn,
  graceMs = 3000,
): Promise<BrowserResult> {
  const failures: string[] = [];
  for (const [program = "", ...args] of commands) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<typeof STILL_RUNNING>((resolve) => {
      timer = setTimeout(() => resolve(STILL_RUNNING), graceMs);
    });
    try {
      const status = await Promise.race([spawn({ program, args, env }), grace]);
      if (status === STILL_RUNNING || status === 0) return { opened: true };
      failures.push(`${printable(program, 60)}: exit status ${status}`);
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "not found" : "cannot be started";
      failures.push(`${printable(program, 60)}: ${reason}`);
    } finally {
      clearTimeout(timer);
    }
  }
  return { opened: false, failures };
}
