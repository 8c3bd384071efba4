import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { parseConnectionUrl } from "../../../src/store/postgres/connection_url.ts";

/** URL: host, port, user, password, database, TLS. */
const VALID: Readonly<Record<string, readonly unknown[]>> = {
  "postgres://u:p@db.example/mcpass": ["db.example", 5432, "u", "p", "mcpass", true],
  "postgresql://u@db.example:6432": ["db.example", 6432, "u", "", "u", true],
  "postgres://u:p%40%2F@127.0.0.1/d": ["127.0.0.1", 5432, "u", "p@/", "d", false],
  "postgres://u@localhost/d": ["localhost", 5432, "u", "", "d", false],
  "postgres://u@[::1]:1/d": ["::1", 1, "u", "", "d", false],
  "postgres://u@localhost/d?sslmode=verify-full": ["localhost", 5432, "u", "", "d", true],
  "postgres://u@db.example/d?sslmode=require": ["db.example", 5432, "u", "", "d", true],
  "postgres://u@db.example/d?sslmode=disable": ["db.example", 5432, "u", "", "d", false],
  "postgres://u@127.0.0.1.example/d": ["127.0.0.1.example", 5432, "u", "", "d", true],
  "postgres://u@x/d?host=/run/postgresql": ["/run/postgresql", 5432, "u", "", "d", false],
};

for (const [text, expected] of Object.entries(VALID)) {
  Deno.test(`${text} is a URL of a database`, () => {
    const { host, port, user, password, database, tls } = parseConnectionUrl(text);
    assert.deepEqual([host, port, user, password, database, tls], expected);
  });
}

const INVALID = [
  "db.example/mcpass",
  "https://u:s3cret@db.example/mcpass",
  "postgres://db.example/mcpass",
  "postgres://u:s3cret@/mcpass",
  "postgres://u:s3cret@db.example:99999/d",
  "postgres://u:s3cret@db.example/d?sslmode=s3cret",
  "postgres://u:s3cret@db.example/d?options=-c%20s3cret",
  "postgres://u:s3cret%ZZ@db.example/d",
  "postgres://u:s3cret@x/d?host=/run/postgresql&sslmode=verify-full",
];

for (const text of INVALID) {
  Deno.test(`${text} is refused without being quoted`, () => {
    assert.throws(() => parseConnectionUrl(text), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "store_url_invalid");
      assert.equal(error.kind, "usage");
      assert.doesNotMatch(`${error.message} ${error.remedy}`, /s3cret/);
      return true;
    });
  });
}

Deno.test("the text for people has neither user nor password", () => {
  const { text } = parseConnectionUrl("postgres://owner:s3cret@db.example/mcpass");
  assert.equal(text, '"mcpass" at db.example:5432');
});
