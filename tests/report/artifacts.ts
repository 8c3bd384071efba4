/**
 * Artifacts of real logins at labs, for the tests of reports.
 *
 * @module
 */

import { runAtOnce } from "../../src/core/work.ts";
import { type Artifact, buildArtifact, describeEnvironment } from "../../src/trace/artifact.ts";
import { createRecorder } from "../../src/trace/recorder.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { exchangeOf } from "../trace/support.ts";
import { type Observed, runLogin } from "../flow/harness.ts";
import type { LoginPlan } from "../../src/flow/context/login_plan.ts";
import { type FakeLabOptions, startFakeLab } from "../lab/fake_lab.ts";

/** Markup that runs a script in any place where text is not escaped. */
export const ATTACK =
  `"'></script></style></title></pre><script>globalThis.owned=1</script><img src=x onerror=owned=1>` +
  `<svg onload=owned=1><a href="javascript:owned=1">x</a>`;

/** A lab each of whose strings is an attack on whoever shows it. */
export const HOSTILE_LAB: FakeLabOptions = {
  challenge: {
    fields: (_refusal, _parameters, fields) => [
      ...fields,
      `Basic realm="${ATTACK.replaceAll('"', '\\"')}"`,
    ],
  },
  prm: {
    document: (document) => ({ ...document, resource_name: ATTACK, [ATTACK]: ATTACK }),
  },
  metadata: (document) => ({
    ...document,
    service_documentation: ATTACK,
    scopes_supported: [ATTACK, "mcp:read"],
    [ATTACK]: ATTACK,
  }),
  registrationResponse: ({ status, body }) => ({
    status,
    headers: [["content-type", "application/json"], ["x-attack", ATTACK]],
    body: JSON.stringify({ ...body, client_name: ATTACK }),
  }),
  token: () => ({
    status: 400,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({ error: ATTACK, error_description: ATTACK }),
  }),
};

/** A JWT that nobody signed. */
export function unsignedJwt(claims: object): string {
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  return `${part({ alg: "ES256", kid: ATTACK })}.${part(claims)}.c2lnbmF0dXJl`;
}

/** A lab at which a login succeeds, and whose tokens, pages and headers are attacks. */
export const HOSTILE_SUCCESS: FakeLabOptions = {
  token: ({ status, body }) => ({
    status,
    headers: [["content-type", "application/json"], ["cache-control", "no-store"], [
      "set-cookie",
      `a=b; path=${ATTACK.replaceAll(";", "")}`,
    ]],
    body: JSON.stringify({
      ...body,
      scope: `mcp:read ${ATTACK.replaceAll(/["\\\s]/g, "")}`,
      id_token: unsignedJwt({
        iss: ATTACK,
        aud: [ATTACK],
        exp: 1e9,
        [ATTACK]: { [ATTACK]: ATTACK },
      }),
      [ATTACK]: ATTACK,
    }),
  }),
  authorizationResponse: (parameters) => ({ ...parameters, extra: ATTACK }),
};

/** What stands in an artifact because the program wrote it, not a server. */
const OWN_WORDS =
  /^(step|purpose|status|severity|startedAt|generatedAt|name|runtime|os|arch|times)$/;

/** A copy in which every text but this program's own words ends in an attack. */
export function poisoned<T>(value: T, name = "", attack = ATTACK): T {
  if (typeof value === "string") return (OWN_WORDS.test(name) ? value : value + attack) as T;
  if (Array.isArray(value)) return value.map((item) => poisoned(item, name, attack)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [member, poisoned(inner, member, attack)]),
  ) as T;
}

/** What was recorded of a login. */
export function artifactOf(observed: Observed, plan: Partial<LoginPlan>): Artifact {
  const clock = { now: Date.now };
  const recorder = createRecorder();
  for (const event of observed.events) recorder.emit(event);
  const { completed, error } = observed.result;
  return runAtOnce(buildArtifact({
    command: { name: "oauth login", options: { url: plan.serverUrl } },
    outcome: {
      completed,
      exitStatus: completed ? 0 : 1,
      error: error ?? null,
      result: observed.result,
    },
    recorder,
    environment: describeEnvironment(
      { stdinIsTerminal: false, stdoutIsTerminal: false, stderrIsTerminal: false },
      { get: () => undefined, toObject: () => ({}) },
    ),
    secrets: observed.secrets,
    secretFields: [],
    clock,
  }));
}

/** An artifact of 150 requests with long forms. */
export function longArtifact(): Artifact {
  const recorder = createRecorder();
  const body = "a=1&".repeat(16 * 1024);
  const artifact = runAtOnce(buildArtifact({
    command: { name: "oauth login", options: {} },
    outcome: { completed: true, exitStatus: 0, error: null },
    recorder,
    environment: describeEnvironment(
      { stdinIsTerminal: false, stdoutIsTerminal: false, stderrIsTerminal: false },
      { get: () => undefined, toObject: () => ({}) },
    ),
    ...{ secrets: createSecrets(), secretFields: [], clock: { now: Date.now } },
  }));
  const headers = [["content-type", "application/x-www-form-urlencoded"]] as const;
  const exchange = exchangeOf({ request: { headers, body }, response: { body } });
  const exchanges = Array.from({ length: 150 }, (_, at) => ({ ...exchange, id: at + 1 }));
  return { ...artifact, exchanges };
}

/** Signs in at a lab and gives the account of it. */
export async function recordLogin(
  options: FakeLabOptions,
  plan: Partial<LoginPlan> = {},
): Promise<Artifact> {
  await using lab = await startFakeLab(options);
  const whole = { serverUrl: lab.mcpUrl, verifyTools: true, ...plan };
  return artifactOf(await runLogin(whole), whole);
}
