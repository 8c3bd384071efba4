import assert from "node:assert/strict";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../../lab/fake_lab.ts";
import { createHttpClient } from "../../../../src/http/client/create_http_client.ts";
import { openHome } from "../../real_run.ts";

interface Row {
  readonly server: string;
  readonly lab: FakeLabOptions;
  readonly flags: (lab: FakeLab) => readonly string[];
  /** Without the stored sign-in, an error; with it, this warning. */
  readonly warning: RegExp;
}

const WITHOUT_PKCE: FakeLabOptions = {
  metadata: ({ code_challenge_methods_supported: _, ...rest }) => rest,
};

const ROWS: readonly Row[] = [
  {
    server: "PKCE is not announced",
    lab: WITHOUT_PKCE,
    flags: ({ issuer }) => ["--trust-pkce", issuer],
    warning: /pkce_not_advertised_trusted/,
  },
  {
    server: "PKCE is not announced, and the login was by an older revision",
    lab: WITHOUT_PKCE,
    flags: () => ["--protocol-version", "2025-06-18"],
    warning: /pkce_not_advertised_tolerated/,
  },
  {
    server: "the issuer is another one",
    lab: {
      metadata: (document) => ({ ...document, issuer: "https://other.example" }),
      authorizationResponse: ({ iss: _, ...rest }) => ({ ...rest, iss: "https://other.example" }),
    },
    flags: ({ issuer }) => ["--trust-issuer", `${issuer}=https://other.example`],
    warning: /issuer_mismatch_trusted/,
  },
  {
    server: "no resource metadata names the authorization server",
    lab: { prm: false },
    flags: ({ issuer }) => ["--authorization-server", issuer],
    warning: /authorization_server_given/,
  },
];

const COMMANDS = [["server", "doctor"], ["server", "probe"], ["oauth", "metadata"]] as const;

/** The severities of a document's findings, also of a probe in it. */
function errorsOf(stdout: string): readonly string[] {
  const { findings, probe, checks = [] } = JSON.parse(stdout);
  return [
    ...(findings ?? probe.findings),
    ...checks.map((it: { status: string; id: string }) => ({
      severity: it.status,
      code: it.id,
    })),
  ].filter(({ severity }) => severity === "error").map(({ code }) => code);
}

for (const { server, lab: options, flags, warning } of ROWS) {
  Deno.test(`${server}: doctor, probe and metadata accept what the sign-in accepted`, async () => {
    await using lab = await startFakeLab(options);
    await using home = await openHome();
    const run = (command: readonly string[], ...more: readonly string[]) =>
      home.run([...command, "--url", lab.mcpUrl, "--format", "json", ...more]);
    for (const command of COMMANDS) {
      const before = await run(command);
      assert.notDeepEqual(errorsOf(before.stdout), [], `${command.join(" ")}\n${before.stdout}`);
    }
    await home.signIn(lab, ...flags(lab));
    for (const command of COMMANDS) {
      const ran = await run(command);
      const name = command.join(" ");
      assert.equal(ran.status, 0, `${name}\n${ran.stdout}\n${ran.stderr}`);
      assert.match(ran.stdout, warning, name);
      assert.deepEqual(errorsOf(ran.stdout), [], name);
    }
    const human = await home.run(["server", "doctor", "--url", lab.mcpUrl, "--format", "human"]);
    assert.doesNotMatch(human.stdout, /does not work/);
  });

  Deno.test(`${server}: the flags do the same without a sign-in`, async () => {
    await using lab = await startFakeLab(options);
    await using home = await openHome();
    const given = flags(lab);
    for (const command of COMMANDS) {
      // A probe asks in both eras, and has no flag for a revision.
      if (command[1] === "probe" && given.includes("--protocol-version")) continue;
      const ran = await home.run([
        ...[...command, "--url", lab.mcpUrl, "--format", "json", ...given],
      ]);
      assert.match(ran.stdout, warning, ran.stdout);
      // Doctor still needs a sign-in; its line has the flags.
      const missing = errorsOf(ran.stdout).filter((code) => code !== "credentials");
      assert.deepEqual(missing, [], command.join(" "));
      if (command[1] !== "doctor") continue;
      assert.equal(ran.status, 4);
      const { next } = JSON.parse(ran.stdout);
      for (const word of given) assert.ok(next.includes(` ${word}`), next);
    }
  });
}

Deno.test("metadata and probe use the sign-in of the default account, as other commands do", async () => {
  await using lab = await startFakeLab(WITHOUT_PKCE);
  await using home = await openHome();
  await home.signIn(lab, "--trust-pkce", lab.issuer);
  await home.signIn(
    lab,
    "--trust-pkce",
    lab.issuer,
    "--account",
    "another",
    "--scopes",
    "mcp:read",
  );
  for (const command of [["server", "probe"], ["oauth", "metadata"]]) {
    const ran = await home.run([...command, "--url", lab.mcpUrl, "--format", "human"]);
    assert.match(ran.stdout, /pkce_not_advertised_trusted/);
    assert.doesNotMatch(ran.stdout, /--account|--scopes mcp:read/);
  }
});

Deno.test("a host that the person named, now or at the sign-in, is reached in any network", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--authorization-server", lab.issuer);
  for (const command of COMMANDS) {
    const named: (readonly string[] | undefined)[] = [];
    const flags = ["--trust-issuer", `${lab.issuer}=https://as.corp.example`];
    await home.run([...command, "--url", lab.mcpUrl, ...flags, "--format", "json"], {
      replacements: {
        createHttpClient(options) {
          named.push(options.namedUrls);
          return createHttpClient(options);
        },
      },
    });
    const { hostname } = new URL(lab.issuer);
    assert.deepEqual(named[0], [lab.issuer, "https://as.corp.example", `https://${hostname}`]);
  }
});

Deno.test("a token that is accepted makes a fault of the metadata a warning", async () => {
  let issuer: string | undefined = undefined;
  await using lab = await startFakeLab({
    metadata: (document) => issuer === undefined ? document : { ...document, issuer },
  });
  await using home = await openHome();
  await home.signIn(lab);
  issuer = "https://moved.example";
  const ran = await home.run(["server", "doctor", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 0, ran.stdout);
  const { checks, status } = JSON.parse(ran.stdout);
  assert.equal(status, "warning");
  const check = checks.find(({ id }: { id: string }) => id === "authorization_server");
  assert.match(check.detail, /the token of the stored sign-in is accepted anyway$/);
});
