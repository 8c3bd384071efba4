import assert from "node:assert/strict";
import { documentFaults } from "../document_faults.ts";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { CANARIES, CREDENTIALS, ended, Failure, run, type Setup } from "../fake_runtime.ts";
import { flat, openHome } from "../real_run.ts";

const LOGIN = ["oauth", "login", "--auth-mode", "headless"];

/** The ways to ask for it. */
const WAYS: readonly (readonly [words: readonly string[], setup: Setup])[] = [
  [["--hide-secrets"], {}],
  ...["1", "true", "TRUE"].map((value) => [[], { env: { MCPASS_HIDE_SECRETS: value } }] as const),
];

for (const [words, setup] of WAYS) {
  const name = [...words, ...Object.entries(setup.env ?? {}).map((it) => it.join("="))].join(" ");
  Deno.test(`${name}: a login prints no secret, and what it says to run prints the token`, async () => {
    await using lab = await startFakeLab({ authMethods: ["client_secret_post"] });
    await using home = await openHome();
    const login = [...LOGIN, "--url", lab.mcpUrl, ...words, "--account", "my work"];
    const json = await home.run([...login, "--format", "json"], setup);
    assert.equal(json.status, 0, json.stdout + json.stderr);
    const document = JSON.parse(json.stdout);
    assert.deepEqual(documentFaults("oauth login", document), []);
    const { accessToken, refreshToken, clientSecret, hidden, scope } = document.credentials;
    assert.deepEqual([accessToken, refreshToken, clientSecret], [null, null, null]);
    assert.deepEqual(hidden, {
      accessToken: "--hide-secrets",
      refreshToken: "--hide-secrets",
      clientSecret: "--hide-secrets",
    });
    assert.notEqual(scope, undefined);

    const human = await home.run([...login, "--format", "human", "--verbose"], setup);
    assert.equal(human.status, 0, human.stderr);
    assert.match(human.stdout, /^Access token +stored \(mcpass token prints it\)$/m);
    assert.match(human.stdout, /^Refresh token +stored$/m);
    assert.match(human.stdout, /^Client secret +stored$/m);

    const [{ key } = { key: "" }] = await home.store.find(lab.mcpUrl);
    const entry = await home.store.read(key);
    const issued = [
      ...[entry?.tokens?.accessToken, entry?.tokens?.refreshToken, entry?.client.clientSecret],
      ...lab.as.accessTokens,
    ];
    for (const secret of issued) {
      assert.equal(typeof secret, "string");
      for (const text of [json.stdout, json.stderr, human.stdout, human.stderr]) {
        assert.equal(text.includes(secret ?? ""), false, text);
      }
    }

    // The line that is printed works as it is, also where the variable is set for everything.
    const line = /\n {2}mcpass (token .*)\n/.exec(human.stdout)?.[1] ?? "";
    assert.equal(line, `token localhost-${new URL(lab.mcpUrl).port}-my-work`);
    const token = await home.run(
      ["oauth", "token", "--url", lab.mcpUrl, "--account", "my work"],
      setup,
    );
    assert.deepEqual([token.status, token.stdout], [0, `${entry?.tokens?.accessToken}\n`]);
  });
}

for (const value of ["0", "false", ""]) {
  Deno.test(`MCPASS_HIDE_SECRETS=${value} hides nothing`, async () => {
    const ran = await run(["login", "--url", "https://mcp.example/mcp"], {
      env: { MCPASS_HIDE_SECRETS: value },
    });
    assert.deepEqual(JSON.parse(ran.stdout).credentials, CREDENTIALS);
  });
}

for (const value of ["yes", "2", " 1", "on"]) {
  Deno.test(`MCPASS_HIDE_SECRETS=${value} is refused before anything is printed or requested`, async () => {
    const ran = await run(["login", "--url", "https://mcp.example/mcp"], {
      env: { MCPASS_HIDE_SECRETS: value },
    });
    assert.equal(ran.status, 2);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, "invalid_value");
    assert.match(
      error.message,
      /^MCPASS_HIDE_SECRETS: the value must be one of: 1, true, 0, false/,
    );
    assert.equal(ran.loaded, false);
  });
}

