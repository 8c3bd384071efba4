import assert from "node:assert/strict";
import { storeToolNames } from "../../../src/store/file/tool_names.ts";
import { longName } from "../../../src/cli/command/flag.ts";
import { LOGIN_FLAGS } from "../../../src/cli/commands/login/options/login_flags.ts";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { openStore } from "../../../src/store/file/open_store.ts";
import { CANARIES, entryOf, envOf } from "../../store/entries.ts";
import { headerOf, rpcMethodOf } from "../../lab/journal.ts";
import { startFakeLab, startLab } from "../../lab/shapes.ts";
import { run, type Setup } from "../fake_runtime.ts";
import { openHome } from "../real_run.ts";

/** The candidates for the last of some words. */
async function after(words: readonly string[], setup: Setup = {}): Promise<string[]> {
  const ran = await run(["__complete", "--", ...words], setup);
  assert.deepEqual([ran.status, ran.stderr], [0, ""]);
  return ran.stdout.split("\n").slice(0, -1).map((line) => line.replace(/\t.*$/s, ""));
}

Deno.test("commands: each word of each name is offered after the words before it", async () => {
  for (const { name } of COMMANDS) {
    const words = name.split(" ");
    for (const at of words.keys()) {
      const offered = await after([...words.slice(0, at), ""]);
      assert.ok(offered.includes(words[at] ?? ""), name);
    }
  }
  assert.equal((await after([""])).includes("__complete"), false);
});

Deno.test("a word that is not begun can be named: Windows PowerShell hands over no empty one", async () => {
  for (const words of [[], ["oauth"], ["oauth", "login", "--auth-mode"]]) {
    const named = await run(["__complete", "--new", "--", ...words]);
    const empty = await run(["__complete", "--", ...words, ""]);
    assert.equal(named.stdout, empty.stdout);
    assert.notEqual(named.stdout, "");
  }
});

Deno.test("a script for no shell is a usage error", async () => {
  const ran = await run(["completion"]);
  assert.deepEqual([ran.status, ran.stdout], [2, ""]);
  assert.match(ran.stderr, /bash, zsh/);
  assert.match(ran.stderr, /mcpass explain missing_argument/);
});

Deno.test("flags: all that were not given yet, of login also without its name", async () => {
  const all = Object.values(LOGIN_FLAGS).map(longName);
  assert.deepEqual(await after(["oauth", "login", ""]), [...all, "--help"]);
  assert.deepEqual(await after(["--protocol"]), ["--protocol-version"]);
  const rest = await after(["oauth", "login", "--url", "x", "-qv", "--header", "a: b", "--"]);
  const given = ["--url", "--quiet", "--verbose", "--header"];
  assert.deepEqual(rest.filter((it) => given.includes(it)), ["--header"]);
});

Deno.test("values: the words a flag takes, in both spellings, and files for paths", async () => {
  for (const [name, flag] of Object.entries(LOGIN_FLAGS)) {
    if (!("choices" in flag) || flag.choices === undefined) continue;
    assert.ok(flag.choices.length > 1, name);
    assert.deepEqual(await after(["oauth", "login", longName(flag), ""]), flag.choices);
    const joined = `${longName(flag)}=`;
    assert.deepEqual(
      await after(["oauth", "login", joined]),
      flag.choices.map((word) => joined + word),
    );
  }
  assert.deepEqual(await after(["login", "--debug-out", "x"]), [":files"]);
  assert.deepEqual(await after(["login", "--ca-file=x"]), [":files"]);
  assert.deepEqual(await after(["--ca-file", "x"]), [":files"]);
  assert.deepEqual(await after(["login", "--client-secret", ""]), []);
});

