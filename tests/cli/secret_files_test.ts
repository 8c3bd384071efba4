import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { startFakeLab } from "../lab/fake_lab.ts";
import { headerOf } from "../lab/journal.ts";
import { type LabOptions, startLab } from "../lab/shapes.ts";
import { flat, openHome } from "./real_run.ts";

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
    assert.match(flat(human.stdout + human.stderr), /warning: "\/.*secret file" holds a secret/);
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
  ["without a token", undefined, /give an initial access token .* --registration-token-file/],
  ["with a wrong token", "wrong-token", /is not accepted: it may have expired/],
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
    ["invalid_software_statement", /signed by somebody the server trusts/],
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
