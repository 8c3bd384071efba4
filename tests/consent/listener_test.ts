import assert from "node:assert/strict";
import { holdTimers } from "../held_timers.ts";
import { redirectTarget } from "../../src/consent/redirect_url.ts";
import { startListener } from "../../src/consent/listener.ts";
import { PAGES, response } from "../../src/consent/page.ts";
import { consentRequest, get, interactiveOptions, raw, status, withConsent } from "./support.ts";

Deno.test("every request gets 404 before the authorization URL is out", async () => {
  await withConsent(interactiveOptions(), async (_consent, port) => {
    assert.equal(status(await get(port, "/callback?code=c&state=s1")), 404);
    assert.equal(status(await get(port, "/", "evil.example")), 404);
    assert.equal(status(await raw(port, "BAD\r\n\r\n")), 404);
    assert.equal(status(await raw(port, `GET /${"a".repeat(20_000)} HTTP/1.1\r\n\r\n`)), 404);
  });
});

Deno.test("a callback is taken at 127.0.0.1, and its page waits for the outcome", async () => {
  for (
    const [outcome, words] of [["success", "Signed in"], ["failure", "Not signed in"]] as const
  ) {
    await withConsent(interactiveOptions(), async (consent, port) => {
      const request = consentRequest();
      const obtaining = consent.obtain(request);
      let answered = false;
      const page = get(port, "/callback?code=a%2Bb+c&state=s1&iss=https%3A%2F%2Fas.example")
        .then((text) => {
          answered = true;
          return text;
        });
      assert.deepEqual(await obtaining, {
        parameters: [["code", "a+b c"], ["state", "s1"], ["iss", "https://as.example"]],
        via: "listener",
        bare: false,
      });
      assert.equal(status(await get(port, "/other")), 404);
      assert.equal(answered, false);
      await consent.settle(outcome);
      assert.match(await page, new RegExp(words));
      assert.doesNotMatch(await page, /a\+b|s1|as\.example/);
    });
  }
});

Deno.test("a callback is taken at ::1 where localhost leads there", async () => {
  const options = interactiveOptions({ redirectUrl: "http://localhost/cb" });
  await withConsent(options, async (consent, port) => {
    assert.equal(consent.redirectUri, `http://localhost:${port}/cb`);
    const obtaining = consent.obtain(consentRequest());
    const page = get(port, "/cb?code=c&state=s1", `localhost:${port}`, "::1");
    assert.equal((await obtaining).via, "listener");
    await consent.settle("success");
    assert.equal(status(await page), 200);
  });
});

Deno.test("callbacks of another sign-in are answered neutrally and the wait goes on", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const request = consentRequest();
    const obtaining = consent.obtain(request);
    const forged = await get(port, "/callback?error=access_denied&error_description=MARK&state=zz");
    assert.equal(status(forged), 400);
    assert.doesNotMatch(forged, /MARK|zz|access_denied/);
    assert.equal(status(await get(port, "/callback")), 400);
    assert.equal(status(await get(port, "/callback?code=c")), 400);
    const page = get(port, "/callback?code=c&state=s1");
    assert.deepEqual((await obtaining).parameters, [["code", "c"], ["state", "s1"]]);
    assert.equal(request.judged.length, 4);
    await consent.settle("success");
    await page;
  });
});

Deno.test("only a GET of the exact path at the exact authority reaches the judge", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const abort = new AbortController();
    // A request that reaches the judge is answered with another status than expected.
    const request = consentRequest({
      signal: abort.signal,
      judge: () => {
        throw new Error("judged");
      },
    });
    const obtaining = consent.obtain(request);
    obtaining.catch(() => {});
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const query = "?code=c&state=s1";
    const target = `/callback${query}`;
    const cases: [string, number][] = [
      [`GET ${target} HTTP/1.1\r\nHost: evil.example\r\n\r\n`, 421],
      [`GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`, 421],
      [`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 421],
      [`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}.evil.example\r\n\r\n`, 421],
      [`GET ${target} HTTP/1.1\r\n\r\n`, 421],
      [`GET ${target} HTTP/1.1\r\n${host}${host}\r\n`, 421],
      [`GET ${target} HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`, 421],
      [`GET http://127.0.0.1:${port}${target} HTTP/1.1\r\n${host}\r\n`, 400],
      [`GET http://evil.example${target} HTTP/1.1\r\n${host}\r\n`, 400],
      [`POST ${target} HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\na=b`, 405],
      [`HEAD ${target} HTTP/1.1\r\n${host}\r\n`, 405],
      [`OPTIONS ${target} HTTP/1.1\r\n${host}Origin: https://evil.example\r\n\r\n`, 405],
      [`GET /callback/${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /Callback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET //callback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /x/../callback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /%63allback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /callback;a${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /favicon.ico HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET ${target}\r\n\r\n`, 400],
      [`GET ${target} HTTP/2.0\r\n${host}\r\n`, 400],
      [`GET  ${target} HTTP/1.1\r\n${host}\r\n`, 400],
      [`GET ${target} HTTP/1.1\r\n${host} folded\r\n\r\n`, 400],
      [`GET ${target} HTTP/1.1\r\nHost : 127.0.0.1:${port}\r\n\r\n`, 400],
      [`\x16\x03\x01\x02\x00`, 400],
    ];
    for (const [text, expected] of cases) {
      const answer = await raw(port, text);
      assert.equal(status(answer), expected, JSON.stringify(text));
      assert.doesNotMatch(answer, /access-control|evil/i);
    }
    assert.match(await raw(port, `HEAD ${target} HTTP/1.1\r\n${host}\r\n`), /\r\n\r\n$/);
    abort.abort();
    await assert.rejects(obtaining, { code: "cancelled", kind: "cancelled" });
  });
});

