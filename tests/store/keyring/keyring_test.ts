import assert from "node:assert/strict";
import { runChild } from "../../../src/store/keyring/run_child.ts";
import { openKeyring } from "../../../src/store/keyring/keyring.ts";
import { newKey } from "../../../src/store/seal.ts";
import { CANARIES, entryOf, envOf, withTokens } from "../entries.ts";
import { failureOf, type FakeKeyring, fakeKeyring, makeHome, noKeyring } from "../support.ts";

const CANARY = /canary|access-|refresh-/;

/** No secret and no key anywhere but on standard input; no variable of ours in the environment. */
function assertDiscreet(keyring: FakeKeyring): void {
  const keys = [...keyring.keys.values()];
  for (const { program, args, env, input } of keyring.started) {
    const seen = [program, ...args, ...Object.entries(env).flat()].join("\n");
    for (const secret of [...Object.values(CANARIES), ...keys]) assert.ok(!seen.includes(secret));
    assert.doesNotMatch(seen, CANARY);
    assert.doesNotMatch(seen, /MCPASS_|mcp\.example|as\.example/);
    assert.match(input, /^([0-9a-f]{64})?$/);
  }
}

Deno.test("with a keyring the file shows no secret, and every secret comes back", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const env = envOf({ MCPASS_HOME: home.home, MCPASS_CLIENT_SECRET: "canary", LANG: "de_DE" });
  const store = home.open({ mode: "keyring", run: keyring.run, os: "linux", env });
  const kept = await store.write(entryOf());
  assert.deepEqual([kept.secretsIn, kept.note], ["keyring", undefined]);
  assert.ok(kept.path);
  assert.doesNotMatch(await Deno.readTextFile(kept.path), CANARY);
  assert.equal(keyring.keys.size, 2, "the key of the entry, and the mark of its server");
  for (const mode of ["keyring", "auto", "file"] as const) {
    const other = home.open({ mode, run: keyring.run, os: "linux", env });
    assert.deepEqual(await other.read(kept.key), entryOf());
    assert.equal((await other.find("https://mcp.example/mcp"))[0]?.secretsIn, "keyring");
  }
  assertDiscreet(keyring);
  assert.ok(keyring.started.every(({ env }) => env.LC_ALL === "C"));
});

Deno.test("rotated tokens change nothing in the keyring", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const open = () => home.open({ mode: "keyring", run: keyring.run, os: "linux" });
  const { key } = await open().write(withTokens("1"));
  const before = new Map(keyring.keys);
  const store = open();
  for (const generation of ["2", "3"]) {
    await using _lock = await store.lock(key);
    assert.ok(await store.read(key));
    await store.write(withTokens(generation));
  }
  assert.deepEqual(await open().read(key), withTokens("3"));
  assert.deepEqual(keyring.keys, before);
  assert.equal(keyring.started.filter(({ args }) => args[0] === "store").length, 2);
});

Deno.test("listing and finding start no helper", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  await home.open({ mode: "keyring", run: keyring.run, os: "linux" }).write(entryOf());
  const store = home.open({ mode: "auto", run: noKeyring, os: "linux" });
  assert.equal((await store.list()).entries.length, 1);
  assert.equal((await store.find("https://mcp.example/mcp")).length, 1);
});

Deno.test("a file that was changed behind the seal's back is refused", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const store = home.open({ mode: "keyring", run: keyring.run, os: "linux" });
  const { key, path } = await store.write(entryOf());
  assert.ok(path);
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace("as.example/token", "evil.example/token"));
  assert.equal((await failureOf(store.read(key))).code, "store_secrets_lost");
  await Deno.writeTextFile(path, text);
  assert.deepEqual(await store.read(key), entryOf());
});

Deno.test("a key that the keyring no longer has is said, and a new login makes another", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const open = () => home.open({ mode: "auto", run: keyring.run, os: "linux" });
  const { key } = await open().write(entryOf());
  keyring.keys.clear();
  const failure = await failureOf(open().read(key));
  assert.equal(failure.code, "store_secrets_lost");
  assert.match(failure.message, /no longer has their key/);
  assert.match(failure.remedy ?? "", /Sign in again/);
  assert.equal((await open().write(withTokens("new"))).secretsIn, "keyring");
  assert.deepEqual(await open().read(key), withTokens("new"));
});

Deno.test("removing an entry removes its key, even when another one stays", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const store = home.open({ mode: "keyring", run: keyring.run, os: "linux" });
  const { key } = await store.write(entryOf());
  await store.write(entryOf({ account: "work" }));
  assert.equal(keyring.keys.size, 3);
  await store.remove(key);
  assert.equal(keyring.keys.size, 2);
  const [work] = await store.find("https://mcp.example/mcp");
  assert.ok(work);
  assert.deepEqual(await store.read(work.key), entryOf({ account: "work" }));
  await store.remove(work.key);
  assert.equal(keyring.keys.size, 0);
});

