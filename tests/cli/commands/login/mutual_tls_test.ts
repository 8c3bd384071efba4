import assert from "node:assert/strict";
import { certificateFacts } from "../../../../src/flow/client/certificate_files.ts";
import { AUTHORITY, fixturePath, type MtlsLab, startMtlsLab } from "../../../lab/mtls_lab.ts";
import type { LabClient } from "../../../lab/authorization_server_options.ts";
import { openHome } from "../../real_run.ts";

const CERT = fixturePath("client.crt");
const KEY = fixturePath("client.key");
const TRUSTED_FORM = fixturePath("trusted_form.crt");
const SELF_CERT = fixturePath("self_signed.crt");
const SELF_KEY = fixturePath("self_signed.key");
const FACTS = await certificateFacts(await Deno.readTextFile(CERT));
const SELF_FACTS = await certificateFacts(await Deno.readTextFile(SELF_CERT));

const BOUND = { tls_client_certificate_bound_access_tokens: true };
const MACHINE: LabClient = {
  clientId: "machine",
  authMethod: "tls_client_auth",
  metadata: { ...BOUND, tls_client_auth_subject_dn: "CN=machine" },
};
const SELF_SIGNED: LabClient = {
  clientId: "self",
  authMethod: "self_signed_tls_client_auth",
  jwks: { keys: [{ ...SELF_FACTS.jwk, kid: "self" }] },
  metadata: BOUND,
};

function login(lab: MtlsLab, ...args: string[]): string[] {
  return [
    ...["oauth", "login", "--url", lab.mcpUrl, "--ca-file", AUTHORITY],
    ...["--auth-mode", "headless", "--format", "json", ...args],
  ];
}

/** Where {@link login} has the mode. */
const LOGIN_MODE = login({ mcpUrl: "" } as MtlsLab).indexOf("headless");

const WAYS = [
  ["tls_client_auth", MACHINE, [CERT, KEY], FACTS],
  ["self_signed_tls_client_auth", SELF_SIGNED, [SELF_CERT, SELF_KEY], SELF_FACTS],
] as const;

for (const [method, client, [cert, key], facts] of WAYS) {
  Deno.test(`${method}: login, use, refresh and revocation present the certificate, and only where it belongs`, async () => {
    await using lab = await startMtlsLab({ clients: [client] });
    await using home = await openHome();
    const debug = `${home.path}/debug.json`;
    const ran = await home.run(login(
      lab,
      ...["--client-id", client.clientId, "--client-cert", cert, "--client-key", key],
      ...["--verify-tools", "--debug-out", debug, "--verbose"],
    ));
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    const { steps } = JSON.parse(ran.stdout);
    const detail = (id: string) => steps.find((it: { step: string }) => it.step === id)?.detail;
    assert.match(
      detail("registration"),
      new RegExp(`preregistered: confidential client .* \\(${method}\\)$`),
    );
    assert.deepEqual(lab.aliased(), ["/token"]);
    assert.equal(lab.plain().includes("/token"), false);
    // No certificate before there is a token that wants it.
    for (const { line, withToken, thumbprint } of lab.atServer) {
      assert.equal(thumbprint, withToken ? facts.thumbprint : undefined, line);
    }
    assert.ok(lab.atServer.some(({ withToken }) => withToken));

    const artifact = JSON.parse(await Deno.readTextFile(debug));
    const carrying = artifact.exchanges.filter((it: { request: { certificate?: object } }) =>
      it.request.certificate !== undefined
    );
    assert.deepEqual(carrying[0].request.certificate, { certFile: cert, keyFile: key });
    assert.match(ran.stderr, /POST .*\/token .*with client certificate/);
    assert.match(ran.stderr, /the token is bound to the client certificate/);
    const [, secretLine = ""] = (await Deno.readTextFile(key)).split("\n");
    assert.equal(JSON.stringify([ran, artifact]).includes(secretLine), false);

    const ca = ["--ca-file", AUTHORITY, "--url", lab.mcpUrl];
    const status = await home.run(["oauth", "status", "--url", lab.mcpUrl, "--format", "json"]);
    const [entry] = JSON.parse(status.stdout).entries;
    assert.deepEqual(entry.certificate, { certFile: cert, keyFile: key, boundToken: true });
    lab.lab.requests.length = lab.atServer.length = 0;
    const listed = await home.run(["tools", "list", ...ca, "--format", "json"]);
    assert.equal(listed.status, 0, listed.stdout + listed.stderr);
    for (const it of lab.atServer) assert.equal(it.thumbprint, facts.thumbprint);

    const refreshed = await home.run(["oauth", "refresh", ...ca, "--format", "json"]);
    assert.equal(refreshed.status, 0, refreshed.stdout + refreshed.stderr);
    const curl = await home.run(["oauth", "token", ...ca, "--as", "curl"]);
    assert.match(curl.stdout, new RegExp(`\ncert = "${cert}"\nkey = "${key}"\n$`));
    assert.equal(curl.stderr, "");
    const bare = await home.run(["oauth", "token", ...ca]);
    assert.match(bare.stderr, /only with the client certificate ".*"; --as curl names it/);
    const ended = await home.run(["oauth", "logout", ...ca, "--format", "json"]);
    assert.equal(JSON.parse(ended.stdout).signedOut[0].revoked.refreshToken, true, ended.stdout);
    const atAliases = lab.aliased().filter((path) => path !== "/token");
    assert.deepEqual(atAliases, ["/token/revocation", "/token/revocation"]);
    assert.deepEqual(lab.plain(), []);
  });
}

