import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import {
  AS_CLIENT,
  type EnterpriseLab,
  type EnterpriseOptions,
  IDP_CLIENT,
  startEnterpriseLab,
} from "../../../lab/enterprise.ts";
import { formOf, sequence } from "../../../lab/journal.ts";
import { openBrowser } from "../../../lab/person.ts";
import type { Ran, Setup } from "../../fake_runtime.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const SECRETS = {
  MCPASS_CLIENT_SECRET: AS_CLIENT.clientSecret,
  MCPASS_IDP_CLIENT_SECRET: IDP_CLIENT.clientSecret,
};

/** A person who opens each address that is printed. */
function person(): Setup {
  const opened = new Set<string>();
  return {
    env: SECRETS,
    reads(stderr) {
      for (const [url] of stderr.matchAll(/^http\S+[?&]client_id=\S+$/gm)) {
        if (opened.has(url)) continue;
        opened.add(url);
        openBrowser().visit(url).catch(() => {});
      }
    },
  };
}

function command(lab: EnterpriseLab, ...args: string[]): string[] {
  return [
    ...["oauth", "login", "--auth-mode", "enterprise", "--format", "json", "--url", lab.mcpUrl],
    ...["--client-id", AS_CLIENT.clientId, "--idp-issuer", lab.idp.issuer],
    ...["--idp-client-id", IDP_CLIENT.clientId, "--print-url", ...args],
  ];
}

async function signIn(home: Home, lab: EnterpriseLab, ...args: string[]): Promise<Ran> {
  const ran = await home.run(command(lab, ...args), person());
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  return ran;
}

const exchanges = (lab: EnterpriseLab) =>
  lab.idp.requests.filter(({ path }) => path === "/token").map(formOf)
    .filter((form) => form.has("subject_token"));

const assertions = (lab: EnterpriseLab) =>
  lab.requests.filter(({ path }) => path === "/token").map((it) =>
    decodeJwt(formOf(it).get("assertion") ?? "")
  );

Deno.test("a person signs in at the identity provider, and nowhere else", async () => {
  await using lab = await startEnterpriseLab();
  await using home = await openHome();
  const out = `${home.path}/debug.json`;
  const ran = await signIn(home, lab, "--scopes", "mcp:read", "--debug-out", out);
  const authorization = lab.idp.requests.filter(({ path }) => path === "/auth").at(-1)?.query;
  assert.equal(authorization?.get("client_id"), IDP_CLIENT.clientId);
  assert.match(authorization?.get("scope") ?? "", /\bopenid\b/);
  assert.ok((authorization?.get("nonce")?.length ?? 0) >= 22);
  assert.equal(authorization?.get("code_challenge_method"), "S256");
  assert.equal(authorization?.has("resource"), false);
  assert.ok(!sequence(lab.requests).some((line) => /authorize|register/.test(line)));
  const [exchange] = exchanges(lab);
  assert.equal(exchange?.get("audience"), lab.issuer);
  assert.equal(exchange?.get("resource"), lab.mcpUrl);
  assert.match(exchange?.get("subject_token_type") ?? "", /:id_token$/);
  assert.deepEqual(lab.as.complaints, []);
  const { steps, credentials } = JSON.parse(ran.stdout);
  assert.equal(credentials.issuer, lab.issuer);
  assert.ok(steps.some(({ step }: { step: string }) => step === "identity_login"));
  const artifact = await Deno.readTextFile(out);
  const secrets = [
    exchange?.get("subject_token") ?? "?",
    IDP_CLIENT.clientSecret,
    authorization?.get("nonce") ?? "?",
    formOf(lab.requests.findLast(({ path }) => path === "/token") ?? { body: "" })
      .get("assertion") ?? "?",
  ];
  for (const secret of secrets) {
    assert.ok(!artifact.includes(secret), secret.slice(0, 20));
    assert.ok(!ran.stdout.includes(secret));
  }
});

Deno.test("a renewal gets a new ID-JAG for the refresh token of the identity provider", async () => {
  await using lab = await startEnterpriseLab();
  await using home = await openHome();
  await signIn(home, lab);
  const asked = lab.idp.requests.filter(({ path }) => path === "/auth").length;
  for (const _ of [1, 2]) {
    const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
    assert.equal(ran.status, 0, ran.stderr);
  }
  assert.deepEqual(
    exchanges(lab).map((form) => form.get("subject_token_type")?.split(":").at(-1)),
    ["id_token", "refresh_token", "refresh_token"],
  );
  const ids = assertions(lab).map(({ jti }) => jti);
  assert.equal(new Set(ids).size, 3);
  assert.equal(lab.idp.requests.filter(({ path }) => path === "/auth").length, asked);
  await home.expire(lab);
  const token = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.equal(token.status, 0, token.stderr);
  assert.equal(new Set(assertions(lab).map(({ jti }) => jti)).size, 4);
  const status = JSON.parse((await home.run(["oauth", "status", "--format", "json"])).stdout);
  assert.deepEqual(
    [status.entries[0].authMode, status.entries[0].renewable],
    ["enterprise", true],
  );
});

