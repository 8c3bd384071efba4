import assert from "node:assert/strict";
import {
  browserCommands,
  openBrowser,
  spawnDetached,
  splitCommand,
} from "../../src/consent/browser.ts";
import { childEnvironment } from "../../src/core/programs.ts";
import type { HostEnvironment } from "../../src/consent/host_environment.ts";
import {
  consentRequest,
  desktop,
  fakeEnv,
  fakeIo,
  interactiveOptions,
  recordingSpawn,
  withConsent,
} from "./support.ts";

const URL_WITH_AMPERSANDS = "https://as.example/authorize?a=1&b=$(touch%20x)&c=%25s;d|e";

function place(parts: Partial<HostEnvironment> = {}): HostEnvironment {
  return {
    os: "linux",
    ssh: null,
    user: null,
    container: null,
    hostname: null,
    wsl: false,
    display: true,
    ...parts,
  };
}

Deno.test("the URL is one argument of the system's opener, whole", () => {
  const url = URL_WITH_AMPERSANDS;
  const rundll = ["rundll32.exe", "url.dll,FileProtocolHandler", url];
  const linux = [
    ["xdg-open", url],
    ["gio", "open", url],
    ["sensible-browser", url],
    ["x-www-browser", url],
  ];
  const cases: [Partial<HostEnvironment>, string[][]][] = [
    [{ os: "linux" }, linux],
    [{ os: "freebsd" }, linux],
    [{ os: "darwin" }, [["/usr/bin/open", url]]],
    [{ os: "windows" }, [rundll]],
    [{ os: "linux", wsl: true }, [
      ["wslview", url],
      rundll,
      ["/mnt/c/Windows/System32/rundll32.exe", ...rundll.slice(1)],
      ...linux,
    ]],
  ];
  for (const [parts, expected] of cases) {
    assert.deepEqual(browserCommands(url, { env: fakeEnv(), host: place(parts) }), expected);
  }
});

Deno.test("$BROWSER is a list tried first, without a shell, with %s where the URL belongs", () => {
  const url = URL_WITH_AMPERSANDS;
  const commands = (value: string, os = "linux") =>
    browserCommands(url, { env: fakeEnv({ BROWSER: value }), host: place({ os }) });
  assert.deepEqual(commands("firefox"), [["firefox", url], ...commands("")]);
  assert.deepEqual(commands("").length, 4);
  assert.deepEqual(
    commands(`my-browser --url=%s "two words":'/opt/a b/run' %%s $(id); ls`).slice(0, 2),
    [
      ["my-browser", `--url=${url}`, "two words"],
      ["/opt/a b/run", "%s", "$(id);", "ls", url],
    ],
  );
  assert.deepEqual(commands("run %cname%c %d%%c")[0], ["run", ":name:", "%d%c", url]);
  assert.deepEqual(commands(`"C:\\Program Files\\b.exe" -new;D:\\c.exe`, "windows").slice(0, 2), [
    ["C:\\Program Files\\b.exe", "-new", url],
    ["D:\\c.exe", url],
  ]);
});

Deno.test("--browser is the only command, whatever else is there", () => {
  const env = fakeEnv({ BROWSER: "other" });
  const host = place({ ssh: { host: null, port: null }, display: false });
  assert.deepEqual(browserCommands("https://a.example/", { browser: "ff -P %s", env, host }), [
    ["ff", "-P", "https://a.example/"],
  ]);
  assert.deepEqual(browserCommands("https://a.example/", { browser: "", env, host }), []);
});

Deno.test("far from a person's desktop only the person's own choice is started", () => {
  for (
    const parts of [
      { ssh: { host: "10.0.0.1", port: 22 } },
      { container: "container" },
      { container: "pod" },
      { display: false },
    ] as const
  ) {
    const host = place(parts);
    assert.deepEqual(browserCommands("https://a.example/", { env: fakeEnv(), host }), []);
    const env = fakeEnv({ BROWSER: "helper" });
    assert.deepEqual(browserCommands("https://a.example/", { env, host }), [
      ["helper", "https://a.example/"],
    ]);
  }
});

