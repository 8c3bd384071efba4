/** One PostgreSQL for the tests of a file: a start costs as much as a short test. @module */

import { type PostgresOptions, type PostgresServer, startPostgres } from "./postgres_server.ts";

/** Starts it before the first test of the file, and ends it after the last one. */
export function postgresOfFile(options: PostgresOptions = {}): () => PostgresServer {
  let server: PostgresServer | undefined;
  Deno.test.beforeAll(async () => {
    server = await startPostgres(options);
  });
  Deno.test.afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return () => {
    if (server === undefined) throw new Error("no test of the file has begun");
    return server;
  };
}
