import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { HOSTILE_TEXTS, maskBody } from "../../scripts/bench/hostile_texts.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { createRedactor, MAX_BODY_CHARACTERS } from "../../src/trace/redactor.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { exchangeOf } from "./support.ts";

/** Characters: masking that is not linear needs many minutes for so much. */
const LENGTH = 512 * 1024;

for (const title of Object.keys(HOSTILE_TEXTS)) {
  Deno.test({
    name: `masking ends for 512 KiB of hostile text: ${title}`,
    timeout: 120_000,
    async fn() {
      // A process, because a pattern that runs for minutes lets nothing else run.
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--quiet", "--no-check", `--config=${ROOT}deno.json`],
          ...[`${ROOT}scripts/bench/hostile_texts.ts`, title, String(LENGTH)],
        ],
        signal: AbortSignal.timeout(100_000),
      }).output();
      assert.match(new TextDecoder().decode(stdout), /^\d+\n$/, new TextDecoder().decode(stderr));
    },
  });
}

Deno.test("a long body is cut before it is searched, and never within a secret", () => {
  const secret = `cAnArY "s3cr&t" ${"x".repeat(500)}0815`;
  for (let before = MAX_BODY_CHARACTERS - 600; before < MAX_BODY_CHARACTERS + 20; before += 60) {
    for (const encode of [String, encodeURIComponent, JSON.stringify, btoa]) {
      const secrets = createSecrets();
      secrets.add(secret);
      const body = `${" ".repeat(before)}${encode(secret)}${" more text".repeat(20_000)}`;
      const { response } = createRedactor({ secrets }).exchange(exchangeOf({ response: { body } }));
      const shown = response?.body ?? "";
      assert.ok(shown.length <= MAX_BODY_CHARACTERS);
      assert.equal(response?.truncated, true);
      assert.equal(/cAnArY|xxxx|Y0FuQXJZ/.test(shown), false, shown.trim());
    }
  }
});

Deno.test("half of a secret at the end of what is searched is cut off", () => {
  const secret = `cAnArY ${"y ".repeat(3000)}0815`;
  const end = MAX_BODY_CHARACTERS + 8 * 1024;
  for (const left of [1000, 4000, 6000]) {
    const secrets = createSecrets();
    secrets.add(secret);
    secrets.add("other-secret-0815");
    // Masks that are shorter than their secrets bring the end of the searched text nearer.
    const tokens = `eyJ${"a".repeat(4000)}.${"b".repeat(4000)}.c `.repeat(4);
    const space = " ".repeat(end - left - tokens.length);
    const body = `${tokens}${space}${secret}${" more".repeat(20_000)}`;
    const shown = createRedactor({ secrets }).text(body);
    assert.equal(shown.includes("cAnArY"), false);
    assert.equal(shown.includes("y y y"), false);
  }
});

Deno.test("a server cannot use up the budget of learned secrets for the secrets of this program", () => {
  const secrets = createSecrets();
  const redactor = createRedactor({ secrets });
  for (let at = 0; at < 300; at += 1) {
    redactor.text(JSON.stringify({ access_token: `learned-0815-${at + 100}` }));
  }
  assert.equal(secrets.maskForeign("learned-0815-399"), "learned-0815-399");
  secrets.add("own-secret-0815");
  assert.equal(secrets.maskForeign("own-secret-0815"), maskOf("own-secret-0815"));
  assert.equal(secrets.maskForeign("learned-0815-100"), maskOf("learned-0815-100"));
});

Deno.test("hostile bodies are cut to their limit", () => {
  for (const [title, make] of Object.entries(HOSTILE_TEXTS)) {
    const shown = maskBody(make(LENGTH));
    assert.ok(shown.length <= MAX_BODY_CHARACTERS, title);
  }
});

Deno.test("the work of a search does not grow with the number of learned secrets", () => {
  const indexOf = String.prototype.indexOf;
  const startsWith = String.prototype.startsWith;
  let searches = 0;
  const text = "%41\\u0041&amp;QUFBQUFBQUFBQUFBQUFB\n".repeat(200);
  const searchesWith = (count: number) => {
    const secrets = createSecrets();
    for (let at = 0; at < count; at += 1) secrets.learn(`l3arned-${at}-secret`);
    secrets.maskForeign(text);
    searches = 0;
    secrets.maskForeign(text);
    return searches;
  };
  String.prototype.indexOf = function (...args) {
    searches += 1;
    return indexOf.apply(this, args);
  };
  String.prototype.startsWith = function (...args) {
    searches += 1;
    return startsWith.apply(this, args);
  };
  try {
    assert.ok(searchesWith(64) <= searchesWith(1) + 64);
  } finally {
    String.prototype.indexOf = indexOf;
    String.prototype.startsWith = startsWith;
  }
});