const AS_MACHINE = ["--client-id", "machine", "--client-cert", CERT, "--client-key", KEY];

Deno.test("a registration with a certificate says which one it is, and the client works", async () => {
  await using lab = await startMtlsLab();
  await using home = await openHome();
  const ran = await home.run(login(lab, "--client-cert", CERT, "--client-key", KEY));
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const sent = lab.lab.requests.find((request) => request.path === "/reg");
  const body = JSON.parse(sent?.body ?? "{}");
  assert.equal(sent?.server, "mtls");
  assert.deepEqual(
    [body.token_endpoint_auth_method, body.tls_client_auth_san_dns],
    ["tls_client_auth", "machine.example"],
  );
  assert.equal(body.tls_client_certificate_bound_access_tokens, true);
  const again = await home.run(login(lab, "--client-cert", CERT, "--client-key", KEY));
  assert.equal(again.status, 0, again.stdout);
  assert.equal(lab.aliased().filter((path) => path === "/reg").length, 1);
});

Deno.test("a self-signed certificate is registered as a key, where the server takes such", async () => {
  await using lab = await startMtlsLab({
    as: { authMethods: ["tls_client_auth", "self_signed_tls_client_auth"] },
  });
  await using home = await openHome();
  const ran = await home.run(login(lab, "--client-cert", SELF_CERT, "--client-key", SELF_KEY));
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const sent = lab.lab.requests.find((request) => request.path === "/reg");
  const body = JSON.parse(sent?.body ?? "{}");
  assert.equal(body.token_endpoint_auth_method, "self_signed_tls_client_auth");
  assert.deepEqual(body.jwks.keys[0].x5c, SELF_FACTS.jwk["x5c"]);
  assert.equal("d" in body.jwks.keys[0], false);
});

for (
  const [kept, flag] of [["the store", []], ["a credentials file", ["--credentials-file"]]] as const
) {
  Deno.test(`a client-credentials token with a certificate, stored in ${kept}, is refreshed by its own grant`, async () => {
    await using lab = await startMtlsLab({
      clients: [{ ...MACHINE, grantTypes: ["client_credentials"] }],
      as: { accessTokenTtl: 600, authMethods: ["tls_client_auth"] },
    });
    await using home = await openHome();
    const file = `${home.path}/credentials.json`;
    const inFile = flag.length > 0;
    const ran = await home.run([
      ...login(lab, ...AS_MACHINE).with(LOGIN_MODE, "client_credentials"),
      ...(inFile ? ["--credentials-out", file] : []),
    ]);
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    const { accessToken } = inFile
      ? JSON.parse(await Deno.readTextFile(file))
      : JSON.parse(ran.stdout).credentials;
    const token = await home.run([
      ...["oauth", "token", "--url", lab.mcpUrl, "--ca-file", AUTHORITY],
      ...(inFile ? ["--credentials-file", file] : []),
      // The token is due: less than a tenth of its life is left.
    ], { now: () => Date.now() + 580_000 });
    assert.match(token.stdout, /^eyJ/, token.stderr);
    assert.notEqual(token.stdout.trim(), accessToken);
    assert.deepEqual(lab.aliased(), ["/token", "/token"]);
  });
}

