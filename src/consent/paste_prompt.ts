/**
 * The paste prompt: one line from the terminal, without echo.
 *
 * A code is a secret, so nothing of it is shown but its length; and a terminal in line mode cuts a
 * line at 4095 characters, which some codes exceed. Both want raw mode and a reader of our own.
 *
 * @module
 */

import { cancelledFailure } from "../core/failure.ts";
import { clockText } from "../core/text.ts";

/** Asks until an answer is accepted. */
export interface PastePrompt {
  /**
   * Reads lines until one is accepted. In between the terminal stays without echo: what is typed
   * or pasted ahead is not shown either.
   *
   * @param objection Says why a line is not accepted, or null when it is.
   * @param until When the wait ends, in milliseconds since the epoch; counted down in the prompt.
   * @returns True when a line was accepted, false at the end of input.
   * @throws Failure `cancelled` on Ctrl-C; the reason of `signal` when it is aborted; what
   * `objection` throws. The prompt is off the screen and the terminal restored in every case.
   */
  read(
    objection: (line: string) => string | null,
    signal: AbortSignal,
    until?: number,
  ): Promise<boolean>;
  /** Takes the prompt off the screen while something else is written. */
  around<T>(write: () => T): T;
}

/** The part of `process.stdin` that is used. */
export interface RawInput {
  /** Switches line editing and echo off or on. */
  setRawMode?(raw: boolean): unknown;
  /** Begins to deliver. */
  resume(): unknown;
  /** Stops delivering; what arrives is kept. */
  pause(): unknown;
  /** Subscribes. */
  on(event: "data" | "end", listener: (chunk: Uint8Array) => void): unknown;
  /** Unsubscribes. */
  off(event: "data" | "end", listener: (chunk: Uint8Array) => void): unknown;
}

/** What the prompt is made from. */
export interface PromptOptions {
  /** Opens the terminal's input. */
  readonly input: () => Promise<RawInput>;
  /** Writes to the terminal. */
  readonly write: (text: string) => void;
  /** Columns of the terminal. */
  readonly columns: () => number;
  /** False where escape sequences do nothing (`TERM=dumb`): the prompt is written once. */
  readonly redraws: boolean;
}

/** Longest line that is kept, in characters. */
const LONGEST_LINE = 64 * 1024;

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";

/** Escape sequences: arrow keys, and the brackets some terminals put around a paste. */
// deno-lint-ignore no-control-regex
const ESCAPE_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/g;

/** The input line after some keys; `end` says how it ended. */
export interface Edited {
  /** What stands there. */
  readonly line: string;
  /** Set when a key ended the line. */
  readonly end?: "line" | "cancel" | "eof";
}

/** Keys without the line breaks between others: an address that was copied over several rows. */
function joinWrappedLines(keys: string): string {
  return keys.replace(/[\r\n]+[ \t]*/g, (breaks, at: number) => {
    const isLast = at + breaks.length === keys.length && !/[ \t]$/.test(breaks);
    return isLast ? breaks : "";
  });
}

/** Applies keys that arrived at once to the line. */
export function editLine(line: string, keys: string): Edited {
  for (const key of joinWrappedLines(keys.replace(ESCAPE_SEQUENCES, ""))) {
    if (key === CTRL_C) return { line: "", end: "cancel" };
    if (key === "\r" || key === "\n") return { line, end: "line" };
    if (key === CTRL_D && line === "") return { line, end: "eof" };
    if (key === CTRL_U) line = "";
    else if (key === "\x7f" || key === "\b") line = line.slice(0, -1);
    else if (key >= " " && line.length < LONGEST_LINE) line += key;
  }
  return { line };
}

function promptText(length: number, columns: number, left: number | undefined): string {
  const label = columns > 78 ? "Or paste the address the browser ended at (hidden): " : "Paste: ";
  const clock = left === undefined ? "" : `${clockText(left)} left. `;
  return length === 0 ? clock + label : `${clock}${label}${length} characters`;
}

/** The prompt on a terminal. */
export function terminalPrompt(options: PromptOptions): PastePrompt {
  const { write, redraws } = options;
  let shownLength = 0;
  let reading = false;
  let end: number | undefined;

  const draw = () => {
    const left = end === undefined ? undefined : end - Date.now();
    write(promptText(shownLength, options.columns(), left));
  };
  const erase = () => write(redraws ? "\r\x1b[2K" : "\n");

  async function read(
    objection: (line: string) => string | null,
    signal: AbortSignal,
    until?: number,
  ): Promise<boolean> {
    const input = await options.input();
    signal.throwIfAborted();
    const decoder = new TextDecoder();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    let line = "";
    const show = (text: string, length: number) => {
      shownLength = length;
      if (text === "" && !redraws) return;
      erase();
      write(text);
      draw();
    };
    const onData = (chunk: Uint8Array) => {
      const edited = editLine(line, decoder.decode(chunk, { stream: true }));
      line = edited.line;
      if (edited.end === "cancel") return reject(cancelledFailure());
      if (edited.end === "eof") return resolve(false);
      if (edited.end === undefined) return show("", line.length);
      try {
        const why = objection(line);
        if (why === null) return resolve(true);
        line = "";
        show(`${why}\n`, 0);
      } catch (error) {
        reject(error);
      }
    };
    const onEnd = () => resolve(false);
    const onAbort = () => reject(signal.reason);
    shownLength = 0;
    reading = true;
    end = redraws ? until : undefined;
    const clock = end === undefined ? undefined : setInterval(() => {
      erase();
      draw();
    }, 1000);
    input.setRawMode?.(true);
    input.on("data", onData);
    input.on("end", onEnd);
    signal.addEventListener("abort", onAbort);
    input.resume();
    draw();
    try {
      return await promise;
    } finally {
      reading = false;
      clearInterval(clock);
      signal.removeEventListener("abort", onAbort);
      input.off("data", onData);
      input.off("end", onEnd);
      // Not paused: Deno 2.6 would then swallow the first key of the next prompt.
      input.setRawMode?.(false);
      erase();
    }
  }

  return {
    read,
    around(writeOther) {
      if (!reading) return writeOther();
      erase();
      try {
        return writeOther();
      } finally {
        draw();
      }
    },
  };
}

/** Standard input of this process. */
export async function processInput(): Promise<RawInput> {
  const { default: process } = await import("node:process");
  return process.stdin;
}