Deno.test("an identity provider that takes ID tokens alone: one is had with its refresh token", async () => {
  await using lab = await startEnterpriseLab({ exchange: { subjects: ["id_token"] } });
  await using home = await openHome();
  await signIn(home, lab);
  for (const _ of [1, 2]) {
    const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
    assert.equal(ran.status, 0, ran.stderr);
  }
  const renewals = lab.idp.requests.map(formOf)
    .filter((form) => form.get("grant_type") === "refresh_token")
    .map((form) => form.get("refresh_token"));
  assert.equal(new Set(renewals).size, 2, "the second renewal uses what the first one got");
  assert.equal(assertions(lab).length, 3);
});

Deno.test("an ID token of another person that a renewal brings is exchanged for nothing", async () => {
  await using lab = await startEnterpriseLab({ exchange: { subjects: ["id_token"] } });
  await using home = await openHome();
  await signIn(home, lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry?.idpIdToken);
  const [header, , signature] = entry.idpIdToken.split(".");
  const claims = JSON.stringify({ ...decodeJwt(entry.idpIdToken), sub: "somebody-else" });
  const other = new TextEncoder().encode(claims).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  await home.store.write({ ...entry, idpIdToken: [header, other, signature].join(".") });
  const before = exchanges(lab).length;
  const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 1, ran.stderr);
  const { error } = JSON.parse(ran.stdout);
  assert.equal(error.code, "id_token_invalid");
  assert.match(error.message, /"sub" is .*somebody-else.* signed in/);
  const since = exchanges(lab).slice(before).map((form) => form.get("subject_token_type"));
  assert.deepEqual(since.filter((type) => type?.endsWith(":id_token")), []);
});

Deno.test("without a refresh token the ID token serves until it expires, then a person is needed", async () => {
  await using lab = await startEnterpriseLab({ idp: { refreshTokens: "never" } });
  await using home = await openHome();
  await signIn(home, lab);
  const again = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(again.status, 0, again.stderr);
  const before = lab.idp.requests.length;
  const late = await home.run(["oauth", "token", "--url", lab.mcpUrl], {
    now: () => Date.now() + 2 * 3_600_000,
  });
  assert.equal(late.status, 4);
  assert.equal(late.stdout, "");
  assert.match(flat(late.stderr), /identity_expired/);
  assert.match(
    flat(late.stderr),
    /Sign in, with MCPASS_CLIENT_SECRET and MCPASS_IDP_CLIENT_SECRET set Try: mcpass login \S+ --auth-mode enterprise --client-id at-as --idp-issuer \S+ --idp-client-id at-idp/,
  );
  assert.equal(lab.idp.requests.length, before);
});

Deno.test("a refresh token that the identity provider ended: exit 4, and what to run", async () => {
  await using lab = await startEnterpriseLab();
  await using home = await openHome();
  await signIn(home, lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry);
  await home.store.write({ ...entry, idpRefreshToken: "ended-refresh-token" });
  const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(ran.status, 4, ran.stderr);
  assert.match(flat(ran.stderr), /the sign-in at "\S+" has ended/);
  assert.doesNotMatch(ran.stderr, /ended-refresh-token/);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1, "the sign-in is kept");
});