Deno.test("an explicit --store moves an entry; auto leaves it where it is", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const write = (mode: "auto" | "file" | "keyring") =>
    home.open({ mode, run: keyring.run, os: "linux" }).write(withTokens(mode));
  assert.equal((await write("file")).secretsIn, "file");
  assert.equal((await write("auto")).secretsIn, "file");
  assert.equal((await write("keyring")).secretsIn, "keyring");
  assert.equal((await write("auto")).secretsIn, "keyring");
  assert.equal((await write("file")).secretsIn, "file");
  assert.equal(keyring.keys.size, 0);
  const store = home.open({ mode: "auto" });
  assert.deepEqual(await store.read(store.keyOf(entryOf())), withTokens("file"));
});

const end = (status: number | null, stderr: string, stdout = "") => ({ status, stderr, stdout });

/** What the helpers were seen to do, and what it means. */
const TROUBLES: readonly (readonly [string, FakeKeyring["trouble"], code: string, RegExp])[] = [
  [
    "is locked",
    end(1, "secret-tool: Cannot create an item in a locked collection"),
    "keyring_locked",
    /is locked/,
  ],
  [
    "was never made, with nobody to choose its password",
    end(
      1,
      "secret-tool: Object does not exist at path “/org/freedesktop/secrets/collection/login”",
    ),
    "keyring_locked",
    /is locked/,
  ],
  [
    "has no session bus",
    end(1, "secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY"),
    "keyring_absent",
    /does not respond/,
  ],
  [
    "is not on the session bus",
    end(1, "secret-tool: The name org.freedesktop.secrets was not provided by any .service files"),
    "keyring_absent",
    /does not respond/,
  ],
  [
    "has a session bus that is gone",
    end(1, "secret-tool: Could not connect: No such file or directory"),
    "keyring_absent",
    /does not respond/,
  ],
  [
    "has no helper program",
    new Deno.errors.NotFound(),
    "keyring_absent",
    /its program is not installed$/,
  ],
  ["does not answer in time", end(null, ""), "keyring_late", /did not respond in time$/],
  ["says something else", end(1, "secret-tool: \x1b[31mno\n"), "keyring_failed", /\\x1b\[31mno/],
  [
    "claims to have kept what it did not",
    end(0, "", "0".repeat(64)),
    "keyring_failed",
    /\) failed/,
  ],
];

for (const [what, trouble, code, message] of TROUBLES) {
  Deno.test(`a keyring that ${what} ends --store keyring, and auto takes a file and says why`, async () => {
    await using home = await makeHome();
    const keyring = fakeKeyring();
    keyring.trouble = trouble;
    const open = (mode: "auto" | "keyring") => home.open({ mode, run: keyring.run, os: "linux" });
    const failure = await failureOf(open("keyring").write(entryOf()));
    assert.equal(failure.code, code);
    assert.match(failure.message, message);
    assert.match(failure.remedy ?? "", /--store file/);
    assert.deepEqual((await home.paths()).filter((path) => path.endsWith(".json")), []);

    const kept = await open("auto").write(entryOf());
    assert.equal(kept.secretsIn, "file");
    assert.match(kept.note ?? "", message);
    assert.deepEqual(await open("auto").read(kept.key), entryOf());
    assertDiscreet(keyring);
  });

  if (code === "keyring_failed") continue;
  Deno.test(`a keyring that ${what} loses nothing that it had`, async () => {
    await using home = await makeHome();
    const keyring = fakeKeyring();
    const open = () => home.open({ mode: "auto", run: keyring.run, os: "linux" });
    const { key, path } = await open().write(entryOf());
    assert.ok(path);
    const text = await Deno.readTextFile(path);
    keyring.trouble = trouble;
    assert.equal((await failureOf(open().read(key))).code, code);
    assert.equal(await Deno.readTextFile(path), text);
    keyring.trouble = undefined;
    assert.deepEqual(await open().read(key), entryOf());
  });
}

Deno.test("preparing finds a keyring that does not answer before the login", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const open = (mode: "auto" | "keyring") => home.open({ mode, run: keyring.run, os: "linux" });
  await open("keyring").prepare();
  assert.equal(keyring.keys.size, 0);
  assert.match(keyring.started[0]?.args.at(-1) ?? "", /^[0-9a-f]{32}$/);
  keyring.trouble = end(1, "secret-tool: Could not connect: No such file or directory");
  assert.equal((await failureOf(open("keyring").prepare())).code, "keyring_absent");
  await open("auto").prepare();
});

