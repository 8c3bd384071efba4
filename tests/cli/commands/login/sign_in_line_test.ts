import assert from "node:assert/strict";
import { LOGIN_FLAGS } from "../../../../src/cli/commands/login/options/login_flags.ts";
import { parsePrinted, printedLines } from "../../printed_commands.ts";
import { type Home, openHome } from "../../real_run.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";

const SECRET = "canary-client-secret";

/** The words of the login that `tools list` prints after the tokens have gone. */
async function lineAfterLoss(
  home: Home,
  url: string,
  ...more: string[]
): Promise<readonly string[]> {
  const [summary] = await home.store.find(url);
  const entry = summary && await home.store.read(summary.key);
  if (entry !== undefined) await home.store.write({ ...entry, tokens: null });
  const ran = await home.run(["tools", "list", "--url", url, "--format", "human", ...more]);
  assert.equal(ran.status, 4, ran.stderr);
  assert.ok(!ran.stderr.includes(SECRET));
  return firstLine(ran.stderr);
}

function firstLine(text: string): readonly string[] {
  const [line] = printedLines(text);
  assert.ok(line !== undefined, text);
  return line.words;
}

const OWN = {
  clientId: "own",
  clientSecret: SECRET,
  authMethod: "client_secret_post",
  redirectUris: ["http://localhost:17551/cb", "http://127.0.0.1:17823/callback"],
} as const;

Deno.test("the sign-in line has each flag that the login needs, and signs in as printed", async () => {
  await using lab = await startFakeLab({
    clients: [OWN],
    metadata: ({ code_challenge_methods_supported: _, ...rest }) => rest,
  });
  await using home = await openHome();
  await Deno.writeTextFile(`${home.path}/secret`, SECRET, { mode: 0o600 });
  const flags = [
    ...["--client-id", "own", "--client-secret-file", `${home.path}/secret`],
    ...["--token-auth-method", "client_secret_post", "--scopes", "mcp:read offline_access"],
    ...["--trust-pkce", lab.issuer, "--redirect-url", "http://localhost:17551/cb"],
    ...["--authorization-server", lab.issuer, "--account", "work", "--client-name", "Tool"],
    ...["--protocol-version", "2026-07-28", "--authorize-param", "prompt=consent"],
  ];
  await home.signIn(lab, ...flags);
  const words = await lineAfterLoss(home, lab.mcpUrl, "--account", "work");
  const asked = await parsePrinted([
    "login",
    "--url",
    lab.mcpUrl,
    "--auth-mode",
    "headless",
    ...flags,
  ]);
  const printed = await parsePrinted(words);
  assert.deepEqual(printed.options, asked.options);
  const again = await home.run([...words, "--format", "json"]);
  assert.equal(again.status, 0, again.stderr);
});

Deno.test("a flag is stored from a variable too; a parameter with a token is not stored", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run([
    ...["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
  ], {
    env: {
      MCPASS_CLIENT_NAME: "Tool",
      MCPASS_SCOPES: "mcp:read",
      MCPASS_AUTHORIZE_PARAM: "prompt=consent\nid_token_hint=canary.id.token\nui_locales=no",
    },
  });
  assert.equal(ran.status, 0, ran.stderr);
  const [summary] = await home.store.find(lab.mcpUrl);
  assert.deepEqual(summary?.loginFlags, {
    clientName: "Tool",
    scopes: "mcp:read",
    authorizeParam: ["prompt=consent", "ui_locales=no"],
  });
});

Deno.test("a secret that no file has is named by its variable, and is not stored", async () => {
  await using lab = await startFakeLab({ clients: [OWN] });
  await using home = await openHome();
  await home.signIn(lab, "--client-id", "own", "--client-secret", SECRET);
  const [summary] = await home.store.find(lab.mcpUrl);
  assert.equal(summary?.loginFlags, undefined);
  const entry = summary && await home.store.read(summary.key);
  if (entry !== undefined) await home.store.write({ ...entry, tokens: null });
  const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, "--format", "human"]);
  assert.match(ran.stderr, /Sign in, with MCPASS_CLIENT_SECRET set\nTry: +mcpass login /);
  const words = firstLine(ran.stderr);
  // The secret goes to the issuer of this sign-in only, also after a logout.
  assert.equal(words[words.indexOf("--authorization-server") + 1], lab.issuer);
  const again = await home.run([...words, "--format", "json"], {
    env: { MCPASS_CLIENT_SECRET: SECRET },
  });
  assert.equal(again.status, 0, again.stderr);
});

Deno.test("no flag with a secret as its value is stored", () => {
  const stored = Object.entries(LOGIN_FLAGS).filter(([, flag]) => flag.stored !== undefined);
  assert.ok(stored.length > 15);
  // A proxy is stored without a password only.
  assert.deepEqual(stored.filter(([, { secret }]) => secret).map(([name]) => name), ["proxy"]);
  // Where a store is does not belong to a sign-in in it.
  const files = Object.entries(LOGIN_FLAGS)
    .filter(([name]) => name.endsWith("File") && !name.startsWith("store"));
  assert.deepEqual(files.filter(([, { stored }]) => stored !== "path").map(([name]) => name), []);
});

Deno.test("the sign-in line of a credentials file writes that file again", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const file = `${home.path}/credentials.json`;
  await home.signIn(lab, "--credentials-out", file, "--scopes", "mcp:read");
  const document = JSON.parse(await Deno.readTextFile(file));
  assert.deepEqual(document.loginFlags, { scopes: "mcp:read" });
  await Deno.writeTextFile(file, JSON.stringify({ ...document, accessToken: null }));
  const args = ["tools", "list", "--url", lab.mcpUrl, "--credentials-file", file];
  const ran = await home.run([...args, "--format", "human"]);
  assert.equal(ran.status, 4, ran.stderr);
  const words = firstLine(ran.stderr);
  assert.ok(words.includes("--credentials-out"), ran.stderr);
  assert.equal((await home.run(words)).status, 0);
  assert.equal((await home.run(args)).status, 0);
});

Deno.test("a credentials file of somebody else gets no program into a printed line", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const file = `${home.path}/credentials.json`;
  await home.signIn(lab, "--credentials-out", file);
  const document = JSON.parse(await Deno.readTextFile(file));
  const loginFlags = { browser: "/tmp/canary" };
  await Deno.writeTextFile(file, JSON.stringify({ ...document, accessToken: null, loginFlags }));
  const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, "--credentials-file", file]);
  assert.notEqual(ran.status, 0);
  assert.doesNotMatch(ran.stderr + ran.stdout, /canary/);
});

Deno.test("an older sign-in without flags still has a line", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--scopes", "mcp:read");
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry);
  const { loginFlags: _, ...older } = entry;
  await home.store.write({ ...older, tokens: null });
  assert.deepEqual(await lineAfterLoss(home, lab.mcpUrl), [
    ...["login", lab.mcpUrl, "--auth-mode", "headless"],
  ]);
});

Deno.test("a token in --authorize-param is in no output, also where it is repeated", async () => {
  const token = "canary.hint-7f3b9a.token";
  // The login ends before a request has the parameter.
  await using lab = await startFakeLab({ registration: false });
  await using home = await openHome();
  const ran = await home.run([
    ...["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--verbose"],
    ...["--authorize-param", `id_token_hint=${token}`, "--format", "json"],
  ]);
  assert.notEqual(ran.status, 0);
  assert.match(ran.stderr, /--authorize-param/);
  assert.ok(!(ran.stdout + ran.stderr).includes(token));
});
