import assert from "node:assert/strict";
import { openInteractiveConsent } from "../../../src/consent/interactive_consent.ts";
import { interactiveOptions, recordingSpawn } from "../../consent/support.ts";
import type { FakeLabOptions } from "../../lab/fake_lab.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf } from "../../lab/journal.ts";
import { openBrowser } from "../../lab/person.ts";
import { runLogin } from "../harness.ts";

/** Signs in to a server by its authorization endpoint's first answer; a person consents to the second. */
async function loginAt(options: FakeLabOptions) {
  await using lab = await startFakeLab(options);
  const opened: string[] = [];
  const visits: Promise<unknown>[] = [];
  const { spawn } = recordingSpawn(({ args }) => {
    opened.push(args.at(-1) ?? "");
    visits.push(openBrowser().visit(args.at(-1) ?? ""));
    return Promise.resolve(0);
  });
  const consent = interactiveOptions();
  const ran = await runLogin({ serverUrl: lab.mcpUrl, authMode: "interactive" }, {
    openConsent: () =>
      openInteractiveConsent({ ...consent, machine: { ...consent.machine, spawn } }),
  });
  await Promise.all(visits);
  const asked = lab.requests.filter((request) => request.path === "/authorize");
  return { ...ran, opened, asked, paths: lab.requests.map(({ path }) => path) };
}

/** Answers the first request, which is the one without a browser, with `answer`. */
function first<T>(answer: (honest: Record<string, string>) => T) {
  let requests = 0;
  return (honest: Record<string, string>) => requests++ === 0 ? answer(honest) : honest;
}

Deno.test("the authorization endpoint is asked once before the browser, with its own state and challenge", async () => {
  const ran = await loginAt({});
  assert.equal(ran.result.completed, true);
  assert.equal(ran.asked.length, 2);
  const [probe, real] = ran.asked;
  assert.ok(probe !== undefined && real !== undefined);
  for (const name of ["state", "code_challenge"]) {
    assert.ok((probe.query.get(name) ?? "").length >= 22, name);
    assert.notEqual(probe.query.get(name), real.query.get(name), name);
  }
  for (const name of ["client_id", "redirect_uri", "resource", "scope", "response_type"]) {
    assert.equal(probe.query.get(name), real.query.get(name), name);
  }
  assert.equal(headerOf(probe, "cookie"), undefined);
  assert.deepEqual(ran.opened.map((url) => new URL(url).search), [`?${real.target.split("?")[1]}`]);
});

const STOPPED: readonly (readonly [name: string, options: FakeLabOptions, says: RegExp])[] = [
  [
    "a 400 page that names the client",
    {
      authorizationResponse: first(() => ({
        answer: {
          status: 400,
          headers: [["content-type", "text/html"]],
          body: "unknown client_id",
        },
      })),
    },
    /unknown client_id/,
  ],
  [
    "a 403 page that names the redirect URI",
    {
      authorizationResponse: first(() => ({
        answer: { status: 403, body: "<h1>Redirect URI not allowed</h1>" },
      })),
    },
    /Redirect URI not allowed/,
  ],
  [
    "an error redirect",
    {
      authorizationResponse: first(({ state = "", iss = "" }) => ({
        error: "unauthorized_client",
        error_description: "not for you",
        state,
        iss,
      })),
    },
    /unauthorized_client.*not for you/,
  ],
  [
    "an error redirect without the state, whose words are not shown",
    {
      authorizationResponse: first(({ iss = "" }) => ({
        error: "unauthorized_client",
        error_description: "canary",
        iss,
      })),
    },
    /without the state/,
  ],
];

for (const [name, options, says] of STOPPED) {
  Deno.test(`${name} stops the login before a browser opens`, async () => {
    const ran = await loginAt(options);
    assert.equal(ran.result.error?.code, "authorization_request_rejected");
    assert.match(ran.result.error?.message ?? "", says);
    assert.doesNotMatch(JSON.stringify(ran.result), /canary/);
    assert.deepEqual([ran.opened, ran.asked.length], [[], 1]);
  });
}

const GONE_ON: readonly (readonly [name: string, options: FakeLabOptions])[] = [
  [
    "a 500 page",
    { authorizationResponse: first(() => ({ answer: { status: 500, body: "client_id" } })) },
  ],
  [
    "a 403 page about something else",
    { authorizationResponse: first(() => ({ answer: { status: 403, body: "robots, go away" } })) },
  ],
  [
    "a sign-in page",
    {
      authorizationResponse: first(() => ({
        answer: { headers: [["content-type", "text/html"]], body: "<form>client_id</form>" },
      })),
    },
  ],
  [
    "a redirect to a sign-in page",
    {
      authorizationResponse: first(() => ({
        answer: { status: 302, headers: [["location", "/sign-in?error=expired"]] },
      })),
    },
  ],
  [
    "an error redirect under another issuer",
    {
      authorizationResponse: first(({ state = "" }) => ({
        error: "access_denied",
        error_description: "canary",
        state,
        iss: "https://evil.example",
      })),
    },
  ],
  [
    "the wish for a person",
    {
      authorizationResponse: first(({ state = "", iss = "" }) => ({
        error: "login_required",
        state,
        iss,
      })),
    },
  ],
];

for (const [name, options] of GONE_ON) {
  Deno.test(`${name} at the request without a browser does not stop the login`, async () => {
    const ran = await loginAt(options);
    assert.equal(ran.result.error, undefined);
    assert.deepEqual([ran.opened.length, ran.asked.length], [1, 2]);
    assert.doesNotMatch(JSON.stringify(ran.result), /canary/);
    assert.deepEqual(ran.paths.filter((path) => path === "/sign-in"), []);
  });
}