/** The helpers of each system: how a missing key looks, and where the key goes. */
const SYSTEMS: readonly (readonly [os: string, program: string, missing: number, feeds: RegExp])[] =
  [
    ["linux", "secret-tool", 1, /^([0-9a-f]{64})$/],
    ["darwin", "/usr/bin/security", 44, /^add-generic-password -U .* -w ([0-9a-f]{64})\n$/],
    ["windows", "powershell.exe", 44, /^([0-9a-f]{64})$/],
  ];

for (const [os, program, missing, feeds] of SYSTEMS) {
  Deno.test(`on ${os} ${program} gets the key on standard input alone`, async () => {
    let kept: string | undefined;
    const started: string[] = [];
    const keyring = openKeyring({
      os,
      env: envOf({ MCPASS_X: "1", PATH: "/bin" }),
      run: ({ program, args, env, input }) => {
        started.push(program);
        assert.deepEqual(env, { PATH: "/bin", LC_ALL: "C" });
        if (input !== "") kept = feeds.exec(input)?.[1];
        else if (/clear|delete|Remove/.test(args.join(" "))) kept = undefined;
        assert.ok(!args.join(" ").includes(kept ?? "none"));
        if (args.includes("search")) return Promise.resolve(end(0, ""));
        return Promise.resolve(end(kept === undefined ? missing : 0, "", `${kept ?? ""}\n`));
      },
    });
    const key = newKey();
    assert.equal(await keyring.lookup("ab12"), undefined);
    await keyring.store("ab12", key);
    assert.equal(kept, key);
    assert.equal(await keyring.lookup("ab12"), key);
    await keyring.clear("ab12");
    assert.equal(await keyring.lookup("ab12"), undefined);
    assert.deepEqual([...new Set(started)], [program]);
    assert.equal(keyring.name, program.replace(/^.*\/|\.exe$/g, ""));
  });
}

/** What each helper's answer to a look-up means; undefined: there is no such key. */
const VERDICTS: readonly (readonly [string, ReturnType<typeof end>, code: string | undefined])[] = [
  ["linux", end(1, ""), undefined],
  ["linux", end(1, " \n"), undefined],
  ["linux", end(1, "secret-tool: Prompt was dismissed"), "keyring_locked"],
  ["linux", end(1, "CANCELLED"), "keyring_locked"],
  ["linux", end(0, "Could Not Connect"), "keyring_absent"],
  ["linux", end(1, "no dbus"), "keyring_absent"],
  ["linux", end(1, "something else"), "keyring_failed"],
  ["darwin", end(44, ""), undefined],
  ["darwin", end(1, "The specified item Could Not be Found in the keychain."), undefined],
  ["darwin", end(36, ""), "keyring_locked"],
  ["darwin", end(51, ""), "keyring_locked"],
  ["darwin", end(128, ""), "keyring_locked"],
  ["darwin", end(1, "User Interaction is not allowed."), "keyring_locked"],
  ["darwin", end(1, "The user canceled the operation."), "keyring_locked"],
  ["darwin", end(37, "something else"), "keyring_failed"],
  ["windows", end(44, "something else"), undefined],
  ["windows", end(1, "A specified Logon Session does not exist."), "keyring_absent"],
  ["windows", end(1, "HRESULT: 0X80070520"), "keyring_absent"],
  ["windows", end(1, "something else"), "keyring_failed"],
  ["windows", end(45, ""), "keyring_failed"],
];

for (const [os, answer, code] of VERDICTS) {
  Deno.test(`on ${os} ${answer.status} ${JSON.stringify(answer.stderr)} means ${code ?? "no key"}`, async () => {
    const run = ({ args }: { args: readonly string[] }) =>
      Promise.resolve(args.includes("search") ? end(0, "") : answer);
    const keyring = openKeyring({ os, env: envOf({}), run });
    for (const use of [() => keyring.lookup("ab12"), () => keyring.clear("ab12")]) {
      if (code === undefined) assert.equal(await use(), undefined);
      else assert.equal((await failureOf(use())).code, code);
    }
  });
}

/** Every call of a helper by its arguments: the name of our items, and the id of one. */
const CALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  linux: {
    lookup: "lookup service mcpass id ab12",
    store: "store --label=mcpass: key of stored credentials service mcpass id ab12",
    clear: "clear service mcpass id ab12",
  },
  darwin: {
    lookup: "find-generic-password -s mcpass -a ab12 -w",
    store: "-i",
    clear: "delete-generic-password -s mcpass -a ab12",
  },
};

