import { deepEqual, equal } from "node:assert/strict";
import { openTunnel } from "../../src/http/tunnel.ts";
import { write } from "./support.ts";

const USER_AND_PASSWORD = [5, 1, 2];
const NO_PASSWORD = [5, 1, 0];
const REQUEST = [5, 1, 0, 3, 1, 0x61, 0, 80];

/** Everything that the other side sends until it closes the connection. */
async function talk(port: number, ...parts: readonly (readonly number[])[]): Promise<number[]> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const received: number[] = [];
  const buffer = new Uint8Array(256);
  for (const part of parts) {
    try {
      await write(conn, new Uint8Array(part));
      const count = await conn.read(buffer);
      if (count === null) return received;
      received.push(...buffer.subarray(0, count));
    } catch {
      // A closed connection may be reset.
      return received;
    }
  }
  return received;
}

Deno.test("the tunnel makes no connection for a program that does not have its password", async () => {
  const asked: string[] = [];
  const tunnel = openTunnel((name) => {
    asked.push(name);
    return Promise.reject(new Error("not here"));
  });
  const port = Number(new URL(tunnel.proxy.url).port);
  deepEqual(await talk(port, NO_PASSWORD, REQUEST), [5, 255]);
  deepEqual(await talk(port, USER_AND_PASSWORD, [1, 1, 0x61, 1, 0x62], REQUEST), [5, 2, 1, 1]);
  deepEqual(await talk(port, [4, 1, 0, 80, 127, 0, 0, 1, 0]), [5, 255]);
  const { username = "", password } = tunnel.proxy.basicAuth;
  const login = (name: string, word: string) => {
    const [a, b] = [name, word].map((text) => [...new TextEncoder().encode(text)]);
    return [1, a?.length ?? 0, ...a ?? [], b?.length ?? 0, ...b ?? []];
  };
  deepEqual(await talk(port, USER_AND_PASSWORD, login(username, "")), [5, 2, 1, 1]);
  deepEqual(asked, []);
  const reply = await talk(port, USER_AND_PASSWORD, login(username, password), REQUEST);
  deepEqual(reply.slice(0, 6), [5, 2, 1, 0, 5, 1]);
  deepEqual(asked, ["a"]);
  equal((tunnel.takeFailure(new URL("http://a/")) as Error).message, "not here");
  equal(tunnel.takeFailure(new URL("http://a/")), undefined);
  await tunnel.close();
});
