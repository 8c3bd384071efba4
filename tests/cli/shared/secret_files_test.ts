import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { ROOT } from "../../../scripts/shell.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf } from "../../lab/journal.ts";
import { fixturePath } from "../../lab/mtls_lab.ts";
import { type LabOptions, startLab } from "../../lab/shapes.ts";
import { flat, openHome } from "../real_run.ts";

const PEM = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
  .export({ type: "pkcs8", format: "pem" }).toString();

/** Flags that name a file with a secret, and what else a login with them needs. */
const FILES: readonly (readonly [flag: string, content: string, rest: readonly string[]])[] = [
  ["--client-secret-file", "canary-client-secret", ["--client-id", "a"]],
  ["--private-key-file", PEM, ["--client-id", "a"]],
  ["--assertion-file", "canary-assertion", ["--auth-mode", "jwt_bearer"]],
  ["--registration-token-file", "canary-initial-token", ["--auth-mode", "headless"]],
  ["--software-statement-file", "canary-statement", ["--auth-mode", "headless"]],
];

for (const [flag, content, rest] of FILES) {
  Deno.test(`${flag} that others can read is a warning in output and artifact; its content is in neither`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const file = `${home.path}/secret file`;
    await Deno.writeTextFile(file, content);
    await Deno.chmod(file, 0o640);
    const login = ["login", "--url", lab.mcpUrl, "--dry-run", "--verbose", flag, file, ...rest];
    const debug = `${home.path}/debug.json`;
    const ran = await home.run([...login, "--debug-out", debug, "--format", "json"]);
    const artifact = await Deno.readTextFile(debug);
    for (const findings of [JSON.parse(ran.stdout).findings, JSON.parse(artifact).findings]) {
      const [finding] = findings.filter((it: { code: string }) =>
        it.code === "secret_file_permissions"
      );
      assert.equal(finding?.severity, "warning", ran.stdout);
      assert.match(finding.message, /"\/.*secret file" .* other users \(mode 0640\)/);
    }
    const human = await home.run([...login, "--format", "human"]);
    assert.match(flat(human.stdout + human.stderr), /warning: "\/.*secret file" contains a secret/);
    const secret = content === PEM ? PEM.split("\n")[1] ?? "" : content;
    for (const text of [ran.stdout, ran.stderr, artifact, human.stdout, human.stderr]) {
      assert.equal(text.includes(secret), false);
    }
    await Deno.chmod(file, 0o600);
    const closed = await home.run([...login, "--format", "json"]);
    assert.deepEqual(
      JSON.parse(closed.stdout).findings.filter((it: { code: string }) =>
        it.code === "secret_file_permissions"
      ),
      [],
    );
  });
}

Deno.test("a key file or URL file of a database that others can read is a warning, once", async () => {
  await using home = await openHome();
  const [keys, url] = [`${home.path}/store keys`, `${home.path}/store url`];
  await Deno.writeTextFile(keys, "0f".repeat(32));
  await Deno.writeTextFile(url, "postgres://canary-user:canary-password@127.0.0.1:1/d");
  const files = ["--store-key-file", keys, "--store-url-file", url];
  const lines = {
    status: ["status", "--store", "postgres", ...files],
    wait: ["oauth", "wait", "https://mcp.example/mcp", "--store", "postgres", ...files],
    rekey: ["store", "rekey", ...files],
    migrate: ["store", "migrate", ...files.slice(2)],
  };
  const warningsOf = (stderr: string) => [...stderr.matchAll(/warning: "\/\S* ?(\w+)" contains/g)];
  for (const [name, words] of Object.entries(lines)) {
    const line = [...words, ...name === "wait" ? ["--timeout", "300"] : [], "--format", "json"];
    const expected = name === "migrate" ? ["url"] : ["keys", "url"];
    for (const path of [keys, url]) await Deno.chmod(path, 0o640);
    const ran = await home.run(line);
    assert.equal(JSON.parse(ran.stdout).error.code, "store_unreachable", ran.stderr);
    const warned = warningsOf(ran.stderr).map(([, word]) => word).sort();
    assert.deepEqual(warned, expected, `${name}: ${ran.stderr}`);
    assert.match(ran.stderr, /mode 0640[^]*chmod 600/);
    assert.doesNotMatch(ran.stdout + ran.stderr, /canary|0f0f/);
    assert.deepEqual(warningsOf((await home.run([...line, "--quiet"])).stderr), []);
    for (const path of [keys, url]) await Deno.chmod(path, 0o600);
    assert.deepEqual(warningsOf((await home.run(line)).stderr), []);
  }
});

