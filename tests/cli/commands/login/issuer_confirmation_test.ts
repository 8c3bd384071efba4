import assert from "node:assert/strict";
import { exportJWK, exportPKCS8, generateKeyPair, SignJWT } from "jose";
import type { FakeLabOptions } from "../../../lab/fake_lab.ts";
import { type FakeLab, startFakeLab } from "../../../lab/fake_lab.ts";
import { fixturePath } from "../../../lab/mtls_lab.ts";
import type { Setup } from "../../fake_runtime.ts";
import { type NamedNetwork, namedNetwork } from "../../named_network.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const MCP = "https://mcp.example.com";
const ISSUER = "https://login.example.net";
const OTHER = "https://rogue.example.org";
const SECRET = "canary-client-secret-0123456789";
const TOKEN = "canary-initial-access-token";
const STATEMENT = "canary.software.statement";
const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const KEYS = { jwks: { keys: [{ ...await exportJWK(publicKey), alg: "ES256" }] } };

const CLIENT = { clientId: "own", redirectUris: ["http://127.0.0.1/callback"] };

/** A server at one site and its authorization server at another. */
interface Place extends AsyncDisposable {
  readonly lab: FakeLab;
  readonly network: NamedNetwork;
  readonly home: Home;
  readonly url: string;
  run(args: readonly string[], setup?: Setup): ReturnType<Home["run"]>;
  login(args: readonly string[], setup?: Setup): ReturnType<Home["run"]>;
}

