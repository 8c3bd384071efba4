/**
 * The waterfall: when each exchange began and how long it took. Long waits between them are cut
 * short, or a person who reads a consent page would leave no room for anything else.
 * @module
 */

import { formatDuration } from "../core/quantities.ts";
import type { ReportEntry } from "./report_model.ts";
import { box, drawing, fitted, label, rowLink } from "./svg.ts";
import { urlPath } from "./format.ts";

const LABELS = 330;
const CHART = 560;
const RIGHT = 90;
const ROW = 24;
const TOP = 30;

/** Milliseconds without any exchange that are drawn as they are. */
const LONGEST_GAP = 400;

/** A stretch of time in which nothing was asked. */
interface Wait {
  readonly from: number;
  readonly to: number;
}

function findWaits(entries: readonly ReportEntry[]): Wait[] {
  const waits: Wait[] = [];
  let end = 0;
  for (const { offsetMs, exchange } of entries.toSorted((a, b) => a.offsetMs - b.offsetMs)) {
    if (offsetMs - end > LONGEST_GAP) waits.push({ from: end, to: offsetMs });
    end = Math.max(end, offsetMs + exchange.durationMs);
  }
  return waits;
}

/** A drawing has a limited height, so that printing can break the page. */
const MOST_ROWS = 24;

function rowOf(one: ReportEntry, y: number, x: (ms: number) => number): string {
  const { exchange: { id, request, durationMs }, outcome, offsetMs } = one;
  const left = x(offsetMs);
  const width = Math.max(3, x(offsetMs + durationMs) - left);
  const asked = fitted(`${request.method} ${urlPath(request.url)} ${one.purpose}`.trim(), 40);
  return rowLink(
    id,
    outcome,
    box(0, y, LABELS + CHART + RIGHT, ROW, "hit") +
      label(34, y + 16, String(id), "number", "end") + label(46, y + 16, asked, "asked") +
      box(left, y + 6, width, ROW - 12, "bar") +
      label(left + width + 6, y + 16, formatDuration(durationMs), "tick"),
  );
}

export function timeline(entries: readonly ReportEntry[]): string {
  const waits = findWaits(entries);
  /** Time on the axis: each wait counts as {@link LONGEST_GAP}. */
  const axis = (ms: number) =>
    waits.reduce(
      (sum, { from, to }) => sum - (ms >= to ? to - from - LONGEST_GAP : ms > from ? ms - from : 0),
      ms,
    );
  const total = Math.max(
    1,
    ...entries.map(({ offsetMs, exchange }) => axis(offsetMs + exchange.durationMs)),
  );
  const x = (ms: number) => LABELS + Math.round(axis(ms) / total * CHART * 10) / 10;
  const wide = LABELS + CHART + RIGHT;
  const chunks = Array.from(
    { length: Math.ceil(entries.length / MOST_ROWS) },
    (_, at) => entries.slice(at * MOST_ROWS, (at + 1) * MOST_ROWS),
  );
  return chunks.map((chunk, at) => {
    const top = at === 0 ? TOP : 0;
    const height = top + chunk.length * ROW + (at === chunks.length - 1 ? 8 : 0);
    const marks = waits.map(({ from, to }) =>
      `<g class="wait"><rect x="${x(from)}" y="${top}" width="${x(to) - x(from)}" height="${
        chunk.length * ROW
      }"/>${
        at === 0
          ? label(
            (x(from) + x(to)) / 2,
            TOP - 8,
            `${formatDuration(to - from)} pass`,
            "tick",
            "middle",
          )
          : ""
      }</g>`
    );
    const rows = chunk.map((one, row) => rowOf(one, top + row * ROW, x));
    return drawing(wide, height, "Timing of the exchanges", marks.join("") + rows.join(""));
  }).join("");
}
