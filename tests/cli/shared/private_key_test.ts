import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import type { Io } from "../../../src/core/system.ts";
import { Failure } from "../../../src/core/failure.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { openHome } from "../real_run.ts";
import { readPrivateKey } from "../../../src/cli/shared/private_key.ts";

const IO: Io = {
  out: () => {},
  err: () => {},
  stdinIsTerminal: false,
  stdoutIsTerminal: false,
  stderrIsTerminal: false,
  columns: () => 80,
  readStdin: () => Promise.resolve(""),
};

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { d } = privateKey.export({ format: "jwk" });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const ENCRYPTED = privateKey.export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "open sesame",
}).toString();

async function read(text: string, passphrase?: string, mode = 0o600) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, mode);
    return await readPrivateKey(path, IO, () => Promise.resolve(passphrase));
  } finally {
    await Deno.remove(path);
  }
}

const FORMS: readonly (readonly [string, string, string?])[] = [
  ["PKCS #8", PEM],
  ["SEC 1", privateKey.export({ type: "sec1", format: "pem" }).toString()],
  ["a JWK", JSON.stringify(privateKey.export({ format: "jwk" }))],
  ["encrypted PKCS #8", ENCRYPTED, "open sesame"],
];

for (const [form, text, passphrase] of FORMS) {
  Deno.test(`a private key in the form ${form} is read`, async () => {
    const { jwk, findings } = await read(text, passphrase);
    assert.equal(JSON.parse(jwk).d, d);
    assert.deepEqual(findings, []);
  });
}

const UNUSABLE: readonly (readonly [string, string, RegExp, string?])[] = [
  ["an encrypted key and nobody to ask", ENCRYPTED, /cannot ask for the passphrase/],
  ["a wrong passphrase", ENCRYPTED, /cannot be decrypted/, "wrong"],
  ["a public key", publicKey.export({ type: "spki", format: "pem" }).toString(), /private key/],
  ["a shared secret", '{"kty":"oct","k":"c2VjcmV0"}', /no private key/],
  ["text that is no key", "hunter2-canary", /neither PEM nor a JWK/],
];

for (const [what, text, words, passphrase] of UNUSABLE) {
  Deno.test(`${what} is a usage error that shows nothing of the file`, async () => {
    await assert.rejects(read(text, passphrase), (error) => {
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.code, error.kind], ["private_key_unusable", "usage"]);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message + error.remedy, /canary|c2VjcmV0|MII|sesame/);
      return true;
    });
  });
}

Deno.test("a key file that others may read is pointed out", async () => {
  const { findings: [finding] } = await read(PEM, undefined, 0o644);
  assert.equal(finding?.code, "secret_file_permissions");
  assert.match(finding?.message ?? "", /other users.*0644/);
});

Deno.test("a login says that others can read its key, and goes on", async () => {
  await using home = await openHome();
  await using lab = await startFakeLab();
  const path = `${home.path}/key.pem`;
  await Deno.writeTextFile(path, PEM);
  const found = async (mode: number) => {
    await Deno.chmod(path, mode);
    const ran = await home.run([
      ...["oauth", "login", "--auth-mode", "headless", "--dry-run", "--url", lab.mcpUrl],
      ...["--client-id", "own", "--private-key-file", path, "--format", "json"],
    ]);
    const { completed, findings } = JSON.parse(ran.stdout);
    assert.equal(completed, true, ran.stderr);
    return findings.some((it: { code: string }) => it.code === "secret_file_permissions");
  };
  assert.deepEqual([await found(0o644), await found(0o600)], [true, false]);
});