async function open(options: FakeLabOptions = {}): Promise<Place> {
  const lab = await startFakeLab({
    clients: [{ ...CLIENT, clientSecret: SECRET }],
    trustedIssuer: { issuer: "https://cluster.example", ...KEYS },
    device: ["approved"],
    ...options,
  });
  const home = await openHome();
  const origin = new URL(lab.mcpUrl).origin;
  const network = namedNetwork({ [MCP]: origin, [ISSUER]: lab.issuer });
  const url = lab.mcpUrl.replace(origin, MCP);
  const run = (args: readonly string[], setup: Setup = {}) =>
    home.run(args, { ...setup, replacements: network.replacements });
  for (
    const [name, text] of [["secret", SECRET], ["token", TOKEN], ["statement", STATEMENT]] as const
  ) {
    await Deno.writeTextFile(`${home.path}/${name}`, text, { mode: 0o600 });
  }
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT({
    ...{ iss: "https://cluster.example", sub: "workload", aud: [ISSUER, lab.issuer] },
    ...{ jti: crypto.randomUUID(), iat: now, exp: now + 300 },
  }).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
  await Deno.writeTextFile(`${home.path}/assertion`, assertion, { mode: 0o600 });
  await Deno.writeTextFile(`${home.path}/key`, await exportPKCS8(privateKey), { mode: 0o600 });
  return {
    ...{ lab, network, home, url, run },
    login: (args, setup) =>
      run(["oauth", "login", "--url", url, "--format", "json", ...args], setup),
    async [Symbol.asyncDispose]() {
      await lab.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Asserts that one origin got requests for documents alone, and no credential in any of them. */
async function assertNothingSent({ network, home }: Place, origin: string): Promise<void> {
  const requests = network.at(origin);
  assert.ok(requests.length > 0);
  const secrets = [SECRET, TOKEN, STATEMENT, btoa(`own:${SECRET}`)];
  secrets.push(await Deno.readTextFile(`${home.path}/assertion`));
  for (const { certificate, method, text, url } of requests) {
    assert.match(`${method} ${url}`, /^GET \S+\/\.well-known\//);
    assert.equal(certificate, false);
    for (const secret of secrets) assert.ok(!text.includes(secret) && !url.includes(secret));
  }
}

const HEADLESS = ["--auth-mode", "headless"];
const OWN = ["--client-id", "own"];
const CERTIFICATE = (): string[] => [
  ...["--client-cert", fixturePath("client.crt"), "--client-key", fixturePath("client.key")],
];

/** Every way to give a credential, and what the failure calls it. */
const WAYS: readonly (readonly [
  what: string,
  args: (home: Home) => readonly string[],
  called: RegExp,
  env?: Readonly<Record<string, string>>,
])[] = [
  [
    "a secret from a file",
    (home) => [...HEADLESS, ...OWN, "--client-secret-file", `${home.path}/secret`],
    /the client secret/,
  ],
  [
    "a secret from a variable",
    () => [...HEADLESS, ...OWN],
    /the client secret/,
    { MCPASS_CLIENT_SECRET: SECRET },
  ],
  [
    "a secret from a flag",
    () => [...HEADLESS, ...OWN, "--client-secret", SECRET],
    /the client secret/,
  ],
  [
    "a secret, for a pushed request",
    (home) => [...HEADLESS, ...OWN, "--par", "--client-secret-file", `${home.path}/secret`],
    /the client secret/,
  ],
  [
    "a secret, for client credentials",
    (home) => [
      ...["--auth-mode", "client_credentials", ...OWN],
      ...["--client-secret-file", `${home.path}/secret`],
    ],
    /the client secret/,
  ],
  [
    "a secret, for a device code",
    (home) => [
      ...["--auth-mode", "device", ...OWN],
      ...["--client-secret-file", `${home.path}/secret`],
    ],
    /the client secret/,
  ],
  [
    "a secret that signs",
    (home) => [
      ...[...HEADLESS, ...OWN, "--token-auth-method", "client_secret_jwt"],
      ...["--client-secret-file", `${home.path}/secret`],
    ],
    /the client secret/,
  ],
  [
    "a certificate, for a registration",
    () => [...HEADLESS, "--registration", "dcr", ...CERTIFICATE()],
    /the client certificate/,
  ],
  [
    "a certificate of a known client",
    () => [...HEADLESS, ...OWN, ...CERTIFICATE()],
    /the client certificate/,
  ],
  [
    "a key and a certificate",
    (home) => [...HEADLESS, ...OWN, "--private-key-file", `${home.path}/key`, ...CERTIFICATE()],
    /the client certificate and the private key/,
  ],
  [
    "a workload's assertion",
    (home) => ["--auth-mode", "jwt_bearer", "--assertion-file", `${home.path}/assertion`],
    /the assertion/,
  ],
  [
    "an initial access token",
    (home) => [...HEADLESS, "--registration-token-file", `${home.path}/token`],
    /the initial access token/,
  ],
  [
    "a software statement",
    (home) => [...HEADLESS, "--software-statement-file", `${home.path}/statement`],
    /the software statement/,
  ],
  [
    "an ID token for the identity provider",
    (home) => [
      ...["--auth-mode", "enterprise", "--idp-issuer", "https://idp.example.com"],
      ...["--idp-client-id", "x", "--id-token-file", `${home.path}/assertion`, ...OWN],
      ...["--client-secret-file", `${home.path}/secret`],
    ],
    /the client secret and the identity assertion/,
  ],
];

Deno.test("the command that confirms an issuer runs as printed when its variables are set", async () => {
  await using place = await open();
  const client = [...HEADLESS, ...OWN];
  const headers = ["--header", `X-Key: ${SECRET}`, "--header", "X-Other: b"];
  const env = { MCPASS_CLIENT_SECRET: SECRET };
  const refused = await place.login([...client, ...headers], { env });
  const { remedy } = JSON.parse(refused.stdout).error;
  assert.match(
    remedy,
    /confirm it, with (MCPASS_HEADER and MCPASS_CLIENT_SECRET|MCPASS_CLIENT_SECRET and MCPASS_HEADER) set:/,
  );
  const line = remedy.split("\n").at(-1).trim();
  assert.ok(!line.includes("--header"), line);
  assert.ok(line.endsWith(` --authorization-server ${ISSUER}`), line);
  const pinned = await place.login([...client, "--authorization-server", ISSUER], {
    env: { ...env, MCPASS_HEADER: `X-Key: ${SECRET}\nX-Other: b` },
  });
  assert.equal(pinned.status, 0, pinned.stderr);
});

for (const [what, args, called, env = {}] of WAYS) {
  Deno.test(`${what} goes to no authorization server at another site unasked`, async () => {
    await using place = await open();
    const given = args(place.home);
    const ran = await place.login(given, { env });
    assert.equal(ran.status, 1, ran.stderr);
    const { credentials, error } = JSON.parse(ran.stdout);
    assert.equal(credentials, null);
    assert.equal(error.code, "issuer_not_confirmed");
    assert.match(error.message, called);
    assert.ok(error.message.includes(ISSUER));
    await assertNothingSent(place, ISSUER);
    assert.deepEqual(place.network.at("https://idp.example.com"), []);
    assert.ok(!(ran.stdout + ran.stderr).includes(SECRET));
    const line = error.remedy.split("\n").at(-1).trim();
    assert.ok(ran.stderr.includes(`${line}\n`), "the command is in one line");
    const typed = given.filter((word) => word.startsWith("--") && word !== "--client-secret");
    for (const flag of [...typed, place.url]) assert.ok(line.includes(` ${flag} `), flag);
    assert.ok(line.endsWith(` --authorization-server ${ISSUER}`), line);
    const asked = given.includes("--client-secret") || env.MCPASS_CLIENT_SECRET !== undefined;
    assert.equal(/, with MCPASS_CLIENT_SECRET set:/.test(error.remedy), asked);
    assert.deepEqual(await place.home.store.find(place.url), []);
  });

  Deno.test(`${what}: --dry-run says what a login would do, and sends nothing`, async () => {
    await using place = await open();
    const given = [...args(place.home), "--dry-run"];
    const ran = await place.login(given, { env });
    assert.equal(ran.status, 0, ran.stderr);
    const [told] = JSON.parse(ran.stdout).findings
      .filter(({ code }: { code: string }) => code === "issuer_not_confirmed");
    assert.match(told.message, /^a login would end here: /);
    await assertNothingSent(place, ISSUER);
    const person = await place.login(given, { env, terminal: true });
    assert.match(flat(person.stdout), /a login would ask you to confirm/);
    assert.deepEqual(person.questions, []);
    await assertNothingSent(place, ISSUER);
  });
}

Deno.test("the command that is printed works as it is, and the next login needs no pin", async () => {
  await using place = await open();
  const args = [...HEADLESS, ...OWN, "--client-secret-file", `${place.home.path}/secret`];
  const { error } = JSON.parse((await place.login(args)).stdout);
  const line: string = error.remedy.split("\n").at(-1).trim();
  const ran = await place.run(line.split(" ").slice(1));
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).credentials.issuer, ISSUER);
  assert.equal((await place.login(args)).status, 0);
  const dry = JSON.parse((await place.login([...args, "--dry-run"])).stdout);
  assert.deepEqual(
    dry.findings.map(({ code }: { code: string }) => code).filter((code: string) =>
      code.startsWith("issuer")
    ),
    [],
  );
  // Another client, and no sign-in of it.
  const other = ["--auth-mode", "client_credentials", "--client-id", "another"];
  const second = await place.login([...other, "--client-secret-file", `${place.home.path}/secret`]);
  assert.equal(JSON.parse(second.stdout).error.code, "issuer_not_confirmed");
});

Deno.test("a person is asked once: no ends the login, yes is in the equivalent command", async () => {
  await using place = await open();
  const args = [...HEADLESS, ...OWN, "--client-secret-file", `${place.home.path}/secret`];
  const human = ["oauth", "login", "--url", place.url, ...args];
  const no = await place.run(human, { terminal: true, answers: ["no"] });
  assert.equal(no.status, 1);
  assert.deepEqual(no.questions, [`Send the client secret to ${ISSUER}?`]);
  assert.deepEqual(no.offered, [["no", "yes"]]);
  assert.match(flat(no.stderr), /issuer_not_confirmed/);
  await assertNothingSent(place, ISSUER);
  const silent = await place.run([...human, "--no-input"], { terminal: true });
  assert.equal(silent.status, 1);
  assert.deepEqual(silent.questions, []);
  const yes = await place.run(human, { terminal: true, answers: ["yes"] });
  assert.equal(yes.status, 0, yes.stderr);
  assert.match(
    yes.stderr,
    /Equivalent command:\n.* --authorization-server https:\/\/login\.example\.net$/m,
  );
  const again = await place.run(human, { terminal: true });
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(again.questions, []);
});

Deno.test("a login with a private key continues with a finding: its assertion is for this issuer only", async () => {
  await using place = await open({
    clients: [{ ...CLIENT, ...KEYS, authMethod: "private_key_jwt" }],
    metadata: (document) => ({
      ...document,
      token_endpoint_auth_methods_supported: ["private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: ["ES256"],
    }),
  });
  const ran = await place.login([
    ...[...HEADLESS, ...OWN, "--private-key-file", `${place.home.path}/key`],
  ]);
  const [told] = JSON.parse(ran.stdout).findings
    .filter(({ code }: { code: string }) => code === "issuer_bound_by_key");
  assert.equal(told?.severity, "warning");
  assert.ok(told.message.includes(ISSUER));
  const token = place.network.at(ISSUER).find(({ url }) => url.endsWith("/token"));
  const [, claims = ""] = /client_assertion=[\w-]+\.([\w-]+)\./.exec(token?.text ?? "") ?? [];
  assert.equal(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).aud, ISSUER);
});

/** A second authorization server, which the MCP server names from now on. */
async function openMoved(): Promise<
  Place & { readonly rogue: FakeLab; move(...also: string[]): void }
> {
  const place = await open();
  const rogue = await startFakeLab({
    clients: [{ ...CLIENT, clientSecret: SECRET }],
    protection: { resource: place.lab.mcpUrl },
  });
  const origin = new URL(place.lab.mcpUrl).origin;
  const network = namedNetwork({
    [MCP]: origin,
    [ISSUER]: place.lab.issuer,
    [OTHER]: rogue.issuer,
  });
  const run = (args: readonly string[], setup: Setup = {}) =>
    place.home.run(args, { ...setup, replacements: network.replacements });
  return {
    ...place,
    ...{ network, run, rogue },
    login: (args, setup) =>
      run(["oauth", "login", "--url", place.url, "--format", "json", ...args], setup),
    move(...also) {
      place.lab.mcp.protect({
        authorizationServers: [rogue.issuer, ...also],
        verify: rogue.as.verify,
        challenge: { resourceMetadata: true },
        metadata: {},
      });
    },
    async [Symbol.asyncDispose]() {
      await rogue.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** Every file of a store, byte for byte. */
async function storeBytes(home: Home): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await walk(path);
      else files[path] = await Deno.readTextFile(path);
    }
  };
  await walk(home.path);
  return files;
}

const CHANGED: readonly (readonly [string, (home: Home) => readonly string[]])[] = [
  ["a secret", (home) => [...HEADLESS, ...OWN, "--client-secret-file", `${home.path}/secret`]],
  [
    "a workload's assertion",
    (home) => ["--auth-mode", "jwt_bearer", "--assertion-file", `${home.path}/assertion`],
  ],
  [
    "an initial access token",
    (home) => [...HEADLESS, "--registration-token-file", `${home.path}/token`],
  ],
  [
    "a software statement",
    (home) => [...HEADLESS, "--software-statement-file", `${home.path}/statement`],
  ],
];

for (const [what, args] of CHANGED) {
  Deno.test(`${what} does not follow to another issuer: exit 1, both named, the store unchanged`, async () => {
    await using place = await openMoved();
    const given = args(place.home);
    const first = await place.login([...given, "--authorization-server", ISSUER]);
    assert.equal(first.status, 0, first.stderr);
    const before = await storeBytes(place.home);
    place.move();
    for (const terminal of [false, true]) {
      const ran = await place.login(given, { terminal });
      assert.equal(ran.status, 1, ran.stderr);
      assert.deepEqual(ran.questions, []);
      const { error } = JSON.parse(ran.stdout);
      assert.equal(error.code, "issuer_changed");
      assert.ok(error.message.includes(`"${ISSUER}"`) && error.message.includes(`"${OTHER}"`));
      assert.ok(error.remedy.endsWith(` --authorization-server ${OTHER}`), error.remedy);
      await assertNothingSent(place, OTHER);
    }
    const dry = await place.login([...given, "--dry-run"]);
    const codes = JSON.parse(dry.stdout).findings.map(({ code }: { code: string }) => code);
    assert.ok(codes.includes("issuer_changed"));
    const file = await place.login([...given, "--credentials-out", `${place.home.path}/out`]);
    assert.equal(JSON.parse(file.stdout).error.code, "issuer_changed");
    await assertNothingSent(place, OTHER);
    await Deno.remove(`${place.home.path}/out`).catch(() => {});
    assert.deepEqual(await storeBytes(place.home), before);
  });
}

Deno.test("a changed issuer is confirmed by naming it, and replaces the sign-in then", async () => {
  await using place = await openMoved();
  const args = [...HEADLESS, ...OWN, "--client-secret-file", `${place.home.path}/secret`];
  await place.login([...args, "--authorization-server", ISSUER]);
  place.move();
  const ran = await place.login([...args, "--authorization-server", OTHER]);
  assert.equal(ran.status, 0, ran.stderr);
  const entries = await place.home.store.find(place.url);
  assert.deepEqual(entries.map(({ issuer }) => issuer), [OTHER]);
  const old = await place.login([...args, "--authorization-server", ISSUER]);
  assert.equal(JSON.parse(old.stdout).error.code, "authorization_server_not_listed");
});

Deno.test("a registered client moves with a warning and a question, and never silently", async () => {
  await using place = await openMoved();
  assert.equal((await place.login(HEADLESS)).status, 0);
  place.move();
  const human = ["oauth", "login", "--url", place.url, ...HEADLESS];
  const before = await storeBytes(place.home);
  const no = await place.run(human, { terminal: true, answers: ["no"] });
  assert.equal(no.status, 1);
  assert.match(flat(no.stderr), /issuer_changed/);
  assert.deepEqual(no.questions, [`Sign in at ${OTHER}?`]);
  assert.ok(no.before.includes(`  ${ISSUER}`) && no.before.includes(`  ${OTHER}`));
  await assertNothingSent(place, OTHER);
  assert.deepEqual(await storeBytes(place.home), before);
  const silent = await place.login(HEADLESS);
  assert.equal(silent.status, 0, silent.stderr);
  const [told] = JSON.parse(silent.stdout).findings
    .filter(({ code }: { code: string }) => code === "issuer_migrated");
  assert.equal(told?.severity, "warning");
  assert.equal(told.step, "registration");
  assert.ok(told.message.includes(ISSUER) && told.message.includes(OTHER));
  const settled = await place.login(HEADLESS);
  assert.ok(!settled.stdout.includes("issuer_migrated"));
});

const codesOf = (stdout: string): string[] =>
  JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);

/** A lab whose token endpoint is at a third name. */
async function openSplit(token: string, issParameter: boolean): Promise<Place> {
  const place = await open({
    metadata: ({ authorization_response_iss_parameter_supported: _, ...document }) => ({
      ...document,
      token_endpoint: `${document["issuer"]}/token`.replace(place.lab.issuer, token),
      ...(issParameter ? { authorization_response_iss_parameter_supported: true } : {}),
    }),
    authorizationResponse: ({ iss, ...parameters }) => ({
      ...parameters,
      ...(issParameter && iss !== undefined ? { iss: ISSUER } : {}),
    }),
  });
  const origin = new URL(place.lab.mcpUrl).origin;
  const names = { [token]: place.lab.issuer.replace("127.0.0.1", "localhost") };
  const network = namedNetwork({ [MCP]: origin, [ISSUER]: place.lab.issuer, ...names });
  const run = (args: readonly string[], setup: Setup = {}) =>
    place.home.run(args, { ...setup, replacements: network.replacements });
  return {
    ...place,
    ...{ network, run },
    login: (args, setup) =>
      run(["oauth", "login", "--url", place.url, "--format", "json", ...args], setup),
  };
}

const SPLITS: readonly (readonly [string, string, boolean, boolean])[] = [
  ["at another site, without iss", "https://token.example.org", false, true],
  ["at another site, with iss", "https://token.example.org", true, false],
  ["at the same site, without iss", "https://token.example.net", false, false],
];

for (const [what, token, issParameter, warned] of SPLITS) {
  Deno.test(`a token endpoint ${what}: ${warned ? "a warning" : "no warning"}`, async () => {
    await using place = await openSplit(token, issParameter);
    for (const more of [[], ["--dry-run"]]) {
      const ran = await place.login([...HEADLESS, ...more]);
      assert.equal(ran.status, 0, ran.stderr);
      assert.equal(codesOf(ran.stdout).includes("endpoints_at_different_sites"), warned);
    }
    const grants = ["--auth-mode", "client_credentials", ...OWN];
    const secret = ["--client-secret-file", `${place.home.path}/secret`];
    const machine = await place.login([...grants, ...secret, "--authorization-server", ISSUER]);
    assert.ok(!codesOf(machine.stdout).includes("endpoints_at_different_sites"));
  });
}

Deno.test("a credentials file is a stored sign-in: a changed issuer leaves it as it is", async () => {
  await using place = await openMoved();
  const file = `${place.home.path}/credentials.json`;
  const args = [
    ...[...HEADLESS, ...OWN, "--client-secret-file", `${place.home.path}/secret`],
    ...["--credentials-out", file, "--no-store"],
  ];
  assert.equal((await place.login([...args, "--authorization-server", ISSUER])).status, 0);
  assert.equal((await place.login(args)).status, 0, "the file says which issuer it is");
  const another = await place.login(args.map((word) => word === "own" ? "another" : word));
  assert.equal(JSON.parse(another.stdout).error.code, "issuer_not_confirmed");
  const before = await Deno.readTextFile(file);
  place.move();
  const ran = await place.login(args);
  assert.equal(JSON.parse(ran.stdout).error.code, "issuer_changed");
  await assertNothingSent(place, OTHER);
  assert.equal(await Deno.readTextFile(file), before);
  await Deno.writeTextFile(file, "{}");
  const other = await place.login(args);
  assert.equal(JSON.parse(other.stdout).error.code, "issuer_not_confirmed");
});

Deno.test("a sign-in that ended names its issuer in the command for another one", async () => {
  await using place = await open({ accessTokenTtl: 1 });
  const args = [...HEADLESS, ...OWN, "--client-secret-file", `${place.home.path}/secret`];
  await place.login([...args, "--authorization-server", ISSUER]);
  const [summary] = await place.home.store.find(place.url);
  const entry = summary && await place.home.store.read(summary.key);
  assert.ok(entry?.tokens);
  await place.home.store.write({ ...entry, tokens: null });
  const ran = await place.run(["oauth", "refresh", "--url", place.url]);
  assert.equal(ran.status, 4);
  assert.match(flat(ran.stderr), /--authorization-server https:\/\/login\.example\.net/);
});

Deno.test("a sign-in with --trust-issuer that ended names the issuer that the server lists", async () => {
  const announced = "https://accounts.example.net";
  await using place = await open({
    metadata: (document) => ({ ...document, issuer: announced }),
    authorizationResponse: ({ iss, ...parameters }) =>
      iss === undefined ? parameters : { ...parameters, iss: announced },
  });
  const secret = ["--client-secret-file", `${place.home.path}/secret`];
  const trusted = [...OWN, ...secret, "--trust-issuer", `${ISSUER}=${announced}`];
  const first = await place.login([...HEADLESS, ...trusted, "--authorization-server", ISSUER]);
  assert.equal(first.status, 0, first.stderr);
  const [summary] = await place.home.store.find(place.url);
  const entry = summary && await place.home.store.read(summary.key);
  assert.equal(entry?.issuer, announced);
  await place.home.store.write({ ...entry, tokens: null });
  const ran = await place.run(["oauth", "refresh", "--url", place.url, "--format", "json"]);
  const { error } = JSON.parse(ran.stdout);
  const words = /mcpass (login .*)/.exec(error.remedy)?.[1]?.split(" ") ?? [];
  const again = await place.run([...words, "--dry-run", "--format", "json"]);
  assert.equal(again.status, 0, again.stdout);
  assert.equal(JSON.parse(again.stdout).plan.issuer, announced);
});

Deno.test("of several listed issuers the stored one is used, whatever the order", async () => {
  await using place = await openMoved();
  for (const args of CHANGED.map(([, args]) => args(place.home)).concat([HEADLESS])) {
    place.lab.mcp.protect({
      authorizationServers: [place.lab.issuer],
      verify: place.lab.as.verify,
      challenge: { resourceMetadata: true },
      metadata: {},
    });
    const first = await place.login([...args, "--authorization-server", ISSUER]);
    assert.equal(first.status, 0, first.stderr);
    place.move(place.lab.issuer);
    // A dry run reads no stored registration.
    const more = args === HEADLESS ? [] : ["--dry-run"];
    const ran = await place.login([...args, ...more]);
    const { credentials, plan } = JSON.parse(ran.stdout);
    assert.equal((credentials ?? plan).issuer, ISSUER, args.join(" "));
    assert.ok(!/issuer_/.test(codesOf(ran.stdout).join(" ")));
  }
  assert.deepEqual(place.network.at(OTHER), []);
});

for (const approach of ["preregistered", "cimd"] as const) {
  Deno.test(`a key does not follow to another issuer either: ${approach}`, async () => {
    await using place = await openMoved();
    const document = "https://app.example/client.json";
    const secret = ["--client-secret-file", `${place.home.path}/secret`];
    await place.login([...HEADLESS, ...OWN, ...secret, "--authorization-server", ISSUER]);
    const [summary] = await place.home.store.find(place.url);
    const entry = summary && await place.home.store.read(summary.key);
    assert.ok(entry);
    const clientId = approach === "cimd" ? document : "own";
    await place.home.store.write({ ...entry, client: { ...entry.client, approach, clientId } });
    const who = approach === "cimd" ? ["--client-metadata-url", document] : OWN;
    const args = [...HEADLESS, ...who, "--private-key-file", `${place.home.path}/key`, "--dry-run"];
    place.rogue.asServer.routes["GET /.well-known/oauth-authorization-server"] = () => ({
      body: {
        ...{ issuer: place.rogue.issuer, client_id_metadata_document_supported: true },
        authorization_endpoint: `${place.rogue.issuer}/authorize`,
        token_endpoint: `${place.rogue.issuer}/token`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
      },
    });
    place.move();
    const dry = codesOf((await place.login(args)).stdout);
    assert.ok(dry.includes("issuer_changed"), dry.join(" "));
    const ran = await place.login(args.filter((word) => word !== "--dry-run"));
    assert.equal(JSON.parse(ran.stdout).error.code, "issuer_changed");
    await assertNothingSent(place, OTHER);
  });
}

const DOCUMENT = "https://app.example/client.json";

/** A stored sign-in of a client without credentials, at a server that has moved. */
async function openPublic(approach: "preregistered" | "cimd") {
  const place = await openMoved();
  const secret = ["--client-secret-file", `${place.home.path}/secret`];
  await place.login([...HEADLESS, ...OWN, ...secret, "--authorization-server", ISSUER]);
  const [summary] = await place.home.store.find(place.url);
  const entry = summary && await place.home.store.read(summary.key);
  assert.ok(entry);
  const { clientSecret: _, clientSecretSource: __, ...client } = entry.client;
  const clientId = approach === "cimd" ? DOCUMENT : "own";
  await place.home.store.write({
    ...entry,
    client: { ...client, approach, clientId, tokenAuthMethod: "none" },
  });
  if (approach === "cimd") await place.home.store.remove(summary.key);
  const { issuer } = place.rogue;
  place.rogue.asServer.routes["GET /.well-known/oauth-authorization-server"] = () => ({
    body: {
      ...{ issuer, client_id_metadata_document_supported: true },
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["none"],
    },
  });
  place.move();
  const who = approach === "cimd" ? ["--client-metadata-url", DOCUMENT] : OWN;
  return { place, args: [...HEADLESS, ...who] };
}

Deno.test("a client without a secret does not follow to another issuer either", async () => {
  const { place, args } = await openPublic("preregistered");
  await using _place = place;
  const before = await storeBytes(place.home);
  for (const terminal of [false, true]) {
    const ran = await place.login(args, { terminal });
    assert.equal(ran.status, 1, ran.stderr);
    assert.deepEqual(ran.questions, []);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, "issuer_changed");
    assert.ok(error.message.includes(`"${ISSUER}"`) && error.message.includes(`"${OTHER}"`));
    await assertNothingSent(place, OTHER);
  }
  const dry = await place.login([...args, "--dry-run"]);
  assert.equal(dry.status, 0, dry.stderr);
  assert.ok(codesOf(dry.stdout).includes("issuer_changed"));
  await assertNothingSent(place, OTHER);
  assert.deepEqual(await storeBytes(place.home), before);
  const pinned = await place.login([...args, "--authorization-server", OTHER, "--dry-run"]);
  assert.deepEqual(codesOf(pinned.stdout).filter((code) => code.startsWith("issuer")), []);
  place.move(place.lab.issuer);
  const listed = await place.login([...args, "--dry-run"]);
  assert.equal(JSON.parse(listed.stdout).plan.issuer, ISSUER);
});

