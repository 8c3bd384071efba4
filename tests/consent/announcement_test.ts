import assert from "node:assert/strict";
import { browsableUrl } from "../../src/consent/authorization_url.ts";
import type { InteractiveOptions } from "../../src/consent/interactive_consent.ts";
import {
  AUTHORIZATION_URL,
  consentRequest,
  desktop,
  fakeEnv,
  type FakeIo,
  fakeIo,
  interactiveOptions,
  recordingSpawn,
  withConsent,
} from "./support.ts";

/** What a person reads at the beginning, and the port. */
async function announced(
  parts: Partial<InteractiveOptions>,
  authorizationUrl = AUTHORIZATION_URL,
): Promise<{ text: string; port: number }> {
  const io = (parts.io ?? fakeIo()) as FakeIo;
  let at = 0;
  await withConsent(interactiveOptions({ ...parts, io }), async (consent, port) => {
    at = port;
    const abort = new AbortController();
    const obtaining = consent.obtain(consentRequest({ authorizationUrl, signal: abort.signal }));
    abort.abort();
    await assert.rejects(obtaining);
  });
  return { text: io.written(), port: at };
}

Deno.test("the URL stands bare and unwrapped on its own line", async () => {
  const long = `${AUTHORIZATION_URL}&scope=${"read+".repeat(200)}&tail=1`;
  for (const terminal of [true, false]) {
    const { text } = await announced({ io: fakeIo(terminal), printUrl: true }, long);
    const lines = text.split("\n");
    const at = lines.indexOf(long);
    assert.deepEqual([lines[at - 1], lines[at + 1]], ["", ""]);
  }
});

Deno.test("a terminal link is added on a terminal only, and only to the serialized URL", async () => {
  const given = "HTTPS://AS.example/authorize?state=s1&q='\"<é>";
  const serialized = new URL(given).href;
  assert.ok(!serialized.includes("é"));
  const link = `\x1b]8;;${serialized}\x1b\\sign in at as.example\x1b]8;;\x1b\\`;
  const { text } = await announced({}, given);
  assert.ok(text.includes(link));
  assert.ok(text.split("\n").includes(serialized));
  assert.equal(text.split("\x1b]8;;").length - 1, 2);
  const without: Partial<InteractiveOptions>[] = [
    { io: fakeIo(false), printUrl: true },
    { noColor: true },
    { env: fakeEnv({ DISPLAY: ":0", NO_COLOR: "1" }) },
    { env: fakeEnv({ DISPLAY: ":0", TERM: "dumb" }) },
  ];
  for (const parts of without) {
    assert.ok(!(await announced(parts, given)).text.includes("\x1b"));
  }
  const tooLongForTerminals = `${given}&more=${"a".repeat(2100)}`;
  assert.ok(!(await announced({}, tooLongForTerminals)).text.includes("\x1b"));
});

Deno.test("a URL that is not https or loopback http is neither shown nor opened", async () => {
  const refused = [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "vbscript:x",
    "ms-settings:about",
    "app.example://authorize",
    "http://as.example/authorize",
    "http://127.0.0.1.evil.example/authorize",
    "https://user:pw@as.example/authorize",
    "https://user@as.example/authorize",
    "https://:pw@as.example/authorize",
    "https://as.example/\x1b]0;x\x07authorize",
    "https://as.example/\nauthorize",
    "https://as.example/a b",
    "https://as.example/\u009b",
    `https://as.example/?${"a".repeat(16 * 1024)}`,
    `https://as.example/?${"é".repeat(8 * 1024)}`,
    `https://as.example/${"./".repeat(9 * 1024)}`,
    "//as.example/authorize",
    "",
  ];
  for (const authorizationUrl of refused) {
    const io = fakeIo();
    const { spawn, started } = recordingSpawn(() => Promise.resolve(0));
    const options = interactiveOptions({ io, machine: desktop({ spawn }) });
    await withConsent(options, async (consent) => {
      await assert.rejects(
        // A URL that passes ends as cancelled.
        consent.obtain(consentRequest({ authorizationUrl, signal: AbortSignal.abort() })),
        { code: "authorization_url_refused" },
        authorizationUrl,
      );
    });
    assert.equal(io.written(), "");
    assert.deepEqual(started, []);
  }
  for (
    const allowed of [
      "https://as.example/authorize?a=b",
      "http://127.0.0.1:9/authorize",
      "http://localhost:9/authorize",
      "http://[::1]:9/authorize",
    ]
  ) assert.equal(browsableUrl(allowed), allowed);
});

