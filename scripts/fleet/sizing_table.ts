/**
 * The table of `docs/fleet.md`: simulated fleets, a row each.
 *
 * @module
 */

import { formatDuration } from "../../src/core/quantities.ts";
import { type Outcome, simulate } from "./simulate.ts";
import type { Setting } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Row extends Omit<Setting, "failures" | "seed"> {
  readonly title: string;
  /** True if it is fast enough for a test. */
  readonly isSmall?: true;
}

const FIVE_MINUTES = { lifetimeMs: 5 * MINUTE, durationMs: HOUR };
const OUTAGE = { fromMs: 20 * MINUTE, untilMs: 30 * MINUTE };

/** The fleets of the table. */
const ROWS: readonly Row[] = [
  { title: "100 watchers, 5 min", machines: 100, ...FIVE_MINUTES, isSmall: true },
  { title: "1,000 watchers, 5 min", machines: 1000, ...FIVE_MINUTES, isSmall: true },
  { title: "10,000 watchers, 5 min", machines: 10_000, ...FIVE_MINUTES },
  {
    title: "10,000 watchers, 60 min",
    machines: 10_000,
    lifetimeMs: HOUR,
    durationMs: 3 * HOUR,
  },
  {
    title: "1,000 calls a minute, 5 min",
    machines: 1000,
    ...FIVE_MINUTES,
    callEveryMs: MINUTE,
    isSmall: true,
  },
  { title: "10,000 calls a minute, 5 min", machines: 10_000, ...FIVE_MINUTES, callEveryMs: MINUTE },
  {
    title: "10,000 watchers, authorization server down for 10 min",
    machines: 10_000,
    ...FIVE_MINUTES,
    down: { what: "authorization server", ...OUTAGE },
  },
  {
    title: "10,000 watchers, database down for 10 min",
    machines: 10_000,
    ...FIVE_MINUTES,
    down: { what: "database", ...OUTAGE },
  },
  {
    title: "10 watchers for 90 days, 5 min",
    machines: 10,
    lifetimeMs: 5 * MINUTE,
    durationMs: 90 * 24 * HOUR,
  },
];

const HEAD = [
  "fleet and lifetime of a token",
  "requests to the authorization server: an hour, most in a second",
  "statements of the database a second: mean, peak",
  "new connections a second: peak",
  "wait: 99 %, worst",
  "refresh tokens used, sent twice",
  "without a token: how often, longest",
];

const rounded = (value: number) => Math.round(value).toLocaleString("en");

const whole = (value: number) => value < 10 ? value.toFixed(1) : rounded(value);

function cellsOf({ title, ...setting }: Row, outcome: Outcome): string[] {
  const { requests, statements, connections, waits, gaps, refreshTokens, sentTwice } = outcome;
  const worst = gaps.count === 0 ? "" : `, ${formatDuration(gaps.worst)}`;
  return [
    title,
    `${whole(requests.total / (setting.durationMs / HOUR))}, ${requests.peak}`,
    `${whole(statements.mean)}, ${rounded(statements.peak)}`,
    rounded(connections.peak),
    `${formatDuration(waits.p99)}, ${formatDuration(waits.worst)}`,
    `${rounded(refreshTokens)}, ${rounded(sentTwice)}`,
    rounded(gaps.count) + (setting.callEveryMs === undefined ? worst : " calls"),
  ];
}

/** The rows of the table as cells, without the head. @param onlySmall Only those for a test. */
export function sizingRows(onlySmall = false, done: (row: string) => void = () => {}): string[][] {
  return ROWS.filter(({ isSmall }) => !onlySmall || isSmall).map((row) => {
    const { title: _, isSmall: __, ...setting } = row;
    const cells = cellsOf(row, simulate({ ...setting, failures: 0.01, seed: 1 }));
    done(cells.join(" | "));
    return cells;
  });
}

/** A Markdown table. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(HEAD), line(HEAD.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The cells of each row of a table in a document, without the head. */
export function cellsIn(markdown: string): string[][] {
  return markdown.split("\n").filter((line) => line.startsWith("|")).slice(2)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The part of a document that is generated. */
export const GENERATED = /(<!-- simulation -->\n)([^]*?)(<!-- \/simulation -->)/;