Deno.test("a request line or a head of more than 16 KiB is refused", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const obtaining = consent.obtain(consentRequest());
    const long = "a".repeat(16 * 1024);
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const line = await raw(port, `GET /callback?state=s1&code=${long} HTTP/1.1\r\n${host}\r\n`);
    assert.equal(status(line), 414);
    const head = await raw(
      port,
      `GET /callback?state=s1&code=c HTTP/1.1\r\n${host}X: ${long}\r\n\r\n`,
    );
    assert.equal(status(head), 431);
    const page = get(port, `/callback?state=s1&code=${"c".repeat(15_000)}`);
    assert.equal((await obtaining).parameters.length, 2);
    await consent.settle("success");
    await page;
  });
});

Deno.test("every page forbids caching, referrers, sniffing and everything active", async () => {
  for (const page of Object.values(PAGES)) {
    const text = new TextDecoder().decode(response(page));
    const [head = "", html = ""] = text.split("\r\n\r\n");
    for (
      const field of [
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        `Content-Length: ${new TextEncoder().encode(html).length}`,
      ]
    ) assert.ok(head.includes(field), `${page.status}: ${field}`);
    const style = /<style>(.*)<\/style>/.exec(html)?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = new Uint8Array(digest).toBase64();
    assert.ok(head.includes(`default-src 'none'; style-src 'sha256-${hash}'`));
    assert.doesNotMatch(html, /<script|<img|<a |<link|\bon\w+=/);
  }
});

Deno.test("a browser that reloads the taken callback sees the same outcome", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const obtaining = consent.obtain(consentRequest());
    const target = "/callback?code=c&state=s1";
    const first = get(port, target);
    await obtaining;
    const reloaded = get(port, target);
    assert.equal(status(await get(port, `${target}&more=1`)), 404);
    await consent.settle("success");
    assert.match(await first, /Signed in/);
    assert.match(await reloaded, /Signed in/);
    assert.match(await get(port, target), /Signed in/);
  });
});

Deno.test("a second sign-in works on the same listener", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const first = consent.obtain(consentRequest());
    const firstPage = get(port, "/callback?code=1&state=s1");
    assert.deepEqual((await first).parameters[0], ["code", "1"]);
    await consent.settle("success");
    await firstPage;
    assert.equal(status(await get(port, "/callback?code=2&state=s1")), 404);
    const second = consent.obtain(consentRequest());
    const secondPage = get(port, "/callback?code=2&state=s1");
    assert.deepEqual((await second).parameters[0], ["code", "2"]);
    await consent.settle("failure");
    assert.match(await secondPage, /Not signed in/);
  });
});

Deno.test("closing frees the port and ends idle and held connections", async () => {
  let port = 0;
  let idle: Deno.TcpConn | undefined;
  let page: Promise<string> | undefined;
  await withConsent(interactiveOptions(), async (consent, at) => {
    port = at;
    idle = await Deno.connect({ hostname: "127.0.0.1", port });
    const obtaining = consent.obtain(consentRequest());
    page = get(port, "/callback?code=c&state=s1");
    await obtaining;
    await consent.close();
  });
  assert.match(await page ?? "", /Answer received/);
  assert.doesNotMatch(await page ?? "", /Signed in/);
  assert.equal(await idle?.read(new Uint8Array(1)), null);
  idle?.close();
  for (const hostname of ["127.0.0.1", "::1"]) Deno.listen({ hostname, port }).close();
});

