import assert from "node:assert/strict";
import {
  codeExpired,
  deviceGrant,
  deviceRequest,
  judgeDeviceResponse,
  judgePoll,
  offersDevice,
} from "../../../src/oauth/token/device.ts";
import { tokenEndpointError } from "../../../src/oauth/common/issued_token.ts";
import { answerOf, failureFrom, remedyOf } from "../support.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

Deno.test("a sign-in by device code is possible where its endpoint is, unless grants are listed without it", () => {
  const deviceEndpoint = "https://as.example/device";
  assert.equal(offersDevice({ deviceEndpoint }), true);
  assert.equal(offersDevice({ deviceEndpoint, grantTypes: ["authorization_code", GRANT] }), true);
  assert.equal(offersDevice({ deviceEndpoint, grantTypes: ["authorization_code"] }), false);
  assert.equal(offersDevice({ deviceEndpoint: undefined }), false);
});

Deno.test("the requests of the device grant have what was asked for and nothing else", () => {
  assert.equal(String(deviceRequest(undefined, null)), "");
  assert.equal(String(deviceRequest([], null)), "");
  assert.equal(
    String(deviceRequest(["a", "b"], "https://mcp.example")),
    "scope=a+b&resource=https%3A%2F%2Fmcp.example",
  );
  assert.deepEqual([...deviceGrant("dc", null)], [["grant_type", GRANT], ["device_code", "dc"]]);
  assert.equal(deviceGrant("dc", "https://mcp.example").get("resource"), "https://mcp.example");
});

const CODES = {
  device_code: "dc",
  user_code: "AB-CD",
  verification_uri: "https://as.example/device",
  verification_uri_complete: "https://as.example/device?c=AB-CD",
  expires_in: 600,
  interval: 7,
};

type Members = Readonly<Record<string, unknown>>;
const judged = (members: Members) => judgeDeviceResponse(answerOf(200, { ...CODES, ...members }));

Deno.test("an answer of the device endpoint is read as it is", () => {
  assert.deepEqual(judged({}), {
    deviceCode: "dc",
    userCode: "AB-CD",
    verificationUri: CODES.verification_uri,
    verificationUriComplete: CODES.verification_uri_complete,
    expiresIn: 600,
    interval: 7,
    judgements: [],
  });
  assert.equal(judged({ verification_uri_complete: 1 }).verificationUriComplete, undefined);
});

const NUMBERS: readonly (readonly [value: unknown, seconds: number | undefined])[] = [
  [1, 1],
  ["600", 600],
  [1e8, 1e8],
  [1e8 + 1, undefined],
  [0, undefined],
  [-5, undefined],
  ["5s", undefined],
  ["", undefined],
  [null, undefined],
  [undefined, undefined],
];

for (const [value, seconds] of NUMBERS) {
  Deno.test(`a lifetime and an interval of ${JSON.stringify(value)} are ${seconds ?? "unknown"}`, () => {
    const lifetime = judged({ expires_in: value });
    assert.equal(lifetime.expiresIn, seconds ?? null);
    const deviations = seconds === undefined ? ["device_answer_deviates"] : [];
    assert.deepEqual(lifetime.judgements.map(({ code }) => code), deviations);
    const pace = judged({ interval: value });
    assert.equal(pace.interval, seconds ?? 5);
    assert.deepEqual(
      pace.judgements.map(({ code, severity }) => `${severity} ${code}`),
      value === undefined || seconds !== undefined ? [] : ["warning device_answer_deviates"],
    );
  });
}

Deno.test("an interval of a fraction of a second is not followed", () => {
  const { interval, judgements } = judged({ interval: 0.5 });
  assert.equal(interval, 5);
  assert.match(judgements[0]?.message ?? "", /interval 0\.5.*5 s/);
  const long = judged({ interval: ["x".repeat(100)] }).judgements[0]?.message ?? "";
  assert.ok(long.length < 200 && !long.includes("x".repeat(59)), long);
});

