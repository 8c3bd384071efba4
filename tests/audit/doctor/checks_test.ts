import { formatPeriod } from "../../../src/core/quantities.ts";
import assert from "node:assert/strict";
import { commandText } from "../../../src/core/command_text.ts";
import type { CheckResult, Facts } from "../../../src/audit/doctor/doctor_check.ts";
import { clockReadings } from "../../../src/audit/doctor/clock_reading.ts";
import { runDoctorChecks, tokenFacts } from "../../../src/audit/doctor/doctor.ts";
import { Failure } from "../../../src/core/failure.ts";
import type { Finding } from "../../../src/core/finding.ts";
import { signInCommand } from "../../../src/flow/context/sign_in_needed.ts";
import type { Exchange } from "../../../src/core/exchange.ts";
import { entryOf } from "../../store/entries.ts";

const NOW = Date.parse("2026-08-01T00:00:00.000Z");
const DAY = 86_400_000;

/** A valid server, before a change. */
function factsOf(change: Partial<Facts> = {}): Facts {
  return {
    serverUrl: "https://mcp.example/mcp",
    now: NOW,
    probe: {
      serverUrl: "https://mcp.example/mcp",
      status: "authorization_required",
      transport: "streamable_http",
      eras: [],
      authorizationRequired: true,
      challenge: { scheme: "Bearer", resourceMetadata: [], scope: null, error: null },
      resourceMetadata: null,
      authorizationServer: null,
      metadataAttempts: [],
      findings: [],
      error: null,
    },
    deviations: [],
    tls: undefined,
    tlsNote: null,
    clocks: [],
    token: null,
    hasClient: false,
    canSignIn: true,
    login: (flags) => ({ line: commandText("login", flags) }),
    connection: null,
    connectionError: null,
    lists: null,
    ...change,
  };
}

function check(id: string, facts: Facts): CheckResult {
  const found = runDoctorChecks(facts).find((it) => it.id === id);
  assert.ok(found);
  return found;
}

Deno.test("every check has an id of its own, a title, and a remedy where something is wrong", () => {
  const results = [
    runDoctorChecks(factsOf()),
    runDoctorChecks(factsOf({ connectionError: new Failure("mcp_error", "no"), clocks: [] })),
  ];
  for (const checks of results) {
    assert.equal(new Set(checks.map((it) => it.id)).size, checks.length);
  }
  for (const { id, title, status, detail, remedy } of results.flat()) {
    assert.match(id, /^[a-z_]+$/);
    assert.ok(title !== "" && detail !== "");
    assert.equal(remedy !== null, status === "warning" || status === "error", id);
  }
});

for (
  const [days, status] of [[200, "ok"], [14, "ok"], [13, "warning"], [-1, "error"]] as const
) {
  Deno.test(`a certificate that ends ${days} days from now: ${status}`, () => {
    const result = check(
      "tls",
      factsOf({
        tls: {
          version: null,
          cipher: null,
          certificate: {
            subject: "CN=mcp.example",
            issuer: "CN=authority",
            validFrom: "2026-01-01T00:00:00.000Z",
            validTo: new Date(NOW + days * DAY + 1000).toISOString(),
            subjectAltNames: [],
            fingerprint256: "00",
          },
        },
      }),
    );
    assert.equal(result.status, status);
    const day = new Date(NOW + days * DAY + 1000).toISOString().split("T")[0];
    assert.match(result.detail, new RegExp(`of CN=mcp\\.example is valid until ${day}[ ,:]`));
  });
}

Deno.test("a certificate that cannot be seen is skipped with a note, never called good", () => {
  const hidden = check("tls", factsOf({ tlsNote: "requests go through a proxy" }));
  assert.deepEqual([hidden.status, hidden.detail], ["skipped", "requests go through a proxy"]);
  const silent = check(
    "tls",
    factsOf({ tls: { version: "TLSv1.3", cipher: null, certificate: null } }),
  );
  assert.equal(silent.status, "skipped");
});

Deno.test("a clock that differs from one of two servers is that server's, from both this machine's", () => {
  const one = check(
    "clock",
    factsOf({
      clocks: [{ origin: "https://a.example", aheadSeconds: 1 }, {
        origin: "https://b.example",
        aheadSeconds: 31,
      }],
    }),
  );
  assert.equal(one.status, "warning");
  assert.match(one.remedy ?? "", /^Server: synchronize its clock/);
  const both = check(
    "clock",
    factsOf({ clocks: [{ origin: "https://a.example", aheadSeconds: -120 }] }),
  );
  assert.match(both.detail, /2 minutes behind/);
  assert.match(both.remedy ?? "", /this machine/);
});

