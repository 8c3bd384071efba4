import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { STEPS } from "../../src/core/step.ts";
import { ALL_PAGES } from "../../src/findings/all_pages.ts";
import { createRedactor } from "../../src/trace/redactor.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { isWeakSecret, judgeClientSecret } from "../../src/trace/weak_secrets.ts";
import { sourceFiles } from "../source_code.ts";
import { ENCODINGS } from "./encodings.ts";
import { exchangeOf } from "./support.ts";

const WEAK = [
  ...["token", "secret", "client", "invalid_grant", "authorization_code", "metadata", "code", "a"],
  ...[
    "client_secret_post",
    "x7Kq2pZ",
    "clientSecret",
    "client-secret-file",
    "2025-11-25",
    "Secret",
  ],
  ...["urn:ietf:params:oauth:grant-type:device_code", "authorization", "-.-", "пароль", "日本"],
];

for (const secret of WEAK) {
  Deno.test(`the weak secret "${secret}" is masked in foreign text only, as a complete word`, () => {
    equal(isWeakSecret(secret), true);
    const secrets = createSecrets();
    secrets.add(secret);
    equal(
      secrets.maskForeign(`(${secret}) ${secret}. x${secret} ${secret}y ${secret}_ -${secret}`),
      `([masked]) [masked]. x${secret} ${secret}y ${secret}_ -${secret}`,
    );
    equal(
      secrets.mask(`the ${secret} of ours, "the ${secret} of theirs" and ${secret}`),
      `the ${secret} of ours, "the [masked] of theirs" and ${secret}`,
    );
    equal(secrets.maskForeign(secret).includes("sha256"), false);
  });
}

Deno.test("one word is masked everywhere in foreign text, and in our messages where they quote", () => {
  for (const secret of ["authentication", "opensesame", "HUNTERHUNTER", "qzxvbnmkjhgfdsaq"]) {
    equal(isWeakSecret(secret), false);
    const secrets = createSecrets();
    secrets.add(secret);
    for (const [how, encode] of Object.entries(ENCODINGS)) {
      equal(secrets.maskForeign(`said x${encode(secret)} here`).includes("[masked"), true, how);
    }
    const shown = secrets.mask(`the ${secret} of ours, "the x${secret}y of theirs"`);
    match(
      shown,
      new RegExp(`^the ${secret} of ours, "the x\\[masked sha256:[0-9a-f]{8}\\]y of theirs"$`),
    );
  }
});

Deno.test("a weak secret is masked as a complete token in every encoding", () => {
  for (const secret of ["token", "metadata", "x7Kq2pZ", "authorization_code"]) {
    const secrets = createSecrets();
    secrets.add(secret);
    for (const [how, encode] of Object.entries(ENCODINGS)) {
      // Here a letter follows it.
      if (how === "base64 twice with other text") continue;
      equal(secrets.maskForeign(`said ${encode(secret)} here`).includes("[masked]"), true, how);
    }
  }
});

// Where this fails, add the new words to src/trace/weak_secrets.ts.
Deno.test("a weak secret is not found by chance in base64 or hexadecimal of bytes", () => {
  const secrets = createSecrets();
  secrets.add("acme");
  const encoder = new TextEncoder();
  for (const [around, isMasked] of [[" and ", true], [" \u0001 ", false]] as const) {
    const bytes = encoder.encode(`${around}acme${around}`);
    for (const text of [bytes.toBase64(), bytes.toHex()]) {
      equal(secrets.maskForeign(text) !== text, isMasked, text);
    }
  }
});

Deno.test("every identifier of this program is a weak secret: no strong one can be in its text", async () => {
  const strong = [...ALL_PAGES.keys(), ...STEPS].filter((it) => !isWeakSecret(it));
  deepEqual(strong, []);
  const identifiers = new Set<string>();
  for (const { text } of await sourceFiles()) {
    for (const [, word = ""] of text.matchAll(/"([a-z]+(?:_[a-z]+)+)"/g)) identifiers.add(word);
    for (const [, word = ""] of text.matchAll(/--([a-z]+(?:-[a-z]+)+)/g)) identifiers.add(word);
  }
  ok(identifiers.size > 300);
  deepEqual([...identifiers].filter((it) => !isWeakSecret(it)), []);
});

Deno.test("a long random secret is never weak, and is masked in every text", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 12, maxLength: 40 }), (bytes) => {
    const secret = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    fc.pre(/\d/.test(secret));
    equal(isWeakSecret(secret), false);
    const secrets = createSecrets();
    secrets.add(secret);
    equal(secrets.mask(`x${secret}y`).includes(secret), false);
  }));
  for (const secret of ["correct horse battery", "my-canary-value", "abcdefgh1"]) {
    equal(isWeakSecret(secret), false, secret);
  }
});

Deno.test("the warning about a weak client secret repeats nothing of it", () => {
  for (const secret of ["token", "metadata", "a", "client_secret_post"]) {
    const [warning, ...more] = judgeClientSecret(secret);
    deepEqual(more, []);
    equal(warning?.code, "weak_client_secret");
    deepEqual(judgeClientSecret(secret), judgeClientSecret("x7Kq2pZ"));
  }
  deepEqual(judgeClientSecret("s9Vb-4k2LqZ_0x"), []);
  deepEqual(judgeClientSecret(undefined), []);
});

Deno.test("the mask of a weak secret has no fingerprint that could be looked up, in any place", () => {
  const redactor = createRedactor({ secrets: createSecrets(), secretFields: ["x-personal"] });
  const { request, response } = redactor.exchange(exchangeOf({
    request: {
      url: "https://as.example/?code=token",
      headers: [["authorization", "Bearer token"], ["x-personal", "no"], ["cookie", "a=b"]],
      body: "client_secret=token&grant_type=x",
    },
    response: { body: '{"client_secret":"token","password":["metadata"]}' },
  }));
  equal(/sha256/.test(JSON.stringify([request, response])), false);
  equal(request.body, "client_secret=[masked]&grant_type=x");
  equal(response?.body, '{"client_secret":"[masked]","password":["[masked]"]}');
});
