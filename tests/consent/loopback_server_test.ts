import assert from "node:assert/strict";
import { openInteractiveConsent } from "../../src/consent/interactive_consent.ts";
import { startListener } from "../../src/consent/callback_listener.ts";
import { type Serve, serveLoopback } from "../../src/consent/loopback_server.ts";
import { Failure } from "../../src/core/failure.ts";
import { loopbackRedirect } from "../../src/consent/redirect_url.ts";
import {
  consentRequest,
  desktop,
  fakeEnv,
  fakeIo,
  get,
  interactiveOptions,
  status,
  withConsent,
} from "./support.ts";

/** Serves, unless `refuse` has an error for the address. */
function servingUnless(refuse: (hostname?: string, port?: number) => Error | undefined): Serve {
  return (options, handler) => {
    const error = refuse(options.hostname, options.port);
    if (error !== undefined) throw error;
    return Deno.serve(options, handler);
  };
}

/** A port that was free a moment ago at both addresses. */
async function freePort(): Promise<number> {
  const server = await serveLoopback({
    port: 0,
    requiresIpv6: true,
    handler: () => new Response(),
    failure: (hostname, cause) => new Failure("port_unavailable", hostname, { cause }),
  });
  await server.close();
  return server.port;
}

Deno.test("the listener is at 127.0.0.1 and ::1 on one port, and nowhere else", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    assert.equal(consent.redirectUri, `http://127.0.0.1:${port}/callback`);
    for (const hostname of ["127.0.0.1", "::1"]) {
      assert.equal(status(await get(port, "/", undefined, hostname)), 404);
    }
    Deno.listen({ hostname: "127.0.0.2", port }).close();
  });
});

Deno.test("another free port is taken where ::1 has the first one in use", async () => {
  const refusedPorts: number[] = [];
  const serve = servingUnless((hostname, port = 0) => {
    if (hostname !== "::1" || refusedPorts.length === 3) return undefined;
    refusedPorts.push(port);
    return new Deno.errors.AddrInUse("in use");
  });
  await withConsent(interactiveOptions({ machine: desktop({ serve }) }), async (_consent, port) => {
    assert.equal(refusedPorts.length, 3);
    assert.ok(!refusedPorts.includes(port));
    for (const hostname of ["127.0.0.1", "::1"]) {
      assert.equal(status(await get(port, "/", undefined, hostname)), 404);
    }
    for (const free of refusedPorts) Deno.listen({ hostname: "127.0.0.1", port: free }).close();
  });
});

Deno.test("127.0.0.1 alone serves where there is no IPv6", async () => {
  const serve = servingUnless((hostname) =>
    hostname === "::1" ? new Deno.errors.AddrNotAvailable("no IPv6") : undefined
  );
  const machine = desktop({ serve });
  await withConsent(interactiveOptions({ machine }), async (_consent, port) => {
    assert.equal(status(await get(port, "/")), 404);
    await assert.rejects(Deno.connect({ hostname: "::1", port }));
  });
  const port = await freePort();
  await assert.rejects(
    openInteractiveConsent(
      interactiveOptions({ machine, redirectUrl: `http://[::1]:${port}/callback` }),
    ),
    { code: "port_unavailable", message: /no IPv6/ },
  );
  Deno.listen({ hostname: "127.0.0.1", port }).close();
});

Deno.test("a fixed port that is taken at either address is named, with what to do", async () => {
  for (const hostname of ["127.0.0.1", "::1"]) {
    const other = Deno.listen({ hostname, port: 0 });
    const { port } = other.addr;
    const redirectUrl = `http://localhost:${port}/callback`;
    await assert.rejects(openInteractiveConsent(interactiveOptions({ redirectUrl })), {
      code: "port_taken",
      kind: "operation",
      message: `port ${port} of --redirect-url is in use at ${hostname} by another program`,
      remedy: new RegExp(`--redirect-url[^]*\\n {2}ss -ltnp 'sport = :${port}'`),
    });
    other.close();
    for (const free of ["127.0.0.1", "::1"]) Deno.listen({ hostname: free, port }).close();
  }
});