Deno.test("a clock is read against the time of the request, not of the reading", () => {
  const exchange = (date: string | undefined, durationMs: number): Exchange => ({
    id: 1,
    step: "request",
    purpose: "mcp",
    startedAt: new Date(NOW).toISOString(),
    durationMs,
    request: { method: "GET", url: "https://a.example/x", headers: [], body: null },
    response: {
      status: 200,
      statusText: "",
      headers: date === undefined ? [] : [["Date", date]],
      body: "",
      bodyBytes: 0,
      truncated: false,
    },
    fault: null,
    redirectOf: null,
  });
  const at = (ms: number) => new Date(NOW + ms).toUTCString();
  assert.deepEqual(clockReadings([exchange(undefined, 5), exchange("nonsense", 5)]), []);
  assert.deepEqual(clockReadings([exchange(at(20_000), 30_000)]), [
    { origin: "https://a.example", aheadSeconds: 0 },
  ]);
  assert.deepEqual(clockReadings([exchange(at(90_000), 10), exchange(at(60_000), 10)]), [
    { origin: "https://a.example", aheadSeconds: 60 },
  ]);
});

Deno.test("facts about a token hold no part of it", () => {
  const entry = entryOf();
  const facts = tokenFacts({ kind: "store", where: "there" }, "canary.secret", entry, false);
  assert.equal(facts.format, "opaque");
  assert.ok(!JSON.stringify(facts).includes("canary"));
  assert.equal(facts.renewal, "refresh_token");
  const parts = ["e", "e", "e", "e", "e"].join(".");
  assert.equal(tokenFacts({ kind: "token", where: "" }, parts, undefined, false).format, "jwe");
});

Deno.test("a refresh that the authorization server refused before is a warning, and not a refresh token", () => {
  const entry = { ...entryOf(), refresh: { refusedWith: "unsupported_grant_type" } };
  const token = tokenFacts({ kind: "store", where: "" }, "opaque", entry, false);
  assert.equal(token.renewal, "refused");
  const { status, detail, remedy } = check("token_refresh", factsOf({ token }));
  assert.equal(status, "warning");
  assert.match(remedy ?? "", /\n {2}mcpass refresh https:\S+$/);
  assert.match(detail, /refused to refresh/);
});

for (
  const [scope, prompt, shown] of [
    ["offline_access", "", /:\n {2}mcpass .*--authorize-param prompt=consent/],
    ["offline_access", "prompt=consent", /^Authorization server: issue refresh tokens[^:]*$/],
    ["mcp", "", /^Request offline_access:\n {2}mcpass .*--scopes 'mcp offline_access'/],
  ] as const
) {
  Deno.test(`no refresh token after ${scope} ${prompt}: what was asked for is not advised`, () => {
    const token = {
      ...tokenFacts({ kind: "store", where: "" }, "opaque", entryOf(), false),
      renewal: null,
      requestedScopes: [scope],
      grantedScope: "mcp",
    };
    const login = signInCommand.bind(undefined, {
      serverUrl: "https://mcp.example/mcp",
      loginFlags: prompt === "" ? {} : { authorizeParam: [prompt] },
    });
    const probe = {
      ...factsOf().probe,
      authorizationServer: {
        issuer: "https://as.example",
        url: null,
        registration: { dcr: true, cimd: false, preregistered: true },
        grantTypes: null,
        scopesSupported: ["mcp", "offline_access"],
        document: null,
      },
    };
    const { remedy } = check("token_refresh", factsOf({ token, login, probe }));
    assert.match(remedy ?? "", shown);
  });
}

Deno.test("no line signs in where no flag accepts the metadata", () => {
  const none = { dcr: false, cimd: false, preregistered: true };
  const authorizationServer = {
    ...{ issuer: "https://as.example", url: null, registration: none, grantTypes: null },
    ...{ scopesSupported: null, document: null },
  };
  const probe = { ...factsOf().probe, authorizationServer };
  const remedies = (canSignIn: boolean) =>
    runDoctorChecks(factsOf({ probe, canSignIn })).filter(({ remedy }) =>
      remedy?.includes("mcpass ")
    ).map(({ id }) => id);
  assert.deepEqual(remedies(true), ["registration", "credentials"]);
  assert.deepEqual(remedies(false), []);
});

