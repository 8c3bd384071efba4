import assert from "node:assert/strict";
import fc from "fast-check";
import * as oauth from "oauth4webapi";
import {
  authorizationParameters,
  type AuthorizationRecord,
  type CallbackParameters,
  createAuthorization,
  hasOurState,
  judgeCallback,
  missingPart,
  parametersUrl,
} from "../../../src/oauth/authorization/authorization.ts";
import { authorizationRemedy } from "../../../src/oauth/authorization/authorization_refusal.ts";
import { failureFrom, INHERITED_NAMES, remedyOf, wordsOf } from "../support.ts";

const ISSUER = "https://as.example/tenant";

const RECORD: AuthorizationRecord = {
  issuer: ISSUER,
  issParameter: false,
  state: "right-state-0123456789",
  codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  redirectUri: "http://127.0.0.1:33418/callback",
  clientId: "client & co=1",
  resource: "https://MCP.example/mcp?a=b&c=d",
  scopes: ["files:read", "b"],
};

const authorizationUrl = (endpoint: string, record: AuthorizationRecord) =>
  parametersUrl(endpoint, authorizationParameters(record));

const ADVERTISED: AuthorizationRecord = { ...RECORD, issParameter: true };

Deno.test("the challenge of RFC 7636 appendix B belongs to its verifier", async () => {
  assert.equal(await oauth.calculatePKCECodeChallenge(RECORD.codeVerifier), RECORD.codeChallenge);
  const record = await createAuthorization(RECORD);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(record.codeVerifier),
  );
  const challenge = new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
  assert.equal(record.codeChallenge, challenge);
});

Deno.test("every authorization has a state and a verifier of its own, long enough", async () => {
  const records = await Promise.all(Array.from({ length: 50 }, () => createAuthorization(RECORD)));
  assert.equal(new Set(records.map(({ state }) => state)).size, 50);
  assert.equal(new Set(records.map(({ codeVerifier }) => codeVerifier)).size, 50);
  for (const { state, codeVerifier } of records) {
    assert.match(codeVerifier, /^[A-Za-z0-9\-._~]{43,128}$/);
    assert.ok(Uint8Array.fromBase64(state, { alphabet: "base64url" }).length >= 16, state);
  }
});

const PARAMETERS = {
  response_type: "code",
  client_id: RECORD.clientId,
  redirect_uri: RECORD.redirectUri,
  scope: "files:read b",
  state: RECORD.state,
  code_challenge: RECORD.codeChallenge,
  code_challenge_method: "S256",
  resource: RECORD.resource,
};

function parametersOf(endpoint: string, record: AuthorizationRecord): Record<string, string> {
  const pairs = [...new URL(authorizationUrl(endpoint, record)).searchParams];
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, "a parameter occurs twice");
  return Object.fromEntries(pairs);
}

Deno.test("the authorization URL carries exactly the eight parameters, each once", () => {
  assert.deepEqual(parametersOf("https://as.example/authorize", RECORD), PARAMETERS);
});

Deno.test("scope and resource are left out where there are none", () => {
  const { scope: _scope, resource: _resource, ...rest } = PARAMETERS;
  for (const scopes of [undefined, []]) {
    const record = { ...RECORD, scopes, resource: null };
    assert.deepEqual(parametersOf("https://as.example/authorize", record), rest);
  }
});

const QUERIES: readonly [query: string, kept: string][] = [
  ["?p=B2C_1_signin", "p=B2C_1_signin"],
  [
    "?audience=https%3A%2F%2Fapi.example%2F&x=a%20b",
    "audience=https%3A%2F%2Fapi.example%2F&x=a%20b",
  ],
  ["?flag&tilde=%7E&plus=a+b&empty=", "flag&tilde=%7E&plus=a+b&empty="],
  ["?x=1&x=2", "x=1&x=2"],
];

for (const [query, kept] of QUERIES) {
  Deno.test(`the endpoint's query ${query} is kept as it is`, () => {
    const url = authorizationUrl(`https://as.example/authorize${query}`, RECORD);
    assert.ok(url.startsWith(`https://as.example/authorize?${kept}&response_type=code&`), url);
  });
}

Deno.test("an endpoint with an empty query gets no stray separator", () => {
  const url = authorizationUrl("https://as.example/authorize?", RECORD);
  assert.ok(url.startsWith("https://as.example/authorize?response_type=code&"), url);
});

Deno.test("a parameter that the endpoint already has with the same value is sent once", () => {
  const endpoint = new URL("https://as.example/authorize");
  endpoint.searchParams.set("resource", RECORD.resource ?? "");
  endpoint.searchParams.set("response_type", "code");
  assert.deepEqual(parametersOf(endpoint.href, RECORD), PARAMETERS);
});

