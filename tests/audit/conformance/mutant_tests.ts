import assert from "node:assert/strict";
import { GROUPS } from "../../../src/audit/checks/groups.ts";
import type { GroupId } from "../../../src/audit/context/verdict.ts";
import { faultsOf, UNBREAKABLE } from "./mutants.ts";

/** `.ci/run` and `deno task audit:mutants` run all; each takes a third of a second. */
const EVERY = 4;

/** Tests for a sample of the checks: with its rule broken in the lab, exactly this check deviates. */
export function testMutants(ids: readonly GroupId[]): void {
  const checks = GROUPS.filter(({ id }) => ids.includes(id)).flatMap((group) => group.checks);
  for (const { id } of checks.filter((_, at) => at % EVERY === 0)) {
    if (UNBREAKABLE[id] !== undefined) continue;
    Deno.test(`the lab broken for ${id}: exactly this check deviates`, async () => {
      assert.deepEqual(await faultsOf(id), []);
    });
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
