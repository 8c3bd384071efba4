/**
 * `deno task bench:fleet`: `oauth token` with a valid token in PostgreSQL against one in a file, one
 * sign-in against 100,000, and the load of 1,000 processes a minute. It needs `dist/mcpass` and the
 * Debian package `postgresql`.
 *
 * @module
 */

import type { Database } from "../../tests/fleet/database.ts";
import { startPostgres } from "../../tests/fleet/postgres_server.ts";
import { print, ROOT, run, say } from "../shell.ts";
import { databaseLoad, fillDatabase } from "./fleet_store.ts";
import { compare, type Pair, wallTime, type Words } from "./measure.ts";
import { ASKED_SERVER, storeOf } from "./store.ts";

const PAIRS = 40;
const MANY = 100_000;
const LIMITS = { postgres: 2.0, many: 1.2 } as const;

/** Starts in the measured minute, at equal distances. */
const STARTS = 1000;
const MINUTE_MS = 60_000;

/** More at a time would measure this machine, if it cannot start as many a minute. */
const AT_ONCE = 16;

const program = `${ROOT}dist/mcpass`;
const command = ["oauth", "token", "--url", ASKED_SERVER];

const words = (env: Readonly<Record<string, string>>): Words => {
  const [first = "", ...others] = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [first, ...others, program, ...command];
};

function line(title: string, { subject, base, ratio }: Pair, limit: number): boolean {
  const numbers = `${subject.toFixed(1)} ms / ${base.toFixed(1)} ms`;
  const isWithin = ratio <= limit;
  print(`${title}: ${ratio.toFixed(2)} (${numbers}), limit ${limit}: ${isWithin ? "ok" : "over"}`);
  return isWithin;
}

/** Starts the processes of a minute; returns how many failed, and the slowest one. */
async function minuteOfStarts(env: Record<string, string>) {
  const began = performance.now();
  const running: Promise<{ readonly ok: boolean; readonly ms: number }>[] = [];
  const open = new Set<Promise<unknown>>();
  for (let start = 0; start < STARTS; start += 1) {
    const due = began + start * (MINUTE_MS / STARTS);
    const left = due - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    while (open.size >= AT_ONCE) await Promise.race(open);
    const from = performance.now();
    const started = run(program, command, { env }).then(({ success }) => {
      open.delete(started);
      return { ok: success, ms: performance.now() - from };
    });
    open.add(started);
    running.push(started);
  }
  const ended = await Promise.all(running);
  return {
    failed: ended.filter(({ ok }) => !ok).length,
    slowest: Math.max(...ended.map(({ ms }) => ms)),
    seconds: (performance.now() - began) / 1000,
  };
}

const keys = await Deno.makeTempFile();
const { stdout: key } = await run(program, ["store", "new-key"]);
await Deno.writeTextFile(keys, key);
await using server = await startPostgres({
  settings: { log_statement: "none", log_min_duration_statement: -1, log_connections: "off" },
});

async function filled(entries: number): Promise<[Database, Record<string, string>]> {
  const database = await server.createDatabase();
  const env = {
    MCPASS_STORE: "postgres",
    MCPASS_STORE_URL: database.url(),
    MCPASS_STORE_KEY_FILE: keys,
  };
  await fillDatabase(program, database, env, entries);
  return [database, env];
}

const [one, oneEnv] = await filled(1);
const [, manyEnv] = await filled(MANY);
const home = await storeOf(1);
say("measuring …");
const inFile = words({ MCPASS_HOME: home, MCPASS_STORE: "file" });
const results = [
  line(
    "PostgreSQL / file",
    await compare(words(oneEnv), inFile, PAIRS, wallTime),
    LIMITS.postgres,
  ),
  line(
    `${MANY.toLocaleString("en")} sign-ins / one`,
    await compare(words(manyEnv), words(oneEnv), PAIRS, wallTime),
    LIMITS.many,
  ),
];

const before = await databaseLoad(one, server.pid);
const minute = await minuteOfStarts(oneEnv);
const after = await databaseLoad(one, server.pid);
const used = {
  transactions: after.transactions - before.transactions,
  connections: after.connections - before.connections,
  cpuSeconds: after.cpuSeconds - before.cpuSeconds,
};
const each = (total: number) => (total / minute.seconds).toFixed(1);
print(
  `${STARTS} processes in ${minute.seconds.toFixed(0)} s: ` +
    `${each(used.transactions)} transactions/s, ${each(used.connections)} connections/s, ` +
    `${(100 * used.cpuSeconds / minute.seconds).toFixed(1)} % of a core for the database ` +
    `(${(1000 * used.cpuSeconds / STARTS).toFixed(1)} ms a process); ` +
    `${minute.failed} failed, slowest ${minute.slowest.toFixed(0)} ms`,
);
await Deno.remove(home, { recursive: true });
await Deno.remove(keys);
Deno.exitCode = results.includes(false) || minute.failed > 0 ? 1 : 0;
