import assert from "node:assert/strict";
import { run as runProgram } from "../../scripts/shell.ts";
import { newKey } from "../../src/store/seal.ts";
import { type FakeLab, startFakeLab } from "../lab/fake_lab.ts";
import { formOf } from "../lab/journal.ts";
import { openBrowser } from "../lab/person.ts";
import { entryOf } from "../store/entries.ts";
import { ROLE } from "./database.ts";
import { startPgbouncer } from "./pgbouncer_server.ts";
import { startPostgres } from "./postgres_server.ts";
import { expire, loginArgs, storedEntry } from "./shared_sign_in.ts";
import { makeSharedStore, mcpass } from "./shared_store.ts";

/** The ways in which a text may be written down, as texts of one byte a character. */
function spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const latin1 = String.fromCharCode(...bytes);
  // Base64 of a text in the middle of another one begins at one of three places.
  const shifted = [0, 1, 2].map((offset) => {
    const padded = new Uint8Array([...new Uint8Array(offset), ...bytes]);
    const text = padded.toBase64().replaceAll("=", "");
    return text.slice(offset === 0 ? 0 : offset + 1, -2);
  });
  const urlSafe = shifted.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const hex = bytes.toHex();
  return [latin1, ...shifted, ...urlSafe, hex, hex.toUpperCase(), encodeURIComponent(secret)];
}

Deno.test("every spelling of a secret is found in a text that has it", () => {
  const secret = "at-0123-ü?";
  const bytes = new TextEncoder().encode(secret);
  const texts = [
    ...["", "a", "ab"].map((before) =>
      new Uint8Array([...new TextEncoder().encode(before), ...bytes, 65]).toBase64()
    ),
    bytes.toHex(),
    `?token=${encodeURIComponent(secret)}`,
  ];
  for (const text of texts) assert.ok(spellings(secret).some((it) => text.includes(it)), text);
});