Deno.test("a client that the identity provider no longer knows does not end the sign-in here", async () => {
  const policy: { error?: string } = {};
  await using lab = await startEnterpriseLab({ exchange: { error: () => policy.error } });
  await using home = await openHome();
  await signIn(home, lab);
  policy.error = "invalid_client";
  const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(ran.status, 4, ran.stderr);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

const WRONG: readonly (readonly [
  what: string,
  options: EnterpriseOptions,
  code: string,
  said: RegExp,
])[] = [
  [
    "a policy that forbids the exchange",
    { exchange: { error: () => "access_denied" } },
    "identity_exchange_refused",
    /"access_denied"/,
  ],
  [
    "an ID-JAG for another audience",
    { exchange: { claims: (claims) => ({ ...claims, aud: "https://other.example" }) } },
    "assertion_audience_mismatch",
    /"https:\/\/other\.example".*did not send the assertion/,
  ],
  [
    "an ID-JAG for another client",
    { exchange: { claims: (claims) => ({ ...claims, client_id: "someone" }) } },
    "token_error",
    /another client's/,
  ],
  [
    "an ID-JAG for another resource",
    { exchange: { claims: (claims) => ({ ...claims, resource: "https://other.example" }) } },
    "token_error",
    /another resource/,
  ],
  [
    "an identity provider under another issuer",
    { idp: { metadata: (document) => ({ ...document, issuer: "https://other.example" }) } },
    "identity_provider_metadata_missing",
    /other\.example/,
  ],
  [
    "an identity provider whose metadata is an error object",
    { idp: { metadata: () => ({ error: "not_found" }) } },
    "metadata_invalid",
    /without "issuer"/,
  ],
  [
    "an identity provider without an authorization endpoint",
    { idp: { metadata: ({ authorization_endpoint: _, ...document }) => document } },
    "identity_provider_metadata_missing",
    /no authorization_endpoint/,
  ],
];

for (const [what, options, code, said] of WRONG) {
  Deno.test(`${what} ends the login, and nothing is retried`, async () => {
    await using lab = await startEnterpriseLab(options);
    await using home = await openHome();
    const ran = await home.run(command(lab), person());
    assert.equal(ran.status, 1, ran.stderr);
    const { error, credentials } = JSON.parse(ran.stdout);
    assert.equal(error.code, code);
    assert.match(error.message, said);
    assert.equal(credentials, null);
    assert.ok(exchanges(lab).length <= 1);
    assert.ok(lab.requests.filter(({ path }) => path === "/token").length <= 1);
  });
}

Deno.test("an ID-JAG that was used before is refused: each renewal has one of its own", async () => {
  await using lab = await startEnterpriseLab({
    exchange: { claims: (claims) => ({ ...claims, jti: "always-the-same" }) },
  });
  await using home = await openHome();
  await signIn(home, lab);
  const ran = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(ran.status, 4);
  assert.match(flat(ran.stderr), /assertion_refused/);
  assert.match(flat(ran.stderr), /used before/);
});

Deno.test("a secret of the identity provider on the command line: a warning, and masked", async () => {
  await using lab = await startEnterpriseLab();
  await using home = await openHome();
  const { env: _, ...reader } = person();
  const ran = await home.run(
    command(lab, "--idp-client-secret", IDP_CLIENT.clientSecret, "--verbose"),
    { ...reader, env: { MCPASS_CLIENT_SECRET: AS_CLIENT.clientSecret } },
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(flat(ran.stderr), /--idp-client-secret is visible in the shell history/);
  assert.match(flat(ran.stderr), /or MCPASS_IDP_CLIENT_SECRET/);
  assert.ok(!(ran.stdout + ran.stderr).includes(IDP_CLIENT.clientSecret));
});

Deno.test("without a terminal, a file or --print-url: exit 4 before any request", async () => {
  await using lab = await startEnterpriseLab();
  await using home = await openHome();
  const args = command(lab).filter((word) => word !== "--print-url");
  const ran = await home.run(args, { env: SECRETS });
  assert.equal(ran.status, 4);
  assert.deepEqual([lab.requests.length, lab.idp.requests.length], [0, 0]);
});

Deno.test("an ID token from a file needs no person; its file is read again at a renewal", async () => {
  await using lab = await startEnterpriseLab();
  await using home = await openHome();
  await signIn(home, lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const idToken = (summary && await home.store.read(summary.key))?.idpIdToken ?? "";
  const file = `${home.path}/id-token`;
  await Deno.writeTextFile(file, `${idToken}\n`, { mode: 0o600 });
  const args = command(lab, "--id-token-file", file).filter((word) => word !== "--print-url");
  const asked = lab.idp.requests.filter(({ path }) => path === "/auth").length;
  const ran = await home.run(args, { env: SECRETS });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(lab.idp.requests.filter(({ path }) => path === "/auth").length, asked);
  await Deno.writeTextFile(file, "another", { mode: 0o600 });
  const again = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(again.status, 4);
  assert.match(flat(again.stderr), /--id-token-file \S+id-token/);
  assert.equal(exchanges(lab).at(-1)?.get("subject_token"), "another");
  await Deno.remove(file);
  const gone = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(gone.status, 4);
  assert.match(flat(gone.stderr), /assertion_gone/);
});