Deno.test("words are split at spaces, held together by quotes and backslashes", () => {
  assert.deepEqual(splitCommand(`  a  "b c"d\\ e '' "\\"`, "linux"), ["a", "b cd e", "", "\\"]);
  assert.deepEqual(splitCommand(`C:\\x\\y "a b"`, "windows"), ["C:\\x\\y", "a b"]);
  assert.deepEqual(splitCommand("", "linux"), []);
});

Deno.test("a started browser inherits everything but MCPASS_*", async () => {
  const { spawn, started } = recordingSpawn(() => Promise.resolve(0));
  const env = fakeEnv({
    DISPLAY: ":0",
    PATH: "/bin",
    MCPASS_CLIENT_SECRET: "hush",
    mcpass_url: "x",
  });
  const options = interactiveOptions({ env, machine: desktop({ spawn }) });
  await withConsent(options, async (consent) => {
    const abort = new AbortController();
    const obtaining = consent.obtain(consentRequest({ signal: abort.signal }));
    abort.abort();
    await assert.rejects(obtaining);
  });
  assert.deepEqual(started, [{
    program: "xdg-open",
    args: [consentRequest().authorizationUrl],
    env: { DISPLAY: ":0", PATH: "/bin" },
  }]);
});

Deno.test("the real spawn clears the environment, uses no shell and reports the status", async () => {
  const folder = await Deno.makeTempDir();
  const out = `${folder}/out`;
  const args = [
    "eval",
    "--quiet",
    "Deno.writeTextFileSync(Deno.args[0], JSON.stringify([Deno.args, Deno.env.toObject()]));" +
    "Deno.exit(7)",
    out,
    URL_WITH_AMPERSANDS,
  ];
  const left = (name: string) => /^(home$|userprofile$|mcpass_)/i.test(name);
  const inherited = Object.entries(Deno.env.toObject());
  assert.ok(inherited.some(([name]) => left(name)));
  const given = Object.fromEntries(inherited.filter(([name]) => !left(name)));
  const env = childEnvironment(
    fakeEnv({ ...given, DENO_DIR: folder, KEPT: "1", MCPASS_CLIENT_SECRET: "hush" }),
  );
  // A started browser does not keep the process alive, so something else has to.
  const alive = setInterval(() => {}, 1000);
  assert.equal(await spawnDetached({ program: Deno.execPath(), args, env }), 7);
  clearInterval(alive);
  const [seenArgs, seenEnv] = JSON.parse(await Deno.readTextFile(out));
  assert.deepEqual(seenArgs, [out, URL_WITH_AMPERSANDS]);
  assert.equal(seenEnv.KEPT, "1");
  assert.deepEqual(Object.keys(seenEnv).filter(left), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the next command is tried when one is missing or fails, until one stays", async () => {
  const { spawn, started } = recordingSpawn(({ program }) => {
    if (program === "absent") throw new Deno.errors.NotFound();
    if (program === "denied") throw new Deno.errors.PermissionDenied();
    if (program === "failing") return Promise.resolve(3);
    return new Promise(() => {});
  });
  const commands = [["absent", "u"], ["failing", "u"], ["staying", "u"], ["never", "u"]];
  assert.deepEqual(await openBrowser(commands, fakeEnv(), spawn, 1), undefined);
  assert.deepEqual(started.map(({ program }) => program), ["absent", "failing", "staying"]);
  const useless = [...commands.slice(0, 2), ["denied", "u"]];
  assert.deepEqual(await openBrowser(useless, fakeEnv(), spawn, 1_000_000), [
    "absent: not found",
    "failing: exit status 3",
    "denied: cannot be started",
  ]);
});

Deno.test("when no browser opens, the person is told to open the URL", async () => {
  const io = fakeIo();
  const { spawn } = recordingSpawn(() => Promise.reject(new Deno.errors.NotFound()));
  const options = interactiveOptions({ io, browser: "my-browser", machine: desktop({ spawn }) });
  await withConsent(options, async (consent) => {
    const abort = new AbortController();
    const obtaining = consent.obtain(consentRequest({ signal: abort.signal }));
    await io.shown("No browser could be opened (my-browser: not found). Open the URL yourself");
    abort.abort();
    await assert.rejects(obtaining);
  });
});