/** A sealing key as the text of its file, as its bytes, and as base64 of them. */
function keySpellings(hex: string): string[] {
  const bytes = Uint8Array.fromHex(hex);
  const raw = String.fromCharCode(...bytes).split("\n").filter((it) => it.length > 7);
  const base64 = bytes.toBase64().replaceAll("=", "");
  return [...spellings(hex), ...raw, base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
}

/** The files in which one of the texts is. */
async function filesWith(texts: readonly string[], places: readonly string[]): Promise<string[]> {
  const list = await Deno.makeTempFile();
  await Deno.writeFile(list, Uint8Array.from(texts.join("\n"), (it) => it.charCodeAt(0)));
  const found = await runProgram("grep", ["-rlaF", "-f", list, ...places], {
    env: { LC_ALL: "C" },
  });
  await Deno.remove(list);
  assert.ok(found.code <= 1, found.stderr);
  return found.stdout.split("\n").filter((path) => path !== "");
}

/** Secrets of a sign-in with every member, different from those of any other test. */
function canaries() {
  const of = (name: string) => `${name}-${crypto.randomUUID()}`;
  return {
    ...{ accessToken: of("access"), refreshToken: of("refresh"), idToken: of("id") },
    ...{ clientSecret: of("client"), registrationToken: of("registration") },
    ...{ privateKey: of("private"), dpopKey: of("dpop"), idpClientSecret: of("idp-client") },
    ...{ idpIdToken: of("idp-id"), idpRefreshToken: of("idp-refresh") },
  };
}

/** A key whose private part is the secret. */
const jwk = (d: string) => JSON.stringify({ kty: "EC", crv: "P-256", x: "x", y: "y", d });

/** A login in two processes; returns its verifier, state and handle. */
async function handOver(
  lab: FakeLab,
  run: (args: readonly string[]) => Promise<{ readonly stdout: string }>,
): Promise<readonly string[]> {
  const begun = await run(["login", lab.mcpUrl, "--begin", "--format", "json"]);
  const { url, redirectUrl, handle } = JSON.parse(begun.stdout);
  const address = (await openBrowser({ stopAt: redirectUrl }).visit(url)).url;
  lab.requests.length = 0;
  await run(["login", "--finish", address, "--handle", handle, "--format", "json"]);
  const request = lab.requests.find(({ path }) => path === "/token");
  const verifier = request && formOf(request).get("code_verifier");
  const state = new URL(url).searchParams.get("state");
  assert.match(verifier ?? "", /^[\w-]{43}$/);
  assert.ok(verifier && state);
  return [verifier, state, handle];
}

Deno.test("no secret is readable in tables, WAL, the logs of server and pooler, or a debug artifact", async () => {
  await using server = await startPostgres({ settings: { full_page_writes: "on" } });
  await using pooler = await startPgbouncer(server);
  await using shared = await makeSharedStore(server);
  await using lab = await startFakeLab({ authMethods: ["client_secret_post"] });
  const secrets = new Set<string>();
  const parts = { port: pooler.port };
  const env = shared.env(parts);
  let store = await shared.open(parts);
  const artifacts = await Deno.makeTempDir();
  let runs = 0;
  const run = async (args: readonly string[]) => {
    const artifact = args[0] === "store" ? [] : ["--debug-out", `${artifacts}/${++runs}.json`];
    const ended = await mcpass([...args, ...artifact], env);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return ended;
  };
  const remember = async () => {
    const { tokens, client } = await storedEntry(store, lab);
    for (const secret of [tokens?.accessToken, tokens?.refreshToken, client.clientSecret]) {
      assert.ok(secret);
      secrets.add(secret);
    }
  };

  const canary = canaries();
  const { idpClientSecret, idpIdToken, idpRefreshToken } = canary;
  const { clientSecret, registrationToken } = canary;
  const { accessToken, refreshToken, idToken } = canary;
  const { client, tokens } = entryOf();
  assert.ok(tokens);
  const entry = entryOf({
    client: { ...client, clientSecret, registrationToken, privateKey: jwk(canary.privateKey) },
    tokens: { ...tokens, accessToken, refreshToken, idToken },
    dpopKey: jwk(canary.dpopKey),
    ...{ idpClientSecret, idpIdToken, idpRefreshToken },
  });
  for (const value of Object.values(canary)) secrets.add(value);
  const { key } = await store.write(entry, "signed_in");
  for (let time = 0; time < 3; time++) {
    await store.read(key);
    await store.write({ ...entry, name: `name-${time}` });
  }

  await run(loginArgs(lab));
  await remember();
  await expire(store, lab);
  await run(["oauth", "refresh", "--url", lab.mcpUrl]);
  await remember();
  await run(["oauth", "status", "--url", lab.mcpUrl]);

  const sealed = () => shared.database.sql("SELECT sealed FROM mcpass.entries");
  const nextKey = newKey();
  const seals = [await sealed()];
  await Deno.writeTextFile(env["MCPASS_STORE_KEY_FILE"] ?? "", `${nextKey}\n${shared.key}\n`);
  await run(["store", "rekey"]);
  seals.push(await sealed());
  store = await shared.open(parts);
  await run(["logout", lab.mcpUrl]);
  for (const secret of await handOver(lab, run)) secrets.add(secret);
  await remember();
  // Nobody finishes this one.
  const begun = await run(["login", lab.mcpUrl, "--begin", "--format", "json"]);
  const { url, handle } = JSON.parse(begun.stdout);
  for (const secret of [handle, new URL(url).searchParams.get("state")]) secrets.add(secret);
  await run(["logout", lab.mcpUrl]);
  await store.remove(key);

  await server.stop("fast");
  const places = [server.dataFolder, server.logFile, pooler.logFile, artifacts];
  // What is not a secret is there, so that the search finds secrets too.
  const known = await filesWith(["https://mcp.example/mcp", ROLE.user, lab.mcpUrl], places);
  for (const part of [server.logFile, pooler.logFile, "/pg_wal/", "/base/", `${artifacts}/1.`]) {
    assert.ok(known.some((path) => path.includes(part)), known.join("\n"));
  }
  // The rows before and after the rekeying are there too.
  const [before = [], after = []] = seals.map((rows) => rows.split("\n").filter(Boolean));
  assert.equal(before.length, after.length);
  for (const row of [...before, ...after]) {
    // A page of the WAL may end within one part.
    const parts = row.match(/.{100}/g) ?? [];
    assert.ok((await filesWith(parts, places)).some((path) => path.includes("/pg_wal/")), row);
  }
  assert.ok(before.every((row) => !after.includes(row)));
  assert.deepEqual(await filesWith([...secrets].flatMap(spellings), places), []);
  const keys = [shared.key, nextKey];
  assert.deepEqual(await filesWith(keys.flatMap(keySpellings), places), []);
  assert.deepEqual(await filesWith(spellings(ROLE.password), [artifacts]), []);
  await Deno.remove(artifacts, { recursive: true });
});