/** Ends of a login that a wrong certificate or none leads to. */
interface Refused {
  readonly name: string;
  readonly flags: readonly string[];
  readonly status: number;
  readonly code: string | RegExp;
  readonly message: RegExp;
  readonly remedy: RegExp;
  readonly require?: "aliases" | "mcp";
}

const EXPIRED = fixturePath("client_expired.crt");
const REFUSED: readonly Refused[] = [
  {
    name: "no certificate where the token endpoint wants one",
    flags: ["--client-id", "machine"],
    status: 1,
    code: "token_error",
    message: /"invalid_client"/,
    remedy: /--client-cert '<path>' --client-key '<path>'/,
  },
  {
    name: "the certificate of somebody else",
    flags: [
      ...["--client-id", "machine", "--client-cert", SELF_CERT, "--client-key", SELF_KEY],
      ...["--token-auth-method", "tls_client_auth"],
    ],
    status: 1,
    code: "token_error",
    message: /"invalid_client"/,
    remedy: /./,
  },
  {
    name: "the certificate of somebody else, in the handshake",
    flags: [
      ...["--client-id", "machine", "--client-cert", SELF_CERT, "--client-key", SELF_KEY],
      ...["--token-auth-method", "tls_client_auth"],
    ],
    status: 1,
    code: /^network_(tls_closed|tls_other|tls_certificate_refused|connection_reset)$/,
    message:
      /the server (closed the TLS connection|did not accept)|no TLS connection|the connection ended/,
    remedy: /Check the client certificate: the server may not accept its issuer|clientAuth/,
    require: "aliases",
  },
  {
    name: "an expired certificate",
    flags: ["--client-id", "machine", "--client-cert", EXPIRED, "--client-key", KEY],
    status: 1,
    code: "token_error",
    message: /"invalid_client"/,
    remedy: /./,
  },
  {
    name: "a key that is not the certificate's",
    flags: ["--client-id", "machine", "--client-cert", CERT, "--client-key", SELF_KEY],
    status: 2,
    code: "client_certificate_unusable",
    message: /self_signed\.key" is not the key of the certificate in ".*client\.crt"/,
    remedy: /private key of this certificate/,
  },
  {
    name: "a certificate without a key",
    flags: ["--client-id", "machine", "--client-cert", CERT],
    status: 2,
    code: "client_certificate_unusable",
    message: /client\.crt" contains no PEM private key/,
    remedy: /--client-key/,
  },
  {
    name: "a certificate in OpenSSL's own form",
    flags: ["--client-id", "machine", "--client-cert", TRUSTED_FORM, "--client-key", KEY],
    status: 2,
    code: "client_certificate_unusable",
    message: /trusted_form\.crt" contains a certificate in OpenSSL's TRUSTED CERTIFICATE format/,
    remedy: /openssl x509 -in \S+trusted_form\.crt -out cert\.pem/,
  },
  {
    name: "a file that is no certificate",
    flags: ["--client-id", "machine", "--client-cert", KEY, "--client-key", KEY],
    status: 2,
    code: "client_certificate_unusable",
    message: /client\.key" contains no PEM certificate/,
    remedy: /--client-cert/,
  },
  {
    name: "a file that is not there",
    flags: ["--client-id", "machine", "--client-cert", "/nonexistent/c", "--client-key", KEY],
    status: 2,
    code: "client_certificate_unreadable",
    message: /"\/nonexistent\/c": there is no such file/,
    remedy: /--client-cert/,
  },
  {
    name: "an MCP server that wants a certificate in the handshake, and none was given",
    flags: ["--client-id", "machine"],
    status: 1,
    // The server's runtime sometimes closes before its alert is out.
    code: /^network_tls_(certificate_required|closed)$/,
    message:
      /POST .*\/mcp: the server (requires a client certificate in the TLS handshake|closed the TLS)/,
    remedy: /certificate:\n.*--client-cert '<path>' --client-key '<path>'$/,
    require: "mcp",
  },
];

