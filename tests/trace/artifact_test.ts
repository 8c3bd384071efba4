import { deepEqual, equal, ok } from "node:assert/strict";
import { runAtOnce } from "../../src/core/work.ts";
import type { FlowEvent } from "../../src/core/events.ts";
import { VERSION } from "../../src/core/version.ts";
import {
  type ArtifactInput,
  buildArtifact,
  describeEnvironment,
} from "../../src/trace/artifact.ts";
import { MAX_BODY_CHARACTERS } from "../../src/trace/redactor.ts";
import { artifactFaults } from "../../src/trace/artifact_schema.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { createRecorder } from "../../src/trace/recorder.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { exchangeOf } from "./support.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const clock = { now: () => at };

function build(events: readonly FlowEvent[], rest: Partial<ArtifactInput> = {}) {
  const recorder = createRecorder();
  events.forEach(recorder.emit);
  return runAtOnce(buildArtifact({
    command: { name: "oauth login", options: { url: "https://mcp.example/mcp" } },
    outcome: { completed: true, exitStatus: 0, error: null },
    recorder,
    environment: describeEnvironment(
      { stdinIsTerminal: true, stdoutIsTerminal: false, stderrIsTerminal: true },
      { get: () => undefined, toObject: () => ({}) },
    ),
    secrets: createSecrets(),
    secretFields: [],
    clock,
    ...rest,
  }));
}

const EVENTS: readonly FlowEvent[] = [
  { type: "step_started", step: "token", at },
  { type: "exchange", exchange: exchangeOf({}, { id: 2, redirectOf: 1 }) },
  {
    type: "exchange",
    exchange: exchangeOf({ response: null }, {
      id: 1,
      fault: { code: "timeout", message: "late" },
    }),
  },
  { type: "step_ended", step: "token", at: at + 3, status: "failed", detail: "no token" },
  { type: "step_started", step: "complete", at: at + 4 },
  {
    type: "finding",
    finding: {
      code: "token_type_missing",
      severity: "warning",
      step: "token",
      message: "m",
      remedy: "r",
      reference: "RFC 6749 §5.1",
    },
  },
  { type: "note", at, message: "noted" },
];

Deno.test("an artifact of a whole run has the documented shape", () => {
  const artifact = build(EVENTS, {
    outcome: {
      completed: false,
      exitStatus: 1,
      error: { code: "network_timeout", message: "m", remedy: "r" },
      result: {
        completed: false,
        steps: [1],
        findings: [2],
        error: {},
        serverUrl: "https://mcp.example",
      },
    },
  });
  deepEqual(artifactFaults(JSON.parse(JSON.stringify(artifact))), []);
  equal(artifact.schemaVersion, 2);
  equal(artifact.generatedAt, "2026-01-02T03:04:05.000Z");
  deepEqual(artifact.tool, {
    name: "mcpass",
    version: VERSION,
    runtime: `deno ${Deno.version.deno}`,
  });
  deepEqual(artifact.exchanges.map(({ id }) => id), [1, 2]);
  deepEqual(artifact.steps.map(({ status }) => status), ["failed", "running"]);
  deepEqual(artifact.outcome.result, { serverUrl: "https://mcp.example" });
  deepEqual(artifact.notes, ["noted"]);
});

Deno.test("a document of another shape is told apart", () => {
  const artifact = JSON.parse(JSON.stringify(build(EVENTS)));
  ok(artifactFaults({ ...artifact, schemaVersion: 1 }).length > 0);
  ok(artifactFaults({ ...artifact, extra: 1 }).length > 0);
  ok(artifactFaults(null).length > 0);
});

