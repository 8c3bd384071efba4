import assert from "node:assert/strict";
import fc from "fast-check";
import * as oauth from "oauth4webapi";
import {
  type Challenge,
  chooseChallenge,
  parseChallenges,
} from "../../../src/oauth/mcp/challenge.ts";

const TOKEN_CHARACTERS =
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), minLength: 1, maxLength: 8 });
/** A token that is not in single quotes: those are read as quotes, with a fault. */
const bareToken = token.filter((text) => !text.startsWith("'"));
/** What a quoted string may hold: RFC 9110 §5.6.4. */
const quotable = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', "\\", ",", "=", " ", "'", "{", "a"),
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  ),
});
const token68 = fc.tuple(
  fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,8}$/),
  fc.constantFrom("", "=", "=="),
)
  .map((parts) => parts.join(""));

/** A value and whether it is written as a quoted string. */
const value = fc.oneof(
  bareToken.map((text) => ({ text, quoted: false })),
  quotable.map((text) => ({ text, quoted: true })),
);

const challenge = fc.record({
  scheme: token,
  parameters: fc.array(fc.tuple(token.map((name) => name.toLowerCase()), value), { maxLength: 4 }),
  token68: fc.option(token68, { nil: undefined }),
}).map(({ scheme, parameters, token68 }) =>
  token68 === undefined ? { scheme, parameters } : { scheme, parameters: [], token68 }
);

const blank = fc.constantFrom("", " ", "\t", "  ");
const comma = fc.constantFrom(",", ", ", " ,", " , ", ",,", ", ,\t");

interface Written {
  readonly header: string;
  readonly challenges: Challenge[];
}

/** Challenge lists and one of the ways to write each of them. */
const written: fc.Arbitrary<Written> = fc.array(challenge, { minLength: 1, maxLength: 4 }).chain(
  (list) =>
    fc.tuple(fc.infiniteStream(blank), fc.infiniteStream(comma), fc.infiniteStream(fc.boolean()))
      .map(
        ([blanks, commas, escapes]) => {
          const quote = (text: string) =>
            `"${
              [...text].map((character) =>
                character === '"' || character === "\\" || escapes.next().value
                  ? `\\${character}`
                  : character
              ).join("")
            }"`;
          const write = ({ scheme, parameters, ...rest }: typeof list[number]) => {
            if ("token68" in rest) return `${scheme} ${rest.token68}`;
            const parts = parameters.map(([name, { text, quoted }]) =>
              `${name}${blanks.next().value}=${blanks.next().value}${quoted ? quote(text) : text}`
            );
            const tail = parts.map((part, index) =>
              index === 0 ? part : commas.next().value + part
            );
            return parts.length === 0 ? scheme : `${scheme} ${blanks.next().value}${tail.join("")}`;
          };
          return {
            header: list.map((item, index) =>
              (index === 0 ? "" : commas.next().value) + write(item)
            ).join(""),
            challenges: list.map(({ scheme, parameters, ...rest }) => ({
              scheme,
              parameters: parameters.map(([name, { text }]) => [name, text] as const),
              ...rest,
            })),
          };
        },
      ),
);

Deno.test("no parameter is attributed to another challenge: what is written is read back", () => {
  fc.assert(
    fc.property(written, ({ header, challenges }) => {
      const parsed = parseChallenges(header);
      assert.deepEqual(parsed.challenges, challenges);
      assert.deepEqual(parsed.faults, []);
    }),
    { numRuns: 1000 },
  );
});

/** Pieces that meet in broken headers. */
const debris = fc.array(
  fc.oneof(
    fc.constantFrom(
      ..."\"'\\,=;:{}[]()<>@/? \t\u00a0\u0000\u001b\ufeff".split(""),
      "Bearer ",
      "resource_metadata=",
      "https://a.example/x",
      "scope=",
      "abc==",
      "\ud800",
    ),
    token,
    fc.string({ unit: "binary", maxLength: 4 }),
  ),
  { maxLength: 30 },
).map((pieces) => pieces.join(""));