/** Combinations that would lose the credentials. */
const LOST:
  readonly (readonly [words: readonly string[], env: Readonly<Record<string, string>>])[] = [
    [["--hide-secrets", "--no-store"], {}],
    [["--hide-secrets", "--store", "none"], {}],
    [["--hide-secrets"], { MCPASS_STORE: "none" }],
    [["--no-store"], { MCPASS_HIDE_SECRETS: "1" }],
    [["--store", "none"], { MCPASS_HIDE_SECRETS: "true" }],
    [[], { MCPASS_STORE: "none", MCPASS_HIDE_SECRETS: "1" }],
  ];

for (const [words, env] of LOST) {
  const name = [...words, ...Object.entries(env).map((it) => it.join("="))].join(" ");
  Deno.test(`${name} would lose the credentials: exit 2 before any request`, async () => {
    const ran = await run(["login", "--url", "https://mcp.example/mcp", ...words], { env });
    assert.equal(ran.status, 2);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, "impossible_combination");
    assert.match(error.message, /would lose the credentials/);
    assert.match(error.remedy, /--credentials-out <path>/);
    assert.equal(ran.loaded, false);
  });
  Deno.test(`${name} with --credentials-out or --dry-run loses nothing`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (const more of [["--credentials-out", `${folder}/c.json`], ["--dry-run"]]) {
        const ran = await run(["login", "--url", "https://mcp.example/mcp", ...words, ...more], {
          env,
        });
        assert.equal(ran.status, 0, ran.stdout);
        if (more.length === 1) continue;
        const { hidden, accessToken } = JSON.parse(ran.stdout).credentials;
        assert.deepEqual([accessToken, hidden.accessToken], [null, "--credentials-out"]);
        const file = JSON.parse(await Deno.readTextFile(`${folder}/c.json`));
        assert.equal(file.accessToken, CREDENTIALS.accessToken);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a login that fails after it obtained tokens hides them, too", async () => {
  const url = ["--url", "https://mcp.example/mcp", "--hide-secrets"];
  for (const format of ["human", "json"]) {
    const ran = await run([...LOGIN, ...url, "--format", format], {
      login: (plan) =>
        ended(plan, new Failure("verification_failed", "tools/list was refused"), {
          credentials: CREDENTIALS,
        }),
    });
    assert.equal(ran.status, 1);
    for (const canary of CANARIES) {
      assert.equal((ran.stdout + ran.stderr).includes(canary), false, ran.stdout);
    }
  }
});

Deno.test("credentials that could not be stored are hidden, and the output does not call them stored", async () => {
  await using home = await openHome();
  // Without a revocation endpoint the tokens stay valid, and are printed.
  await using lab = await startFakeLab({
    metadata: ({ revocation_endpoint: _, ...document }) => document,
  });
  const file = `${home.path}/here/c.json`;
  await Deno.mkdir(`${home.path}/here`);
  const ran = await home.run([
    ...[...LOGIN, "--url", lab.mcpUrl, "--hide-secrets", "--credentials-out", file],
    ...["--format", "human"],
  ], {
    env: { MCPASS_STORE: "" },
    replacements: {
      openOutputFile: (path: string) =>
        Promise.resolve({
          path,
          write: () => Promise.reject(new Failure("output_not_written", "the disk is full")),
        }),
    },
  });
  assert.equal(ran.status, 1);
  assert.match(ran.stdout, /^Access token +hidden, and not stored$/m);
  assert.doesNotMatch(ran.stdout, /token prints it/);
});

Deno.test("only oauth login has --hide-secrets; elsewhere the error says why not", async () => {
  for (const { name, load } of COMMANDS) {
    const { flags } = await load();
    const own = name === "login" || name === "oauth login";
    assert.equal("hideSecrets" in flags, own, name);
    if (own) continue;
    const ran = await run([...name.split(" "), "--hide-secrets"]);
    assert.equal(ran.status, 2, name);
    assert.match(
      flat(ran.stderr),
      /mcpass token exists to print the access token/,
      name,
    );
  }
});
