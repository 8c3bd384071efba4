import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { parseKeys } from "../../../src/store/postgres/key_ring.ts";
import { newKey } from "../../../src/store/seal.ts";

Deno.test("the first key seals, all open; hexadecimal and base64 are the same key", () => {
  const [first, second] = [newKey(), newKey()];
  const base64 = Uint8Array.fromHex(first).toBase64();
  const ring = parseKeys(`# new\n${base64}\n\n${second.toUpperCase()} # old\n`, "keys");
  assert.equal(ring.current.key, first);
  assert.equal(parseKeys(first, "keys").current.id, ring.current.id);
  const old = parseKeys(second, "keys").current;
  assert.deepEqual(ring.find(old.id), old);
  assert.equal(ring.find("0000000000000000"), undefined);
});

for (const text of ["", "# only a comment\n", "abc", `${"a".repeat(63)}`, `${newKey()}\nabc`]) {
  Deno.test(`a key file with ${text.length} characters is refused without its text`, () => {
    assert.throws(() => parseKeys(text, "/run/keys"), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "store_key_invalid");
      assert.match(error.message, /key file "\/run\/keys" cannot be used/);
      assert.doesNotMatch(error.message, /aaa|abc/);
      return true;
    });
  });
}
