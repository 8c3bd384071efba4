import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { flat, openHome } from "../../real_run.ts";

type Document = Record<string, unknown>;

/** A change of a file: which member of an entry, which member of a credentials file, and the value. */
interface Row {
  readonly entry: readonly string[];
  readonly file: readonly string[];
  readonly value: unknown;
  /** What the error says that the member must be. */
  readonly expected: RegExp;
}

const ENTRY = "entry";
const SECRETS = ["secrets", "values"];

const ROWS: Readonly<Record<string, Row>> = {
  "an authentication method that is not known": {
    entry: [ENTRY, "client", "tokenAuthMethod"],
    file: ["tokenAuthMethod"],
    value: "client_secret_telepathy",
    expected:
      /must be a client authentication method that mcpass knows; it is "client_secret_telep/,
  },
  "an access token with line breaks": {
    entry: [...SECRETS, "tokens.accessToken"],
    file: ["accessToken"],
    value: "canary\r\nX-Injected: 1",
    expected: /must be visible ASCII characters without a space/,
  },
  "an access token with escape sequences": {
    entry: [...SECRETS, "tokens.accessToken"],
    file: ["accessToken"],
    value: "canary\x1b]0;title\x07",
    expected: /must be visible ASCII characters without a space/,
  },
  "a token endpoint on plain http": {
    entry: [ENTRY, "endpoints", "token"],
    file: ["tokenEndpoint"],
    value: "http://evil.example/token",
    expected: /must be an https URL .*; it is "http:\/\/evil\.example\/token"/,
  },
  "a token endpoint with a password": {
    entry: [ENTRY, "endpoints", "token"],
    file: ["tokenEndpoint"],
    value: "https://canary:canary@as.example/token",
    expected: /must be an https URL .* without user info/,
  },
  "a revocation endpoint that is code": {
    entry: [ENTRY, "endpoints", "revocation"],
    file: ["revocationEndpoint"],
    value: "javascript:alert(1)",
    expected: /must be an https URL/,
  },
  "an issuer with control characters": {
    entry: [ENTRY, "issuer"],
    file: ["issuer"],
    value: "https://as.example/\x1b[2J",
    expected: /must be an https URL .*; it is "https:\/\/as\.example\/\\x1b\[2J"/,
  },
  "a token type that nothing is sent with": {
    entry: [ENTRY, "tokens", "tokenType"],
    file: ["tokenType"],
    value: "mac",
    expected: /must be Bearer or DPoP; it is "mac"/,
  },
  "a date that is none": {
    entry: [ENTRY, "tokens", "expiresAt"],
    file: ["expiresAt"],
    value: "tomorrow",
    expected: /must be a date and time such as .*; it is "tomorrow"/,
  },
  "a scope with quotes": {
    entry: [ENTRY, "grantedScope"],
    file: ["scope"],
    value: 'a "b"',
    expected: /must be scopes separated by spaces/,
  },
  "a number for the scopes": {
    entry: [ENTRY, "requestedScopes"],
    file: ["requestedScopes"],
    value: 7,
    expected: /must be a list; it is 7/,
  },
  "a relaxation that is not known": {
    entry: [ENTRY, "relaxations"],
    file: ["relaxed"],
    value: { trustEverybody: true },
    expected: /trustEverybody" must be absent/,
  },
  "a way to sign in that is not known": {
    entry: [ENTRY, "authMode"],
    file: ["authMode"],
    value: "constructor",
    expected: /must be a way to sign in that mcpass knows/,
  },
  "a key that is no key": {
    entry: [...SECRETS, "dpopKey"],
    file: ["dpopKey"],
    value: '{"kty":"canary"}',
    expected: /must be a private key as a JWK in JSON/,
  },
  "a revision that is not known": {
    entry: [ENTRY, "protocolVersion"],
    file: ["protocolVersion"],
    value: "1999-01-01",
    expected: /must be one of auto, /,
  },
};

function changed(document: Document, path: readonly string[], value: unknown): Document {
  const copy = structuredClone(document);
  let holder = copy;
  for (const step of path.slice(0, -1)) holder = holder[step] as Document;
  holder[path.at(-1) ?? ""] = value;
  return copy;
}

/** No control character but line ends, and no part of a secret. */
function assertClean(text: string): void {
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f]|canary/);
}

const COMMANDS = [
  ["oauth", "token"],
  ["oauth", "refresh"],
  ["tools", "list"],
  ["oauth", "client", "show"],
  ["server", "doctor"],
] as const;

const IS_WINDOWS = Deno.build.os === "windows";

