import assert from "node:assert/strict";
import { openInteractiveConsent } from "../../../src/consent/interactive_consent.ts";
import { fakeIo, get, interactiveOptions, recordingSpawn, status } from "../../consent/support.ts";
import { openBrowser } from "../../lab/person.ts";
import { startLab } from "../../lab/shapes.ts";
import { runLogin } from "../harness.ts";

/** Starts a login; its "browser" is `visit`, called with the authorization URL. */
async function loginWith(visit: (url: URL, port: number, path: string) => Promise<void>) {
  await using lab = await startLab();
  const visited = Promise.withResolvers<void>();
  const { spawn } = recordingSpawn(({ args }) => {
    const url = new URL(args.at(-1) ?? "");
    const redirect = new URL(url.searchParams.get("redirect_uri") ?? "");
    visit(url, Number(redirect.port), redirect.pathname).then(visited.resolve, visited.reject);
    return Promise.resolve(0);
  });
  const options = interactiveOptions({ io: fakeIo() });
  const ran = await runLogin({ serverUrl: lab.mcpUrl, authMode: "interactive" }, {
    openConsent: () =>
      openInteractiveConsent({ ...options, machine: { ...options.machine, spawn } }),
  });
  await visited.promise;
  return ran;
}

for (
  const [name, forged] of [
    ["a code under another state", "code=evil&state=evil"],
    ["a code without state", "code=evil"],
    ["an error under another state", "error=access_denied&state=evil"],
    ["an error without state", "error=access_denied&error_description=stop"],
    ["nothing", ""],
  ] as const
) {
  Deno.test(`a forged callback with ${name} is answered, and the login goes on`, async () => {
    const answers: number[] = [];
    const ran = await loginWith(async (url, port, path) => {
      answers.push(status(await get(port, `${path}?${forged}`)));
      await openBrowser().visit(url.href);
    });
    assert.deepEqual(ran.result.error, undefined);
    assert.equal(ran.result.completed, true);
    assert.equal(answers.length, 1);
    assert.ok((answers[0] ?? 0) >= 400 && (answers[0] ?? 0) < 500, `${answers[0]}`);
    const codes = ran.exchanges.filter((it) => it.purpose === "token");
    assert.equal(codes.length, 1);
  });
}

Deno.test("a callback whose iss is another server's ends the login without a token request", async () => {
  const ran = await loginWith(async (url, port, path) => {
    const state = encodeURIComponent(url.searchParams.get("state") ?? "");
    await get(port, `${path}?code=evil&state=${state}&iss=https%3A%2F%2Fevil.example`);
  });
  assert.equal(ran.result.error?.code, "iss_mismatch");
  assert.equal(ran.exchanges.some((it) => it.purpose === "token"), false);
});

Deno.test("a callback at another path than that of this issuer is not taken", async () => {
  const answers: number[] = [];
  const ran = await loginWith(async (url, port, path) => {
    const state = encodeURIComponent(url.searchParams.get("state") ?? "");
    assert.match(path, /^\/callback\/[0-9a-f]{12}$/);
    for (const other of ["/callback", "/callback/000000000000"]) {
      answers.push(status(await get(port, `${other}?code=evil&state=${state}`)));
    }
    await openBrowser().visit(url.href);
  });
  assert.deepEqual(answers, [404, 404]);
  assert.deepEqual(ran.result.error, undefined);
});