Deno.test("servers and accounts come from the store, without a secret", async () => {
  const home = await Deno.makeTempDir({ prefix: "mcpass-complete-" });
  const env = { HOME: home };
  try {
    const store = openStore({ mode: "file", env: envOf(env) });
    await store.write(entryOf({ serverUrl: "https://one.example/mcp", account: "work" }));
    await store.write(entryOf({ serverUrl: "https://two.example/mcp", account: "play" }));
    const urls = ["https://one.example/mcp", "https://two.example/mcp"];
    const names = ["one-work", "two-play"];
    assert.deepEqual(await after(["oauth", "token", "--url", ""], { env }), [...names, ...urls]);
    for (const words of [["token"], ["oauth", "logout"], ["status"], ["server", "doctor"]]) {
      assert.deepEqual(await after([...words, "o"], { env }), ["one-work"]);
      assert.deepEqual(await after([...words, "http"], { env }), urls);
    }
    assert.deepEqual(await after(["logout", ""], { env }), names);
    assert.deepEqual(await after(["oauth", "client", ""], { env }), [
      ...["show", "update", "delete"],
      ...names,
    ]);
    assert.deepEqual(await after(["oauth", "client", "show", ""], { env }), names);
    assert.deepEqual(await after(["token", "two-play", "--account", ""], { env }), ["play"]);
    assert.deepEqual(await after(["oauth", "token", "--account", ""], { env }), ["work", "play"]);
    const ofOne = ["oauth", "token", "--url", "https://one.example/mcp", "--account", ""];
    assert.deepEqual(await after(ofOne, { env }), ["work"]);
    const { stdout } = await run(["__complete", "--", ...ofOne], { env });
    for (const secret of Object.values(CANARIES)) assert.ok(!stdout.includes(secret));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("tools are those that were last listed, of the server that was typed", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const env = { MCPASS_HOME: home.path, MCPASS_STORE: "file" };
  const url = ["--url", lab.mcpUrl];
  await home.signIn(lab);
  const tool = ["tools", "call", ...url, "--tool-name", ""];
  assert.deepEqual(await after(tool, { env }), []);

  assert.equal((await home.run(["tools", "list", ...url])).status, 0);
  const asked = lab.requests.length;
  const offered = await after(tool, { env });
  assert.ok(offered.includes("echo") && offered.length > 2, offered.join(" "));
  const elsewhere = "https://else.example/mcp";
  const lines: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
    [["tools", "call", ...url, "--tool-name", "ec"], ["echo"]],
    [["tools", "call", "--name", "ec"], ["echo"]],
    [["tools", "call", `localhost-${new URL(lab.mcpUrl).port}`, "ec"], ["echo"]],
    [["tools", "call", lab.mcpUrl, "ec"], ["echo"]],
    [["tools", "call", "ec"], ["echo"]],
    [["login", ...url, "--verify-call-tool", "ec"], ["echo"]],
    [["tools", "call", "--url", elsewhere, "--tool-name", ""], []],
  ];
  for (const [words, candidates] of lines) {
    assert.deepEqual(await after(words, { env }), candidates, words.join(" "));
  }
  assert.equal(lab.requests.length, asked);

  await home.run(["oauth", "logout", ...url]);
  assert.deepEqual(await after(tool, { env }), []);
  const left = await Array.fromAsync(Deno.readDir(`${home.path}/credentials`));
  assert.deepEqual(left, []);
});

Deno.test("the arguments of the typed tool are offered, each until it is given", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const env = { MCPASS_HOME: home.path, MCPASS_STORE: "file" };
  await home.signIn(lab);
  const call = ["tools", "call", lab.mcpUrl, "add_numbers"];
  assert.deepEqual(await after([...call, "a"], { env }), []);
  assert.equal((await home.run(["tools", "list", "--url", lab.mcpUrl])).status, 0);
  const asked = lab.requests.length;
  const lines: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
    [[...call, ""], ["a=", "b="]],
    [[...call, "a"], ["a="]],
    [[...call, "a:=1", ""], ["b="]],
    [["tools", "call", lab.mcpUrl, "--tool-name", "add_numbers", "b=2", ""], ["a="]],
    [["tools", "call", "add_numbers", "b"], ["b="]],
    [["tools", "call", lab.mcpUrl, "none", "a"], []],
  ];
  for (const [words, candidates] of lines) {
    assert.deepEqual(await after(words, { env }), candidates, words.join(" "));
  }
  const flags = await after([...call, "a=1", "b=2", "--tool-a"], { env });
  assert.deepEqual(flags, ["--tool-args"]);
  assert.equal(lab.requests.length, asked);
});

Deno.test("--field: the members of the command's document, and those of the only one", async () => {
  const top = await after(["login", "--field", ""]);
  assert.ok(top.includes("credentials") && top.includes("ok"), top.join(" "));
  assert.equal(top.some((it) => it.includes(".")), false);
  const lines: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
    [["login", "--field", "credentials.acc"], ["credentials.accessToken"]],
    [["oauth", "login", "--field=credentials.acc"], ["--field=credentials.accessToken"]],
    [["server", "doctor", "--field", "checks[].st"], ["checks[].status"]],
    [["server", "doctor", "--field", "checks[0].st"], ["checks[0].status"]],
    [["token", "--field", "steps"], []],
    [["version", "--field", "none.x"], []],
    [["version", "--field", "[["], []],
  ];
  for (const [words, candidates] of lines) {
    assert.deepEqual(await after(words), candidates, words.join(" "));
  }
  const only = await after(["login", "--field", "step"]);
  assert.ok(only.includes("steps") && only.includes("steps[].status"), only.join(" "));
  for (const { name, load } of COMMANDS) {
    if (!Object.hasOwn((await load()).flags, "field")) continue;
    const offered = await after([...name.split(" "), "--field", "error."]);
    assert.ok(offered.includes("error.code"), name);
  }
});