Deno.test("no header makes the parser throw, lose its place or invent text", () => {
  fc.assert(
    fc.property(debris, (header) => {
      const parsed = parseChallenges(header);
      chooseChallenge(parsed.challenges);
      let length = 0;
      for (const { scheme, parameters, token68 } of parsed.challenges) {
        length += scheme.length + (token68 ?? "").length;
        for (const [name, text] of parameters) {
          length += name === "resource_metadata" ? 0 : name.length + text.length;
        }
      }
      assert.ok(length <= header.length, "more text came out than went in");
    }),
    { numRuns: 2000 },
  );
});

Deno.test("what stands behind a whole challenge does not change it", () => {
  fc.assert(fc.property(written, debris, ({ header, challenges }, rest) => {
    fc.pre(!rest.includes("\ud800"));
    const parsed = parseChallenges(`${header}, Bearer x=y, ${rest}`);
    assert.deepEqual(parsed.challenges.slice(0, challenges.length), challenges);
  }));
});

/** The parser inside oauth4webapi, reached through the error it throws; undefined when it gives up. */
async function oracle(header: string): Promise<oauth.WWWAuthenticateChallenge[] | undefined> {
  const headers = new Headers({ "www-authenticate": header });
  const url = new URL("https://mcp.example/");
  const answer = () => Promise.resolve(new Response(null, { status: 401, headers }));
  try {
    await oauth.protectedResourceRequest("token", "GET", url, new Headers(), null, {
      [oauth.customFetch]: answer,
    });
  } catch (error) {
    if (error instanceof oauth.WWWAuthenticateChallengeError) return error.cause;
    throw error;
  }
  return undefined;
}

Deno.test("where oauth4webapi's parser accepts a clean header, both read the same", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(written, async ({ header }) => {
      const parsed = parseChallenges(header.trim());
      const theirs = await oracle(header);
      const names = parsed.challenges.map(({ parameters }) => parameters.map(([name]) => name));
      // Theirs keeps the last of repeated parameters, and knows at most two signs of padding.
      fc.pre(theirs !== undefined && names.every((list) => new Set(list).size === list.length));
      fc.pre(names.flat().every((name) => name !== "__proto__"));
      compared += 1;
      assert.deepEqual(
        parsed.challenges.map(({ scheme, parameters, token68 }) => ({
          scheme: scheme.toLowerCase(),
          parameters: Object.fromEntries(parameters),
          ...(token68 === undefined ? {} : { token68 }),
        })),
        theirs?.map(({ scheme, parameters, token68 }) => ({
          scheme,
          parameters: { ...parameters },
          ...(token68 === undefined ? {} : { token68 }),
        })),
      );
    }),
    { numRuns: 500 },
  );
  assert.ok(compared > 100, `only ${compared} headers were compared`);
});

/** Units that, repeated, make a careless parser scan the same text again and again. */
const UNITS: readonly string[] = [
  ..."\"'\\,=;:{}[]()<>@/ \t\u0000aA1~+!",
  '"\\',
  '\\"',
  "a=",
  "a ",
  "a,",
  "a='",
  "a=' ",
  "a='b,",
  "='",
  "'a",
  'a="',
  'a=",',
  "a=b ",
  'a="b"',
  "a ,",
  "a\t=\t",
  "a==",
  "a== ",
  "abc= , ",
  "Bearer ",
  "Bearer a",
  "Bearer a=",
  'Bearer a="b", ',
  '{"',
  "{}",
  "{,",
  "\u00a0",
  '@"',
  "https://",
  "https://a,",
  'resource_metadata="a",',
];

for (const unit of UNITS) {
  const size = unit.length === 1 ? 1_000_000 : 250_000;
  Deno.test(`${size / 1000} kB of ${JSON.stringify(unit)} are read to their end`, () => {
    const text = unit.repeat(Math.ceil(size / unit.length));
    for (const header of [text, `Bearer ${text}`, `Bearer a="${text}`, `Bearer a=${text}`]) {
      const { challenges } = parseChallenges(header);
      chooseChallenge(challenges);
      assert.ok(challenges.length <= header.length);
    }
  });
}
