import assert from "node:assert/strict";
import { openHome } from "../real_run.ts";

/** Command lines that break a rule: the code, and what the error says. */
const BROKEN: readonly (readonly [words: string, env: Record<string, string>, RegExp])[] = [
  ["oauth logout --all --account a", {}, /--all and --account cannot be used together/],
  [
    "oauth logout --all --credentials-file a",
    {},
    /--all and --credentials-file cannot be used together/,
  ],
  [
    "oauth logout --all",
    { MCPASS_CREDENTIALS_FILE: "a" },
    /cannot be used together \(set by MCPASS_CREDENTIALS_FILE\)/,
  ],
  ["oauth status --no-store --store file", {}, /--no-store cannot be used with --store file/],
  ["tools list --url https://a.example --no-store --store keyring", {}, /--store keyring/],
  ["login --url https://a.example --assertion-file x", {}, /requires --auth-mode jwt_bearer/],
  [
    "login --url https://a.example --idp-client-id x --id-token-file y",
    {},
    /--idp-client-id, --id-token-file requires --auth-mode enterprise/,
  ],
  [
    "login --url https://a.example --client-id x --registration cimd",
    {},
    /--client-id cannot be used with --registration cimd/,
  ],
  ["login --url https://a.example --client-key x", {}, /--client-key requires/],
  [
    "login --url https://a.example --registration auto",
    { MCPASS_PRIVATE_KEY_FILE: "x" },
    /a private key requires a client \(set by MCPASS_PRIVATE_KEY_FILE\)/,
  ],
];

for (const [words, env, text] of BROKEN) {
  Deno.test(`mcpass ${words} ${Object.keys(env)} breaks a rule, and nothing is loaded`, async () => {
    await using home = await openHome();
    const ran = await home.run(words.split(" "), { env });
    assert.deepEqual([ran.status, ran.loaded], [2, false], ran.stderr);
    assert.match(ran.stderr.replace(/\s+/g, " "), text);
  });
}

Deno.test("a flag wins over a variable that contradicts it", async () => {
  await using home = await openHome();
  const lines = [
    ["oauth status --no-store", { MCPASS_STORE: "keyring" }],
    ["oauth logout --all", { MCPASS_ACCOUNT: "a" }],
  ] as const;
  for (const [words, env] of lines) {
    const ran = await home.run(words.split(" "), { env });
    assert.equal(ran.status, 0, ran.stderr);
  }
});

Deno.test("the document of a broken rule names the server and the mode that were given", async () => {
  await using home = await openHome();
  const words = "login --auth-mode device --client-id x --registration cimd --format json";
  const ran = await home.run([...words.split(" "), "--url", "https://a.example/mcp"]);
  const { error: { code }, serverUrl, authMode } = JSON.parse(ran.stdout);
  assert.deepEqual(
    [code, serverUrl, authMode],
    ["impossible_combination", "https://a.example/mcp", "device"],
  );
});