Deno.test("a port that cannot be opened is named with the reason that is likely", async () => {
  const machine = desktop({
    serve: servingUnless(() => new Deno.errors.PermissionDenied("not allowed")),
  });
  const free = "no port could be opened at 127.0.0.1 for the callback";
  const fixed = (port: number) => `port ${port} of --redirect-url could not be opened at 127.0.0.1`;
  const cases: [redirectUrl: string | undefined, message: string, remedy: RegExp][] = [
    [undefined, free, /another port/],
    ["http://localhost:0/callback", free, /another port/],
    ["http://localhost:1/callback", fixed(1), /below 1024/],
    ["http://localhost:1023/callback", fixed(1023), /below 1024/],
    ["http://localhost:1024/callback", fixed(1024), /another port/],
  ];
  for (const [redirectUrl, message, remedy] of cases) {
    await assert.rejects(openInteractiveConsent(interactiveOptions({ machine, redirectUrl })), {
      code: "port_unavailable",
      message,
      remedy,
    });
  }
});

Deno.test("after 32 ports that are taken at ::1 no further one is tried", async () => {
  const tried: number[] = [];
  const serve = servingUnless((hostname, port = 0) => {
    if (hostname === "127.0.0.1") return undefined;
    tried.push(port);
    return new Deno.errors.AddrInUse("in use");
  });
  const machine = desktop({ serve });
  await assert.rejects(openInteractiveConsent(interactiveOptions({ machine })), {
    code: "port_unavailable",
    message: "no port is free at both 127.0.0.1 and ::1",
    remedy: /--redirect-url http:/,
  });
  assert.equal(tried.length, 32);
  for (const port of new Set(tried)) Deno.listen({ hostname: "127.0.0.1", port }).close();
});

Deno.test("another port is tried only where any port will do", async () => {
  const fixed = await freePort();
  for (
    const [redirectUrl, error] of [
      [`http://localhost:${fixed}/callback`, new Deno.errors.AddrInUse("in use")],
      ["http://[::1]/callback", new Deno.errors.AddrNotAvailable("no IPv6")],
    ] as const
  ) {
    const tried: (string | undefined)[] = [];
    const serve = servingUnless((hostname) => {
      tried.push(hostname);
      return hostname === "::1" ? error : undefined;
    });
    const machine = desktop({ serve });
    await assert.rejects(openInteractiveConsent(interactiveOptions({ machine, redirectUrl })));
    assert.deepEqual(tried, ["127.0.0.1", "::1"]);
  }
});

Deno.test("a port that is taken is looked up by the system's own program", async () => {
  const serve = servingUnless(() => new Deno.errors.AddrInUse("in use"));
  const redirect = loopbackRedirect("http://localhost:4711/callback");
  for (
    const [os, command] of [
      ["linux", "  ss -ltnp 'sport = :4711'"],
      ["windows", "  netstat -ano | findstr :4711"],
      ["darwin", "  lsof -nP -iTCP:4711 -sTCP:LISTEN"],
    ] as const
  ) {
    await assert.rejects(startListener({ redirect, os, serve }), {
      code: "port_taken",
      remedy: new RegExp(RegExp.escape(command)),
    });
  }
});

Deno.test("a fixed port, path and query are kept byte for byte", async () => {
  const port = await freePort();
  const redirectUrl = `http://LOCALHOST:${port}/cb/%7Eme?app=1`;
  await withConsent(interactiveOptions({ redirectUrl }), async (consent) => {
    assert.equal(consent.redirectUri, redirectUrl);
    const obtaining = consent.obtain(consentRequest());
    const page = get(port, "/cb/%7Eme?app=1&code=c&state=s1", `localhost:${port}`);
    assert.deepEqual((await obtaining).parameters, [["app", "1"], ["code", "c"], ["state", "s1"]]);
    consent.showOutcome("success");
    await page;
  });
});