Deno.test("the older name of the verification address is read, with a note", () => {
  const old = { verification_uri: undefined, verification_url: "https://as.example/old" };
  const { verificationUri, judgements } = judged(old);
  assert.equal(verificationUri, "https://as.example/old");
  assert.match(judgements[0]?.message ?? "", /"verification_url"/);
});

Deno.test("required members that are missing or blank are named, and only these", () => {
  const cases: [Members, string][] = [
    [{ device_code: undefined }, '"device_code"'],
    [{ user_code: " " }, '"user_code"'],
    [{ verification_uri: "" }, '"verification_uri"'],
    [
      { device_code: [1], user_code: "", verification_uri: null },
      [
        '"device_code"',
        '"user_code"',
        '"verification_uri"',
      ].join(", "),
    ],
  ];
  for (const [members, names] of cases) {
    const failure = failureFrom(() => judged(members));
    assert.equal(failure.code, "device_answer_invalid");
    assert.ok(failure.message.endsWith(` ${names}`), failure.message);
  }
});

Deno.test("an error, or a status outside of 2xx, is a refusal with what the server said", () => {
  const cases: [status: number, body: unknown, message: RegExp, remedy: RegExp][] = [
    [400, { error: "invalid_client" }, /HTTP 400, "invalid_client"$/, /client ID/],
    [400, { error: "unauthorized_client" }, /unauthorized_client/, /device_code/],
    [400, { error: "invalid_scope" }, /invalid_scope/, /--scopes/],
    [400, { error: "invalid_target" }, /invalid_target/, /--resource none/],
    [200, { error: "constructor", error_description: "no" }, /it says "no"$/, /--debug-out/],
    [404, "<p>", /HTTP 404/, /--debug-out/],
    [199, CODES, /HTTP 199/, /--debug-out/],
    [300, CODES, /HTTP 300/, /--debug-out/],
  ];
  for (const [status, body, message, remedy] of cases) {
    const failure = failureFrom(() => judgeDeviceResponse(answerOf(status, body)));
    assert.equal(failure.code, "device_request_refused");
    assert.match(failure.message, message);
    assert.match(remedyOf(failure), remedy);
    const named = typeof body === "object" && body !== null && "error" in body;
    assert.equal(tokenEndpointError(failure) !== undefined, named);
  }
  assert.equal(judgeDeviceResponse(answerOf(299, CODES)).deviceCode, "dc");
});

Deno.test("a poll is pending, slowed down, decided, or a failure for a moment", () => {
  const cases: [status: number, body: unknown, verdict: string][] = [
    [400, { error: "authorization_pending" }, "pending"],
    [400, { error: "slow_down" }, "slow_down"],
    [200, { access_token: "t" }, "decided"],
    [400, { error: "invalid_grant" }, "decided"],
    [428, "", "decided"],
    [429, "", "failing"],
    [430, "", "decided"],
    [499, "", "decided"],
    [500, "", "failing"],
    [503, { error: "temporarily_unavailable" }, "failing"],
  ];
  for (const [status, body, verdict] of cases) {
    assert.equal(judgePoll(answerOf(status, body)), verdict, `${status} ${JSON.stringify(body)}`);
  }
});

Deno.test("a poll that is denied or came too late ends the sign-in", () => {
  const body = { error: "access_denied", error_description: "policy 7" };
  const denied = failureFrom(() => judgePoll(answerOf(403, body)));
  assert.equal(denied.code, "device_denied");
  assert.match(denied.message, /HTTP 403, "access_denied"; it says "policy 7"$/);
  assert.equal(denied.reference, "RFC 8628 §3.5");
  const late = failureFrom(() => judgePoll(answerOf(400, { error: "expired_token" })));
  assert.equal(late.code, "device_code_expired");
  assert.match(late.message, /HTTP 400, "expired_token"$/);
  assert.equal(codeExpired("x").reference, "RFC 8628 §3.5");
});

Deno.test("a user code that is a number is read as text", () => {
  const { userCode, judgements } = judged({ user_code: 12_345_678 });
  assert.equal(userCode, "12345678");
  assert.deepEqual(judgements.map(({ code }) => code), ["number_instead_of_string"]);
});
