/** How fast an audit registers clients: public servers allow few registrations a minute. @module */

import type { Clock } from "../../core/system.ts";
import { isLoopbackHost } from "../../core/url.ts";
import { wait } from "../../core/wait.ts";

const REGISTRATIONS = 5;
const PERIOD_MS = 60_000;

/** Seconds that so many registrations wait, at a server that is not on this machine. */
export function pacedSeconds(registrations: number): number {
  const periods = Math.max(0, Math.ceil(registrations / REGISTRATIONS) - 1);
  return periods * PERIOD_MS / 1000;
}

export const isPaced = (url: string): boolean => !isLoopbackHost(new URL(url).hostname);

/** When clients were registered, by the origin of the endpoint: flows of a suite share it. */
export type RegistrationTimes = Map<string, number[]>;

/** Returns a function that waits until one more registration is due. */
export function createPace(
  clock: Clock,
  signal: AbortSignal,
  times: RegistrationTimes = new Map(),
): (endpoint: string) => Promise<void> {
  return async (endpoint) => {
    if (!isPaced(endpoint)) return;
    const { origin } = new URL(endpoint);
    const sent = times.get(origin) ?? [];
    times.set(origin, sent);
    const earlier = sent.at(-REGISTRATIONS);
    const due = earlier === undefined ? 0 : earlier + PERIOD_MS - clock.now();
    if (due > 0) await wait(clock, due, signal);
    sent.push(clock.now());
  };
}
