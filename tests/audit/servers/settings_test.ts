import assert from "node:assert/strict";
import { AUDITED } from "./audited.ts";
import { deviationsOf as verdictsOf, explainedIn } from "./explanation.ts";
import { DEVIATIONS } from "./settings/deviations.ts";
import { CONFIGURED_SERVERS } from "./settings/servers.ts";
import { auditDefault, deviationsOf, expectedOf } from "./settings/setting.ts";

/** `deno task audit:mutants` runs all. */
const EVERY = 16;

const rows = CONFIGURED_SERVERS.flatMap((server) =>
  server.settings.map((setting) => ({ server, setting }))
);

/** A server that is right, and hard to judge: no check may deviate because of the setting. */
const isRight = ({ server, setting }: typeof rows[number]) =>
  Object.keys(expectedOf(server, setting)).length === 0;

for (const { server, setting } of rows.filter((row, at) => at % EVERY === 0 || isRight(row))) {
  Deno.test(`${server.name}, ${setting.name}: exactly the checks of its row deviate`, async () => {
    assert.deepEqual(await deviationsOf(server, setting, false), expectedOf(server, setting));
  });
}

Deno.test("each row of the table is a setting, and each setting has a row", () => {
  const listed = Object.entries(DEVIATIONS)
    .flatMap(([server, settings]) => Object.keys(settings).map((it) => `${server}: ${it}`));
  assert.deepEqual(listed, rows.map(({ server, setting }) => `${server.name}: ${setting.name}`));
});

// With a person who decides, more checks run than in the audits of servers_test.ts.
Deno.test("workers-oauth-provider with a person who decides deviates as its page explains", async () => {
  const explanations = AUDITED.find(({ name }) => name === "workers-oauth-provider")?.explanations;
  const server = CONFIGURED_SERVERS.find(({ name }) => name === "workers-oauth-provider");
  assert.ok(server && explanations);
  assert.deepEqual(verdictsOf(await auditDefault(server)), explainedIn(explanations));
});
