/** The tables in the database, by version. A migration is never changed: a new one is added. @module */

export const SCHEMA_VERSION = 2;

const VERSION_1 = `
CREATE SCHEMA IF NOT EXISTS mcpass;

CREATE TABLE mcpass.schema_version (version integer NOT NULL);
INSERT INTO mcpass.schema_version VALUES (0);

CREATE TABLE mcpass.settings (
  name text PRIMARY KEY,
  value text NOT NULL
);
-- Days for which rows of mcpass.events are stored.
INSERT INTO mcpass.settings VALUES ('events_days', '30');

-- One row for each sign-in. Its secrets are sealed before they leave mcpass (AES-256-GCM).
CREATE TABLE mcpass.entries (
  key text PRIMARY KEY,
  server text NOT NULL,
  account text NOT NULL,
  name text,
  -- Grows with each write, which names the version that it replaces.
  version bigint NOT NULL,
  body json NOT NULL,
  key_id text NOT NULL,
  nonce text NOT NULL,
  sealed text NOT NULL,
  written_by text NOT NULL,
  written_at timestamptz NOT NULL,
  -- Recognizes a write whose response was lost.
  write_id text NOT NULL,
  -- A refresh may be running until then, in this process.
  refresh_until timestamptz,
  refresh_process text
);
CREATE INDEX entries_server ON mcpass.entries (server, account);
CREATE INDEX entries_name ON mcpass.entries (name);
CREATE INDEX entries_key_id ON mcpass.entries (key_id);

-- What happened to sign-ins; never a secret.
CREATE TABLE mcpass.events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  event text NOT NULL,
  key text NOT NULL,
  server_url text NOT NULL,
  account text NOT NULL,
  name text,
  by text NOT NULL
);
CREATE INDEX events_at ON mcpass.events (at);

-- Logins that another process finishes. The records are sealed.
CREATE TABLE mcpass.pending_logins (
  id text PRIMARY KEY,
  record text NOT NULL,
  expires_at timestamptz NOT NULL,
  claimed_at timestamptz,
  released boolean NOT NULL DEFAULT false,
  outcome text,
  closed_at timestamptz
);
CREATE INDEX pending_logins_expires_at ON mcpass.pending_logins (expires_at);
`;

const VERSION_2 = `
-- Which event stored the tokens of a sign-in, in which process, and when.
ALTER TABLE mcpass.entries
  ADD COLUMN tokens_event text,
  ADD COLUMN tokens_by text,
  ADD COLUMN tokens_at timestamptz;
`;

/** The statements from the version before to this one. */
const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2];

/** The statements from a version to the current one; the last one writes the version. */
export function migrationSql(from: number): string {
  const steps = MIGRATIONS.slice(from, SCHEMA_VERSION).map((sql) => sql.trim());
  return [...steps, `UPDATE mcpass.schema_version SET version = ${SCHEMA_VERSION};`].join("\n\n");
}

/** What a role needs; the names of the roles are an example. */
export const GRANTS = `
Full use: sign in, refresh, sign out.
GRANT USAGE ON SCHEMA mcpass TO mcpass_app;
GRANT SELECT ON mcpass.schema_version, mcpass.settings TO mcpass_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mcpass.entries, mcpass.events, mcpass.pending_logins
  TO mcpass_app;

Read-only use: valid tokens only.
GRANT USAGE ON SCHEMA mcpass TO mcpass_reader;
GRANT SELECT ON mcpass.schema_version, mcpass.entries TO mcpass_reader;
`.trim();

/** What `mcpass store migrate --print-sql` prints. */
export function schemaSql(from = 0): string {
  return `BEGIN;\n\n${migrationSql(from)}\n\nCOMMIT;\n`;
}

/** As comments: the names of the roles are an example. */
export function grantsAsComments(): string {
  return GRANTS.split("\n").map((line) => line === "" ? "--" : `-- ${line}`).join("\n");
}
