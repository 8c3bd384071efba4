import { equal, match, notEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { resolveEscapes } from "../../src/trace/escapes.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { encodingsOf } from "../../src/trace/encodings.ts";

const SECRET = `s3cr&t /"é+<x>'%!~`;

const SPELLINGS: readonly (readonly [how: string, text: string])[] = [
  ["plain", SECRET],
  ["percent-encoded", encodeURIComponent(SECRET)],
  [
    "percent-encoded in lower case",
    encodeURIComponent(SECRET).replace(/%../g, (e) => e.toLowerCase()),
  ],
  ["form-encoded", String(new URLSearchParams([["", SECRET]])).slice(1)],
  ["percent-encoded twice", encodeURIComponent(encodeURIComponent(SECRET))],
  ["in JSON", JSON.stringify(SECRET).slice(1, -1)],
  ["in JSON with escaped slashes", JSON.stringify(SECRET).slice(1, -1).replace("/", "\\/")],
  ["in ASCII JSON", JSON.stringify(SECRET).slice(1, -1).replace("é", "\\u00e9")],
  ["in JSON in a JSON string", JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
  ["in HTML", "s3cr&amp;t /&quot;é+&lt;x&gt;&#39;%!~"],
  ["in HTML of another encoder", "s3cr&#38;t &#x2F;&#34;&#233;&#43;&lt;x&gt;&#x27;&#037;!~"],
  [
    "in HTML that spells out every character",
    Array.from(SECRET, (character) => `&#${character.codePointAt(0)};`).join(""),
  ],
  [
    "in HTML that leaves the semicolons out",
    Array.from(SECRET, (character) => `&#x${character.codePointAt(0)?.toString(16)}`).join(""),
  ],
  ["in HTML in HTML", "s3cr&amp;amp;t /&amp;quot;é+&amp;lt;x&amp;gt;&amp;#39;%!~"],
  [
    "percent-encoded in HTML",
    encodeURIComponent(SECRET).replaceAll("%", "&#37;"),
  ],
];

for (const [how, text] of SPELLINGS) {
  Deno.test(`a secret is masked ${how}`, () => {
    const secrets = createSecrets();
    secrets.add(SECRET);
    equal(
      secrets.mask(`before ${text} after ${text}`),
      `before ${maskOf(SECRET)} after ${maskOf(SECRET)}`,
    );
  });
}

/** Escapes of each kind, and what they mean. */
const ESCAPES: Readonly<Record<string, readonly [text: string, meaning: string]>> = {
  JSON: [String.raw`\"\\\/\b\f\n\r\t\u0041`, '"\\/\b\f\n\r\tA'],
  JavaScript: [String.raw`\x41\u{41}\u{0010FFFF}`, "AA\u{10ffff}"],
  HTML: ["&amp;&lt;&gt;&quot;&apos;&AMP;&#65;&#x41;&#X0041;&#65", "&<>\"'&AAAA"],
  URLs: ["%41%c3%a9%E2%82%AC%F0%9F%98%80%u00e9", "A\u00e9\u20ac\u{1f600}\u00e9"],
};

/** What begins as an escape and is none. */
const NO_ESCAPES: readonly string[] = [
  ...[String.raw`\a`, String.raw`\x4`, String.raw`\u004`, String.raw`\u{110000}`, "\\"],
  ...["&nbsp;", "&amp", "&#1114112;", "&#;", "%4", "%4g", "%c3", "%c3%c3", "%ff", "%u004"],
];

for (const [kind, [text, meaning]] of Object.entries(ESCAPES)) {
  Deno.test(`every escape of ${kind} is resolved`, () => {
    equal(resolveEscapes(text)?.text, meaning);
  });
}

Deno.test("what only begins as an escape stays as it is", () => {
  for (const text of NO_ESCAPES) equal(resolveEscapes(`a${text}`), undefined, text);
});

/** The end of the secret and what follows it are an escape; the secret itself has another one. */
const COMPLETED: readonly (readonly [secret: string, text: string])[] = [
  ["pass-word&", "%70ass-word&#49;"],
  ["pass-word%4", "&#112;ass-word%41"],
  ["pass-word%4", String.raw`\u0070ass-word%41`],
];

for (const [secret, text] of COMPLETED) {
  Deno.test(`the secret ${secret} is masked in ${text}`, () => {
    const secrets = createSecrets();
    secrets.add(secret);
    equal(secrets.mask(text).startsWith(maskOf(secret)), true, secrets.mask(text));
  });
}

for (const clientId of ["a", "ab", "abc", "client-é"]) {
  Deno.test(`a client secret is masked inside the Basic credential of "${clientId}"`, () => {
    for (const spelling of [SECRET, String(new URLSearchParams([["", SECRET]])).slice(1)]) {
      const secrets = createSecrets();
      secrets.add(SECRET);
      const credential = new TextEncoder().encode(`${clientId}:${spelling}`).toBase64();
      equal(secrets.mask(`Basic ${credential}`), `Basic ${maskOf(SECRET)}`);
    }
  });
}

Deno.test("a secret of plain characters is masked where HTML spells them out", () => {
  const secrets = createSecrets();
  secrets.add("plain-sesame");
  equal(
    secrets.mask("a &#112;&#x6c;ain&#45;sesame &amp; &#99999999; b"),
    `a ${maskOf("plain-sesame")} &amp; &#99999999; b`,
  );
});

Deno.test("a secret is masked inside base64url text", () => {
  const secrets = createSecrets();
  secrets.add(SECRET);
  const text = new TextEncoder().encode(`{"x":"${SECRET}"}`).toBase64({ alphabet: "base64url" });
  equal(secrets.mask(`a ${text}.b`), `a ${maskOf(SECRET)}.b`);
});

Deno.test("of overlapping secrets the longest names the mask, and nothing of either stays", () => {
  const secrets = createSecrets();
  for (const secret of ["t0ken-xy", "t0ken-xy-and-m0re", "m0re-after"]) secrets.add(secret);
  equal(secrets.mask("t0ken-xy-and-m0re"), maskOf("t0ken-xy-and-m0re"));
  equal(secrets.mask("t0ken-xy-and-m0re-after!"), `${maskOf("t0ken-xy-and-m0re")}!`);
  equal(
    secrets.mask("t0ken-xy t0ken-xyt0ken-xy"),
    `${maskOf("t0ken-xy")} ${maskOf("t0ken-xy")}${maskOf("t0ken-xy")}`,
  );
});

Deno.test("equal secrets have equal masks and different ones different masks", () => {
  const secrets = createSecrets();
  secrets.add("first-secret");
  secrets.add("second-secret");
  equal(secrets.mask("first-secret"), createdAndMasked("first-secret"));
  notEqual(secrets.mask("first-secret"), secrets.mask("second-secret"));
});

function createdAndMasked(secret: string): string {
  const secrets = createSecrets();
  secrets.add(secret);
  return secrets.mask(secret);
}

Deno.test("a mask is not masked again, not even by a secret made of its letters", () => {
  const secrets = createSecrets();
  for (const secret of ["masked", "sha256", "first-secret"]) secrets.add(secret);
  const once = secrets.mask("first-secret");
  equal(secrets.mask(once), once);
});

Deno.test("nothing, and what is part of the syntax of every document, is no secret", () => {
  const secrets = createSecrets();
  for (const value of ["", "1", "42", "true", "null", null, undefined]) secrets.add(value);
  const text = "1 42 true null undefined";
  equal(secrets.mask(text), text);
  equal(secrets.maskForeign(text), text);
});

Deno.test("a secret with half a surrogate pair is masked and breaks nothing", () => {
  const secrets = createSecrets();
  secrets.add("half\ud83dpair");
  equal(secrets.mask("x half\ud83dpair"), `x ${maskOf("half\ud83dpair")}`);
});

Deno.test("a secret that is added after a text was masked is masked the next time", () => {
  const secrets = createSecrets();
  equal(secrets.mask("later-secret"), "later-secret");
  secrets.add("later-secret");
  equal(secrets.mask("later-secret"), maskOf("later-secret"));
});

Deno.test("no spelling is shorter than its secret, so that short texts need not be searched", () => {
  fc.assert(fc.property(fc.string({ minLength: 8, unit: "binary" }), (secret) => {
    for (const { text } of encodingsOf(secret)) {
      ok(text.length >= secret.length || resolveEscapes(secret) !== undefined, text);
    }
  }));
  const secrets = createSecrets();
  secrets.add("eight-8!");
  equal(secrets.mask("eight-8!"), maskOf("eight-8!"));
  equal(secrets.mask("eight-8"), "eight-8");
});

Deno.test("a line break after a masked secret stays", () => {
  const secrets = createSecrets();
  const secret = "aVeryLongSecret4711x";
  secrets.add(secret);
  match(
    secrets.mask(`cannot use ${secret}\n    at Object.send`),
    /^cannot use \[masked [^\]]+\]\n {4}at Object/,
  );
});

Deno.test("encoded text that holds U+FFFF moves no mask to another text", () => {
  const secrets = createSecrets();
  const secret = "aVeryLongSecret4711x";
  secrets.add(secret);
  const base64 = (text: string) => new TextEncoder().encode(text).toBase64();
  const other = base64("\uffff".repeat(6));
  const text = `${other} ${base64(base64(secret))} ${other}`;
  equal(secrets.mask(text), `${other} ${maskOf(secret)} ${other}`);
});

Deno.test("letters whose lower case has another length or depends on others change no place", () => {
  const secrets = createSecrets();
  const secret = "straße-\u0130-ΟΔΟΣ-4711";
  secrets.add(secret);
  const around = "\u0130\u0130 ΟΔΟΣ.";
  for (const text of [secret, secret.replaceAll("Σ", "σ")]) {
    equal(secrets.mask(`${around} ${text} ${around}`), `${around} ${maskOf(secret)} ${around}`);
  }
});

Deno.test("a secret is found at every place of a text of megabytes, in runs without an end too", () => {
  const secret = "tok-4711-abcdef-0815";
  const secrets = createSecrets();
  secrets.add(secret);
  const base64 = new TextEncoder().encode(`${secret} and more`).toBase64();
  const [window, overlap] = [1024 * 1024, 128 * 1024];
  for (const hidden of [secret, base64]) {
    for (const at of [window - 10, window - overlap - 10, window, 2 * window - 7]) {
      const text = `${" ".repeat(at)}${hidden}${" ".repeat(window)}`;
      equal(secrets.maskForeign(text).includes(hidden), false, `${hidden} at ${at}`);
    }
  }
  for (const run of ["4f", "QUJD", "x"]) {
    const text = run.repeat(5 * window / run.length);
    equal(secrets.maskForeign(text) === text, true, run);
  }
});
