import assert from "node:assert/strict";
import { FIXED_REDIRECT_URI } from "../../../../src/oauth/common/redirect_uri.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import type { Replacements } from "../../fake_runtime.ts";
import { openHome } from "../../real_run.ts";

/** Consents that record the redirect URIs that were asked for; those in `busy` cannot be opened. */
function recordingConsents(busy: readonly string[] = []) {
  const asked: (string | undefined)[] = [];
  const closed: string[] = [];
  const open: Replacements["openInteractiveConsent"] = ({ redirectUrl }) => {
    asked.push(redirectUrl);
    if (busy.includes(redirectUrl ?? "")) {
      return Promise.reject(new Failure("port_taken", "the port is taken"));
    }
    const redirectUri = redirectUrl ?? "http://127.0.0.1:50123/callback";
    return Promise.resolve({
      redirectUri,
      showOutcome() {},
      obtain: () => Promise.reject(new Failure("consent_timeout", "nobody answered")),
      close: () => {
        closed.push(redirectUri);
        return Promise.resolve();
      },
    });
  };
  return { asked, closed, replacements: { openInteractiveConsent: open } };
}

const CLIENT = ["--client-id", "own", "--print-url"];

Deno.test("a client that was registered by hand gets the fixed redirect URI, if its port is free", async () => {
  await using lab = await startFakeLab({ clients: [{ clientId: "own" }] });
  await using home = await openHome();
  const login = ["oauth", "login", "--url", lab.mcpUrl, "--format", "json", ...CLIENT];
  for (const busy of [[], [FIXED_REDIRECT_URI]]) {
    const consents = recordingConsents(busy);
    const ran = await home.run(login, { replacements: consents.replacements });
    const expected = busy.length === 0 ? [FIXED_REDIRECT_URI] : [FIXED_REDIRECT_URI, undefined];
    assert.deepEqual(consents.asked, expected, ran.stderr);
  }
  const given = recordingConsents();
  const url = "http://localhost/cb";
  await home.run([...login, "--redirect-url", url], { replacements: given.replacements });
  assert.deepEqual(given.asked, [url]);
});

for (const busy of [[], [FIXED_REDIRECT_URI]] as const) {
  const how = busy.length === 0
    ? "the fixed one"
    : "the one that is open, if the fixed port is busy";
  Deno.test(`a guided login shows the redirect URI to register: ${how}`, async () => {
    await using lab = await startFakeLab({ registration: false });
    await using home = await openHome();
    const consents = recordingConsents(busy);
    const ran = await home.run(["login"], {
      terminal: true,
      answers: [lab.mcpUrl, "own", "", "as ticked", "browser", "none"],
      replacements: consents.replacements,
      env: { BROWSER: "true" },
    });
    const shown = busy.length === 0 ? FIXED_REDIRECT_URI : "http://127.0.0.1:50123/callback";
    assert.ok(
      ran.before.some((it) => it.trim() === shown),
      `${ran.before.join("\n")}${ran.stderr}`,
    );
    assert.match(
      ran.stderr,
      new RegExp(`Compare the client ID and the redirect URI\\s+"${shown}"`),
    );
    if (busy.length === 0) assert.equal(consents.closed[0], "http://127.0.0.1:50123/callback");
  });
}