Deno.test("a metadata document moves with a warning and a question, and never silently", async () => {
  const { place, args } = await openPublic("cimd");
  await using _place = place;
  const before = await storeBytes(place.home);
  const human = ["oauth", "login", "--url", place.url, ...args];
  const no = await place.run(human, { terminal: true, answers: ["no"] });
  assert.equal(no.status, 1);
  assert.deepEqual(no.questions, [`Sign in at ${OTHER}?`]);
  assert.match(flat(no.stderr), /issuer_changed/);
  await assertNothingSent(place, OTHER);
  assert.deepEqual(await storeBytes(place.home), before);
  const dry = await place.login([...args, "--dry-run"], { terminal: true });
  assert.deepEqual(dry.questions, []);
  for (const ran of [dry, await place.login(args)]) {
    const [told] = JSON.parse(ran.stdout).findings
      .filter(({ code }: { code: string }) => code === "issuer_migrated");
    assert.equal(told?.severity, "warning");
    assert.ok(told.message.includes(ISSUER) && told.message.includes(OTHER));
  }
});

Deno.test("a client that a failed login registered confirms no issuer", async () => {
  await using place = await open({
    authorizationResponse: ({ state = "", iss = "" }) => ({ error: "access_denied", state, iss }),
  });
  const first = await place.login(HEADLESS);
  assert.equal(JSON.parse(first.stdout).error.code, "authorization_error");
  const [entry] = (await place.home.store.list()).entries;
  assert.equal(entry?.registeredOnly, true);
  const path = `${place.home.path}/token`;
  const ran = await place.login([...HEADLESS, "--registration-token-file", path]);
  assert.equal(JSON.parse(ran.stdout).error.code, "issuer_not_confirmed", ran.stdout);
});
