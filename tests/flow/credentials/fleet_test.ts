import assert from "node:assert/strict";
import { explore } from "./explore_fleet.ts";
import { type End, FAULTS, type Fleet } from "./fleet_model.ts";

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
