import assert from "node:assert/strict";
import { runAtOnce } from "../../src/core/work.ts";
import { findSecrets } from "../../src/trace/secret_search.ts";
import { createSecrets } from "../../src/trace/secrets.ts";

/** Bytes of an image or the like: the same ones at each run, of all values. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return state >>> 24;
  });
}

const FORMS = {
  base64: (bytes: Uint8Array) => bytes.toBase64(),
  hexadecimal: (bytes: Uint8Array) => bytes.toHex(),
};

for (const [form, encode] of Object.entries(FORMS)) {
  Deno.test(`a large image in ${form} is searched once, not once for each way to decode it`, () => {
    const text = encode(noise(600_000));
    let searched = 0;
    const matcher = {
      wholeWords: false,
      add() {},
      matchesIn(part: string) {
        searched += part.length;
        return [];
      },
    };
    runAtOnce(findSecrets(text, { matcher, shortest: 16, isPrintable: true }));
    assert.ok(searched < text.length * 1.3, `${searched} of ${text.length}`);
  });
}

const HIDDEN: Readonly<Record<string, string>> = {
  "as it is": "s3cret-s3cret-s3cret",
  "percent-encoded": "s3cret%20s3cret/s3cret",
  "with characters that are not ASCII": "s3crét-s3crét-s3crét",
  "with a control character": "s3cret\u0001s3cret-s3cret",
};

for (const [how, secret] of Object.entries(HIDDEN)) {
  Deno.test(`a secret in binary data is masked: ${how}`, () => {
    const secrets = createSecrets();
    secrets.add(secret);
    const hidden = new TextEncoder().encode(secret.includes("%") ? secret : encodeURI(secret));
    for (const before of [30, 31, 32]) {
      const bytes = new Uint8Array([...noise(before), ...hidden, 0, ...noise(40)]);
      for (const encode of Object.values(FORMS)) {
        const masked = secrets.maskForeign(`data: ${encode(bytes)}.`);
        assert.match(masked, /^data: \[masked[^\]]*\]\.$/, `${how} after ${before} bytes`);
      }
    }
  });
}

Deno.test("a secret of several bytes for a character is masked in binary data", () => {
  const secret = "пароль-пароль-пароль";
  const secrets = createSecrets();
  secrets.add(secret);
  const hidden = new TextEncoder().encode(encodeURIComponent(secret).toLowerCase());
  const plain = new TextEncoder().encode(JSON.stringify(`a ${secret.toUpperCase()}`));
  for (const bytes of [hidden, plain]) {
    const all = new Uint8Array([...noise(31), ...bytes, ...noise(40)]);
    assert.match(secrets.maskForeign(all.toBase64()), /^\[masked[^\]]*\]$/);
  }
});