Deno.test("the warning about a file with a secret says whether others can read or change it", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const file = `${home.path}/secret`;
  await Deno.writeTextFile(file, "canary-client-secret");
  const login = ["login", "--url", lab.mcpUrl, "--dry-run", "--client-id", "a", "--format", "json"];
  for (
    const [mode, expected] of [
      [0o640, "can be read by other users (mode 0640)"],
      [0o620, "can be changed by other users (mode 0620)"],
      [0o664, "can be read and changed by other users (mode 0664)"],
      [0o610, undefined],
    ] as const
  ) {
    await Deno.chmod(file, mode);
    const ran = await home.run([...login, "--client-secret-file", file]);
    const messages = JSON.parse(ran.stdout).findings
      .filter((it: { code: string }) => it.code === "secret_file_permissions")
      .map((it: { message: string }) => it.message);
    const wanted = expected === undefined ? [] : [`"${file}" contains a secret and ${expected}`];
    assert.deepEqual(messages, wanted);
  }
});

const PASSPHRASE = "canary-passphrase";
const ENCRYPTED = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE })
  .toString();

/** Every flag that names a file with a secret: its content, and what else the command needs. */
const SECRET_FLAGS: readonly (readonly [flag: string, content: string, rest: readonly string[]])[] =
  [
    ...FILES,
    ["--private-key-passphrase-file", PASSPHRASE, [
      ...["--client-id", "a", "--private-key-file", "HOME/encrypted"],
    ]],
    ["--idp-client-secret-file", "canary-idp-secret", [
      ...["--auth-mode", "enterprise", "--idp-issuer", "https://idp.example"],
      ...["--idp-client-id", "a", "--client-id", "b", "--client-secret-file", "HOME/other"],
    ]],
    ["--id-token-file", "canary-id-token", [
      ...["--auth-mode", "enterprise", "--idp-issuer", "https://idp.example"],
      ...["--idp-client-id", "a", "--client-id", "b", "--client-secret-file", "HOME/other"],
    ]],
    ["--client-key", "KEY", ["--client-id", "a", "--client-cert", "CERT"]],
  ];

for (const [flag, content, rest] of SECRET_FLAGS) {
  Deno.test({
    name: `${flag}: a file that every user can change is refused before any request`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using lab = await startFakeLab();
      await using home = await openHome();
      await Deno.writeTextFile(`${home.path}/encrypted`, ENCRYPTED, { mode: 0o600 });
      await Deno.writeTextFile(`${home.path}/other`, "canary-other", { mode: 0o600 });
      const file = `${home.path}/secret file`;
      await Deno.writeTextFile(
        file,
        content === "KEY" ? await Deno.readTextFile(fixturePath("client.key")) : content,
      );
      const args = rest.map((word) =>
        word.replace("HOME", home.path).replace("CERT", fixturePath("client.crt"))
      );
      const login = ["login", "--url", lab.mcpUrl, "--dry-run", "--format", "json", flag, file];
      const run = async (mode: number) => {
        await Deno.chmod(file, mode);
        return await home.run([...login, ...args]);
      };
      for (const mode of [0o606, 0o602, 0o666, 0o777]) {
        const ran = await run(mode);
        assert.equal(ran.status, 2, ran.stdout);
        const { error } = JSON.parse(ran.stdout);
        assert.equal(error.code, "secret_file_writable");
        assert.match(error.message, /"\/.*secret file": its mode is 0\d+, so every user/);
        assert.match(error.remedy, /chmod 600/);
        assert.equal((ran.stdout + ran.stderr).includes("canary"), false);
        assert.deepEqual(lab.requests, []);
      }
      for (const [mode, warned] of [[0o660, 1], [0o640, 1], [0o604, 1], [0o600, 0]] as const) {
        const ran = await run(mode);
        const found = JSON.parse(ran.stdout).findings.filter((it: { code: string }) =>
          it.code === "secret_file_permissions"
        );
        assert.equal(found.length, warned, `${mode.toString(8)}: ${ran.stdout}`);
      }
    },
  });
}

