import { runAtOnce } from "../../src/core/work.ts";
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { htmlReport } from "../../src/report/html.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { buildArtifact } from "../../src/trace/artifact.ts";
import { artifactFaults } from "../../src/trace/artifact_schema.ts";
import { curlOf } from "../../src/trace/curl.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { harOf } from "../../src/trace/har.ts";
import { maskDocument, maskForeignValue, MEMBER_ROLES } from "../../src/trace/mask_document.ts";
import { createRecorder } from "../../src/trace/recorder.ts";
import { createRedactor } from "../../src/trace/redactor.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { ENCODINGS, reveals } from "./encodings.ts";
import { exchangeOf } from "./support.ts";

const secret = fc.oneof(
  fc.constantFrom(
    `cAnArY s3cr&t/"é+<x>'%!~\\z`,
    "cAnArY-0123456789.abcdef~GHIJ",
    "cAnArY%41%2F&amp;\\u0041\\n",
    "cAnArY🔑\u0000\u202e中文",
  ),
  fc.string({ minLength: 8, maxLength: 30, unit: "grapheme" }).map((text) => `cAnArY${text}`),
);

const encoding = fc.constantFrom(...Object.values(ENCODINGS));

const ODD_NAMES = [
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "header", "headers"],
  ...["code", "state", "error", "steps", "status", "result", "kind", "name", "value", "message"],
  ...["authorization", "Authorization", "cookie", "token", "access_token", "clientSecret", "kty"],
  ...["", "a", "0", "data", "jwk", "x5c"],
];

/** An object with a member of any name, `__proto__` too. */
const objectOf = (entries: [string, unknown][]) => Object.fromEntries(entries);

/** Other text, whose end is no part of an escape: that would change what the next characters mean. */
const before = fc.string({ maxLength: 8 }).filter((text) => !/[%&\\][^%&\\]{0,7}$/.test(text));

/** Any JSON shape in which leaves and names may hold `secret` in any encoding. */
function shapes(value: string): fc.Arbitrary<unknown> {
  const text = fc.tuple(encoding, before, fc.string({ maxLength: 6 }))
    .map(([encode, start, after]) => `${start}${encode(value)}${after}`);
  const name = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...ODD_NAMES) },
    { weight: 1, arbitrary: text },
  );
  const { shape } = fc.letrec((tie) => ({
    shape: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      { weight: 3, arbitrary: text },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
      { weight: 3, arbitrary: fc.array(tie("shape"), { maxLength: 3 }) },
      {
        weight: 4,
        arbitrary: fc.array(fc.tuple(name, tie("shape")), { maxLength: 3 }).map(objectOf),
      },
      { weight: 1, arbitrary: fc.tuple(name, tie("shape")) },
      { weight: 1, arbitrary: fc.tuple(name, text).map(([name, value]) => ({ name, value })) },
      { weight: 1, arbitrary: fc.tuple(name, text).map(([name, value]) => ({ [name]: [value] })) },
      { weight: 2, arbitrary: tie("shape").map((inner) => JSON.stringify(inner)) },
    ),
  }));
  return shape as fc.Arbitrary<unknown>;
}

const secretInShape = secret.chain((value) => fc.tuple(fc.constant(value), shapes(value)));

function assertHidden(shown: unknown, value: string, where: string): void {
  const text = typeof shown === "string" ? shown : JSON.stringify(shown) ?? "";
  ok(!reveals(text, value), `${where}: ${text.slice(0, 2000)}`);
}

function knowing(value: string) {
  const secrets = createSecrets();
  secrets.add(value);
  return secrets;
}

for (const [how, encode] of Object.entries(ENCODINGS)) {
  Deno.test(`any secret is masked ${how}, next to any other text`, () => {
    fc.assert(
      fc.property(
        secret,
        before,
        fc.string({ maxLength: 8 }),
        (value, a, b) => {
          const masked = knowing(value).maskForeign(`${a}${encode(value)}${b}`);
          assertHidden(masked, value, how);
          ok(masked.includes(maskOf(value)), masked);
        },
      ),
      { numRuns: 200 },
    );
  });
}

Deno.test("a known secret is in no masked value, whatever its shape", () => {
  fc.assert(
    fc.property(secretInShape, ([value, shape]) => {
      const redactor = createRedactor({ secrets: knowing(value) });
      assertHidden(runAtOnce(redactor.foreign(shape)), value, "foreign");
      assertHidden(runAtOnce(maskForeignValue(shape, knowing(value))), value, "by value");
      for (
        const member of ["header", "headers", "document", "tokens", "credentials", "__proto__"]
      ) {
        const own = objectOf([["error", { code: "token_rejected" }], [member, shape]]);
        assertHidden(runAtOnce(redactor.document(own)), value, member);
        assertHidden(maskDocument(own, knowing(value)), value, member);
        assertHidden(runAtOnce(redactor.document({ result: own })), value, `result.${member}`);
      }
    }),
    { numRuns: 400 },
  );
});