Deno.test("no secret is in an artifact, wherever it stood", () => {
  const known = "known-secret-1";
  const token = "issued-token-2";
  const personal = "no";
  const secrets = createSecrets();
  secrets.add(known);
  const places = [known, token].map((secret) => `${secret} ${encodeURIComponent(secret)}`).join(
    " ",
  );
  const exchange = exchangeOf({
    request: {
      url: `https://as.example/${places}`,
      headers: [["X-Flag", personal], ["X-Other", places]],
      body: places,
    },
    response: { statusText: places, headers: [["x-a", places]], body: places },
  });
  const issuing = exchangeOf({ response: { body: `{"access_token":"${token}"}` } }, { id: 2 });
  const artifact = JSON.stringify(build([
    { type: "exchange", exchange },
    { type: "exchange", exchange: issuing },
    { type: "step_started", step: "token", at },
    { type: "step_ended", step: "token", at, status: "failed", detail: places },
    { type: "note", at, message: places },
    {
      type: "finding",
      finding: {
        code: "token_rejected",
        severity: "info",
        step: "token",
        message: places,
        remedy: places,
        reference: "x",
      },
    },
  ], {
    secrets,
    secretFields: ["x-flag"],
    command: {
      name: "oauth login",
      options: { clientSecret: "x1", header: ["X-Flag: no"], a: places },
    },
    outcome: {
      completed: false,
      exitStatus: 1,
      error: { code: "token_rejected", message: places, remedy: places },
      result: { credentials: { accessToken: token, refreshToken: "rt" }, text: places },
    },
  }));
  for (const secret of [known, token, '"no"', ": no", '"x1"', '"rt"']) {
    equal(artifact.includes(secret), false, secret);
  }
  ok(artifact.includes(maskOf(known)));
  ok(artifact.includes(maskOf(token)));
  deepEqual(artifactFaults(JSON.parse(artifact)), []);
});

Deno.test("a body is cut only after its secrets are gone", () => {
  const secret = "s".repeat(100);
  const secrets = createSecrets();
  secrets.add(secret);
  const body = `${" ".repeat(MAX_BODY_CHARACTERS - 50)}${secret}${" more".repeat(20)}`;
  const artifact = build([{ type: "exchange", exchange: exchangeOf({ response: { body } }) }], {
    secrets,
  });
  const shown = artifact.exchanges[0]?.response;
  equal(shown?.body.length, MAX_BODY_CHARACTERS);
  equal(shown?.truncated, true);
  equal(shown?.body.includes("ssss"), false);
});

Deno.test("of the environment only names and facts are told", () => {
  const variables: Record<string, string> = {
    HTTPS_PROXY: "http://u:pw@proxy.example",
    HOME: "/home/joe",
  };
  const environment = describeEnvironment(
    { stdinIsTerminal: true, stdoutIsTerminal: false, stderrIsTerminal: true },
    { get: (name) => variables[name], toObject: () => variables },
  );
  deepEqual(environment, {
    os: Deno.build.os,
    arch: Deno.build.arch,
    terminal: { stdin: true, stdout: false, stderr: true },
    networkVariables: ["HTTPS_PROXY"],
  });
});

Deno.test("wherever masking is given up, what is not masked is left out, with a note", () => {
  const secret = "s3cret-of-the-last-exchange";
  const said = { body: JSON.stringify({ text: `a ${secret} z` }) };
  const told = { body: JSON.stringify({ access_token: secret }) };
  const events = [said, said, told].map((response, index): FlowEvent => ({
    type: "exchange",
    exchange: exchangeOf({ response }, { id: index + 1 }),
  }));
  let complete = false;
  for (let most = 0; !complete; most += 1) {
    let asked = 0;
    const artifact = build(events, {
      outcome: { completed: true, exitStatus: 0, error: null, result: { text: secret } },
      isLate: () => asked++ >= most,
    });
    const { exchanges, notes, outcome } = artifact;
    ok(!JSON.stringify(artifact).includes(secret));
    deepEqual(artifactFaults(artifact), []);
    complete = notes.length === 0;
    if (complete) equal(outcome.result !== undefined && exchanges.length === 3, true);
    else {
      const left = /^incomplete trace: .* masked (?:(\d) exchanges? and )?the result$/.exec(
        notes.join(),
      );
      equal(Number(left?.[1] ?? 0), 3 - exchanges.length, notes.join());
      ok(left !== null);
    }
  }
});