for (const { name, flags, status, code, message, remedy, require } of REFUSED) {
  Deno.test(`mutual TLS: ${name}`, async () => {
    await using lab = await startMtlsLab({
      clients: [MACHINE],
      as: { authMethods: ["tls_client_auth", "self_signed_tls_client_auth"] },
      ...(require === undefined ? {} : { require }),
    });
    await using home = await openHome();
    const ran = await home.run(login(lab, ...flags));
    const { error, findings } = JSON.parse(ran.stdout);
    assert.equal(ran.status, status, ran.stdout);
    if (typeof code === "string") assert.equal(error.code, code, ran.stdout);
    else assert.match(error.code, code, ran.stdout);
    assert.match(error.message, message);
    assert.match(error.remedy ?? "", remedy);
    const codes = findings?.map((it: { code: string }) => it.code) ?? [];
    assert.equal(codes.includes("client_certificate_expired"), name.includes("expired"));
    assert.deepEqual(await home.store.find(lab.mcpUrl), []);
  });
}

Deno.test("an MCP server that wants a certificate in the handshake is given the one there is, then and later", async () => {
  const { metadata: _, ...unbound } = MACHINE;
  await using lab = await startMtlsLab({
    require: "mcp",
    clients: [{ ...unbound, metadata: { tls_client_auth_subject_dn: "CN=machine" } }],
  });
  await using home = await openHome();
  const ran = await home.run(login(lab, ...AS_MACHINE, "--verify-tools"));
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.match(
    ran.stderr,
    /requires a client certificate in the TLS handshake: mcpass presents it/,
  );
  const codes = JSON.parse(ran.stdout).findings.map((it: { code: string }) => it.code);
  assert.ok(codes.includes("certificate_not_bound"), ran.stdout);
  const listed = await home.run([
    ...["tools", "list", "--url", lab.mcpUrl, "--ca-file", AUTHORITY],
  ]);
  assert.equal(listed.status, 0, listed.stderr);
  // The first origin of the authorization server, which asks for none, was shown none.
  assert.ok(lab.plain().length > 0);
});

Deno.test("a guided login presents the certificate wherever the handshake of the server wants it", async () => {
  await using lab = await startMtlsLab({ require: "mcp", clients: [MACHINE] });
  await using home = await openHome();
  const flags = ["--ca-file", AUTHORITY, ...AS_MACHINE, "--auth-mode", "headless"];
  const answers = [lab.mcpUrl, "as ticked", "tools", "\0none"];
  const ran = await home.run(["login", ...flags], { terminal: true, answers });
  assert.equal(ran.status, 0, ran.stderr);
  for (const { line, thumbprint } of lab.atServer) {
    assert.equal(thumbprint, FACTS.thumbprint, line);
  }
});

/** A home with a copy of the certificate, whose key is encrypted where a passphrase is given. */
async function copyTo(folder: string, passphrase?: string): Promise<[cert: string, key: string]> {
  const { createPrivateKey } = await import("node:crypto");
  const [cert, key] = [`${folder}/c.crt`, `${folder}/c.key`];
  await Deno.copyFile(CERT, cert);
  const pem = await Deno.readTextFile(KEY);
  const text = passphrase === undefined ? pem : createPrivateKey(pem)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();
  await Deno.writeTextFile(key, text, { mode: 0o600 });
  return [cert, key];
}