Deno.test("a known secret is in no artifact and no report, whatever shape it was sent in", async () => {
  await fc.assert(
    fc.asyncProperty(secretInShape, encoding, async ([value, shape], encode) => {
      const recorder = createRecorder();
      const body = JSON.stringify(shape);
      const echo = encode(value);
      recorder.emit({
        type: "exchange",
        exchange: exchangeOf({
          request: { url: `https://as.example/${encodeURIComponent(echo)}?x=${echo}`, body: echo },
          response: { body, statusText: echo, headers: [["x-echo", echo], ["location", echo]] },
        }, { fault: { code: "body_too_large", message: `it sent "${echo}"` } }),
      });
      recorder.emit({
        type: "exchange",
        exchange: exchangeOf({ response: { body: `event: message\ndata: ${body}\n\n` } }, {
          id: 2,
        }),
      });
      const said = `the server said "${echo}"`;
      recorder.emit({ type: "note", at: 1, message: said });
      recorder.emit({ type: "step_started", at: 1, step: "token" });
      recorder.emit({ type: "step_ended", at: 2, step: "token", status: "failed", detail: said });
      recorder.emit({
        type: "finding",
        finding: {
          ...{ code: "token_rejected", severity: "warning", step: "token" },
          ...{ message: said, remedy: said, reference: said },
        },
      });
      for (const isForeign of [true, false]) {
        const artifact = runAtOnce(buildArtifact({
          command: { name: "tools call", options: { toolArgs: body, header: [["X-Key", echo]] } },
          outcome: {
            ...{ completed: false, exitStatus: 1, isForeign },
            error: { code: "token_rejected", message: said, remedy: said, reference: said },
            result: isForeign ? shape : { document: shape, content: shape },
          },
          ...{ recorder, secrets: knowing(value), secretFields: [], clock: { now: () => 0 } },
          environment: {
            ...{ os: "linux", arch: "x86_64", networkVariables: [] },
            terminal: { stdin: false, stdout: false, stderr: false },
          },
        }));
        const read = JSON.parse(JSON.stringify(artifact));
        deepEqual(artifactFaults(read), []);
        equal(read.outcome.error.code, "token_rejected");
        equal(read.findings[0].code, "token_rejected");
        assertHidden(artifact, value, "artifact");
        assertHidden(runAtOnce(markdownReport(artifact)), value, "Markdown");
        assertHidden(runAtOnce(harOf(artifact)), value, "HAR");
        assertHidden(runAtOnce(curlOf(artifact)), value, "curl");
        assertHidden(await htmlReport(artifact), value, "HTML");
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("secrets that only their place shows are masked in every shape of a list of headers", () => {
  const bearer = "Bearer abcdefgh12345678";
  const places: unknown[] = [
    [["Authorization", bearer]],
    { name: "authorization", value: bearer },
    { authorization: [bearer, bearer] },
    { headers: { Authorization: bearer } },
    { header: { "proxy-authorization": [bearer] } },
    { result: { header: [["Authorization", bearer]] } },
    { password: { value: "abcdefgh12345678" } },
    { token: [[{ deep: ["abcdefgh12345678"] }]] },
    { secret: 12345678123456 },
    { clientSecret: { parts: [12345678123456] } },
    { jwk: { kty: "oct", k: "abcdefgh12345678" } },
    "?access_token=abcdefgh12345678",
  ];
  for (const place of places) {
    for (const value of [place, JSON.stringify(place), { text: JSON.stringify(place) }]) {
      const redactor = createRedactor({ secrets: createSecrets() });
      const shown = [
        runAtOnce(redactor.foreign(value)),
        runAtOnce(redactor.document({ document: value })),
        redactor.exchange(exchangeOf({ response: { body: JSON.stringify(value) } })),
      ];
      for (const text of shown.map((it) => JSON.stringify(it))) {
        ok(!/abcdefgh|12345678/.test(text.replace(/\[masked[^\]]*\]/g, "")), text);
      }
    }
  }
});

Deno.test("own members are own only where everything around them is", () => {
  const redactor = createRedactor({ secrets: knowing("token") });
  const own = {
    error: { code: "token", message: 'the "token" is a token' },
    steps: [{ step: "token", status: "done" }],
    currentStep: "token",
  };
  deepEqual(runAtOnce(redactor.document(own)), {
    ...own,
    error: { code: "token", message: 'the "[masked]" is a token' },
  });
  deepEqual(
    runAtOnce(
      redactor.document({ document: { currentStep: "token", items: [{ kind: "token" }] } }),
    ),
    {
      document: { currentStep: "[masked]", items: [{ kind: "[masked]" }] },
    },
  );
  ok(MEMBER_ROLES.size < 100);
});