for (const [what, { entry, file, value, expected }] of Object.entries(ROWS)) {
  Deno.test({
    name: `a stored entry with ${what} is refused by every command; other entries still work`,
    ignore: IS_WINDOWS,
    fn: async () => {
      await using lab = await startFakeLab();
      await using home = await openHome();
      await home.signIn(lab);
      await home.signIn(lab, "--account", "other");
      const entries = await home.store.find(lab.mcpUrl);
      const broken = entries.find((it) => it.account === "default");
      const path = `${home.path}/credentials/${broken?.key}.json`;
      const text = JSON.stringify(changed(JSON.parse(await Deno.readTextFile(path)), entry, value));
      await Deno.writeTextFile(path, text);
      const member = new RegExp(entry.at(-1)?.replaceAll(".", "\\.") ?? "");
      const requests = lab.requests.length;

      for (const command of COMMANDS) {
        const ran = await home.run([...command, "--url", lab.mcpUrl, "--account", "default"]);
        const said = flat(ran.stdout + ran.stderr);
        assert.equal(ran.status, 1, `${command.join(" ")}: ${said}`);
        assert.match(said, /store_entry_damaged/);
        assert.match(said, member);
        assertClean(ran.stdout + ran.stderr);
        if (command[1] === "token") assert.equal(ran.stdout, "");
      }
      const human = await home.run(["oauth", "token", "--url", lab.mcpUrl, "--account", "default"]);
      assert.match(flat(human.stderr), expected);
      assert.match(flat(human.stderr), /rm '/);
      assert.equal(await Deno.readTextFile(path), text);
      assert.deepEqual(
        lab.requests.slice(requests).filter(({ path }) => !/mcp|well-known/.test(path)),
        [],
      );

      const listed = await home.run(["oauth", "status", "--format", "json"]);
      const status = JSON.parse(listed.stdout);
      assert.deepEqual(status.entries.map((it: Document) => it.account), ["other"]);
      assert.deepEqual(status.problems.map((it: Document) => it.code), ["store_entry_damaged"]);
      assertClean(listed.stdout);
      const ofServer = await home.run(["oauth", "status", "--url", lab.mcpUrl, "--format", "json"]);
      assert.equal(JSON.parse(ofServer.stdout).problems.length, 1);
      const other = ["--url", lab.mcpUrl, "--account", "other"];
      assert.match((await home.run(["oauth", "token", ...other])).stdout, /^[!-~]+\n$/);
      const words = ["__complete", "--", "oauth", "token", "--account", ""];
      assert.match((await home.run(words)).stdout, /^other\t/);

      // Signing out removes it, and a new sign-in replaces it.
      await home.signIn(lab);
      const again = await home.run(["oauth", "token", "--url", lab.mcpUrl, "--account", "default"]);
      assert.equal(again.status, 0, again.stderr);
      await Deno.writeTextFile(path, text);
      const logout = ["oauth", "logout", "--url", lab.mcpUrl, "--account", "default"];
      const out = await home.run(logout);
      assertClean(out.stdout + out.stderr);
    },
  });

  Deno.test({
    name: `a credentials file with ${what} is refused by every command`,
    ignore: IS_WINDOWS,
    fn: async () => {
      await using lab = await startFakeLab();
      await using home = await openHome();
      const path = `${home.path}/credentials.json`;
      await home.signIn(lab, "--credentials-out", path);
      const text = JSON.stringify(changed(JSON.parse(await Deno.readTextFile(path)), file, value));
      await Deno.writeTextFile(path, text);
      for (const command of [...COMMANDS, ["oauth", "logout"]]) {
        const ran = await home.run([...command, "--url", lab.mcpUrl, "--credentials-file", path]);
        const said = flat(ran.stdout + ran.stderr);
        assert.equal(ran.status, 2, `${command.join(" ")}: ${said}`);
        assert.match(said, /credentials_file_invalid/);
        assertClean(ran.stdout + ran.stderr);
        if (command[1] === "token") assert.equal(ran.stdout, "");
      }
      const token = ["oauth", "token", "--url", lab.mcpUrl, "--credentials-file", path];
      assert.match(flat((await home.run(token)).stderr), expected);
      assert.equal(await Deno.readTextFile(path), text);
    },
  });
}

Deno.test({
  name:
    "a key with the members of a key and other values is no internal error, and is not repeated",
  ignore: IS_WINDOWS,
  fn: async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const path = `${home.path}/credentials.json`;
    await home.signIn(lab, "--credentials-out", path);
    const document = JSON.parse(await Deno.readTextFile(path));
    const key = JSON.stringify({ kty: "EC", crv: "P-256", x: "canary!", y: "y", d: "d" });
    const changed = JSON.stringify({ ...document, dpopKey: key, tokenType: "DPoP" });
    await Deno.writeTextFile(path, changed);
    for (const command of [["oauth", "refresh"], ["tools", "list"]]) {
      const ran = await home.run([...command, "--url", lab.mcpUrl, "--credentials-file", path]);
      assert.equal(ran.status, 1);
      assert.match(ran.stdout + ran.stderr, /private_key_unusable/);
      assertClean(ran.stdout + ran.stderr);
    }
  },
});