Deno.test("scopes of the endpoint are sent together with the requested ones, once", () => {
  const endpoint = "https://as.example/authorize?a=1&scope=openid%20b&prompt=login";
  assert.deepEqual(parametersOf(endpoint, RECORD), {
    ...PARAMETERS,
    scope: "openid b files:read",
    a: "1",
    prompt: "login",
  });
});

for (const [name, value] of Object.entries(PARAMETERS)) {
  if (name === "scope") continue;
  Deno.test(`an endpoint whose query has another ${name}, or has it twice, is refused`, () => {
    for (const others of [["other"], [""], [value, "other"], ["other", value], [value, value]]) {
      const endpoint = new URL("https://as.example/authorize");
      for (const other of others) endpoint.searchParams.append(name, other ?? "");
      const failure = failureFrom(() => authorizationUrl(endpoint.href, RECORD));
      assert.equal(failure.code, "authorization_endpoint_conflict");
      assert.ok(
        !wordsOf(failure).includes(RECORD.state) || name === "state" && others.includes(value),
      );
    }
  });
}

Deno.test("a refused endpoint with another state does not show ours", () => {
  const failure = failureFrom(() => authorizationUrl("https://as.example/a?state=x", RECORD));
  assert.ok(!wordsOf(failure).includes(RECORD.state));
});

Deno.test("the remedy for a conflicting resource is no shell code", () => {
  const failure = failureFrom(() =>
    authorizationUrl("https://as.example/a?resource=$(id)", RECORD)
  );
  assert.match(remedyOf(failure), /value:\n {2}mcpass login --resource '\$\(id\)'$/);
});

const STATES: readonly [behaviour: string, parameters: CallbackParameters, ours: boolean][] = [
  ["right", [["state", RECORD.state]], true],
  ["missing", [["code", "c"]], false],
  ["empty", [["state", ""]], false],
  ["cut", [["state", RECORD.state.slice(0, -1)]], false],
  ["longer", [["state", `${RECORD.state}x`]], false],
  ["twice itself", [["state", RECORD.state + RECORD.state]], false],
  ["in other case", [["state", RECORD.state.toUpperCase()]], false],
  ["changed", [["state", RECORD.state.replace("0", "1")]], false],
  ["sent twice", [["state", RECORD.state], ["state", RECORD.state]], false],
  ["sent beside a foreign one", [["state", "x"], ["state", RECORD.state]], false],
  ["under another name", [["State", RECORD.state]], false],
];

for (const [behaviour, parameters, ours] of STATES) {
  Deno.test(`a callback whose state is ${behaviour} is ${ours ? "ours" : "not ours"}`, () => {
    assert.equal(hasOurState(parameters, RECORD), ours);
    const callback: CallbackParameters = [...parameters, ["code", "c"]];
    if (parameters.some(([name]) => name === "code")) return;
    if (ours) assert.equal(judgeCallback(callback, RECORD, false), "c");
    else {
      const failure = failureFrom(() => judgeCallback(callback, RECORD, false));
      assert.equal(failure.code, "state_mismatch");
      assert.ok(!wordsOf(failure).includes(RECORD.state));
    }
  });
}

Deno.test("no state but the right one is ours, whatever it looks like", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (state) => {
    fc.pre(state !== RECORD.state);
    assert.equal(hasOurState([["state", state]], RECORD), false);
  }));
});

/** The four rows of RFC 9207 §2.4, for a code and for an error. */
const ISS: readonly [advertised: boolean, iss: string | undefined, verdict: string][] = [
  [true, ISSUER, "accepted"],
  [true, undefined, "iss_missing"],
  [true, "https://evil.example", "iss_mismatch"],
  [true, "", "iss_mismatch"],
  [false, ISSUER, "accepted"],
  [false, undefined, "accepted"],
  [false, "https://evil.example", "iss_mismatch"],
  [false, "", "iss_mismatch"],
  [true, `${ISSUER}/`, "iss_mismatch"],
  [true, "https://AS.example/tenant", "iss_mismatch"],
  [true, "HTTPS://as.example/tenant", "iss_mismatch"],
  [true, "https://as.example/Tenant", "iss_mismatch"],
  [true, "https://as.example:443/tenant", "iss_mismatch"],
  [true, "https://as.example/%74enant", "iss_mismatch"],
  [true, "https%3A%2F%2Fas.example%2Ftenant", "iss_mismatch"],
  [true, "https://as.example/./tenant", "iss_mismatch"],
  [true, `${ISSUER}#`, "iss_mismatch"],
  [true, `${ISSUER}?`, "iss_mismatch"],
  [true, ` ${ISSUER}`, "iss_mismatch"],
  [true, `${ISSUER}\u0000`, "iss_mismatch"],
  [false, `${ISSUER}/`, "iss_mismatch"],
  [false, "https://as.example", "iss_mismatch"],
];

