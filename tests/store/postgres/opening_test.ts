import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { openConnection } from "../../../src/store/postgres/connection.ts";
import { parseConnectionUrl } from "../../../src/store/postgres/connection_url.ts";

/** Connects with TLS to a server that does this with a connection after the request for TLS. */
async function failureAt(
  timeoutMs: number,
  serve: (conn: Deno.Conn) => Promise<void>,
): Promise<Failure> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = listener.accept().then(async (conn) => {
    using own = conn;
    assert.equal(await own.read(new Uint8Array(8)), 8);
    await serve(own);
  });
  const { port } = listener.addr as Deno.NetAddr;
  const settings = parseConnectionUrl(`postgres://u:p@127.0.0.1:${port}/d?sslmode=require`);
  const connection = openConnection({ settings, caCerts: [], timeoutMs });
  try {
    await connection.query("SELECT 1");
    throw new RangeError("it connected");
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    await served;
    return error;
  }
}

Deno.test("only a server that refuses TLS has none: another end may pass", async () => {
  const answer = (text: string) => async (conn: Deno.Conn) => {
    await conn.write(new TextEncoder().encode(text));
  };
  assert.equal((await failureAt(5000, answer("N"))).code, "store_tls_not_verified");
  assert.equal((await failureAt(5000, answer("E"))).code, "store_unreachable");
  assert.equal((await failureAt(5000, () => Promise.resolve())).code, "store_unreachable");
});

Deno.test("a connection to a server that does not respond is closed", async () => {
  const { code } = await failureAt(50, async (conn) => {
    assert.equal(await conn.read(new Uint8Array(1)), null);
  });
  assert.equal(code, "store_late");
});

Deno.test("a name of this machine that leads to another one gets no password without TLS", async () => {
  const { connect } = Deno;
  const closed: string[] = [];
  const remoteAddr = { transport: "tcp", hostname: "192.0.2.7", port: 5432 };
  const far = { remoteAddr, setNoDelay() {}, close: () => closed.push("closed") };
  Deno.connect = (() => Promise.resolve(far)) as unknown as typeof connect;
  try {
    const settings = parseConnectionUrl("postgres://u:p@db.localhost/d");
    const connection = openConnection({ settings, caCerts: [], timeoutMs: 5000 });
    await assert.rejects(connection.query("SELECT 1"), { code: "store_tls_not_verified" });
    assert.deepEqual(closed, ["closed"]);
  } finally {
    Deno.connect = connect;
  }
});