Deno.test("a tool that is named like a flag, an argument or a server is no word of a call", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const env = { MCPASS_HOME: home.path, MCPASS_STORE: "file" };
  await home.signIn(lab);
  const names = ["--debug-out=/tmp/x", "-q", "https://other.example/mcp", "a=b", "ok"];
  const variables = new Map(Object.entries(env));
  await storeToolNames(
    { get: (name) => variables.get(name), toObject: () => env },
    lab.mcpUrl,
    names.map((name) => ({ name })),
    (text) => text,
  );
  assert.deepEqual(await after(["tools", "call", lab.mcpUrl, ""], { env }), ["ok"]);
  const flag = ["tools", "call", lab.mcpUrl, "--tool-name", ""];
  assert.deepEqual(await after(flag, { env }), names);
});

Deno.test("a login that lists the tools keeps their names for completion", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const env = { MCPASS_HOME: home.path, MCPASS_STORE: "file" };
  const tool = ["tools", "call", "--url", lab.mcpUrl, "--tool-name", "ec"];
  await home.signIn(lab);
  await home.signIn(lab, "--verify-tools", "--no-store");
  assert.deepEqual(await after(tool, { env }), []);
  await home.signIn(lab, "--verify-tools");
  assert.deepEqual(await after(tool, { env }), ["echo"]);
});

Deno.test("names of tools are kept only where the sign-in is, for its owner alone", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const file = `${home.path}/outside.json`;
  await home.signIn(lab, "--no-store", "--credentials-out", file);
  const list = ["tools", "list", "--url", lab.mcpUrl];
  await home.signIn(lab);
  const names = await Array.fromAsync(Deno.readDir(`${home.path}/credentials`));
  const server = names.find(({ isDirectory }) => isDirectory);
  assert.equal((await home.run([...list, "--credentials-file", file])).status, 0);
  await assert.rejects(
    Deno.stat(`${home.path}/credentials/${server?.name}/tools.json`),
    Deno.errors.NotFound,
  );
  assert.equal((await home.run(list)).status, 0);
  const kept = await Deno.stat(`${home.path}/credentials/${server?.name}/tools.json`);
  assert.equal((kept.mode ?? 0) & 0o777, 0o600);
});

Deno.test("a token that a server writes into its list of tools is not kept with their names", async () => {
  await using lab = await startFakeLab({
    mcp: {
      intercept(request) {
        const [, token = ""] = headerOf(request, "authorization")?.split(" ") ?? [];
        if (rpcMethodOf(request) !== "tools/list" || token === "") return undefined;
        const inputSchema = { type: "object" };
        const tools = [
          { name: "plain", description: `yours is ${token}`, inputSchema },
          { name: token, inputSchema },
        ];
        const result = { resultType: "complete", tools, ttlMs: 0, cacheScope: "private" };
        return { body: { jsonrpc: "2.0", id: JSON.parse(request.body).id, result } };
      },
    },
  });
  await using home = await openHome();
  await home.signIn(lab);
  const list = await home.run(["tools", "list", "--url", lab.mcpUrl]);
  assert.equal(list.status, 0, list.stderr);
  const names = await Array.fromAsync(Deno.readDir(`${home.path}/credentials`));
  const server = names.find(({ isDirectory }) => isDirectory);
  const kept = await Deno.readTextFile(`${home.path}/credentials/${server?.name}/tools.json`);
  assert.match(kept, /^\{"version":1,"tools":\[\{"name":"plain","about":"yours is \[masked /);
  const [summary] = await home.store.find(lab.mcpUrl);
  const token = (await home.store.read(summary?.key ?? ""))?.tokens?.accessToken ?? "?";
  assert.equal(kept.includes(token), false);
});

Deno.test("where nothing is known, nothing is said: no error, whatever was typed", async () => {
  const typed = [["nonsense", ""], ["oauth", "login", "--", ""], ["version", "--nonsense", "x"]];
  for (const words of typed) assert.deepEqual(await after(words), []);
  assert.deepEqual(await after(["oauth", "token", "--url", ""], { env: {} }), []);
});

Deno.test("words that are no flags: files where a command reads one, codes to explain", async () => {
  for (const name of ["report", "client-metadata check", "client-metadata serve"]) {
    const words = ["oauth", ...name.split(" ")];
    assert.deepEqual(await after([...words, "x"]), [":files"]);
    assert.deepEqual(await after([...words, "x", ""]).then((it) => it.includes(":files")), false);
    assert.deepEqual(await after([...words, "--quie"]), ["--quiet"]);
  }
  assert.deepEqual(await after(["explain", "not_an_m"]), ["not_an_mcp_endpoint"]);
});

Deno.test("help takes the names of commands, completion the names of shells", async () => {
  assert.deepEqual(await after(["help", "oauth", "logi"]), ["login"]);
  assert.deepEqual(await after(["completion", ""]), ["bash", "zsh", "fish", "powershell"]);
});

Deno.test("completion prints a script, and names the shells where none was named", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { status, stdout } = await run(["completion", shell]);
    assert.equal(status, 0);
    assert.match(stdout, /mcpass __complete|__complete --/);
  }
  for (const words of [[], ["csh"], ["bash", "zsh"]]) {
    const ran = await run(["completion", ...words]);
    assert.equal(ran.status, 2);
    assert.equal(ran.stdout, "");
  }
});
