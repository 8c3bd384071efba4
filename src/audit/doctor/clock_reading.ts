/** Compares the clocks of servers (`Date`, RFC 9110 §6.6.1) with that of this machine. @module */

import type { Exchange } from "../../core/exchange.ts";

export interface ClockReading {
  readonly origin: string;
  /** Seconds by which it is ahead of this machine; negative when it is behind. */
  readonly aheadSeconds: number;
}

/** `Date` has no fractions of a second. */
const HALF_SECOND_MS = 500;

function reading({ response, startedAt, durationMs }: Exchange): number | undefined {
  const date = response?.headers.find(([name]) => name.toLowerCase() === "date")?.[1];
  const at = Date.parse(date ?? "");
  if (Number.isNaN(at)) return undefined;
  const sent = Date.parse(startedAt);
  const serverTime = at + HALF_SECOND_MS;
  // The server set the date at some moment between the request and the end of the response.
  const early = serverTime - sent;
  const late = serverTime - (sent + durationMs);
  if (early > 0 && late < 0) return 0;
  return (Math.abs(early) < Math.abs(late) ? early : late) / 1000;
}

/** The smallest difference for each origin, in the order of the exchanges. */
export function clockReadings(exchanges: readonly Exchange[]): ClockReading[] {
  const best = new Map<string, number>();
  for (const exchange of exchanges) {
    const ahead = reading(exchange);
    if (ahead === undefined) continue;
    const { origin } = new URL(exchange.request.url);
    const previous = best.get(origin);
    if (previous === undefined || Math.abs(ahead) < Math.abs(previous)) best.set(origin, ahead);
  }
  return [...best].map(([origin, ahead]) => ({ origin, aheadSeconds: Math.round(ahead) }));
}
