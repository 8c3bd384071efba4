/**
 * Simulates a fleet of machines that share one sign-in in PostgreSQL.
 *
 * @module
 */

import { Machine } from "./machine.ts";
import { seededRandom } from "./seeded_random.ts";
import { type Setting, World } from "./world.ts";

/** What was measured after the first lifetime of a token. */
export interface Outcome {
  readonly setting: Setting;
  /** At the token endpoint, a second. */
  readonly requests: { readonly mean: number; readonly peak: number; readonly total: number };
  /** At the database, a second. */
  readonly statements: { readonly mean: number; readonly peak: number };
  readonly connections: { readonly mean: number; readonly peak: number };
  /** Milliseconds of a look or a call. */
  readonly waits: { readonly p99: number; readonly worst: number; readonly count: number };
  /** Times without a valid token, in milliseconds; of calls: how many failed. */
  readonly gaps: { readonly count: number; readonly worst: number };
  readonly refreshTokens: number;
  /** Refresh tokens that the authorization server received more than once. */
  readonly sentTwice: number;
  readonly kills: number;
}

/** All machines have started after this time. */
const ROLLOUT_MS = 60_000;

/** Nine of ten clocks are exact to a second; others are wrong by half a minute, some by minutes. */
function skewOf(random: () => number): number {
  const kind = random();
  const range = kind < 0.9 ? 500 : kind < 0.98 ? 30_000 : 600_000;
  return (random() * 2 - 1) * range;
}

/** The same setting has the same outcome. */
export function simulate(setting: Setting): Outcome {
  const random = seededRandom(setting.seed);
  const ownRandom = Math.random;
  // Some pauses of the program are random without a parameter.
  Math.random = random;
  try {
    const world = new World(setting, random);
    for (let id = 0; id < setting.machines; id += 1) {
      const machine = new Machine(world, id, skewOf(random));
      const process = setting.callEveryMs === undefined
        ? machine.watch()
        : machine.callRepeatedly(setting.callEveryMs);
      world.queue.start(process, random() * ROLLOUT_MS);
    }
    world.queue.run(setting.durationMs);
    return outcomeOf(world);
  } finally {
    Math.random = ownRandom;
  }
}

function outcomeOf(world: World): Outcome {
  const { setting, requests, statements, connections, waits, gaps, sends, kills } = world;
  const from = ROLLOUT_MS;
  const load = (meter: typeof requests) => ({
    mean: meter.mean(from, setting.durationMs),
    peak: meter.peak(from),
    total: meter.total,
  });
  return {
    setting,
    requests: load(requests),
    statements: load(statements),
    connections: load(connections),
    waits: { p99: waits.at(0.99), worst: waits.at(1), count: waits.count },
    gaps: { count: gaps.count, worst: gaps.at(1) },
    refreshTokens: sends.size,
    sentTwice: [...sends.values()].filter((count) => count > 1).length,
    kills,
  };
}