Deno.test({
  name: "a pipe and standard input have no mode that matters",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const login = [
      ...[`${ROOT}main.ts`, "login", "--url", lab.mcpUrl, "--dry-run", "--format", "json"],
      ...["--client-id", "a", "--client-secret-file"],
    ];
    const deno = `'${Deno.execPath()}' run -A --quiet --no-check "$@"`;
    for (
      const script of [
        `printf canary-secret | ${deno} /dev/stdin`,
        `printf canary-secret | ${deno} -`,
        `${deno} /dev/fd/3 3< <(printf canary-secret)`,
      ]
    ) {
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", script, "bash", ...login],
        env: { MCPASS_HOME: home.path, MCPASS_STORE: "file" },
      }).output();
      const said = new TextDecoder().decode(stdout);
      assert.equal(code, 0, script + said + new TextDecoder().decode(stderr));
      assert.doesNotMatch(said, /secret_file_|canary/);
    }
  },
});

const CLOSED: LabOptions = { as: { registration: { initialAccessToken: "canary-initial-token" } } };

Deno.test("a closed registration opens with an initial access token, which goes nowhere else", async () => {
  await using lab = await startLab(CLOSED);
  await using home = await openHome();
  const file = `${home.path}/initial`;
  await Deno.writeTextFile(file, "canary-initial-token\n", { mode: 0o600 });
  const ran = await home.signIn(lab, "--registration-token-file", file);
  assert.equal(JSON.parse(ran.stdout).registrationStrategy, "dcr");
  const carrying = lab.requests.filter((request) =>
    JSON.stringify([request.headers, request.body, request.target]).includes("canary-initial")
  );
  assert.deepEqual(carrying.map((it) => `${it.method} ${it.path}`), ["POST /reg"]);
  assert.equal(
    headerOf(carrying[0] ?? { headers: [] }, "authorization"),
    "Bearer canary-initial-token",
  );
});

const REFUSALS: readonly (readonly [name: string, token: string | undefined, remedy: RegExp])[] = [
  ["without a token", undefined, /Give an initial access token .* --registration-token-file/],
  ["with a wrong token", "wrong-token", /^The initial access token may have expired/],
];

for (const [name, token, remedy] of REFUSALS) {
  Deno.test(`a closed registration ${name} is refused with what helps`, async () => {
    await using lab = await startLab(CLOSED);
    await using home = await openHome();
    const file = `${home.path}/initial`;
    if (token !== undefined) await Deno.writeTextFile(file, token, { mode: 0o600 });
    const ran = await home.run([
      ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
      ...token === undefined ? [] : ["--registration-token-file", file],
    ]);
    assert.equal(ran.status, 1);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, "registration_refused");
    assert.match(error.remedy, remedy);
  });
}

for (
  const [code, remedy] of [
    ["invalid_software_statement", /signed by an authority that the server trusts/],
    ["unapproved_software_statement", /operator has to approve this software/],
  ] as const
) {
  Deno.test(`a software statement is sent with the registration alone; ${code} is explained`, async () => {
    let refuse = false;
    await using lab = await startFakeLab({
      registrationResponse: (answer, request) =>
        refuse
          ? { status: 400, body: { error: code, error_description: `no: ${request.body}` } }
          : answer,
    });
    await using home = await openHome();
    const file = `${home.path}/statement`;
    await Deno.writeTextFile(file, "eyJhbGciOiJub25lIn0.canary-statement.x", { mode: 0o600 });
    await home.signIn(lab, "--software-statement-file", file);
    const carrying = lab.requests.filter((request) =>
      JSON.stringify([request.headers, request.body, request.target]).includes("canary-statement")
    );
    assert.deepEqual(carrying.map((it) => `${it.method} ${it.path}`), ["POST /register"]);
    assert.match(JSON.parse(carrying[0]?.body ?? "{}").software_statement, /canary-statement/);
    refuse = true;
    const ran = await home.run([
      ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
      ...["--account", "other", "--software-statement-file", file],
    ]);
    assert.match(JSON.parse(ran.stdout).error.message, new RegExp(code));
    assert.match(JSON.parse(ran.stdout).error.remedy, remedy);
    assert.equal((ran.stdout + ran.stderr).includes("canary-statement"), false);
  });
}

for (const rest of [["--client-id", "a"], ["--registration", "preregistered"]]) {
  Deno.test(`--registration-token-file contradicts ${rest.join(" ")}`, async () => {
    await using home = await openHome();
    const ran = await home.run([
      ...["login", "--url", "https://server.example/mcp", "--format", "json"],
      ...["--registration-token-file", "/nonexistent", ...rest],
    ]);
    assert.equal(ran.status, 2);
    assert.equal(JSON.parse(ran.stdout).error.code, "impossible_combination");
  });
}
