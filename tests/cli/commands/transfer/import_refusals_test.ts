import assert from "node:assert/strict";
import { openFile, sealFile } from "../../../../src/flow/transfer/age_file.ts";
import { withoutArmor } from "../../../../src/flow/transfer/age_header.ts";
import { parseTransfer, transferText } from "../../../../src/flow/transfer/transfer_payload.ts";
import type { StoredEntry } from "../../../../src/store/stored_entry.ts";
import { type FakeLab, startFakeLab } from "../../../lab/shapes.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

interface Exported extends AsyncDisposable {
  readonly lab: FakeLab;
  readonly here: Home;
  readonly there: Home;
  readonly recipient: string;
  readonly file: string;
  readonly armored: string;
  readonly text: string;
  readonly entry: StoredEntry;
  /** Writes another file. */
  write(content: string | Uint8Array, name?: string): Promise<string>;
  /** Seals another text for the same recipient. */
  seal(text: string): Promise<string>;
}

async function exported(...args: string[]): Promise<Exported> {
  const stack = new AsyncDisposableStack();
  const lab = stack.use(await startFakeLab());
  const here = stack.use(await openHome());
  const there = stack.use(await openHome());
  await here.signIn(lab);
  const recipient = (await there.run(["oauth", "recipient"])).stdout.trim();
  const file = `${here.path}/x.age`;
  const ran = await here.run(["oauth", "export", "--to", recipient, "--out", file, ...args]);
  assert.equal(ran.status, 0, ran.stderr);
  const armored = await Deno.readTextFile(file);
  const identity = await Deno.readTextFile(`${there.path}/age-identity.txt`);
  const identities = identity.split("\n").filter((line) => line.startsWith("AGE"));
  const bytes = withoutArmor(new TextEncoder().encode(armored));
  const text = await openFile(bytes, { identities }) ?? "";
  async function write(content: string | Uint8Array, name = "other.age"): Promise<string> {
    const path = `${here.path}/${name}`;
    const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(path, data, { mode: 0o600 });
    return path;
  }
  return {
    ...{ lab, here, there, recipient, file, armored, text, write },
    entry: parseTransfer(text).entry,
    seal: async (it) => await write((await sealFile(it, { recipients: [recipient] })).armored),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function refusal(home: Home, args: readonly string[]) {
  const ran = await home.run(["oauth", "import", ...args]);
  const { error } = JSON.parse(ran.stdout);
  return { status: ran.status, code: error.code, message: error.message as string };
}

Deno.test("a damaged, cut or other file is not imported, and nothing is sent or stored", async () => {
  await using it = await exported();
  const { there, lab, armored, text } = it;
  const bytes = withoutArmor(new TextEncoder().encode(armored));
  const flipped = bytes.map((byte, at) => at === bytes.length - 20 ? byte ^ 1 : byte);
  const header = new TextDecoder("latin1").decode(bytes).indexOf("\n--- ");
  const changedHeader = bytes.map((byte, at) => at === header + 8 ? byte ^ 1 : byte);
  const document = JSON.parse(text);
  const withEntry = (members: object) =>
    JSON.stringify({ ...document, entry: { ...document.entry, ...members } });
  const rows: readonly (readonly [string, RegExp])[] = [
    [await it.write("{}", "a"), /not a file of the age format/],
    [await it.write("", "b"), /not a file of the age format/],
    [await it.write(armored.slice(0, 200), "c"), /its end is missing/],
    [await it.write(armored.replace(/\n-----END/, "\n?\n-----END"), "d"), /not base64/],
    [await it.write(bytes.subarray(0, 60), "e"), /its end is missing/],
    [await it.write(bytes.subarray(0, bytes.length - 5), "f"), /truncated or changed/],
    [await it.write(flipped, "g"), /truncated or changed/],
    [await it.write(changedHeader, "h"), /truncated or changed/],
    [await it.write("age-encryption.org/v2\n", "i"), /version v2 of the age format/],
    [
      await it.write(
        "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 24\nAAAA\n--- A\n",
        "j",
      ),
      /requires more memory/,
    ],
    [await it.write(new Uint8Array(1024 * 1024 + 1), "k"), /larger than 1 MiB/],
    [await it.seal("hello"), /not a sign-in that mcpass exported/],
  ];
  for (const [path, says] of rows) {
    const found = await refusal(there, [path]);
    assert.deepEqual([found.status, found.code], [1, "transfer_file_invalid"], found.message);
    assert.match(found.message, says);
  }
  const contents: readonly (readonly [string, RegExp])[] = [
    [JSON.stringify({ ...document, version: 2 }), /a newer mcpass exported it/],
    [JSON.stringify({ ...document, version: "x" }), /its version is unknown/],
    [JSON.stringify({ ...document, notAfter: "soon" }), /missing or invalid/],
    [withEntry({ issuer: "http://evil.example" }), /"entry.issuer" must be an https URL/],
    [withEntry({ authMode: "magic" }), /"entry.authMode" must be/],
    [JSON.stringify({ ...document, secrets: {} }), /accessToken" must be/],
  ];
  for (const [content, says] of contents) {
    const found = await refusal(there, [await it.seal(content)]);
    assert.equal(found.code, "transfer_file_invalid");
    assert.match(found.message, says);
  }
  assert.deepEqual((await there.store.list()).entries, []);
  assert.equal(lab.requests.at(-1)?.path, "/token");
  assert.equal((await there.run(["oauth", "import", it.file])).status, 0);
});

Deno.test("a file for another recipient is not opened; --identity-file opens it", async () => {
  await using it = await exported();
  await using third = await openHome();
  const none = await refusal(third, [it.file]);
  assert.deepEqual([none.status, none.code], [2, "transfer_not_opened"]);
  assert.equal((await third.run(["oauth", "recipient"])).status, 0);
  const other = await refusal(third, [it.file]);
  assert.deepEqual([other.status, other.code], [1, "transfer_not_opened"]);
  const wrong = await refusal(third, [it.file, "--identity-file", it.file]);
  assert.deepEqual([wrong.status, wrong.code], [2, "invalid_value"]);
  const identity = `${it.there.path}/age-identity.txt`;
  const ran = await third.run(["oauth", "import", it.file, "--identity-file", identity]);
  assert.equal(ran.status, 0, ran.stderr);
});

Deno.test("a file is valid for an hour, or as --valid-for says", async () => {
  await using it = await exported("--valid-for", "2m");
  const later = (minutes: number) => ({ now: () => Date.now() + minutes * 60_000 });
  const ran = await it.there.run(["oauth", "import", it.file], later(3));
  assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [1, "transfer_expired"]);
  assert.equal((await it.there.run(["oauth", "import", it.file], later(1))).status, 0);
});

Deno.test("a stored sign-in is replaced only if the person says so", async () => {
  await using it = await exported();
  await it.there.signIn(it.lab, "--name", "mine");
  const refused = await it.there.run(["oauth", "import", it.file]);
  const { error } = JSON.parse(refused.stdout);
  assert.deepEqual([refused.status, error.code], [1, "sign_in_exists"]);
  assert.match(error.remedy, /mcpass oauth import \S+ --force/);
  const no = await it.there.run(["oauth", "import", it.file], { terminal: true, answers: ["no"] });
  assert.equal(no.status, 130);
  const before = await it.there.store.find(it.lab.mcpUrl);
  const other = await it.there.run(["oauth", "import", it.file, "--account", "other"]);
  assert.equal(other.status, 0, other.stderr);
  assert.equal(JSON.parse(other.stdout).account, "other");
  assert.deepEqual(
    (await it.there.store.find(it.lab.mcpUrl, "default")).map(({ key }) => key),
    before.map(({ key }) => key),
  );
});

Deno.test("on a terminal the person is asked, and the name of the account remains", async () => {
  await using it = await exported();
  await it.there.signIn(it.lab, "--name", "mine");
  const yes = await it.there.run(["oauth", "import", it.file], {
    terminal: true,
    answers: ["yes"],
  });
  assert.equal(yes.status, 0, yes.stderr);
  const entries = await it.there.store.find(it.lab.mcpUrl);
  assert.deepEqual(entries.map(({ name }) => name), ["mine"]);
  assert.equal(entries[0]?.client.clientId, it.entry.client.clientId);
  assert.match(flat(yes.stdout), /imported mine: .*valid/);
});

Deno.test("a sign-in of another issuer than the stored one is refused", async () => {
  await using it = await exported();
  const other = { ...it.entry, issuer: "http://127.0.0.1:9", tokens: it.entry.tokens };
  await it.there.store.write(other);
  const found = await refusal(it.there, [it.file, "--force"]);
  assert.deepEqual([found.status, found.code], [1, "import_issuer_differs"]);
  assert.match(found.message, /127\.0\.0\.1:9/);
});

Deno.test("if the imported token is refused, the former sign-in is stored again", async () => {
  await using it = await exported();
  const { tokens } = it.entry;
  assert.ok(tokens);
  const mine = { ...it.entry, tokens: { ...tokens, refreshToken: "mine", accessToken: "mine" } };
  await it.there.store.write(mine);
  const transfer = parseTransfer(it.text);
  const used = { ...it.entry, tokens: { ...tokens, refreshToken: "unknown" } };
  const file = await it.seal(transferText({ ...transfer, entry: used }));
  const found = await refusal(it.there, [file, "--force"]);
  assert.deepEqual([found.status, found.code], [4, "refresh_token_refused"]);
  assert.match(found.message, /the former one is stored again/);
  const [summary] = await it.there.store.find(it.lab.mcpUrl);
  assert.equal((await it.there.store.read(summary?.key ?? ""))?.tokens?.refreshToken, "mine");
});

Deno.test("without a network the sign-in is stored, and the next use refreshes it", async () => {
  await using it = await exported();
  const offline = { ...it.entry, endpoints: { token: "http://127.0.0.1:1/token" } };
  const file = await it.seal(transferText({ ...parseTransfer(it.text), entry: offline }));
  const found = await refusal(it.there, [file]);
  assert.equal(found.status, 1);
  assert.match(found.code, /^network_/);
  assert.match(found.message, /the sign-in is stored and refreshed at its next use/);
  assert.equal((await refusal(it.there, [file])).code, "transfer_used");
});

Deno.test("a file is imported once, under any account: its token is not sent again", async () => {
  await using it = await exported();
  assert.equal((await it.there.run(["oauth", "import", it.file])).status, 0);
  const sent = it.lab.requests.length;
  const again = await refusal(it.there, [it.file, "--account", "other"]);
  assert.deepEqual([again.status, again.code], [1, "transfer_used"]);
  assert.equal(it.lab.requests.length, sent);
  assert.equal((await it.there.store.list()).entries.length, 1);
});

for (
  const [what, args, code] of [
    ["an SSH key", ["--to", "ssh-ed25519 AAAA"], "invalid_value"],
    ["an identity", ["--to", "AGE-SECRET-KEY-1QQQ"], "invalid_value"],
    ["a mistyped recipient", ["--to", `age1${"q".repeat(58)}`], "invalid_value"],
    ["an absent file", ["--to", "@/nowhere/recipients"], "file_unreadable"],
    ["nothing", [], "missing_options"],
    ["a period of 0", ["--valid-for", "0m"], "invalid_value"],
    ["JSON on standard output", ["--to", `age1${"q".repeat(58)}`], "impossible_combination"],
    [
      "two keys",
      ["--to", `age1${"q".repeat(58)}`, "--passphrase-file", "x"],
      "impossible_combination",
    ],
  ] as const
) {
  Deno.test(`oauth export with ${what} is a usage error, and sends nothing`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    await home.signIn(lab);
    const before = lab.requests.length;
    const out = code === "impossible_combination" ? [] : ["--out", `${home.path}/x.age`];
    const ran = await home.run(["oauth", "export", ...args, ...out, "--format", "json"]);
    assert.equal(ran.status, 2, ran.stderr);
    const { error } = JSON.parse(ran.stdout);
    assert.equal(error.code, code, error.message);
    assert.equal(`${ran.stdout}${ran.stderr}`.includes("SECRET"), false);
    assert.equal(lab.requests.length, before);
  });
}

Deno.test("--out does not replace a file, which may be another export", async () => {
  await using it = await exported();
  await it.here.signIn(it.lab);
  const ran = await it.here.run(["oauth", "export", "--to", it.recipient, "--out", it.file]);
  assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [2, "unwritable_output"]);
  assert.equal(await Deno.readTextFile(it.file), it.armored);
});

