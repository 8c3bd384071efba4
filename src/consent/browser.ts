import type { Env } from "../core/system.ts";
import { childEnvironment, findProgram, type ProgramFor, searchPath } from "../core/programs.ts";
import { printable } from "../core/text.ts";
import type { HostEnvironment } from "./host_environment.ts";

export interface ChildCommand {
  /** A name, searched in `PATH`, or a path. */
  readonly program: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** Returns the exit status; rejects if the program cannot be started. */
export type Spawn = (command: ChildCommand) => Promise<number>;

/** Starts a program without shell, input or output; Ctrl-C in this terminal does not end it. */
export async function spawnDetached({ program, args, env }: ChildCommand): Promise<number> {
  const child = new Deno.Command(findProgram(program, searchPath(env)), {
    args,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  child.unref();
  return (await child.status).code;
}

type Opener = readonly [program: ProgramFor<"browser">, ...args: string[]];

/** `cmd /c start` would end the URL at the first `&`. */
const rundllOpener = (path: Opener[0]): Opener => [path, "url.dll,FileProtocolHandler"];

const LINUX_OPENERS: readonly Opener[] = [
  ["xdg-open"],
  ["gio", "open"],
  ["sensible-browser"],
  ["x-www-browser"],
];

/** Commands that open the URL that follows, in the order in which they are tried. */
const OPENERS: Readonly<Record<string, readonly Opener[]>> = {
  linux: LINUX_OPENERS,
  wsl: [
    ["wslview"],
    rundllOpener("rundll32.exe"),
    rundllOpener("/mnt/c/Windows/System32/rundll32.exe"),
    ...LINUX_OPENERS,
  ],
  darwin: [["/usr/bin/open"]],
  windows: [rundllOpener("rundll32.exe")],
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
function withUrl(argv: readonly string[], url: string): string[] {
  const hasPlaceholder = argv.some((word) => word.replaceAll("%%", "").includes("%s"));
  const meaning = (escape: string) => escape === "%s" ? url : escape === "%c" ? ":" : "%";
  const filled = argv.map((word) => word.replace(/%[sc%]/g, meaning));
  return hasPlaceholder ? filled : [...filled, url];
}

interface BrowserChoice {
  readonly browser?: string | undefined;
  readonly env: Env;
  readonly host: HostEnvironment;
}

/**
 * The commands to try for a URL, in order: that of `--browser`, or else those of `$BROWSER` (separated by
 * `:`, on Windows by `;`) and the system's openers. The latter are left out under SSH, in a container and
 * without a display.
 *
 * @param url A URL that passed `browsableUrl`.
 */
export function browserCommands(
  url: string,
  { browser, env, host }: BrowserChoice,
): string[][] {
  const requested = browser === undefined
    ? (env.get("BROWSER") ?? "").split(host.os === "windows" ? ";" : ":")
    : [browser];
  const chosen = requested.map((command) => splitCommand(command, host.os))
    .filter((argv) => argv.length > 0);
  const isRemote = host.ssh !== null || host.container !== null || !host.display;
  const openers = OPENERS[host.wsl ? "wsl" : host.os] ?? LINUX_OPENERS;
  const offered = isRemote || browser !== undefined ? [] : openers;
  return [...chosen, ...offered].map((argv) => withUrl(argv, url));
}

/**
 * Tries commands until one ends with status 0 or still runs after `graceMs`.
 *
 * @returns Why each command failed; undefined if a browser was opened.
 */
export async function openBrowser(
  commands: readonly (readonly string[])[],
  env: Env,
  spawn: Spawn,
  graceMs = 3000,
): Promise<readonly string[] | undefined> {
  const childEnv = childEnvironment(env);
  const failures: string[] = [];
  for (const [program = "", ...args] of commands) {
    const stillRunning = Promise.withResolvers<0>();
    const timer = setTimeout(() => stillRunning.resolve(0), graceMs);
    try {
      const ended = spawn({ program, args, env: childEnv });
      const status = await Promise.race([ended, stillRunning.promise]);
      if (status === 0) return undefined;
      failures.push(`${printable(program, 60)}: exit status ${status}`);
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "not found" : "cannot be started";
      failures.push(`${printable(program, 60)}: ${reason}`);
    } finally {
      clearTimeout(timer);
    }
  }
  return failures;
}