Deno.test("a URL may have 16384 characters, as it came and as it is opened", () => {
  const ofLength = (length: number) => "https://as.example/?".padEnd(length, "a");
  assert.equal(browsableUrl(ofLength(16_384)).length, 16_384);
  assert.throws(() => browsableUrl(ofLength(16_385)), /has 16385 characters, more than 16384/);
  // A parser writes "é" as six characters.
  const accented = (length: number) => `${ofLength(length - 6)}é`;
  assert.equal(browsableUrl(accented(16_384)).length, 16_384);
  assert.throws(() => browsableUrl(accented(16_385)), /more than 16384 characters, serialized/);
});

Deno.test("a refused URL is shown up to its query, with the reason", () => {
  const cases = [
    ["http://as.example/authorize?state=MARK", '"http://as.example/authorize" is neither https'],
    ["https://:pw@as.example/authorize", "contains user info"],
    ["https://user@as.example/authorize", "contains user info"],
    ["https://as.example/a b?MARK", '"https://as.example/a b" has spaces or control characters'],
    ["//as.example/authorize#MARK", '"//as.example/authorize" is not a URL'],
  ] as const;
  for (const [url, words] of cases) {
    assert.throws(() => browsableUrl(url), (error: Error) => {
      assert.ok(error.message.includes(words), error.message);
      assert.doesNotMatch(error.message, /MARK/);
      return true;
    });
  }
});

Deno.test("--print-url opens nothing and waits without a terminal", async () => {
  const { spawn, started } = recordingSpawn(() => Promise.resolve(0));
  const { text } = await announced({
    io: fakeIo(false),
    printUrl: true,
    browser: "ignored",
    env: fakeEnv({ DISPLAY: ":0", BROWSER: "ignored" }),
    machine: desktop({ spawn }),
  });
  assert.deepEqual(started, []);
  assert.match(text, /^To sign in at as\.example, open this URL in a browser:\n/);
  assert.doesNotMatch(text, /No browser could be opened/);
  assert.match(text, /at most 60 s/);
});

Deno.test("--browser starts its program without a terminal", async () => {
  const { spawn, started } = recordingSpawn(() => Promise.resolve(0));
  const { text } = await announced({
    io: fakeIo(false),
    browser: "ff --new",
    machine: desktop({ spawn }),
  });
  assert.deepEqual(started.map(({ program, args }) => [program, ...args]), [
    ["ff", "--new", AUTHORIZATION_URL],
  ]);
  assert.match(text, /^Opening a browser to sign in at as\.example/);
});

Deno.test("where the browser is elsewhere, the exact line that leads back is printed", async () => {
  const files = (found: Record<string, string>) =>
    desktop({ readText: (path) => found[path] ?? null, ...noSpawn });
  const noSpawn = {
    spawn: () => {
      throw new Error("started");
    },
  };
  const cases: [string, Partial<InteractiveOptions>, (port: number) => string[]][] = [
    ["ssh", {
      env: fakeEnv({
        DISPLAY: ":0",
        USER: "ada",
        SSH_CONNECTION: "10.0.0.9 55555 192.0.2.7 22",
        SSH_TTY: "/dev/pts/0",
      }),
    }, (port) => [`  ssh -L ${port}:127.0.0.1:${port} ada@192.0.2.7`]],
    ["ssh at another port and address family", {
      env: fakeEnv({ LOGNAME: "ada", SSH_CONNECTION: "::1 5 2001:db8::7 2222" }),
    }, (port) => [`  ssh -L ${port}:127.0.0.1:${port} -p 2222 ada@2001:db8::7`]],
    ["ssh of which nothing is known", { env: fakeEnv({ SSH_TTY: "/dev/pts/0" }) }, (port) => [
      `  ssh -L ${port}:127.0.0.1:${port} <user>@<host>`,
    ]],
    ["ssh with values that a shell would take apart", {
      env: fakeEnv({ USER: "a;reboot", SSH_CONNECTION: "x x $(reboot) 22;reboot" }),
    }, (port) => [`  ssh -L ${port}:127.0.0.1:${port} <user>@<host>`]],
    ["no display", { env: fakeEnv({ USER: "ada" }) }, (port) => [
      `  ssh -L ${port}:127.0.0.1:${port} ada@<host>`,
    ]],
    ["docker", { noInput: true, machine: files({ "/.dockerenv": "" }) }, () => [
      "  docker run --network host ...",
    ]],
    ["podman", { noInput: true, machine: files({ "/run/.containerenv": "" }) }, () => [
      "  docker run --network host ...",
    ]],
    [
      "cgroup",
      { noInput: true, machine: files({ "/proc/1/cgroup": "12:pids:/docker/0a1b\n" }) },
      () => [
        "  docker run --network host ...",
      ],
    ],
    ["pod by cgroup", {
      env: fakeEnv(),
      machine: files({ "/proc/1/cgroup": "4:cpu:/kubepods/besteffort/pod1\n" }),
    }, (port) => [`  kubectl port-forward pod/<pod> ${port}:${port}`]],
    [
      "container variable",
      { noInput: true, env: fakeEnv({ container: "podman", DISPLAY: ":0" }) },
      () => [
        "  docker run --network host ...",
      ],
    ],
    ["pod", {
      env: fakeEnv({ KUBERNETES_SERVICE_HOST: "10.0.0.1", HOSTNAME: "web-7f9c" }),
    }, (port) => [`  kubectl port-forward pod/web-7f9c ${port}:${port}`]],
  ];
  for (const [name, parts, lines] of cases) {
    const options = { machine: desktop(noSpawn), ...parts };
    const { text, port } = await announced(options);
    for (const line of lines(port)) assert.ok(text.split("\n").includes(line), `${name}: ${text}`);
    const hasPaste = parts.noInput !== true;
    assert.equal(text.includes("If the final page does not load, paste its full URL"), hasPaste);
    assert.ok(text.indexOf("To sign in at") > text.indexOf("  "), name);
  }
});