Deno.test("what other machines cannot use is not exported", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.ok(entry?.tokens);
  const { tokens } = entry;
  const to = (await home.run(["oauth", "recipient"])).stdout.trim();
  const certificate = { certFile: "/etc/client.pem", keyFile: "/etc/client.key" };
  const ended = { ...tokens, refreshToken: null, expiresAt: "2026-01-01T00:00:00Z" };
  const rows: readonly (readonly [StoredEntry, RegExp])[] = [
    [{ ...entry, client: { ...entry.client, certificate } }, /certificate in "\/etc\/client\.pem"/],
    [{ ...entry, authMode: "jwt_bearer", grant: { file: "/run/token" } }, /reads "\/run\/token"/],
    [{ ...entry, tokens: ended }, /has expired and has no refresh token/],
  ];
  for (const [changed, says] of rows) {
    await home.store.write(changed);
    const ran = await home.run(["oauth", "export", "--to", to, "--out", `${home.path}/x.age`]);
    const { error } = JSON.parse(ran.stdout);
    assert.deepEqual([ran.status, error.code], [1, "export_refused"]);
    assert.match(error.message, says);
  }
});

Deno.test("recipients are read from a file; the identity is made once", async () => {
  await using it = await exported();
  await using third = await openHome();
  const [first, ...others] = await Promise.all(
    Array.from({ length: 5 }, () => third.run(["oauth", "recipient"])),
  );
  for (const { stdout } of others) assert.equal(stdout, first?.stdout);
  const info = await Deno.stat(`${third.path}/age-identity.txt`);
  assert.equal((info.mode ?? 0) & 0o777, 0o600);
  await it.here.signIn(it.lab);
  const list = await it.write(`# both\n${it.recipient}\n\n${first?.stdout}`, "recipients");
  const out = `${it.here.path}/y.age`;
  const ran = await it.here.run(["oauth", "export", "--to", `@${list}`, "--out", out]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).sealedFor.length, 2);
  assert.equal((await third.run(["oauth", "import", out])).status, 0);
});
