/**
 * Every schedule of a fleet, with every combination of faults.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { StoredEntry } from "../../../src/store/stored_entry.ts";
import { entryOf } from "../../store/entries.ts";
import { type Choice, type Fault, type Fleet, startFleet } from "./fleet_model.ts";

export function expiredEntry(): StoredEntry {
  const { dpopKey: _, tokens, client, ...entry } = entryOf();
  assert.ok(tokens);
  const { clientSecret: __, ...publicClient } = client;
  return { ...entry, client: { ...publicClient, tokenAuthMethod: "none" }, tokens };
}

const textOf = (schedule: readonly Choice[]) =>
  schedule.map(({ process, fault }) => `${process}${fault === undefined ? "" : ` ${fault}`}`)
    .join(", ");

export interface Exploration {
  readonly processes: number;
  /** Faults of one schedule, at most. */
  readonly faults: number;
  readonly kinds: readonly Fault[];
  readonly check: (fleet: Fleet, faults: readonly Choice[]) => void;
  readonly other?: Parameters<typeof startFleet>[2];
}

/** Runs every schedule; states that were reached before are not continued. Returns how many ended. */
export async function explore(
  { processes, faults, kinds, check, other }: Exploration,
): Promise<number> {
  const seen = new Set<string>();
  const open: Choice[][] = [[]];
  let ended = 0;
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    const fleet = await startFleet(expiredEntry(), processes, other);
    const schedule: Choice[] = [];
    const take = async (choice: Choice) => {
      schedule.push(choice);
      await fleet.take(choice);
    };
    for (const choice of prefix) await take(choice);
    for (;;) {
      const used = schedule.filter(({ fault }) => fault !== undefined);
      const state = `${used.length} ${fleet.state()}`;
      if (seen.has(state)) break;
      seen.add(state);
      const [next, ...others] = fleet.choices(used.length < faults ? kinds : []);
      if (next === undefined) {
        ended += 1;
        const hanging = fleet.processes.filter((it) => !it.isKilled && it.end === undefined);
        assert.deepEqual(hanging.map(({ id }) => id), [], `they hang after ${textOf(schedule)}`);
        try {
          check(fleet, used);
        } catch (error) {
          const told = fleet.processes.map(({ history }) => history.join("\n  ")).join("\n\n  ");
          throw new Error(`after ${textOf(schedule)}:\n  ${told}`, { cause: error });
        }
        break;
      }
      for (const choice of others) open.push([...schedule, choice]);
      await take(next);
    }
  }
  return ended;
}
