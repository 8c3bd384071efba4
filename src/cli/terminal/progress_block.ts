/**
 * Progress on a terminal: completed steps stay as lines, the current step is a block at the bottom
 * that is drawn again and again.
 * @module
 */

import type { FlowEvent } from "../../core/events.ts";
import type { StepId } from "../../core/step.ts";
import { clockText } from "../../core/text.ts";
import { columnsOf, cutTo } from "../../core/width.ts";
import { wrap } from "./layout.ts";
import { formatDuration } from "../../core/quantities.ts";
import type { Progress, ProgressOptions } from "./progress.ts";
import { hostsText, shownText, stepLine } from "./progress_text.ts";

const BEAT = 120;

const SLOW = 1000;

/** Symbols, and their ASCII forms for fonts without them. */
const SIGNS = {
  unicode: { frames: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", done: "✓", failed: "✗", skipped: "-", dot: "·" },
  plain: { frames: "|/-\\", done: "+", failed: "x", skipped: "-", dot: "-" },
} as const;

/** The end of a text that leaves the cursor at the beginning of an empty line. */
// deno-lint-ignore no-control-regex
const FREE_LINE = /(?:\n|\r\x1b\[2K)$/;

/** What is in progress: a step, or requests that belong to no step. */
interface Open {
  readonly step: StepId | undefined;
  readonly since: number;
  readonly hosts: Set<string>;
  /** The request without a response yet. */
  request: string | undefined;
  until: number | undefined;
}

export interface BlockOptions extends ProgressOptions {
  readonly now: () => number;
  readonly unicode: boolean;
  readonly beatMs?: number;
}

export interface Block extends Progress {
  /** Resolves after the next drawing, or if it is skipped. */
  drawn(): Promise<void>;
}

export function createBlock(options: BlockOptions): Block {
  const { io, style, verbose, secrets, now } = options;
  const { frames, dot, ...marks } = SIGNS[options.unicode ? "unicode" : "plain"];
  let open: Open | undefined;
  let drawn: readonly string[] = [];
  let free = true;
  let beats = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  let next = Promise.withResolvers<void>();

  /** Rows of the block now: a terminal that became narrower has wrapped its lines. */
  function rows(): number {
    const columns = Math.max(1, io.columns());
    return drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)), 0);
  }
  function erase(): string {
    const count = rows();
    drawn = [];
    return count === 0 ? "" : `\r\x1b[2K${"\x1b[1A\x1b[2K".repeat(count - 1)}`;
  }
  function blockLines({ step, since, hosts, request, until }: Open): string[] {
    const width = io.columns() - 1;
    const frame = frames[beats % frames.length] ?? "";
    const took = now() - since;
    const times = until === undefined
      ? took < SLOW ? "" : ` ${dot} ${formatDuration(took)}`
      : ` ${dot} ${clockText(until - now())} left`;
    const requestText = request ?? (hosts.size === 0 ? undefined : hostsText(hosts));
    if (step === undefined) return [cutTo(`${frame} ${requestText ?? "Working"}${times}`, width)];
    const title = until === undefined ? stepLine(step) : "Waiting for you to sign in";
    const head = cutTo(`${frame} ${title}`, width - columnsOf(times)) + times;
    return until !== undefined || requestText === undefined
      ? [head]
      : [head, cutTo(`  ${requestText}`, width)];
  }
  function draw(): void {
    if (open === undefined || !free) return;
    const wiped = erase();
    drawn = blockLines(open);
    const [head = "", ...rest] = drawn;
    io.err(wiped + [head, ...rest.map(style.dim)].join("\n"));
  }
  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }
  function start(): void {
    timer ??= setInterval(() => {
      beats += 1;
      draw();
      next.resolve();
      next = Promise.withResolvers();
    }, options.beatMs ?? BEAT);
  }
  function begin(step: StepId | undefined, since: number): Open {
    start();
    return { step, since, hosts: new Set(), request: undefined, until: undefined };
  }
  /** Writes lines that stay; the block is drawn below them again. */
  function above(text: string): void {
    io.err((free ? erase() : "\n") + text);
    free = true;
  }
  /** Writes output of another part, such as a prompt, which may leave a line open. */
  function foreign(text: string): void {
    io.err((free ? erase() : "") + text);
    free = FREE_LINE.test(text);
  }
  const line = (text: string, indent: string, hanging = indent) =>
    above(wrap(text, io.columns(), indent, hanging).map((it) => `${it}\n`).join(""));

  function ended(event: Extract<FlowEvent, { type: "step_ended" }>): void {
    const { step, status, at } = event;
    const was = open?.step === step ? open : undefined;
    if (was !== undefined) {
      open = undefined;
      stop();
    }
    const colour = { done: style.green, failed: style.red, skipped: style.dim }[status];
    const facts = [
      ...was === undefined || was.hosts.size === 0 ? [] : [hostsText(was.hosts)],
      ...was === undefined ? [] : [formatDuration(at - was.since)],
    ].join(` ${dot} `);
    const detail = event.detail === undefined ? "" : shownText(event.detail, secrets);
    const title = stepLine(step);
    const head = `${marks[status]} ${title}${facts === "" ? "" : ` ${dot} ${facts}`}`;
    const lines = wrap(head, io.columns(), "", "  ")
      .map((it, index) => index === 0 ? it.replace(marks[status], colour) : it);
    const below = detail === "" ? [] : wrap(detail, io.columns(), "  ").map(style.dim);
    above([...lines, ...below].map((it) => `${it}\n`).join(""));
  }

  function emit(event: FlowEvent): void {
    switch (event.type) {
      case "step_started":
        open = begin(event.step, event.at);
        return;
      case "step_ended":
        return ended(event);
      case "request_started": {
        open ??= begin(undefined, event.at);
        const { host, pathname } = new URL(event.url);
        open.hosts.add(shownText(host, secrets));
        open.request = `${event.method} ${shownText(host + pathname, secrets)}`;
        return;
      }
      case "waiting":
        if (open !== undefined) open.until = event.until;
        return;
      case "exchange":
        if (open !== undefined) open.request = undefined;
        return verbose ? above(`  ${options.exchangeLine(event.exchange)}\n`) : undefined;
      case "note":
        return line(shownText(event.message, secrets), "  ");
      case "finding":
        return;
    }
  }

  return {
    emit,
    drawn: () => next.promise,
    finish() {
      stop();
      if (open === undefined) return;
      if (open.step === undefined) io.err(free ? erase() : "");
      else above(`${marks.skipped} ${stepLine(open.step)}\n`);
      open = undefined;
    },
    io: { ...io, err: foreign },
  };
}
