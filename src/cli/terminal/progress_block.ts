/** Progress on a terminal: completed steps remain, the current one is redrawn. @module */

import type { Io } from "../../core/system.ts";
import type { FlowEvent } from "../../core/events.ts";
import type { StepId } from "../../core/step.ts";
import { formatCountdown } from "../../core/text.ts";
import { columnsOf, cutTo } from "../../core/width.ts";
import { wrap } from "./layout.ts";
import { formatDuration } from "../../core/quantities.ts";
import type { Progress, ProgressOptions } from "./progress.ts";
import { hostsText, progressText, stepLine } from "./progress_text.ts";

const FRAME_MS = 120;

/** A step that takes longer shows its elapsed time. */
const SLOW_MS = 1000;

/** `plain` is for fonts without these symbols. */
const SYMBOLS = {
  unicode: { frames: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", done: "✓", failed: "✗", skipped: "-", dot: "·" },
  plain: { frames: "|/-\\", done: "+", failed: "x", skipped: "-", dot: "-" },
} as const;

/** The end of a text that leaves the cursor at the beginning of an empty line. */
// deno-lint-ignore no-control-regex
const ENDS_AT_EMPTY_LINE = /(?:\n|\r\x1b\[2K)$/;

/** A step, or requests that belong to no step. */
interface OpenWork {
  readonly step: StepId | undefined;
  readonly since: number;
  readonly hosts: Set<string>;
  /** The request without a response yet. */
  request: string | undefined;
  /** When the wait for a person ends. */
  until: number | undefined;
}

interface BlockOptions extends ProgressOptions {
  readonly now: () => number;
  readonly unicode: boolean;
  readonly frameMs?: number;
}

interface Block extends Progress {
  /** Resolves after the next drawing, or if it is skipped. */
  drawn(): Promise<void>;
}

/** The lines at the bottom of a terminal that can be drawn again. */
interface Region {
  draw(lines: readonly string[]): void;
  clear(): void;
  writeAbove(lines: readonly string[]): void;
  /** Writes other output, such as a prompt, which may leave a line open. */
  passThrough(text: string): void;
}

function openRegion(io: Io, dim: (text: string) => string): Region {
  let drawn: readonly string[] = [];
  let isLineEmpty = true;
  function erase(): string {
    // A terminal that became narrower has wrapped the lines.
    const columns = Math.max(1, io.columns());
    const rows = drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)),
      0,
    );
    drawn = [];
    return rows === 0 ? "" : `\r\x1b[2K${"\x1b[1A\x1b[2K".repeat(rows - 1)}`;
  }
  return {
    draw(lines) {
      if (!isLineEmpty) return;
      const [head = "", ...rest] = lines;
      const erased = erase();
      drawn = lines;
      io.err(erased + [head, ...rest.map(dim)].join("\n"));
    },
    clear: () => io.err(isLineEmpty ? erase() : ""),
    writeAbove(lines) {
      io.err((isLineEmpty ? erase() : "\n") + lines.map((line) => `${line}\n`).join(""));
      isLineEmpty = true;
    },
    passThrough(text) {
      io.err((isLineEmpty ? erase() : "") + text);
      isLineEmpty = ENDS_AT_EMPTY_LINE.test(text);
    },
  };
}

export function createBlock(options: BlockOptions): Block {
  const { io, style, secrets, now, exchangeLine } = options;
  const { frames, dot, ...marks } = SYMBOLS[options.unicode ? "unicode" : "plain"];
  const region = openRegion(io, style.dim);
  let open: OpenWork | undefined;
  let frameCount = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  let next = Promise.withResolvers<void>();

  function blockLines({ step, since, hosts, request, until }: OpenWork): string[] {
    const width = io.columns() - 1;
    const frame = frames[frameCount % frames.length] ?? "";
    const took = now() - since;
    const times = until === undefined
      ? took < SLOW_MS ? "" : ` ${dot} ${formatDuration(took)}`
      : ` ${dot} ${formatCountdown(until - now())} left`;
    const requestText = request ?? hostsText(hosts);
    if (step === undefined) return [cutTo(`${frame} ${requestText || "Working"}${times}`, width)];
    const title = until === undefined ? stepLine(step) : "Waiting for you to sign in";
    const head = cutTo(`${frame} ${title}`, width - columnsOf(times)) + times;
    return until !== undefined || requestText === ""
      ? [head]
      : [head, cutTo(`  ${requestText}`, width)];
  }

  function startWork(step: StepId | undefined, since: number): OpenWork {
    timer ??= setInterval(() => {
      frameCount += 1;
      if (open !== undefined) region.draw(blockLines(open));
      next.resolve();
      next = Promise.withResolvers();
    }, options.frameMs ?? FRAME_MS);
    return { step, since, hosts: new Set(), request: undefined, until: undefined };
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    open = undefined;
  }

  function writeOutcome(
    { step, status, at, detail }: Extract<FlowEvent, { type: "step_ended" }>,
  ): void {
    const facts = [stepLine(step)];
    if (open?.step === step) {
      facts.push(hostsText(open.hosts), formatDuration(at - open.since));
      stop();
    }
    const colour = { done: style.green, failed: style.red, skipped: style.dim }[status];
    const head = `${marks[status]} ${facts.filter((it) => it !== "").join(` ${dot} `)}`;
    const [first = "", ...rest] = wrap(head, io.columns(), "", "  ");
    const below = detail ? wrap(progressText(detail, secrets), io.columns(), "  ") : [];
    region.writeAbove([first.replace(marks[status], colour), ...rest, ...below.map(style.dim)]);
  }

  function emit(event: FlowEvent): void {
    switch (event.type) {
      case "step_started":
        open = startWork(event.step, event.at);
        return;
      case "step_ended":
        return writeOutcome(event);
      case "request_started": {
        open ??= startWork(undefined, event.at);
        const { host, pathname } = new URL(event.url);
        open.hosts.add(progressText(host, secrets));
        open.request = `${event.method} ${progressText(host + pathname, secrets)}`;
        return;
      }
      case "waiting":
        if (open !== undefined) open.until = event.until;
        return;
      case "exchange":
        if (open !== undefined) open.request = undefined;
        if (exchangeLine !== undefined) region.writeAbove([`  ${exchangeLine(event.exchange)}`]);
        return;
      case "note":
        return region.writeAbove(wrap(progressText(event.message, secrets), io.columns(), "  "));
      case "finding":
        return;
    }
  }

  return {
    emit,
    drawn: () => next.promise,
    finish() {
      const unfinished = open;
      stop();
      if (unfinished === undefined) return;
      if (unfinished.step === undefined) region.clear();
      else region.writeAbove([`${marks.skipped} ${stepLine(unfinished.step)}`]);
    },
    io: { ...io, err: region.passThrough },
  };
}