Deno.test("in a container, a person who can paste is told only that", async () => {
  const readText = (path: string) => path === "/.dockerenv" ? "" : null;
  const { text } = await announced({ printUrl: true, machine: desktop({ readText }) });
  assert.match(text.replaceAll("\n", " "), /This is a container: .* paste its full URL here/);
  assert.doesNotMatch(text, /docker/);
});

Deno.test("a browser that opens here needs no tunnel, though the session is remote", async () => {
  const { spawn, started } = recordingSpawn(() => Promise.resolve(0));
  const env = fakeEnv({ SSH_TTY: "/dev/pts/0", BROWSER: "code-open" });
  const { text } = await announced({ env, machine: desktop({ spawn }) });
  assert.equal(started[0]?.program, "code-open");
  assert.doesNotMatch(text, /ssh|SSH|final page/);
});

Deno.test("under WSL Windows' browser is opened and the port's way back is printed", async () => {
  for (
    const machine of [
      { env: fakeEnv({ WSL_DISTRO_NAME: "Debian" }), readText: () => null },
      { env: fakeEnv({ WSL_INTEROP: "/run/WSL/1_interop" }), readText: () => null },
      {
        env: fakeEnv(),
        readText: (path: string) =>
          path === "/proc/sys/kernel/osrelease" ? "5.15-microsoft-standard-WSL2" : null,
      },
    ]
  ) {
    const { spawn, started } = recordingSpawn(() => Promise.resolve(0));
    const { text } = await announced({
      env: machine.env,
      machine: desktop({ spawn, readText: machine.readText }),
    });
    assert.equal(started[0]?.program, "wslview");
    assert.match(text, /If the final page does not load, paste its full URL here/);
    const other = await announced({
      env: machine.env,
      noInput: true,
      machine: desktop({ spawn, readText: machine.readText }),
    });
    assert.match(other.text, new RegExp(`cannot reach 127\\.0\\.0\\.1:${other.port}`));
    assert.ok(other.text.split("\n").includes("  localhostForwarding=true"));
  }
});

Deno.test("on an ordinary desktop nothing is said about tunnels", async () => {
  for (const os of ["linux", "darwin", "windows"]) {
    const { text } = await announced({ machine: desktop({ os }) });
    assert.doesNotMatch(text, /ssh|docker|kubectl|WSL|display/);
  }
});

Deno.test("without a paste prompt none is offered", async () => {
  const env = fakeEnv({ SSH_TTY: "/dev/pts/0" });
  for (const parts of [{ noInput: true }, { io: fakeIo(false), printUrl: true }]) {
    const { text } = await announced({ env, ...parts });
    assert.doesNotMatch(text, /paste/);
  }
});
