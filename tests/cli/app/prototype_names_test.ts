import assert from "node:assert/strict";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { run } from "../fake_runtime.ts";
import { openHome } from "../real_run.ts";

/** Members that every object has from its prototype. */
const NAMES = ["constructor", "toString", "hasOwnProperty", "valueOf", "__proto__"];

const URL = ["--url", "http://127.0.0.1:9/mcp"];

/** Command lines in which a name is a word that is looked up. */
const LINES: readonly (readonly [what: string, line: (name: string) => readonly string[]])[] = [
  ["a command", (name) => [name]],
  ["a command of a group", (name) => ["oauth", name]],
  ["a topic", (name) => ["help", name]],
  ["a code", (name) => ["explain", name]],
  ["a product", (name) => ["explain", "--list", name]],
  ["a shell", (name) => ["completion", name]],
  ["a flag", (name) => ["oauth", "login", `--${name}`]],
  ["a flag with a value", (name) => ["oauth", "login", `--${name}=x`]],
  ["a revision", (name) => ["login", ...URL, "--protocol-version", name]],
  ["a registration", (name) => ["login", ...URL, "--registration", name]],
  ["a mode", (name) => ["login", ...URL, "--auth-mode", name]],
  ["a method of authentication", (name) => ["login", ...URL, "--token-auth-method", name]],
  ["a format", (name) => ["oauth", "status", "--format", name]],
  ["a format of a report", (name) => ["oauth", "report", "/nonexistent", "--format", name]],
  ["a store", (name) => ["oauth", "status", "--store", name]],
  ["a shape", (name) => ["oauth", "token", ...URL, "--as", name]],
  ["an action", (name) => ["oauth", "client", name, ...URL]],
  ["a kind of document", (name) => ["oauth", "metadata", ...URL, "--type", name]],
  ["a schema", (name) => ["schema", name]],
];

for (const [what, line] of LINES) {
  Deno.test(`${what} with a name of the prototype is wrong usage`, async () => {
    for (const name of NAMES) {
      const { status, stdout, stderr } = await run(line(name), {});
      const said = `${line(name).join(" ")}: ${status} ${stdout}${stderr}`;
      assert.equal(status, 2, said);
      assert.doesNotMatch(said, /unexpected error|internal_error|native code|\[object /, said);
    }
  });
}

Deno.test("words to complete with names of the prototype have no candidates of them", async () => {
  for (const name of NAMES) {
    for (const words of [[name], ["oauth", name, ""], ["login", `--${name}`, ""]]) {
      const { status, stdout } = await run(["__complete", "--", ...words], {});
      assert.equal(status, 0);
      assert.doesNotMatch(stdout, /native code|\[object /);
    }
  }
});

Deno.test("a login with headers, scopes and answers of these names succeeds and shows no function", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of NAMES) {
      const own = (value: unknown) =>
        JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
      await using lab = await startFakeLab({
        scopes: [name, "mcp:read"],
        metadata: (document) => ({ ...document, ...own("announced") }),
        prm: { scopesSupported: [name] } as never,
        token: ({ status, body }) => ({
          status,
          headers: [["cache-control", "no-store"], [name, String(body["access_token"])]],
          body: { ...body, ...own("granted") },
        }),
        registrationResponse: ({ status, body }) => ({ status, body: { ...body, ...own("kept") } }),
      });
      await using home = await openHome();
      const artifact = `${folder}/${name}.json`;
      const ran = await home.run([
        ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
        ...["--header", `${name}: secret-of-a-header`, "--scopes", name, "--debug-out", artifact],
      ]);
      assert.equal(ran.status, 0, ran.stderr);
      const recorded = await Deno.readTextFile(artifact);
      assert.ok(!recorded.includes("secret-of-a-header"));
      for (const token of lab.as.accessTokens) assert.ok(!recorded.includes(token), name);
      assert.ok(
        lab.requests.some(({ headers }) =>
          headers.some(([it, value]) => it === name.toLowerCase() && value === "secret-of-a-header")
        ),
        "the header was sent",
      );
      for (const format of ["html", "md", "har", "curl", "json"]) {
        const report = await home.run(["oauth", "report", artifact, "--format", format]);
        assert.equal(report.status, 0, report.stderr);
        assert.doesNotMatch(report.stdout, /native code/);
        assert.ok(!report.stdout.includes("secret-of-a-header"));
      }
      for (
        const command of [["oauth", "status"], ["oauth", "client", "show", "--url", lab.mcpUrl]]
      ) {
        const shown = await home.run([...command, "--format", "json"]);
        assert.doesNotMatch(shown.stdout + shown.stderr, /native code|unexpected error/);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an error, a token type and a method with these names is named as it is", async () => {
  for (const name of NAMES) {
    const faults: Parameters<typeof startFakeLab>[0][] = [
      { token: () => ({ status: 400, body: { error: name } }) },
      { token: ({ status, body }) => ({ status, body: { ...body, token_type: name } }) },
      { registrationResponse: () => ({ status: 400, body: { error: name } }) },
      {
        registrationResponse: ({ status, body }) => ({
          status,
          body: { ...body, token_endpoint_auth_method: name },
        }),
      },
      { authorizationResponse: (parameters) => ({ ...parameters, error: name }) },
      {
        metadata: (document) => ({
          ...document,
          grant_types_supported: [name],
          token_endpoint_auth_methods_supported: [name],
          code_challenge_methods_supported: [name],
        }),
      },
    ];
    for (const fault of faults) {
      await using lab = await startFakeLab(fault);
      await using home = await openHome();
      const ran = await home.run([
        ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
      ]);
      const said = `${Object.keys(fault ?? {})} ${name}: ${ran.stdout}${ran.stderr}`;
      assert.doesNotMatch(said, /unexpected error|internal_error|native code/);
      assert.ok([0, 1].includes(ran.status), said);
    }
  }
});
