import { formatDuration } from "../core/quantities.ts";
import { urlPath } from "./labels.ts";
import type { ReportEntry } from "./report_model.ts";
import { box, drawing, label, rowLink, shortenMiddle } from "./svg.ts";

const LABELS = 330;
const CHART = 560;
const RIGHT = 90;
const WIDTH = LABELS + CHART + RIGHT;
const ROW = 24;
const TOP = 30;

/** Rows of one drawing: a printed page can break only between drawings. */
const MAX_ROWS = 24;

/** A longer wait is drawn shorter: a person may read a consent page for minutes. */
const MAX_WAIT_MS = 400;

/** The periods without a request, in milliseconds after the first one. */
function longWaits(entries: readonly ReportEntry[]) {
  const waits: { readonly from: number; readonly to: number }[] = [];
  let end = 0;
  for (const { offsetMs, exchange } of entries.toSorted((a, b) => a.offsetMs - b.offsetMs)) {
    if (offsetMs - end > MAX_WAIT_MS) waits.push({ from: end, to: offsetMs });
    end = Math.max(end, offsetMs + exchange.durationMs);
  }
  return waits;
}

function rowOf(entry: ReportEntry, y: number, x: (ms: number) => number): string {
  const { exchange: { id, request, durationMs }, outcome, offsetMs, purpose } = entry;
  const left = x(offsetMs);
  const width = Math.max(3, x(offsetMs + durationMs) - left);
  const requestLabel = shortenMiddle(
    `${request.method} ${urlPath(request.url)} ${purpose}`.trim(),
    40,
  );
  return rowLink(
    id,
    outcome,
    box(0, y, WIDTH, ROW, "hit") + label(34, y + 16, String(id), "number", "end") +
      label(46, y + 16, requestLabel, "asked") + box(left, y + 6, width, ROW - 12, "bar") +
      label(left + width + 6, y + 16, formatDuration(durationMs), "tick"),
  );
}

/** The waterfall: when each exchange began and how long it took. */
export function timeline(entries: readonly ReportEntry[]): string {
  const waits = longWaits(entries);
  const axis = (ms: number) =>
    waits.reduce(
      (sum, { from, to }) => sum - (ms >= to ? to - from - MAX_WAIT_MS : ms > from ? ms - from : 0),
      ms,
    );
  const ends = entries.map(({ offsetMs, exchange }) => axis(offsetMs + exchange.durationMs));
  const total = Math.max(1, ...ends);
  const x = (ms: number) => LABELS + Math.round(axis(ms) / total * CHART * 10) / 10;
  const drawings: string[] = [];
  for (let at = 0; at < entries.length; at += MAX_ROWS) {
    const chunk = entries.slice(at, at + MAX_ROWS);
    const top = at === 0 ? TOP : 0;
    const bottom = top + chunk.length * ROW;
    const isLast = at + MAX_ROWS >= entries.length;
    const marks = waits.map(({ from, to }) => {
      const [left, right] = [x(from), x(to)];
      const text = `${formatDuration(to - from)} pause`;
      return `<g class="wait"><rect x="${left}" y="${top}" width="${right - left}" ` +
        `height="${bottom - top}"/>` +
        (at === 0 ? label((left + right) / 2, TOP - 8, text, "tick", "middle") : "") + "</g>";
    });
    const rows = chunk.map((entry, row) => rowOf(entry, top + row * ROW, x));
    const height = isLast ? bottom + 8 : bottom;
    const content = marks.join("") + rows.join("");
    drawings.push(drawing(WIDTH, height, "Timing of the exchanges", content));
  }
  return drawings.join("");
}