Deno.test("a redirect URL without a port gets a free one, every other byte as given", () => {
  for (
    const [given, expected] of [
      [undefined, "http://127.0.0.1:7/callback"],
      ["http://localhost", "http://localhost:7"],
      ["http://localhost/cb", "http://localhost:7/cb"],
      ["http://127.0.0.1:/cb", "http://127.0.0.1:7/cb"],
      ["http://[::1]/?a=b", "http://[::1]:7/?a=b"],
      ["http://127.0.0.1?a=b", "http://127.0.0.1:7?a=b"],
    ]
  ) {
    const redirect = loopbackRedirect(given);
    assert.equal(redirect.port, 0);
    assert.equal(redirect.at(7), expected);
  }
  assert.equal(loopbackRedirect("http://localhost:80/cb").port, 80);
});

Deno.test("a redirect URL that a browser here cannot be sent to is a usage error", async () => {
  for (
    const redirectUrl of [
      "https://127.0.0.1:8443/callback",
      "https://app.example/callback",
      "http://app.example/callback",
      "http://0.0.0.0:8080/callback",
      "http://127.0.0.2:8080/callback",
      "http://localhost.evil.example/callback",
      "http://127.0.0.1.evil.example/callback",
      "http://user@localhost:8080/callback",
      "http://localhost:8080@evil.example/",
      "http://localhost:99999/callback",
      "http://localhost:8080\\@evil.example/",
      "http://localhost:8080/a b",
      "http://localhost:8080/cb#top",
      "http://localhost:8080/cb?state=1",
      "app.example:/callback",
      "",
    ]
  ) {
    await assert.rejects(
      openInteractiveConsent(interactiveOptions({ redirectUrl })),
      { code: "redirect_url_invalid", kind: "usage" },
      redirectUrl,
    );
  }
});

Deno.test("a listener that comes up at another address is refused", async () => {
  for (const moved of ["127.0.0.1", "::1"]) {
    const ports: number[] = [];
    const serve: Serve = (options, handler) => {
      const hostname = options.hostname === moved ? "127.0.0.2" : options.hostname ?? "";
      const server = Deno.serve({ ...options, hostname }, handler);
      ports.push(server.addr.port);
      return server;
    };
    const machine = desktop({ serve });
    await assert.rejects(openInteractiveConsent(interactiveOptions({ machine })), {
      code: "listener_exposed",
      message: /127\.0\.0\.2/,
    });
    for (const port of ports) {
      for (const hostname of ["127.0.0.1", "127.0.0.2"]) Deno.listen({ hostname, port }).close();
    }
  }
});

Deno.test("DENO_SERVE_ADDRESS does not move the listener", async () => {
  const elsewhere = await freePort();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL("./print_listener_address.ts", import.meta.url).href],
    env: { DENO_SERVE_ADDRESS: `tcp:0.0.0.0:${elsewhere}` },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { redirectUri, reached, moved } = JSON.parse(new TextDecoder().decode(stdout));
  assert.match(redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  assert.equal(reached, 404);
  assert.equal(moved, false);
});

Deno.test("nothing is bound without a terminal", async () => {
  let bound = 0;
  const serve = servingUnless(() => {
    bound++;
    return undefined;
  });
  const machine = desktop({ serve });
  for (const half of [{ stdinIsTerminal: false }, { stderrIsTerminal: false }]) {
    const io = { ...fakeIo(), ...half };
    await assert.rejects(
      openInteractiveConsent(interactiveOptions({ io, env: fakeEnv(), machine })),
      {
        code: "sign_in_needed",
        kind: "sign_in_needed",
        remedy: /Sign in at a terminal:\n {2}mcpass oauth login --url .*--print-url/s,
      },
    );
  }
  assert.equal(bound, 0);
});

Deno.test("a process with too many open files still waits for a pasted URL", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const program = new URL("./wait_for_callback.ts", import.meta.url).href;
  const child = new Deno.Command("sh", {
    args: ["-c", `ulimit -n 60; exec "${Deno.execPath()}" run -A --quiet "${program}"`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  const port = Number(new URL(value.trim()).port);
  const connections: Deno.TcpConn[] = [];
  // The runtime closes the listener with the first connection that it cannot accept.
  await assert.rejects(async () => {
    for (;;) connections.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  });
  await child.stdin.close();
  let said = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) said += part.value;
  assert.equal(said.trim(), "cancelled\nwarned");
  assert.equal((await child.status).code, 0);
  for (const connection of connections) connection.close();
});
