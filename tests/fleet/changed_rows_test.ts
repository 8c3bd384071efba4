/** Who may change the tables must not get a token, nor run code of their own as another role. */

import assert from "node:assert/strict";
import { codeOf } from "./failure_code.ts";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { openPostgresStore } from "../../src/store/postgres/open_store.ts";
import { newKey } from "../../src/store/seal.ts";
import { envOf, withTokens } from "../store/entries.ts";
import { startPostgres } from "./postgres_server.ts";

const MINE = "https://mine.example/mcp";
const THEIRS = "https://theirs.example/mcp";

const entryOf = (serverUrl: string, name: string) => ({ ...withTokens("1"), serverUrl, name });

/** Exact types win over those of the catalog, wherever the search path has them. */
const TRAPS = `
CREATE TABLE public.caught (name text);
GRANT INSERT ON public.caught TO PUBLIC;
CREATE FUNCTION public.pg_advisory_xact_lock(integer) RETURNS void LANGUAGE sql
  AS $$ INSERT INTO public.caught VALUES ('lock') $$;
CREATE FUNCTION public.times(numeric, integer) RETURNS numeric LANGUAGE sql
  AS $$ INSERT INTO public.caught VALUES ('times'); SELECT $1 OPERATOR(pg_catalog.*) $2::numeric $$;
CREATE OPERATOR public.* (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = public.times);
CREATE FUNCTION public.span(bigint, interval) RETURNS interval LANGUAGE sql
  AS $$ INSERT INTO public.caught VALUES ('span'); SELECT $1::float8 OPERATOR(pg_catalog.*) $2 $$;
CREATE OPERATOR public.* (LEFTARG = bigint, RIGHTARG = interval, FUNCTION = public.span);
CREATE FUNCTION public.member(json, json) RETURNS json LANGUAGE sql
  AS $$ INSERT INTO public.caught VALUES ('member'); SELECT $1 $$;
CREATE OPERATOR public.-> (LEFTARG = json, RIGHTARG = json, FUNCTION = public.member);
`;

Deno.test("changed columns and functions of other schemas give nobody a token", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-rows-" });
  await using server = await startPostgres();
  const database = await server.createDatabase();
  await database.admin(TRAPS);
  const env = envOf({ MCPASS_STORE_URL: database.url() });
  await migrate({ env });
  const storeKeyFile = `${folder}/key`;
  await Deno.writeTextFile(storeKeyFile, newKey(), { mode: 0o600 });
  const store = await openPostgresStore({ env, storeKeyFile, stepTimeout: 5000 });
  try {
    const mine = await store.write(entryOf(MINE, "mine"));
    const theirs = await store.write(entryOf(THEIRS, "theirs"));
    const [folderOfTheirs] = theirs.key.split("/");

    await t.step("a row under the name of another", async () => {
      await database.sql(`UPDATE mcpass.entries SET name = 'theirs' WHERE key = '${mine.key}'`);
      const found = await store.findNamed("theirs");
      assert.deepEqual(found.map(({ serverUrl }) => serverUrl), [THEIRS]);
    });

    await t.step("a row in the place of another server", async () => {
      await database.sql(
        `UPDATE mcpass.entries SET server = '${folderOfTheirs}' WHERE key = '${mine.key}'`,
      );
      assert.equal(await codeOf(store.find(THEIRS)), "store_entry_damaged");
      const { entries, problems } = await store.list(THEIRS);
      assert.deepEqual(entries.map(({ serverUrl }) => serverUrl), [THEIRS]);
      assert.equal(problems.length, 1);
    });

    await t.step("a time that is none", async () => {
      await database.sql("UPDATE mcpass.entries SET written_at = 'infinity'");
      await store.list();
    });

    await t.step("no function of another schema was called", async () => {
      const pending = await store.pending();
      await pending.put("id", "record", 1000);
      await (await store.events?.())?.list({ limit: 10 });
      await store.remove(mine.key);
      assert.equal((await database.admin("SELECT name FROM public.caught")).trim(), "");
    });
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