for (const [os, calls] of Object.entries(CALLS)) {
  for (const [use, args] of Object.entries(calls)) {
    Deno.test(`on ${os}, ${use} starts the helper with "${args}"`, async () => {
      const started: string[] = [];
      const keyring = openKeyring({
        os,
        env: envOf({}),
        run({ args }) {
          started.push(args.join(" "));
          return Promise.resolve(end(0, "", "0".repeat(64)));
        },
      });
      if (use === "store") await keyring.store("ab12", "0".repeat(64));
      else await (use === "clear" ? keyring.clear("ab12") : keyring.lookup("ab12"));
      assert.equal(started[0], args);
    });
  }
}

Deno.test("PowerShell asks nobody and loads nothing of the user's, and names our item", async () => {
  const keyring = openKeyring({
    os: "windows",
    env: envOf({}),
    run({ args, input }) {
      const [script = ""] = args.slice(-1);
      assert.deepEqual(args.slice(0, -1), ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command"]);
      assert.match(script, /^\$ErrorActionPreference='Stop';/);
      assert.match(script, /'mcpass','ab12'/);
      assert.equal(script.includes("0".repeat(64)), false);
      const isWrite = /\$v\.(Add|Remove)\(/.test(script);
      assert.equal(input !== "", script.includes("$v.Add("));
      return Promise.resolve(end(0, "", isWrite ? "" : "0".repeat(64)));
    },
  });
  await keyring.store("ab12", "0".repeat(64));
  await keyring.lookup("ab12");
  await keyring.clear("ab12");
});

const LOCKED: readonly (readonly [string, ReturnType<typeof end>])[] = [
  ["darwin", end(36, "security: User interaction is not allowed.")],
  ["darwin", end(128, "")],
  ["darwin", end(0, "security: SecKeychainItemCreate: The keychain is locked.")],
];

for (const [os, answer] of LOCKED) {
  Deno.test(`on ${os} ${JSON.stringify(answer)} is a locked keyring`, async () => {
    const keyring = openKeyring({ os, env: envOf({}), run: () => Promise.resolve(answer) });
    assert.equal((await failureOf(keyring.lookup("ab12"))).code, "keyring_locked");
    assert.equal((await failureOf(keyring.store("ab12", newKey()))).code, "keyring_locked");
  });
}

/** Where a person can unlock a keyring, its helper may wait for them. */
const PATIENCE: readonly (readonly [os: string, Record<string, string>, milliseconds: number])[] = [
  ["linux", {}, 5_000],
  ["linux", { DISPLAY: "" }, 5_000],
  ["linux", { DISPLAY: ":0" }, 60_000],
  ["linux", { WAYLAND_DISPLAY: "wayland-0" }, 60_000],
  ["darwin", {}, 60_000],
  ["windows", {}, 60_000],
];

for (const [os, variables, milliseconds] of PATIENCE) {
  Deno.test(`on ${os} with ${JSON.stringify(variables)} a helper has ${milliseconds} ms`, async () => {
    const seen: number[] = [];
    const keyring = openKeyring({
      os,
      env: envOf(variables),
      run({ timeoutMs }) {
        seen.push(timeoutMs);
        return Promise.resolve(end(44, ""));
      },
    });
    await keyring.lookup("ab12").catch(() => {});
    assert.deepEqual([...new Set(seen)], [milliseconds]);
  });
}

Deno.test("a helper has the milliseconds that its user names", async () => {
  const seen: number[] = [];
  const run = ({ timeoutMs }: { timeoutMs: number }) => {
    seen.push(timeoutMs);
    return Promise.resolve(end(44, ""));
  };
  await openKeyring({ os: "darwin", env: envOf({}), run, timeoutMs: 7 }).lookup("ab12");
  assert.deepEqual(seen, [7]);
});

Deno.test("a helper that cannot be started is not one that is missing", async () => {
  const code = async (error: Error) => {
    const run = () => Promise.reject(error);
    return (await failureOf(openKeyring({ os: "linux", env: envOf({}), run }).lookup("ab12"))).code;
  };
  assert.equal(await code(new Deno.errors.NotFound()), "keyring_absent");
  assert.equal(await code(new Deno.errors.PermissionDenied()), "keyring_failed");
});

for (
  const [os, title, remedy] of [
    ["linux", "Secret Service keyring (secret-tool)", /Install it .*libsecret-tools/],
    ["darwin", "macOS keychain (security)", /\/usr\/bin\/security is part of macOS$/],
    ["windows", "Windows credential manager (powershell)", /powershell\.exe is part of Windows$/],
  ] as const
) {
  Deno.test(`on ${os} a missing helper is named with where it comes from`, async () => {
    const run = () => Promise.reject(new Deno.errors.NotFound());
    const failure = await failureOf(openKeyring({ os, env: envOf({}), run }).lookup("ab12"));
    assert.equal(failure.message, `the ${title} is not available: its program is not installed`);
    assert.match(failure.remedy ?? "", /^Store credentials in a file with --store file\. /);
    assert.match(failure.remedy ?? "", remedy);
  });
}

Deno.test("a key that a locked keyring does not delete is a failure; a missing one is none", async () => {
  const clear = (answer: ReturnType<typeof end>) =>
    openKeyring({ os: "darwin", env: envOf({}), run: () => Promise.resolve(answer) }).clear("ab12");
  assert.equal((await failureOf(clear(end(36, "")))).code, "keyring_locked");
  await clear(end(44, ""));
});

Deno.test("what a helper says is quoted without the space around it, or left out", async () => {
  const message = async (stderr: string) => {
    const run = () => Promise.resolve(end(2, stderr));
    return (await failureOf(openKeyring({ os: "darwin", env: envOf({}), run }).lookup("ab12")))
      .message;
  };
  assert.match(await message("  no such thing\n"), /; it says "no such thing"$/);
  assert.match(await message(" \n"), /failed$/);
});

Deno.test("a keyring that answers with something else than a key has failed", async () => {
  for (const stdout of ["", "x", "0".repeat(63), `${"0".repeat(64)}0`, "G".repeat(64)]) {
    const run = () => Promise.resolve(end(0, "", stdout));
    const keyring = openKeyring({ os: "darwin", env: envOf({}), run });
    assert.equal((await failureOf(keyring.lookup("ab12"))).code, "keyring_failed", stdout);
  }
});

Deno.test("a helper that repeats its input gives no key away", async () => {
  const key = newKey();
  const keyring = openKeyring({
    os: "darwin",
    env: envOf({}),
    run: ({ input }) => Promise.resolve(end(2, `unknown command: ${input}`)),
  });
  const failure = await failureOf(keyring.store("ab12", key));
  assert.ok(!failure.message.includes(key));
  assert.match(failure.message, /unknown command/);
});

Deno.test("a helper that hangs is ended, however much it was given", async () => {
  const { kill } = Deno.ChildProcess.prototype;
  const signals: unknown[] = [];
  Deno.ChildProcess.prototype.kill = function (signal) {
    signals.push(signal);
    kill.call(this, signal);
  };
  const hung = await runChild({
    program: "sleep",
    args: ["600"],
    env: { PATH: Deno.env.get("PATH") ?? "" },
    input: "x".repeat(1_000_000),
    timeoutMs: 50,
  }).finally(() => Deno.ChildProcess.prototype.kill = kill);
  assert.deepEqual(signals, ["SIGKILL"]);
  assert.equal(hung.status, null);
});

Deno.test("a helper gets its input and nothing of this environment", async () => {
  const ended = await runChild({
    program: "sh",
    args: ["-c", "cat; env >&2; exit 3"],
    env: { PATH: Deno.env.get("PATH") ?? "", ONLY: "this" },
    input: "größe",
    timeoutMs: 60_000,
  });
  assert.equal(ended.status, 3);
  assert.equal(ended.stdout, "größe");
  const names = ended.stderr.split("\n").map((line) => line.replace(/=.*/, ""));
  const shell = ["", "_", "OLDPWD", "PWD", "SHLVL"];
  assert.deepEqual(names.filter((name) => !shell.includes(name)).sort(), ["ONLY", "PATH"]);
});

Deno.test("a helper that reads nothing of its input is no fault", async () => {
  const ended = await runChild({
    program: "true",
    args: [],
    env: { PATH: Deno.env.get("PATH") ?? "" },
    input: "x".repeat(1_000_000),
    timeoutMs: 60_000,
  });
  assert.equal(ended.status, 0);
});

Deno.test("the store says where things are kept", async () => {
  await using home = await makeHome();
  const { folder } = home.open().describe();
  assert.equal(folder, `${home.home}/credentials`);
  const text = (mode: "auto" | "file" | "keyring", os: string) =>
    home.open({ mode, os }).describe().text;
  assert.equal(text("file", "linux"), `files in "${folder}", readable only by you`);
  assert.match(
    text("keyring", "darwin"),
    /encrypted with keys in the macOS keychain \(security\)$/,
  );
  assert.match(
    text("auto", "linux"),
    /\(secret-tool\) if it is available, otherwise readable only by you$/,
  );
});
