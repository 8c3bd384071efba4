import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { openStoreSettings } from "../../../src/store/postgres/store_settings.ts";

const URL_TEXT = "postgres://app:pw-4711@127.0.0.1:1/mcpass";
const KEY_TEXT = "a1".repeat(32);

const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a URL": { MCPASS_STORE_URL_FILE: URL_TEXT },
  "a key": { MCPASS_STORE_URL: URL_TEXT, MCPASS_STORE_KEY_FILE: KEY_TEXT },
  "a long text": { MCPASS_STORE_URL: URL_TEXT, MCPASS_STORE_KEY_FILE: KEY_TEXT.repeat(9) },
};

for (const [name, values] of Object.entries(CASES)) {
  Deno.test(`${name} in place of the path of its file is not repeated`, async () => {
    const env = { get: (key: string) => values[key], toObject: () => values };
    await assert.rejects(openStoreSettings({ env }), (error) => {
      assert(error instanceof Failure);
      const text = `${error.message} ${error.remedy}`;
      assert.doesNotMatch(text, /pw-4711|a1a1/);
      assert.match(text, /not the secret itself/);
      return true;
    });
  });
}
