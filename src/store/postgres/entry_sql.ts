/** The statements about entries. Values are parameters, never parts of a statement. @module */

import { COLUMNS } from "./rows.ts";

const READ = `SELECT s.version AS schema,
  extract(epoch FROM clock_timestamp()) * 1000::numeric AS now_ms,
  extract(epoch FROM e.written_at) * 1000::numeric AS written_ms, e.tokens_event, e.tokens_by,
  extract(epoch FROM e.tokens_at) * 1000::numeric AS tokens_ms,
  ${COLUMNS.map((name) => name === "body" ? "e.body::text AS body" : `e.${name}`).join(", ")}
FROM mcpass.schema_version s LEFT JOIN mcpass.entries e ON `;

/** Each reads the schema's version and the time too, so that one statement is enough. */
export const READ_BY = {
  key: `${READ}e.key = $1`,
  name: `${READ}e.name = $1`,
  server: `${READ}e.server = $1`,
  account: `${READ}e.server = $1 AND e.account = $2`,
  all: `${READ}true`,
} as const;

/** A server may be configured to commit before the data is on its disk. */
export const DURABLE = `set_config('synchronous_commit', CASE current_setting('synchronous_commit')
  WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)`;

/** $1 key … $10 write ID. */
const NEW_VALUES = `name = $4, body = $5::json, key_id = $6, nonce = $7, sealed = $8,
  written_by = $9, write_id = $10, written_at = clock_timestamp(), version = e.version + 1::bigint`;

/** $11: `start`, `clear` or `same`; $12 milliseconds; $13 the process. */
const REFRESH_UNTIL = `CASE $11::text
  WHEN 'start' THEN clock_timestamp() + $12::float8 * interval '1 millisecond'
  WHEN 'same' THEN e.refresh_until END`;
const REFRESH_PROCESS = `CASE $11::text WHEN 'start' THEN $13::text
  WHEN 'same' THEN e.refresh_process END`;

/** $14: the event. Other events leave the tokens, so a row still says who obtained them. */
const STORES_TOKENS = "$14::text IN ('signed_in', 'refreshed', 'imported')";
const OBTAINED = [
  ["tokens_event", "$14::text"],
  ["tokens_by", "$9::text"],
  ["tokens_at", "clock_timestamp()"],
] as const;
const ifObtained = (value: string, otherwise = "") =>
  `CASE WHEN ${STORES_TOKENS} THEN ${value}${otherwise} END`;

/** A row that is deleted and stored again has a greater version than before. */
const FIRST_VERSION = "(extract(epoch FROM clock_timestamp()) * 1000000::numeric)::bigint";

const INSERT = `INSERT INTO mcpass.entries AS e (key, server, account, name, body, key_id, nonce,
    sealed, written_by, write_id, written_at, version, refresh_until, refresh_process,
    ${OBTAINED.map(([column]) => column).join(", ")})
  VALUES ($1, $2, $3, $4, $5::json, $6, $7, $8, $9, $10, clock_timestamp(), ${FIRST_VERSION},
    CASE $11::text WHEN 'start' THEN clock_timestamp() + $12::float8 * interval '1 millisecond' END,
    CASE $11::text WHEN 'start' THEN $13::text END,
    ${OBTAINED.map(([, value]) => ifObtained(value)).join(", ")})`;

const SET = `SET ${NEW_VALUES}, refresh_until = ${REFRESH_UNTIL},
    refresh_process = ${REFRESH_PROCESS},
    ${
  OBTAINED.map(([column, value]) => `${column} = ${ifObtained(value, ` ELSE e.${column}`)}`)
    .join(", ")
}`;

/** Removes old events in small portions. */
const OLD_EVENTS = `DELETE FROM mcpass.events WHERE id IN (
    SELECT id FROM mcpass.events WHERE at < clock_timestamp() - make_interval(days =>
      coalesce((SELECT value::int FROM mcpass.settings WHERE name = 'events_days'), 30))
    LIMIT 100)`;

function event(source: string, first: number): string {
  const [name, url, account, by] = [first, first + 1, first + 2, first + 3].map((it) => `$${it}`);
  return `INSERT INTO mcpass.events (at, event, key, server_url, account, name, by)
    SELECT clock_timestamp(), ${name}::text, key, ${url}::text, ${account}::text, name, ${by}::text
    FROM ${source}`;
}

function writing(statement: string): string {
  return `WITH written AS (${statement} RETURNING key, name, version),
  recorded AS (${event("written", 14)}),
  old AS (${OLD_EVENTS})
SELECT version, ${DURABLE} FROM written`;
}

/** $18: the version that is replaced. */
export const WRITE = {
  always: writing(`${INSERT} ON CONFLICT (key) DO UPDATE ${SET}`),
  ifAbsent: writing(`${INSERT} ON CONFLICT (key) DO NOTHING`),
  ifVersion: writing(
    `UPDATE mcpass.entries AS e ${SET} WHERE e.key = $1 AND $2::text <> '' AND $3::text <> ''
    AND e.version = $18::bigint`,
  ),
} as const;

/** $1 key, $2 event, $3 process. */
export const REMOVE = `WITH removed AS (
  DELETE FROM mcpass.entries WHERE key = $1 RETURNING key, name, body),
recorded AS (INSERT INTO mcpass.events (at, event, key, server_url, account, name, by)
  SELECT clock_timestamp(), $2::text, key, coalesce(body->'entry'::text->>'serverUrl'::text, ''),
    coalesce(body->'entry'::text->>'account'::text, ''), name, $3::text FROM removed)
SELECT key, ${DURABLE} FROM removed`;

export const LAST_WRITE = `SELECT version, write_id, written_by FROM mcpass.entries WHERE key = $1`;

export const REFRESH_LEFT = `SELECT refresh_process, written_by,
  extract(epoch FROM written_at) * 1000::numeric AS written_ms,
  extract(epoch FROM refresh_until - clock_timestamp()) * 1000::numeric AS left_ms
FROM mcpass.entries WHERE key = $1`;

/** Also asked for the lock: who has it will write. */
export const MAY_WRITE = `CASE WHEN pg_is_in_recovery() THEN 'it is a standby server'
    WHEN current_setting('transaction_read_only') = 'on' THEN 'it is read-only' END AS read_only,
  (SELECT string_agg(right_name || ' on mcpass.' || table_name, ', ') FROM (VALUES
    ('SELECT', 'entries'), ('INSERT', 'entries'), ('UPDATE', 'entries'), ('DELETE', 'entries'),
    ('SELECT', 'events'), ('INSERT', 'events'), ('DELETE', 'events'), ('SELECT', 'settings')
  ) AS needed (right_name, table_name)
  WHERE NOT has_table_privilege('mcpass.' || table_name, right_name)) AS missing`;

export const CAN_WRITE = `SELECT s.version AS schema, ${MAY_WRITE} FROM mcpass.schema_version s`;