for (const [advertised, iss, verdict] of ISS) {
  const said = iss === undefined ? "absent" : JSON.stringify(iss);
  Deno.test(`iss ${said}, ${advertised ? "" : "not "}advertised: ${verdict}`, () => {
    const record = advertised ? ADVERTISED : RECORD;
    const common: [string, string][] = [["state", record.state]];
    if (iss !== undefined) common.push(["iss", iss]);
    const code: CallbackParameters = [...common, ["code", "the-code"]];
    const error: CallbackParameters = [
      ...common,
      ["error", "canary_error"],
      ["error_description", "canary words"],
      ["error_uri", "https://canary.example"],
    ];
    if (verdict === "accepted") {
      assert.equal(judgeCallback(code, record, false), "the-code");
      assert.equal(
        failureFrom(() => judgeCallback(error, record, false)).code,
        "authorization_error",
      );
    } else {
      for (
        const callback of [code, error, [...error, ["code", "the-code"]] as CallbackParameters]
      ) {
        const failure = failureFrom(() => judgeCallback(callback, record, false));
        assert.equal(failure.code, verdict);
        assert.doesNotMatch(wordsOf(failure), /canary|the-code/);
      }
    }
  });
}

Deno.test("iss and state are judged as oauth4webapi judges them", () => {
  const near = fc.constantFrom(
    ISSUER,
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    "https://as.example:443/tenant",
  );
  const iss = fc.option(fc.oneof(near, fc.webUrl()), { nil: undefined });
  const state = fc.option(fc.constantFrom(RECORD.state, "other"), { nil: undefined });
  fc.assert(fc.property(iss, state, fc.boolean(), (foundIss, foundState, advertised) => {
    const record = advertised ? ADVERTISED : RECORD;
    const parameters = new URLSearchParams({ code: "c" });
    if (foundIss !== undefined) parameters.set("iss", foundIss);
    if (foundState !== undefined) parameters.set("state", foundState);
    const accepts = (work: () => unknown) => {
      try {
        work();
        return true;
      } catch {
        return false;
      }
    };
    const oracle = accepts(() =>
      oauth.validateAuthResponse(
        { issuer: ISSUER, authorization_response_iss_parameter_supported: advertised },
        { client_id: record.clientId },
        parameters,
        record.state,
      )
    );
    assert.equal(accepts(() => judgeCallback([...parameters], record, false)), oracle);
  }));
});

const RIGHT: CallbackParameters = [["state", RECORD.state], ["iss", ISSUER]];

const CALLBACKS: readonly [behaviour: string, rest: CallbackParameters, verdict: string][] = [
  ["a code", [["code", "c"]], "c"],
  ["a code and unknown parameters", [["code", "c"], ["session_state", "s"]], "c"],
  ["an empty code", [["code", ""]], "callback_invalid"],
  ["neither code nor error", [], "callback_invalid"],
  ["both code and error", [["code", "c"], ["error", "access_denied"]], "callback_invalid"],
  ["an error", [["error", "access_denied"]], "authorization_error"],
  ["two codes", [["code", "c"], ["code", "c"]], "callback_repeated_parameter"],
  ["two errors", [["error", "a"], ["error", "b"]], "callback_repeated_parameter"],
  ["iss again", [["code", "c"], ["iss", ISSUER]], "callback_repeated_parameter"],
  ["a second, foreign iss", [["code", "c"], ["iss", "x"]], "callback_repeated_parameter"],
  [
    "two error descriptions",
    [["error", "a"], ["error_description", "x"], ["error_description", "y"]],
    "callback_repeated_parameter",
  ],
  [
    "an unknown parameter twice",
    [["code", "c"], ["canary", "1"], ["canary", "2"]],
    "callback_repeated_parameter",
  ],
];

for (const [behaviour, rest, verdict] of CALLBACKS) {
  Deno.test(`a callback with ${behaviour} gives ${verdict}`, () => {
    const callback = [...RIGHT, ...rest];
    if (verdict === "c") return assert.equal(judgeCallback(callback, RECORD, false), "c");
    const failure = failureFrom(() => judgeCallback(callback, RECORD, false));
    assert.equal(failure.code, verdict);
    assert.ok(!wordsOf(failure).includes("canary"));
  });
}

Deno.test("a callback that answers neither or both is told apart", () => {
  const said = (...rest: CallbackParameters) =>
    failureFrom(() => judgeCallback([...RIGHT, ...rest], RECORD, false)).message;
  assert.match(said(), /neither "code" nor "error"/);
  assert.match(said(["code", ""]), /neither "code" nor "error"/);
  assert.match(said(["code", "c"], ["error", "x"]), /both "code" and "error"/);
});