Deno.test("a kept-alive connection is not kept: one answer, then the end", async () => {
  await withConsent(interactiveOptions(), async (_consent, port) => {
    const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n\r\n`;
    const answers = await raw(port, request + request);
    assert.equal(answers.split("HTTP/1.1 ").length - 1, 1);
    assert.match(answers, /Connection: close/);
  });
});

Deno.test("a client that sends nothing is sent away, and few may try at a time", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const target = redirectTarget(`http://127.0.0.1:${port}/callback`);
  const running = startListener([listener], target, { readMs: 50, connections: 3 });
  const silent = await Deno.connect({ hostname: "127.0.0.1", port });
  await silent.write(new TextEncoder().encode("GET /callback HTTP/1.1\r\nHost: "));
  assert.equal(await silent.read(new Uint8Array(1)), null);
  silent.close();
  await running.close();

  const crowded = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const again = startListener([crowded], target, { readMs: 60_000, connections: 3 });
  const idle = await Promise.all(
    Array.from(
      { length: 4 },
      () => Deno.connect({ hostname: "127.0.0.1", port: crowded.addr.port }),
    ),
  );
  const ended = await Promise.race(idle.map((connection) => connection.read(new Uint8Array(1))));
  assert.equal(ended, null);
  assert.equal(status(await get(crowded.addr.port, "/")), 404);
  await again.close();
  for (const connection of idle) connection.close();
});

Deno.test("a client has a limit to send its request, and none to wait for the outcome", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const readMs = 10_007;
  using limit = holdTimers(readMs);
  const target = redirectTarget(`http://127.0.0.1:${port}/callback`);
  const running = startListener([listener], target, { readMs, connections: 3 });
  const callback = running.expect(() => "take");
  const page = get(port, "/callback?code=c");
  await callback;
  limit.fire();
  await running.settle(PAGES.success);
  assert.match(await page, /Signed in/);
  await running.close();
});

Deno.test("a client that still sends after its answer is read, until it closes or its time is up", async () => {
  using drained = holdTimers(250);
  await withConsent(interactiveOptions(), async (_consent, port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const say = (text: string) => connection.write(new TextEncoder().encode(text));
    const buffer = new Uint8Array(64 * 1024);
    await say("POST /callback HTTP/1.1\r\nContent-Length: 1000\r\n\r\n");
    while (await connection.read(buffer) !== null);
    // A connection that is closed at the other side refuses what is written to it.
    for (let at = 0; at < 50; at++) {
      await say("code=c&");
      await new Promise((resolve) => setTimeout(resolve));
    }
    assert.equal(drained.waiting, 1);
    drained.fire();
    await assert.rejects(async () => {
      for (;;) {
        await say("code=c&");
        await new Promise((resolve) => setTimeout(resolve));
      }
    });
    connection.close();
  });
});

Deno.test("a judge that throws ends the wait with its error", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const obtaining = consent.obtain(consentRequest({
      judge: () => {
        throw new Error("from the judge");
      },
    }));
    const page = get(port, "/callback?code=c&state=s1");
    await assert.rejects(obtaining, /from the judge/);
    assert.match(await page, /Answer received/);
  });
});

Deno.test("Ctrl-C ends the wait and frees the port", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const abort = new AbortController();
    const obtaining = consent.obtain(consentRequest({ signal: abort.signal }));
    abort.abort();
    await assert.rejects(obtaining, { code: "cancelled", kind: "cancelled" });
    for (const hostname of ["127.0.0.1", "::1"]) Deno.listen({ hostname, port }).close();
    await assert.rejects(consent.obtain(consentRequest({ signal: abort.signal })), {
      code: "cancelled",
    });
  });
});

Deno.test("the time limit ends the wait and says what arrived until then", async () => {
  const timeoutMs = 61_000;
  using limit = holdTimers(timeoutMs);
  await withConsent(interactiveOptions(), async (consent, port) => {
    const obtain = () => consent.obtain(consentRequest({ timeoutMs }));
    const silent = assert.rejects(obtain(), {
      code: "consent_timeout",
      kind: "operation",
      message: `no answer came back to "${consent.redirectUri}" within 61 s`,
      remedy: /browser shows an error about client or redirect URI/,
    });
    limit.fire();
    await silent;

    const forged = assert.rejects(obtain(), {
      code: "consent_timeout",
      message: /within 61 s; ignored, since they answer another sign-in: 2$/,
    });
    await get(port, "/callback?code=c&state=other");
    await get(port, "/callback?code=c");
    limit.fire();
    await forged;

    const posted = assert.rejects(obtain(), {
      code: "callback_by_post",
      message: new RegExp(RegExp.escape(`"${consent.redirectUri}" within 61 s`)),
      remedy: /response_mode query/,
    });
    const form = `POST /callback HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 0\r\n\r\n`;
    assert.equal(status(await raw(port, form)), 405);
    limit.fire();
    await posted;
  });
});

Deno.test("a time limit longer than a timer can be is the longest timer", async () => {
  using limit = holdTimers(2 ** 31 - 1);
  await withConsent(interactiveOptions(), async (consent) => {
    const waiting = assert.rejects(consent.obtain(consentRequest({ timeoutMs: 2 ** 33 })), {
      code: "consent_timeout",
    });
    limit.fire();
    await waiting;
  });
});