Deno.test("a refused refresh is reported once, and tokens that are gone are not called missing", () => {
  const gone = new Failure("tokens_gone", "they were refused", { kind: "sign_in_needed" });
  const failed = (facts: Facts) =>
    runDoctorChecks(facts).filter(({ status }) => status === "error").map(({ id, detail }) => [
      id,
      detail,
    ]);
  assert.deepEqual(failed(factsOf({ connectionError: gone, hasClient: true })), [
    ["credentials", "they were refused"],
  ]);
  const token = tokenFacts({ kind: "store", where: "" }, "opaque", entryOf(), false);
  const refused = new Failure("refresh_token_refused", "refused", { kind: "sign_in_needed" });
  const busy = new Failure("token_answer_invalid", "HTTP 503", { remedy: "try again in 120 s" });
  for (const connectionError of [refused, busy]) {
    const facts = factsOf({ connectionError, token, now: NOW + DAY });
    assert.deepEqual(failed(facts).map(([id]) => id), ["token_refresh"]);
    assert.match(check("token_expiry", facts).detail, /^it expired at /);
  }
});

Deno.test("scopes that were requested but not granted are a warning", () => {
  const token = tokenFacts({ kind: "store", where: "" }, "opaque", entryOf(), false);
  const result = check("token_scopes", factsOf({ token }));
  assert.equal(result.status, "warning");
  assert.match(result.detail, /granted: a; requested but not granted: b/);
});

for (
  const [claim, value, shown] of [
    ["scope", "a c", /granted: a c;/],
    ["scp", ["c", 7, "d"], /granted: c d;/],
  ] as const
) {
  Deno.test(`without a granted scope, the scopes are those of the token's claim "${claim}"`, () => {
    const token = {
      ...tokenFacts({ kind: "store", where: "" }, "opaque", entryOf(), false),
      grantedScope: null,
      unverifiedClaims: { [claim]: value },
    };
    assert.match(check("token_scopes", factsOf({ token })).detail, shown);
  });
}

Deno.test("a token endpoint and a token that disagree about the expiry are a warning", () => {
  const token = {
    ...tokenFacts({ kind: "store", where: "" }, "opaque", entryOf(), false),
    expiresAt: new Date(NOW + 3_600_000).toISOString(),
    unverifiedClaims: { exp: NOW / 1000 + 300 },
  };
  assert.equal(check("token_expiry", factsOf({ token })).status, "warning");
});

Deno.test("a length of time is told in the unit of which there are two", () => {
  const told = [1, 119, 120, 7199, 7200, 2 * DAY / 1000].map(formatPeriod);
  assert.deepEqual(told, [
    "1 second",
    "119 seconds",
    "2 minutes",
    "120 minutes",
    "2 hours",
    "2 days",
  ]);
});

Deno.test("a claim that does not match is an error if the server may not accept the token", () => {
  const claims = btoa(JSON.stringify({ aud: "https://other.example" })).replaceAll("=", "");
  const token = tokenFacts({ kind: "token", where: "x" }, `e30.${claims}.c2ln`, undefined, false);
  for (const code of ["token_rejected", "access_refused", "token_may_be_refused"] as const) {
    const facts = factsOf({ token, connectionError: new Failure(code, "no") });
    assert.equal(check("token_audience", facts).status, "error", code);
  }
  const facts = factsOf({ token, connectionError: new Failure("mcp_error", "no") });
  assert.equal(check("token_audience", facts).status, "warning");
});

Deno.test("credentials of an open server: what is protected is said as far as it is known", () => {
  const { probe } = factsOf();
  const open = { ...probe, status: "open", authorizationRequired: false } as const;
  const unknown = check("credentials", factsOf({ probe: open }));
  assert.equal(unknown.status, "skipped");
  assert.match(unknown.detail, /no request of this check required a token$/);

  const finding: Finding = {
    code: "open_without_token",
    severity: "info",
    step: "resource_metadata",
    message: "the first requests need no token; a tool call needs one",
    remedy: "Nothing to fix if only some operations are protected",
    reference: "MCP authorization, Error Handling",
  };
  const partly = check("credentials", factsOf({ probe: { ...open, findings: [finding] } }));
  assert.equal(partly.status, "warning");
  assert.match(partly.detail, /a tool call needs one$/);
  assert.match(partly.remedy ?? "", /:\n {2}mcpass login$/);
});