Deno.test("a refused resource is explained by whether one was sent", () => {
  const remedies = (error: string, description?: string) =>
    [true, false].map((sent) => authorizationRemedy(error, sent, description).remedy);
  const [unknown, wanted] = remedies("invalid_target");
  assert.notEqual(unknown, wanted);
  for (const error of ["access_denied", "invalid_scope", "made_up"]) {
    const [sent, not] = remedies(error, "resource");
    assert.equal(sent, not);
    assert.notEqual(sent, wanted);
  }
  const [named, general] = remedies("invalid_request", "unknown resource parameter");
  assert.notEqual(named, general);
  assert.deepEqual(remedies("invalid_request", "resources"), [general, general]);
  assert.deepEqual(remedies("invalid_request"), [general, general]);
});

Deno.test("a server that requires nonce: the login with one", () => {
  const { loginFlags } = authorizationRemedy("invalid_request", true, "nonce required");
  assert.match(String(loginFlags?.["authorizeParam"]), /^nonce=[\w-]{16}$/);
  assert.equal(authorizationRemedy("invalid_request", false, "no").loginFlags, undefined);
  const added = [["nonce", "given"]] as const;
  const sent = (nonce?: string) =>
    authorizationParameters({ ...RECORD, nonce, added }).filter(([name]) => name === "nonce");
  assert.deepEqual(sent(), added);
  assert.deepEqual(sent("of the identity provider"), [["nonce", "of the identity provider"]]);
});

Deno.test("state is judged before anything else", () => {
  const callback: CallbackParameters = [["code", "a"], ["code", "b"], ["iss", "x"], [
    "error",
    "canary",
  ]];
  const failure = failureFrom(() => judgeCallback(callback, ADVERTISED, false));
  assert.equal(failure.code, "state_mismatch");
  assert.ok(!wordsOf(failure).includes("canary"));
});

Deno.test("a bare code needs no state, but no advertised iss may be missing", () => {
  assert.equal(judgeCallback([["code", "c"]], RECORD, true), "c");
  assert.equal(
    failureFrom(() => judgeCallback([["code", "c"]], ADVERTISED, true)).code,
    "iss_missing",
  );
});

Deno.test("a state that came along with a bare code has to be right", () => {
  const callback: CallbackParameters = [["code", "c"], ["state", "other"]];
  assert.equal(failureFrom(() => judgeCallback(callback, RECORD, true)).code, "state_mismatch");
});

Deno.test("an authorization error shows the server's words, made safe, with a remedy in words", () => {
  const failure = failureFrom(() =>
    judgeCallback(
      [...RIGHT, ["error", "invalid_\u001b[31mscope"], [
        "error_description",
        "no\u202esuch\nscope",
      ]],
      RECORD,
      false,
    )
  );
  assert.match(failure.message, /invalid_\\x1b\[31mscope/);
  assert.match(failure.message, /no\\u202esuch\\x0ascope/);
});

for (const error of INHERITED_NAMES) {
  Deno.test(`an authorization error named ${error} is like any unknown one`, () => {
    const failure = failureFrom(() => judgeCallback([...RIGHT, ["error", error]], RECORD, false));
    assert.equal(failure.code, "authorization_error");
    assert.match(String(failure.remedy), /^Look up this error/);
  });
}

Deno.test("a server's words are not cut before secrets are masked: none may be halved", () => {
  const words = `${"x".repeat(295)}canary-secret ${"y".repeat(5000)}`;
  const callback: CallbackParameters = [...RIGHT, ["error", "e"], ["error_description", words]];
  assert.ok(failureFrom(() => judgeCallback(callback, RECORD, false)).message.includes(words));
});

const CUT:
  readonly (readonly [query: string, record: AuthorizationRecord, why: RegExp | undefined])[] = [
    ["code=c&state=s", RECORD, undefined],
    ["code=c&state=s", ADVERTISED, /no "iss"/],
    [`code=c&state=s&iss=${encodeURIComponent(ISSUER)}`, ADVERTISED, undefined],
    ["code=c&state=s&iss=https%3A%2F%2Fas.exa", ADVERTISED, /"iss" is cut off/],
    ["code=c&state=s&iss=https%3A%2F%2Fas.exa", RECORD, /"iss" is cut off/],
    ["code=c&state=s&iss=", ADVERTISED, /"iss" is cut off/],
    ["code=c&state=s&iss=https%3A%2F%2Fother.example", ADVERTISED, undefined],
    ["error=access_denied&state=s", ADVERTISED, /no "iss"/],
    ["state=s", RECORD, /neither "code" nor "error"/],
  ];

for (const [query, record, why] of CUT) {
  Deno.test(`a copied "${query}" is ${why === undefined ? "complete or wrong" : "cut"} (${record.issParameter})`, () => {
    const found = missingPart([...new URLSearchParams(query)], record);
    if (why === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", why);
  });
}
