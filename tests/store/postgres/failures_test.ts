import assert from "node:assert/strict";
import { databaseFailure, QueryTimeout, TlsMissing } from "../../../src/store/postgres/failures.ts";
import { isStoreUnreachable } from "../../../src/store/failures.ts";

/** As the server or a pooler reports it: SQLSTATE, message. */
const REPORTED: readonly (readonly [state: string, message: string, code: string])[] = [
  ["28P01", 'password authentication failed for user "u"', "store_login_refused"],
  ["28000", "no pg_hba.conf entry for host", "store_login_refused"],
  ["3D000", 'database "d" does not exist', "store_unreachable"],
  ["57P03", "the database system is starting up", "store_unreachable"],
  ["57P01", "terminating connection due to administrator command", "store_connection_lost"],
  ["25P03", "terminating connection due to idle-in-transaction timeout", "store_connection_lost"],
  ["53300", "sorry, too many clients already", "store_too_many_connections"],
  ["53100", "could not extend file: No space left on device", "store_full"],
  ["57014", "canceling statement due to statement timeout", "store_late"],
  ["25006", "cannot execute UPDATE in a read-only transaction", "store_read_only"],
  ["42501", "permission denied for table entries", "store_not_allowed"],
  ["42P01", 'relation "mcpass.entries" does not exist', "store_schema_missing"],
  ["XX000", "a trigger failed", "store_database_failed"],
  ["08P01", "no more connections allowed (max_client_conn)", "store_too_many_connections"],
  ["08P01", "query_wait_timeout", "store_late"],
  ["08P01", "no such database: d", "store_unreachable"],
  ["08P01", "server login has been failing, cached error: x", "store_unreachable"],
];

for (const [state, message, code] of REPORTED) {
  Deno.test(`${state} "${message}" is ${code}`, () => {
    const error = Object.assign(new Error(message), { code: state });
    const failure = databaseFailure(error, '"d" at db:5432', true);
    assert.equal(failure.code, code);
    assert.match(failure.message, /"d" at db:5432/);
  });
}

Deno.test("an error without a SQLSTATE is one of the connection", () => {
  const codeOf = (error: unknown, isConnected: boolean) =>
    databaseFailure(error, "d", isConnected).code;
  assert.equal(codeOf(new Deno.errors.ConnectionRefused("x"), false), "store_unreachable");
  assert.equal(codeOf(new Deno.errors.ConnectionReset("x"), true), "store_connection_lost");
  assert.equal(codeOf(new QueryTimeout("x"), true), "store_late");
  assert.equal(codeOf(new TlsMissing("x"), false), "store_tls_not_verified");
  const invalid = new Deno.errors.InvalidData("invalid peer certificate: UnknownIssuer");
  assert.equal(codeOf(invalid, false), "store_tls_not_verified");
});

Deno.test("a call may be repeated after a fault that ends without a person", () => {
  const again = REPORTED.filter(([state, message]) => {
    const error = Object.assign(new Error(message), { code: state });
    return isStoreUnreachable(databaseFailure(error, "d", true));
  }).map(([, , code]) => code);
  assert.deepEqual([...new Set(again)].sort(), [
    "store_connection_lost",
    "store_late",
    "store_read_only",
    "store_too_many_connections",
    "store_unreachable",
  ]);
});
