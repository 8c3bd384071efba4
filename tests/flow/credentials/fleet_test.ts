import assert from "node:assert/strict";
import type { StoredEntry } from "../../../src/store/stored_entry.ts";
import { entryOf } from "../../store/entries.ts";
import {
  type Choice,
  type End,
  type Fault,
  FAULTS,
  type Fleet,
  startFleet,
} from "./fleet_model.ts";

function expiredEntry(): StoredEntry {
  const { dpopKey: _, tokens, client, ...entry } = entryOf();
  assert.ok(tokens);
  const { clientSecret: __, ...publicClient } = client;
  return { ...entry, client: { ...publicClient, tokenAuthMethod: "none" }, tokens };
}

const textOf = (schedule: readonly Choice[]) =>
  schedule.map(({ process, fault }) => `${process}${fault === undefined ? "" : ` ${fault}`}`)
    .join(", ");

interface Exploration {
  readonly processes: number;
  /** Faults of one schedule, at most. */
  readonly faults: number;
  readonly kinds: readonly Fault[];
  readonly check: (fleet: Fleet, faults: readonly Choice[]) => void;
  readonly other?: Parameters<typeof startFleet>[2];
}

/** Runs every schedule; states that were reached before are not continued. Returns how many ended. */
async function explore(
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

const ends = ({ processes }: Fleet): End[] =>
  processes.flatMap(({ end, isKilled }) => end === undefined || isKilled ? [] : [end]);

/** True if the process ended between the server's rotation and the write: its token died with it. */
const isTokenLost = ({ processes }: Fleet) =>
  processes.some(({ history, isKilled }) =>
    isKilled && history.some((it) => it.startsWith("request: ")) &&
    !history.some((it) => it === "write refreshed: done")
  );

function assertOneToken(fleet: Fleet, codes: readonly string[]): void {
  assert.ok(fleet.isFamilyAlive(), "the family is dead");
  assert.equal(fleet.requests(), 1);
  assert.ok(fleet.isCurrent(), "the stored refresh token is not the current one");
  assert.equal(fleet.stored()?.journal, undefined);
  for (const end of ends(fleet)) {
    if ("code" in end) assert.ok(codes.includes(end.code), end.code);
    else assert.equal(end.token, "access-1");
  }
}

for (const processes of [2, 3]) {
  Deno.test(`${processes} processes in every order: one request, one token`, async () => {
    const ended = await explore({
      processes,
      faults: 0,
      kinds: [],
      check(fleet) {
        assertOneToken(fleet, []);
        assert.equal(ends(fleet).filter((it) => "sent" in it && it.sent).length, 1);
      },
    });
    assert.ok(ended > 0);
  });
}

Deno.test("2 processes, with two faults of the connections: one request, one token", async () => {
  await explore({
    processes: 2,
    faults: 2,
    kinds: ["cut before", "cut after", "lock lost"],
    check(fleet) {
      // A process that only reads ends with the failure of its connection, and nothing is lost.
      if (fleet.requests() === 0) return;
      assertOneToken(fleet, ["store_connection_lost"]);
    },
  });
});

Deno.test("2 processes, of which one is killed: a second request only after it, and nobody hangs", async () => {
  let repeated = 0;
  await explore({
    processes: 2,
    faults: 1,
    kinds: ["kill"],
    check(fleet, faults) {
      assert.ok(fleet.requests() <= 1 + faults.length);
      if (fleet.requests() === 2) repeated += 1;
      if (!isTokenLost(fleet)) {
        assert.ok(fleet.isFamilyAlive() && fleet.isCurrent());
        for (const end of ends(fleet)) assert.ok("token" in end && end.token !== undefined);
        return;
      }
      for (const end of ends(fleet)) {
        if ("code" in end) assert.equal(end.code, "refresh_token_refused");
      }
    },
  });
  assert.ok(repeated > 0, "no schedule had a second request");
});

Deno.test("3 processes, with a fault of the connections or a killed process", async () => {
  await explore({
    processes: 3,
    faults: 1,
    kinds: FAULTS,
    check(fleet, faults) {
      const kills = faults.filter(({ fault }) => fault === "kill").length;
      assert.ok(fleet.requests() <= 1 + kills);
      if (!isTokenLost(fleet) && fleet.requests() > 0) {
        assert.ok(fleet.isFamilyAlive() && fleet.isCurrent());
      }
    },
  });
});
