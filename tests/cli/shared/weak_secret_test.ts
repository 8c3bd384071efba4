import assert from "node:assert/strict";
import { MEMBER_ROLES } from "../../../src/trace/mask_document.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { openHome } from "../real_run.ts";

const SECRETS = [
  ...["token", "secret", "client", "invalid_grant", "authorization_code", "metadata", "code", "a"],
  ...["client_secret_post", "x7Kq2pZ", "authorization", "none", "mcp"],
];
const RANDOM = "s9Vb-4k2LqZ_0xT1r8";

/** Members below which nothing is an identifier of this program. */
const FOREIGN = ["document", "headers", "endpoints"];

const isWarning = (value: unknown) => JSON.stringify(value).includes("weak_client_secret");

/** Names of members, and the values of those that hold identifiers; without times and the warning. */
function identifiers(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) {
    const items = path.endsWith("findings") ? value.filter((item) => !isWarning(item)) : value;
    return items.flatMap((item) => identifiers(item, `${path}[]`));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const here = `${path}.${name}`;
    if (FOREIGN.includes(name)) return [here];
    const isIdentifier = MEMBER_ROLES.get(name) === "identifier" && !/At$|durationMs/.test(name);
    return [
      isIdentifier ? `${here}=${JSON.stringify(member)}` : here,
      ...identifiers(member, here),
    ];
  });
}

/** The documents of commands that know this client secret. */
async function documents(secret: string) {
  await using lab = await startFakeLab({
    clients: [{ clientId: "c1", clientSecret: secret, authMethod: "client_secret_basic" }],
  });
  await using refusing = await startFakeLab({
    clients: [{ clientId: "c1", clientSecret: secret, authMethod: "client_secret_basic" }],
    token: () => ({
      status: 400,
      body: { error: "invalid_grant", error_description: `no ${secret}, but x${secret}` },
    }),
  });
  await using home = await openHome();
  const env = { MCPASS_CLIENT_SECRET: secret };
  const login = (url: string, ...more: string[]) => [
    ...["oauth", "login", "--auth-mode", "headless", "--url", url, "--format", "json", ...more],
    ...["--registration", "preregistered", "--client-id", "c1", "--hide-secrets"],
    ...["--debug-out", `${home.path}/debug.json`],
  ];
  const run = async (args: readonly string[], status: number) => {
    const ran = await home.run(args, { env });
    assert.equal(ran.status, status, ran.stderr);
    return ran;
  };
  const dry = await run(login(lab.mcpUrl, "--dry-run"), 0);
  const done = await run(login(lab.mcpUrl), 0);
  const artifact = JSON.parse(await Deno.readTextFile(`${home.path}/debug.json`));
  const failed = await run(login(refusing.mcpUrl), 1);
  const json = ["--url", lab.mcpUrl, "--format", "json"];
  const refresh = await run(["oauth", "refresh", ...json], 0);
  const doctor = await run(["server", "doctor", ...json], 0);
  const metadata = await run(["oauth", "metadata", ...json, "--header", `X-Key: ${secret}`], 0);
  const runs = { dry, done, failed, refresh, doctor, metadata };
  return {
    runs,
    shapes: Object.entries(runs).map((
      [name, { stdout }],
    ) => [name, identifiers(JSON.parse(stdout))]),
    artifact,
  };
}

const expected = await documents(RANDOM);

for (const secret of SECRETS) {
  Deno.test(`the client secret "${secret}" changes no identifier of a document, and is masked where a server repeats it`, async () => {
    const { runs, shapes, artifact } = await documents(secret);
    assert.deepEqual(shapes, expected.shapes);
    assert.deepEqual(identifiers(artifact.steps), identifiers(expected.artifact.steps));
    assert.equal(artifact.command.name, "oauth login");
    const { error } = JSON.parse(runs.failed.stdout);
    assert.equal(error.code, JSON.parse(expected.runs.failed.stdout).error.code);
    assert.ok(error.message.includes(`no [masked], but x${secret}`), error.message);
    assert.ok(runs.failed.stderr.replace(/\s+/g, " ").includes("no [masked], but x"), "human");
    for (const { stdout, stderr } of [runs.done, runs.failed]) {
      const { findings } = JSON.parse(stdout);
      const warnings = findings.filter(({ code }: { code: string }) =>
        code === "weak_client_secret"
      );
      assert.equal(warnings.length, 1);
      assert.equal(/\[masked/.test(JSON.stringify(warnings)), false);
      assert.match(stderr + stdout, /short or made of common words/);
    }
    assert.match(runs.refresh.stderr, /short or made of common words/);
  });
}

Deno.test("a long random client secret is masked everywhere and gets no warning", () => {
  const { done, failed, refresh } = expected.runs;
  for (const { stdout, stderr } of [done, failed, refresh]) {
    assert.equal((stdout + stderr).includes(RANDOM), false);
    assert.equal((stdout + stderr).includes("short or made of common words"), false);
  }
  assert.match(failed.stdout, /no \[masked sha256:[0-9a-f]{8}\], but x\[masked/);
});
