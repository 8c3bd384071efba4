import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf, headerOf, type RecordedRequest } from "../../../lab/journal.ts";
import { startLab } from "../../../lab/shapes.ts";
import { type Home, openHome } from "../../real_run.ts";

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const SECRET = "canary-secret-of-a-machine-that-is-long-enough";

/** A token that this program renews by itself, and where it is kept. */
interface Kept {
  readonly home: Home;
  readonly url: string;
  /** Flags that lead to it. */
  readonly from: readonly string[];
  readonly first: string;
}

const PLACES = ["the store", "a credentials file"] as const;

/** Signs in as a machine and keeps the outcome there. */
async function keepIn(
  place: typeof PLACES[number],
  home: Home,
  url: string,
  flags: readonly string[],
): Promise<Kept> {
  const file = `${home.path}/credentials.json`;
  const inFile = place === "a credentials file";
  const ran = await home.run([
    ...["login", "--url", url, "--format", "json", ...flags],
    ...inFile ? ["--credentials-out", file] : [],
  ]);
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const first: string = inFile
    ? JSON.parse(await Deno.readTextFile(file)).accessToken
    : JSON.parse(ran.stdout).credentials.accessToken;
  return { home, url, first, from: inFile ? ["--credentials-file", file] : [] };
}

/** Runs `oauth token` after the token has expired; a file of credentials expires by the clock. */
async function runExpired({ home, url, from }: Kept, laterMs: number) {
  if (from.length === 0) await home.expire({ mcpUrl: url });
  return await home.run(
    ["oauth", "token", "--url", url, ...from],
    from.length === 0 ? {} : { now: () => Date.now() + laterMs },
  );
}

/** The token after it has expired: another one, written without a person. */
async function renewed(kept: Kept): Promise<string> {
  const ran = await runExpired(kept, 3_700_000);
  assert.equal(ran.status, 0, ran.stderr);
  const token = ran.stdout.trim();
  assert.notEqual(token, "");
  assert.notEqual(token, kept.first);
  return token;
}

/** How the requests to the token endpoint authenticated. */
function ways(requests: readonly RecordedRequest[]): string[] {
  return requests.filter((request) => request.path === "/token").map((request) => {
    const form = formOf(request);
    const shown = ["client_secret", "client_assertion"].filter((name) => form.has(name));
    const basic = headerOf(request, "authorization")?.split(" ", 1) ?? [];
    return [form.get("grant_type"), ...basic, ...shown].join(" ");
  });
}

const METHODS = [
  ["client_secret_basic", "client_credentials Basic"],
  ["client_secret_post", "client_credentials client_secret"],
  ["client_secret_jwt", "client_credentials client_assertion"],
  ["private_key_jwt", "client_credentials client_assertion"],
] as const;

for (const [method, way] of METHODS) {
  for (const place of PLACES) {
    Deno.test(`client credentials with ${method}, stored in ${place}: refreshed by the same grant`, async () => {
      const keyed = method === "private_key_jwt";
      await using lab = await startLab({
        as: {
          authMethods: [method],
          clients: [{
            clientId: "machine",
            authMethod: method,
            grantTypes: ["client_credentials"],
            ...(keyed
              ? { jwks: { keys: [{ ...await exportJWK(publicKey), alg: "ES256" }] } }
              : { clientSecret: SECRET }),
          }],
        },
      });
      await using home = await openHome();
      const file = `${home.path}/secret`;
      const text = keyed ? JSON.stringify(await exportJWK(privateKey)) : SECRET;
      await Deno.writeTextFile(file, text, { mode: 0o600 });
      const kept = await keepIn(place, home, lab.mcpUrl, [
        ...["--auth-mode", "client_credentials", "--client-id", "machine"],
        ...["--registration", "preregistered", "--token-auth-method", method],
        ...[keyed ? "--private-key-file" : "--client-secret-file", file],
      ]);
      // What is kept is enough: the file it came from may go.
      await Deno.remove(file);
      await renewed(kept);
      assert.deepEqual(ways(lab.requests), [way, way]);
    });
  }
}

for (const place of PLACES) {
  Deno.test(`a workload's token, stored in ${place}: refreshed with the assertion that is in the file by then`, async () => {
    await using lab = await startFakeLab();
    let count = 0;
    lab.asServer.routes["POST /token"] = () => ({
      body: { access_token: `workload-token-${++count}`, token_type: "Bearer", expires_in: 3600 },
    });
    await using home = await openHome();
    const file = `${home.path}/assertion`;
    await Deno.writeTextFile(file, "first.canary.assertion\n", { mode: 0o600 });
    const kept = await keepIn(place, home, lab.mcpUrl, [
      ...["--auth-mode", "jwt_bearer", "--assertion-file", file],
    ]);
    await Deno.writeTextFile(file, "second.canary.assertion\n");
    assert.equal(await renewed(kept), "workload-token-2");
    const sent = lab.requests.filter((request) => request.path === "/token").map(formOf);
    assert.deepEqual(sent.map((form) => form.get("assertion")), [
      "first.canary.assertion",
      "second.canary.assertion",
    ]);
    assert.ok(sent.every((form) => form.get("grant_type")?.endsWith(":jwt-bearer")));
    lab.asServer.routes["POST /token"] = { status: 400, body: { error: "invalid_grant" } };
    const refused = await runExpired(kept, 9_000_000);
    assert.deepEqual([refused.status, refused.stdout], [4, ""]);
    assert.match(refused.stderr, /assertion_refused/);
    await Deno.remove(file);
    const gone = await runExpired(kept, 9_000_000);
    assert.deepEqual([gone.status, gone.stdout], [4, ""]);
    assert.match(gone.stderr, /assertion_gone/);
    assert.doesNotMatch(refused.stderr + gone.stderr, /canary/);
  });
}
