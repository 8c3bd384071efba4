import assert from "node:assert/strict";
import { changeEntry } from "../../../src/flow/credentials/change_sign_in.ts";
import { eraseAccessToken } from "../../../src/flow/credentials/erase_token.ts";
import { logout } from "../../../src/flow/credentials/revoke.ts";
import { sha256Hex } from "../../../src/trace/fingerprint.ts";
import { expiredEntry, explore } from "./explore_fleet.ts";
import type { Fault, startFleet } from "./fleet_model.ts";

const CONNECTION: readonly Fault[] = ["cut before", "cut after", "lock lost"];

type Other = Parameters<typeof startFleet>[2];

/** Changes an entry as `mcpass rename` does. */
const rename: Other = async (repository, { signal }) => {
  await using _lock = await repository.lock(signal);
  await changeEntry(repository, (entry) => entry && { ...entry, name: "work" });
};

Deno.test("a sign-in that is renamed during a refresh has the new name and the new token", async () => {
  await explore({
    processes: 2,
    faults: 1,
    kinds: CONNECTION,
    other: rename,
    check(fleet, faults) {
      assert.ok(fleet.isFamilyAlive());
      const isCut = faults.some(({ fault }) => fault !== "lock lost");
      const stored = fleet.stored();
      assert.equal(fleet.isCurrent(), true);
      if (isCut) return;
      assert.deepEqual([stored?.name, stored?.tokens?.accessToken], ["work", "access-1"]);
      assert.equal(fleet.requests(), 1);
    },
  });
});

Deno.test("a token that a client reports as refused during its refresh does not undo the refresh", async () => {
  const refused = expiredEntry().tokens?.accessToken ?? "";
  await explore({
    processes: 2,
    faults: 1,
    kinds: CONNECTION,
    other: async (repository, deps) => {
      await eraseAccessToken(deps, repository, sha256Hex(refused));
    },
    check(fleet, faults) {
      assert.ok(fleet.isFamilyAlive() && fleet.isCurrent());
      if (faults.length > 0) return;
      assert.equal(fleet.requests(), 1);
      assert.equal(fleet.stored()?.tokens?.accessToken, "access-1");
    },
  });
});

Deno.test("signing out during a refresh: nothing remains stored, and no token remains valid", async () => {
  let removedDuring = 0;
  await explore({
    processes: 2,
    faults: 1,
    kinds: ["lock lost"],
    other: async (repository, deps) => void await logout(deps, repository),
    check(fleet) {
      assert.equal(fleet.stored(), undefined);
      assert.ok(fleet.isRevoked() && fleet.isFamilyAlive());
      const [refresher] = fleet.processes;
      const end = refresher?.end;
      if (end !== undefined && "code" in end) {
        const ends = ["not_signed_in", "refresh_token_refused", "tokens_gone"];
        assert.ok(ends.includes(end.code), end.code);
        if (fleet.requests() > 0) removedDuring += 1;
      }
    },
  });
  assert.ok(removedDuring > 0, "no schedule signed out during the request");
});
