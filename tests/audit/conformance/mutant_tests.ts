import assert from "node:assert/strict";
import { GROUPS } from "../../../src/audit/checks/groups.ts";
import type { GroupId } from "../../../src/audit/context/verdict.ts";
import { faultsOf, UNBREAKABLE } from "./mutants.ts";

/** A test for each check of the groups: with its rule broken in the lab, exactly this check deviates. */
export function testMutants(ids: readonly GroupId[]): void {
  for (const { checks } of GROUPS.filter(({ id }) => ids.includes(id))) {
    for (const { id } of checks) {
      if (UNBREAKABLE[id] !== undefined) continue;
      Deno.test(`the lab broken for ${id}: exactly this check deviates`, async () => {
        assert.deepEqual(await faultsOf(id), []);
      });
    }
  }
}

/** Groups without an access token. The mutants are in two files because files run in parallel. */
export const WITHOUT_TOKEN: readonly GroupId[] = [
  "challenge",
  "resource_metadata",
  "server_metadata",
  "jwks",
  "cors",
  "transport",
  "registration",
  "client_document",
  "authorization",
];