Deno.test("a missing key is a failure of refresh that names the key, and logout says what stays valid", async () => {
  await using lab = await startMtlsLab({ clients: [MACHINE] });
  await using home = await openHome();
  const [cert, key] = await copyTo(home.path);
  const flags = ["--client-id", "machine", "--client-cert", cert, "--client-key", key];
  assert.equal((await home.run(login(lab, ...flags))).status, 0);
  await Deno.remove(key);
  const at = ["--url", lab.mcpUrl, "--ca-file", AUTHORITY, "--format", "json"];
  const refreshed = await home.run(["oauth", "refresh", ...at]);
  assert.equal(refreshed.status, 1);
  const { error } = JSON.parse(refreshed.stdout);
  assert.equal(error.code, "client_certificate_unreadable");
  assert.match(error.message, /c\.key": there is no such file/);
  assert.match(error.remedy, /Restore the file/);
  const [kept] = await home.store.find(lab.mcpUrl);
  assert.ok(kept?.holds.includes("tokens.refreshToken"));
  const ended = await home.run(["oauth", "logout", ...at]);
  assert.equal(ended.status, 1);
  assert.match(
    JSON.parse(ended.stdout).signedOut[0].note,
    /refresh token was not revoked .*c\.key/,
  );
});

Deno.test("the passphrase of an encrypted key is asked for, or read from a file whose path is kept", async () => {
  await using lab = await startMtlsLab({ clients: [MACHINE] });
  await using home = await openHome();
  const [cert, key] = await copyTo(home.path, "open sesame canary");
  const flags = ["--client-id", "machine", "--client-cert", cert, "--client-key", key];
  const nobody = await home.run(login(lab, ...flags));
  assert.equal(nobody.status, 2);
  assert.match(
    JSON.parse(nobody.stdout).error.message,
    /is encrypted, and there is no terminal to ask for the passphrase/,
  );
  const person = { terminal: true, answers: ["open sesame canary"] };
  const asked = await home.run(login(lab, ...flags), person);
  assert.equal(asked.status, 0, asked.stdout);
  assert.deepEqual(asked.hiddenQuestions, ["Passphrase of the client certificate's key"]);
  const at = ["--url", lab.mcpUrl, "--ca-file", AUTHORITY, "--format", "json"];
  const without = await home.run(["oauth", "refresh", ...at]);
  assert.match(JSON.parse(without.stdout).error.remedy, /--client-key-passphrase-file/);

  const file = `${home.path}/passphrase`;
  await Deno.writeTextFile(file, "open sesame canary\n", { mode: 0o600 });
  const withFile = await home.run(login(lab, ...flags, "--client-key-passphrase-file", file));
  assert.equal(withFile.status, 0, withFile.stdout);
  const refreshed = await home.run(["oauth", "refresh", ...at]);
  assert.equal(refreshed.status, 0, refreshed.stdout);
  const texts = [asked, withFile, refreshed].map(({ stdout, stderr }) => stdout + stderr).join();
  assert.equal(texts.includes("sesame"), false);
});

const CONTRADICTIONS: readonly (readonly string[])[] = [
  ["--client-key", KEY],
  ["--client-key-passphrase-file", KEY],
  ["--client-cert", "-"],
  ["--token-auth-method", "tls_client_auth"],
  [
    ...[
      "--client-id",
      "a",
      "--client-secret-file",
      KEY,
      "--client-cert",
      CERT,
      "--client-key",
      KEY,
    ],
    ...["--token-auth-method", "self_signed_tls_client_auth"],
  ],
];

for (const flags of CONTRADICTIONS) {
  Deno.test(`oauth login ${flags.filter((it) => it.startsWith("--")).join(" ")} is impossible`, async () => {
    await using home = await openHome();
    const ran = await home.run([
      ...["login", "--url", "https://server.example/mcp", "--format", "json", ...flags],
    ]);
    assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [
      2,
      "impossible_combination",
    ]);
  });
}

Deno.test({
  name: "a key of a certificate that every user can change is refused at a refresh, too",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using lab = await startMtlsLab({ clients: [MACHINE] });
    await using home = await openHome();
    const key = `${home.path}/key.pem`;
    await Deno.writeTextFile(key, await Deno.readTextFile(KEY), { mode: 0o600 });
    const named = ["--client-id", "machine", "--client-cert", CERT, "--client-key", key];
    assert.equal((await home.run(login(lab, ...named))).status, 0);
    await Deno.chmod(key, 0o666);
    const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl, "--ca-file", AUTHORITY]);
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /secret_file_writable/);
  },
});
