/** A guided login in dist/mcpass on a terminal: what a person sees, and the keys they press. */

import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { openBrowser } from "../lab/person.ts";
import { onTerminal } from "./consent_terminal.ts";
import { screenOf } from "./screen.ts";

const BINARY = `${ROOT}dist/mcpass`;
const SNAPSHOTS = new URL("./__snapshots__/", import.meta.url);

/** Ends a program that waits for other keys than come. */
const LIMIT = "timeout --foreground --signal=KILL 60";

/** Keys by name. */
export const KEYS = {
  enter: "\r",
  down: "\x1b[B",
  space: " ",
  ctrlC: "\x03",
  ctrlZ: "\x1a",
  escape: "\x1b",
};

export interface GuidedTerminal extends AsyncDisposable {
  /** `MCPASS_HOME`. */
  readonly home: string;
  /** Waits until this is on the screen; line breaks and bars beside text do not count. */
  sees(text: string): Promise<void>;
  /** Presses keys. */
  press(...keys: string[]): Promise<void>;
  /** Waits for a question, then answers it. */
  answer(question: string, ...keys: string[]): Promise<void>;
  /** Consents in a browser elsewhere; returns the address where it ended. */
  consent(): Promise<string>;
  /** Waits for the end. */
  end(): Promise<Ended>;
}

export interface Ended {
  /** Exit status. */
  readonly status: number;
  /** Every byte. */
  readonly raw: string;
  /** The lines of the screen, those the terminal broke made whole. */
  readonly lines: readonly string[];
  /** The rows of the screen. */
  readonly rows: readonly string[];
}

/** Text as it is read: without bars, marks and line breaks. */
function flat(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/^[│◆◇└├■]\s*/, "")).join(" ").replace(/\s+/g, " ");
}

/** Starts `mcpass` with these words on a terminal of so many columns. */
export async function startGuided(
  columns: number,
  words = "",
  env: Readonly<Record<string, string>> = {},
): Promise<GuidedTerminal> {
  if (await Deno.stat(BINARY).catch(() => undefined) === undefined) {
    throw new Error('No "dist/mcpass": run "deno task build"');
  }
  const home = await Deno.makeTempDir({ prefix: "mcpass-pty-" });
  const screen = screenOf(columns, 60);
  const terminal = onTerminal(`${LIMIT} "${BINARY}" ${words}; echo "<rc $?>"; stty -a`, {
    columns,
    rows: 60,
    env: {
      ...{ MCPASS_HOME: home, MCPASS_STORE: "file", HOME: home },
      ...{ BROWSER: "true", NO_COLOR: "1", MCPASS_CONSENT_TIMEOUT: "30000", ...env },
    },
    onShown: (text) => screen.write(text),
  });
  const sees = async (text: string) => {
    await terminal.when(text, async () => flat(await screen.wholeLines()).includes(text));
  };
  const press = async (...keys: string[]) => {
    for (const key of keys) await terminal.type(key);
  };
  return {
    home,
    sees,
    press,
    async answer(question, ...keys) {
      await sees(question);
      await press(...keys);
    },
    async consent() {
      await terminal.when(
        "the paste prompt",
        async () => /left\. (Or paste|Paste:)/.test(flat(await screen.wholeLines())),
      );
      const url = (await screen.wholeLines()).find((line) => /^https?:\S+[?&]state=/.test(line));
      if (url === undefined) throw new Error("no authorization URL stands on a line of its own");
      const stopAt = new URL(url).searchParams.get("redirect_uri") ?? "";
      return (await openBrowser({ stopAt }).visit(url)).url;
    },
    async end() {
      const raw = await terminal.end();
      const lines = await screen.wholeLines();
      const rows = await screen.lines();
      const at = lines.findIndex((line) => line.startsWith("<rc "));
      const status = Number(/<rc (\d+)>/.exec(lines[at] ?? "")?.[1]);
      return { status, raw, lines: lines.slice(0, at), rows };
    },
    async [Symbol.asyncDispose]() {
      screen.close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** What differs from run to run, and stands for it. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1(:|%3A)\d{4,5}/g, "127.0.0.1$1PORT"],
  [/\blocalhost-\d{4,5}\b/g, "localhost-PORT"],
  [/(callback(?:\/|%2F))[0-9a-f]{12}\b/g, "$1ISSUER"],
  [/\beyJ[\w.-]+|\bat-[0-9a-f-]{36}/g, "TOKEN"],
  [/\b(state|code_challenge)=[\w-]+/g, "$1=RANDOM"],
  [/(?<![\w-])[\w-]{43}(?![\w-])/g, "RANDOM"],
  [/\b\d+(\.\d)? (ms|s)\b/g, "TIME"],
  [/\bin \d+ (minutes|seconds)\b/g, "in TIME"],
  [/\/\S*mcpass-pty-\S*\/credentials\/[\w/.-]+/g, "FILE"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]*Z/g, "WHEN"],
];

/** The screen with what varies replaced, and without the lines on reaching this machine. */
export function settledScreen(lines: readonly string[]): string {
  const text = VARYING.reduce(
    (all, [pattern, word]) => all.replace(pattern, word),
    lines.map((line) => line.trimEnd()).join("\n"),
  );
  const hints = /(\?response_type[^\n]*\n\n)[^]*?(Waiting for the sign-in)/;
  return `${text.replace(hints, "$1$2").trimEnd()}\n`;
}

/** Compares with the file of that name; writes it where `UPDATE_SNAPSHOTS` is set. */
export async function matchesSnapshot(name: string, screen: string): Promise<void> {
  const file = new URL(`${name}.txt`, SNAPSHOTS);
  if (Deno.env.get("UPDATE_SNAPSHOTS") !== undefined) {
    await Deno.mkdir(SNAPSHOTS, { recursive: true });
    await Deno.writeTextFile(file, screen);
  }
  assert.equal(screen, await Deno.readTextFile(file), `${name}; UPDATE_SNAPSHOTS=1 writes it anew`);
}
