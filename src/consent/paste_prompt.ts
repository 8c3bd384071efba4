/**
 * The prompt for a pasted callback. It reads in raw mode, because the code is a secret and must not be
 * echoed, and because a terminal in line mode cuts a line at 4,095 characters.
 * @module
 */

import { unlessAborted } from "../core/abort.ts";
import { cancelledFailure } from "../core/failure.ts";
import { formatCountdown } from "../core/text.ts";
import { wrap } from "../core/width.ts";

export interface PastePrompt {
  /**
   * Reads lines without echo until one is accepted.
   *
   * @param objection Says why a line is not accepted; null if it is.
   * @param until Milliseconds since the epoch. The prompt shows the time left.
   * @returns True when a line was accepted, false at the end of input.
   * @throws Failure `cancelled` on Ctrl-C; the reason of `signal`; what `objection` throws.
   */
  read(
    objection: (line: string) => string | null,
    signal: AbortSignal,
    until?: number,
  ): Promise<boolean>;
  /** Hides the prompt while something else is written. */
  around<T>(write: () => T): T;
}

/** The part of `process.stdin` that is used. */
export interface RawInput {
  /** Switches line editing and echo off or on. */
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: "data" | "end", listener: (chunk: Uint8Array) => void): unknown;
  off(event: "data" | "end", listener: (chunk: Uint8Array) => void): unknown;
}

interface PromptOptions {
  readonly input: () => Promise<RawInput>;
  readonly write: (text: string) => void;
  readonly columns: () => number;
  /** False for a terminal without escape sequences (`TERM=dumb`): the prompt is written once. */
  readonly redraws: boolean;
}

const MAX_LINE_LENGTH = 64 * 1024;

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";

/** Escape sequences: arrow keys, and the brackets some terminals put around a paste. */
// deno-lint-ignore no-control-regex
const ESCAPE_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/g;

interface EditedLine {
  readonly line: string;
  /** Set if a key ended the line. */
  readonly end?: "line" | "cancel" | "eof";
}

/** A URL that was copied over several rows has line breaks. */
function joinWrappedLines(keys: string): string {
  return keys.replace(/[\r\n]+[ \t]*/g, (breaks, at: number) => {
    const isLast = at + breaks.length === keys.length && !/[ \t]$/.test(breaks);
    return isLast ? breaks : "";
  });
}

export function editLine(line: string, keys: string): EditedLine {
  for (const key of joinWrappedLines(keys.replace(ESCAPE_SEQUENCES, ""))) {
    if (key === CTRL_C) return { line: "", end: "cancel" };
    if (key === "\r" || key === "\n") return { line, end: "line" };
    if (key === CTRL_D && line === "") return { line, end: "eof" };
    if (key === CTRL_U) line = "";
    else if (key === "\x7f" || key === "\b") line = line.slice(0, -1);
    else if (key >= " " && line.length < MAX_LINE_LENGTH) line += key;
  }
  return { line };
}

function promptText(length: number, columns: number, end: number | undefined): string {
  const label = columns > 78 ? "Or paste the full URL of the final page (hidden): " : "Paste: ";
  const clock = end === undefined ? "" : `${formatCountdown(end - Date.now())} left. `;
  return length === 0 ? clock + label : `${clock}${label}${length} characters`;
}

export function terminalPrompt(
  { input: openInput, write, columns, redraws }: PromptOptions,
): PastePrompt {
  /** Set while the prompt is on the screen. */
  let draw: (() => void) | undefined;
  const erase = () => write(redraws ? "\r\x1b[2K" : "\n");
  const redraw = () => around(() => {});

  function around<T>(writeOther: () => T): T {
    if (draw === undefined) return writeOther();
    erase();
    try {
      return writeOther();
    } finally {
      draw();
    }
  }

  const read: PastePrompt["read"] = async (objection, signal, until) => {
    const input = await openInput();
    signal.throwIfAborted();
    const decoder = new TextDecoder();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    let line = "";
    let shownLength = 0;
    const onData = (chunk: Uint8Array) => {
      const { line: edited, end } = editLine(line, decoder.decode(chunk, { stream: true }));
      line = edited;
      if (end === "cancel") return reject(cancelledFailure());
      if (end === "eof") return resolve(false);
      if (end === undefined) {
        shownLength = line.length;
        return redraws ? redraw() : undefined;
      }
      try {
        const why = objection(line);
        if (why === null) return resolve(true);
        line = "";
        shownLength = 0;
        around(() => write(wrap(why, columns()).map((it) => `${it}\n`).join("")));
      } catch (error) {
        reject(error);
      }
    };
    const onEnd = () => resolve(false);
    const end = redraws ? until : undefined;
    const clock = end === undefined ? undefined : setInterval(redraw, 1000);
    input.setRawMode?.(true);
    input.on("data", onData);
    input.on("end", onEnd);
    input.resume();
    draw = () => write(promptText(shownLength, columns(), end));
    draw();
    try {
      return await unlessAborted(promise, signal);
    } finally {
      draw = undefined;
      clearInterval(clock);
      input.off("data", onData);
      input.off("end", onEnd);
      // Not paused: Deno 2.6 would then lose the first key of the next prompt.
      input.setRawMode?.(false);
      erase();
    }
  };

  return { read, around };
}

export async function processInput(): Promise<RawInput> {
  const { default: process } = await import("node:process");
  return process.stdin;
}
