import assert from "node:assert/strict";
import { holdTimers } from "../held_timers.ts";
import type { BeforeExit } from "../../src/core/system.ts";
import { CALLBACK_PAGES, callbackPageResponse } from "../../src/consent/callback_page.ts";
import {
  AUTHORIZATION_URL,
  consentRequest,
  get,
  interactiveOptions,
  raw,
  status,
  withConsent,
} from "./support.ts";

Deno.test("every request gets 404 before the authorization URL is out", async () => {
  await withConsent(interactiveOptions(), async (_consent, port) => {
    assert.equal(status(await get(port, "/callback?code=c&state=s1")), 404);
    assert.equal(status(await get(port, "/", "evil.example")), 404);
    assert.equal(status(await raw(port, `GET /${"a".repeat(20_000)} HTTP/1.1\r\n\r\n`)), 404);
  });
});

Deno.test("a callback is taken at 127.0.0.1, and its page waits for the outcome", async () => {
  for (
    const [outcome, words] of [["success", "Signed in"], ["failure", "Sign-in failed"]] as const
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
      consent.showOutcome(outcome);
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
    consent.showOutcome("success");
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
    consent.showOutcome("success");
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
      [`GET ${target} HTTP/1.1\r\n${host}${host}\r\n`, 400],
      [`GET ${target} HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`, 400],
      [`GET http://evil.example${target} HTTP/1.1\r\n${host}\r\n`, 421],
      [`GET http://127.0.0.1:${port}${target} HTTP/1.1\r\nHost: evil.example\r\n\r\n`, 421],
      [`GET http://127.0.0.1:${port}${target} HTTP/1.1\r\n\r\n`, 421],
      [`GET http://null${target} HTTP/1.1\r\n\r\n`, 421],
      [`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n${host}\r\n`, 421],
      [`POST ${target} HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\na=b`, 405],
      [`HEAD ${target} HTTP/1.1\r\n${host}\r\n`, 405],
      [`OPTIONS ${target} HTTP/1.1\r\n${host}Origin: https://evil.example\r\n\r\n`, 405],
      [`OPTIONS * HTTP/1.1\r\n${host}\r\n`, 404],
      [`get ${target} HTTP/1.1\r\n${host}\r\n`, 405],
      [`${"A".repeat(21)} ${target} HTTP/1.1\r\n${host}\r\n`, 405],
      [`GET /callback/${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /Callback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET //callback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /x/../callback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /%63allback${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /callback;a${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /favicon.ico HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET /callbacké${query} HTTP/1.1\r\n${host}\r\n`, 404],
      [`GET ${target}\r\n\r\n`, 400],
      [`GET /a b${query} HTTP/1.1\r\n${host}\r\n`, 400],
      [`X GET ${target} HTTP/1.1\r\n${host}\r\n`, 400],
      [`GET ${target} HTTP/1.2\r\n${host}\r\n`, 400],
      [`GET ${target} HTTP/1.1\r\n${host}Field\r\n\r\n`, 400],
      [`GET ${target} HTTP/1.1\r\n${host}: x\r\n\r\n`, 400],
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

Deno.test("a request that begins with its origin is taken, as is one of HTTP/1.0", async () => {
  for (
    const [origin, version] of [["http://127.0.0.1:<port>", "1.1"], ["", "1.0"]] as const
  ) {
    await withConsent(interactiveOptions(), async (consent, port) => {
      const obtaining = consent.obtain(consentRequest());
      const target = `${origin.replace("<port>", `${port}`)}/callback?code=c&state=s1`;
      const page = raw(port, `GET ${target} HTTP/${version}\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
      assert.deepEqual((await obtaining).parameters, [["code", "c"], ["state", "s1"]]);
      consent.showOutcome("success");
      assert.match(await page, /Signed in/);
    });
  }
});

Deno.test("a request line of 70 KB or a head of 300 KB is refused, a code of 15 KB is not", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const request = consentRequest();
    const obtaining = consent.obtain(request);
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const long = (length: number) => "a".repeat(length);
    const line = `GET /callback?state=s1&code=${long(70_000)} HTTP/1.1\r\n${host}\r\n`;
    assert.equal(status(await raw(port, line)), 400);
    const head = `GET /callback?state=s1&code=c HTTP/1.1\r\n${host}X: ${long(300_000)}\r\n\r\n`;
    assert.equal(status(await raw(port, head)), 400);
    assert.deepEqual(request.judged, []);
    const page = get(port, `/callback?state=s1&code=${long(15_000)}`);
    assert.equal((await obtaining).parameters.length, 2);
    consent.showOutcome("success");
    await page;
  });
});

Deno.test("every page forbids caching, referrers, sniffing and every script but its own", async () => {
  for (const page of Object.values(CALLBACK_PAGES)) {
    const response = callbackPageResponse(page);
    const html = await response.text();
    assert.equal(response.status, page.status);
    for (
      const [name, value] of [
        ["content-type", "text/html; charset=utf-8"],
        ["cache-control", "no-store"],
        ["referrer-policy", "no-referrer"],
        ["x-content-type-options", "nosniff"],
        ["connection", "close"],
        ["allow", page.status === 405 ? "GET" : null],
      ] as const
    ) assert.equal(response.headers.get(name), value, `${page.status}: ${name}`);
    const style = /<style>(.*)<\/style>/.exec(html)?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = new Uint8Array(digest).toBase64();
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.ok(policy.includes(`default-src 'none'; style-src 'sha256-${hash}'`), hash);
    const script = /<script>(.*)<\/script>/.exec(html)?.[1] ?? "";
    const scriptDigest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
    const scriptHash = new Uint8Array(scriptDigest).toBase64();
    assert.ok(policy.includes(`script-src 'sha256-${scriptHash}'`), scriptHash);
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.doesNotMatch(html, /<img|<a |<link|\bon\w+=|https?:/);
  }
});

Deno.test("after a callback was taken, no other is judged: each shows the same outcome", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const request = consentRequest();
    const obtaining = consent.obtain(request);
    const target = "/callback?code=c&state=s1";
    const first = get(port, target);
    await obtaining;
    const further = [target, "/callback?code=other&state=s1", "/callback?error=x&state=zz"];
    const held = further.map((callback) => get(port, callback));
    // A request that is answered at once shows that the others have arrived.
    assert.equal(status(await get(port, "/favicon.ico")), 404);
    consent.showOutcome("success");
    for (const page of [first, ...held, ...further.map((callback) => get(port, callback))]) {
      assert.match(await page, /Signed in/);
    }
    assert.equal(request.judged.length, 1);
  });
});

Deno.test("a second sign-in works on the same listener", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const first = consent.obtain(consentRequest());
    const firstPage = get(port, "/callback?code=1&state=s1");
    assert.deepEqual((await first).parameters[0], ["code", "1"]);
    consent.showOutcome("success");
    assert.match(await firstPage, /Signed in/);
    const request = consentRequest();
    const second = consent.obtain(request);
    const secondPage = get(port, "/callback?code=2&state=s1");
    assert.deepEqual((await second).parameters[0], ["code", "2"]);
    assert.equal(request.judged.length, 1);
    consent.showOutcome("failure");
    assert.match(await secondPage, /Sign-in failed/);
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
  assert.match(await page ?? "", /Response received/);
  assert.doesNotMatch(await page ?? "", /Signed in/);
  assert.equal(await idle?.read(new Uint8Array(1)), null);
  idle?.close();
  for (const hostname of ["127.0.0.1", "::1"]) Deno.listen({ hostname, port }).close();
});

Deno.test("the browser is asked to close the connection after each response", async () => {
  await withConsent(interactiveOptions(), async (_consent, port) => {
    assert.match(await get(port, "/"), /^connection: close\r$/mi);
  });
});

Deno.test("clients that send nothing, or never the rest, keep no callback out", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const connections: Deno.TcpConn[] = [];
    const post = `POST /callback HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 9\r\n\r\n`;
    const parts = [
      "",
      "G",
      "GET /callback HTTP/1.1\r\nHost: ",
      "POST /callback HTTP/1.1\r\n",
      post,
    ];
    for (let at = 0; at < 200; at++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      connections.push(connection);
      await connection.write(new TextEncoder().encode(parts[at % parts.length]));
    }
    const obtaining = consent.obtain(consentRequest());
    const page = get(port, "/callback?code=c&state=s1");
    await obtaining;
    consent.showOutcome("success");
    assert.match(await page, /Signed in/);
    await consent.close();
    for (const connection of connections) {
      for (const response = new Uint8Array(4096); await connection.read(response) !== null;);
      connection.close();
    }
  });
});

Deno.test("a client that is still sending a body gets its page", async () => {
  await withConsent(interactiveOptions(), async (consent, port) => {
    const obtaining = consent.obtain(consentRequest());
    const size = 1_000_000;
    const head =
      `POST /callback HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${size}\r\n\r\n`;
    assert.match(await raw(port, head + "a".repeat(size)), /Method not allowed/);
    const page = get(port, "/callback?code=c&state=s1");
    await obtaining;
    consent.showOutcome("success");
    await page;
  });
});

Deno.test("the result page is served for a second after the result, however often it is asked for", async () => {
  const beforeExit: BeforeExit = [];
  using second = holdTimers(1000);
  await withConsent(interactiveOptions({ beforeExit }), async (consent, port) => {
    const obtaining = consent.obtain(consentRequest());
    const page = get(port, "/callback?code=c&state=s1");
    await obtaining;
    consent.showOutcome("success");
    await page;
    await consent.close();
    assert.equal(second.waiting, 0);
    const exiting = Promise.all(beforeExit.map((work) => work(new AbortController().signal)));
    for (const code of ["c", "c", "other"]) {
      assert.match(await get(port, `/callback?code=${code}&state=s1`), /Signed in/);
    }
    second.fire();
    await exiting;
    for (const hostname of ["127.0.0.1", "::1"]) Deno.listen({ hostname, port }).close();
  });
});

Deno.test("a signal ends the second of the result page", async () => {
  const beforeExit: BeforeExit = [];
  using second = holdTimers(1000);
  await withConsent(interactiveOptions({ beforeExit }), async (consent, port) => {
    const obtaining = consent.obtain(consentRequest());
    const page = get(port, "/callback?code=c&state=s1");
    await obtaining;
    consent.showOutcome("failure");
    await page;
    await consent.close();
    const stop = new AbortController();
    const exiting = Promise.all(beforeExit.map((work) => work(stop.signal)));
    assert.equal(second.waiting, 1);
    stop.abort();
    await exiting;
    assert.equal(second.waiting, 1);
    for (const hostname of ["127.0.0.1", "::1"]) Deno.listen({ hostname, port }).close();
  });
});

Deno.test("no second is waited for where no browser came back", async () => {
  const beforeExit: BeforeExit = [];
  using second = holdTimers(1000);
  await withConsent(interactiveOptions({ beforeExit }), async (consent, port) => {
    const stop = new AbortController();
    const obtaining = consent.obtain(consentRequest({ signal: stop.signal }));
    assert.equal(status(await get(port, "/callback?code=c&state=other")), 400);
    stop.abort();
    await assert.rejects(obtaining, { code: "cancelled" });
    await consent.close();
    await Promise.all(beforeExit.map((work) => work(new AbortController().signal)));
    assert.equal(second.waiting, 0);
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
    for (const shown of [await page, await get(port, "/callback?code=c&state=s1")]) {
      assert.match(shown, /Response received/);
    }
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
      message: `no response received at "${consent.redirectUri}" within 61 s`,
      remedy: /browser shows an error about the client or the redirect URI/,
    });
    limit.fire();
    await silent;

    const forged = assert.rejects(obtain(), {
      code: "consent_timeout",
      message: /within 61 s; responses to other sign-ins that were ignored: 2$/,
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

Deno.test("the page names the host of a client ID metadata document", async () => {
  const client = "https://app.example/oauth/client.json";
  const authorizationUrl = AUTHORIZATION_URL.replace("=c1", `=${encodeURIComponent(client)}`);
  await withConsent(interactiveOptions(), async (consent, port) => {
    const obtained = consent.obtain(consentRequest({ authorizationUrl }));
    const page = get(port, "/callback?code=a&state=s1");
    await obtained;
    consent.showOutcome("success");
    const row = `<dt>Client</dt><dd>app.example (${client})</dd>`;
    assert.ok((await page).includes(row), await page);
  });
});
