import assert from "node:assert/strict";
import type { HeaderList } from "../../src/core/exchange.ts";
import type { HttpClient, HttpRequest } from "../../src/http/http_client.ts";
import type { Consent } from "../../src/consent/consent.ts";
import { openHeadlessConsent } from "../../src/consent/headless_consent.ts";
import { createSecrets, type Secrets } from "../../src/trace/secrets.ts";
import { consentRequest } from "./support.ts";

const REDIRECT = "http://127.0.0.1:4711/callback";
const START = "https://as.example/authorize?state=s1";

interface Scripted {
  readonly status: number;
  readonly headers?: HeaderList;
  readonly body?: string;
}

/** An HTTP client for which each URL (without query) has its answers, used up one by one. */
function scriptedHttp(answers: Record<string, Scripted | Scripted[]>, secrets?: Secrets): {
  http: HttpClient;
  sent: HttpRequest[];
} {
  const sent: HttpRequest[] = [];
  const send: HttpClient["send"] = (request) => {
    sent.push(request);
    const found = answers[request.url.replace(/\?.*$/, "")];
    const answer = Array.isArray(found) ? found.shift() : found;
    if (answer === undefined) throw new Error(`not scripted: ${request.url}`);
    const headers = new Headers();
    for (const [name, value] of answer.headers ?? []) headers.append(name, value);
    return Promise.resolve({
      exchangeId: sent.length,
      url: request.url,
      status: answer.status,
      headers,
      body: answer.body ?? "",
      mask: secrets?.maskForeign,
    });
  };
  const unused = () => {
    throw new Error("not used");
  };
  return { http: { send, streaming: unused, close: unused }, sent };
}

function redirect(location: string, status = 302, ...cookies: string[]): Scripted {
  return {
    status,
    headers: [["location", location], ...cookies.map((cookie) => ["set-cookie", cookie] as const)],
  };
}

function open(
  http: HttpClient,
  redirectUrl: string | undefined = REDIRECT,
  serverUrl = "http://127.0.0.1:9/mcp",
): Consent {
  return openHeadlessConsent({
    http,
    serverUrl,
    redirectUrl,
    interactiveCommand: {
      line: "mcpass oauth login --url https://mcp.example --auth-mode interactive",
    },
  });
}

function cookiesOf(request: HttpRequest | undefined): string | undefined {
  return request?.headers?.find(([name]) => name === "cookie")?.[1];
}

Deno.test("a chain ends at the redirect URI, which is never requested", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const { http, sent } = scriptedHttp({
      "https://as.example/authorize": redirect("/login", status),
      "https://as.example/login": redirect("https://id.example/consent", status),
      "https://id.example/consent": redirect(`${REDIRECT}?code=a+b&state=s1`, status),
    });
    const consent = open(http);
    assert.equal(consent.redirectUri, REDIRECT);
    assert.deepEqual(await consent.obtain(consentRequest({ authorizationUrl: START })), {
      parameters: [["code", "a b"], ["state", "s1"]],
      via: "redirect",
      bare: false,
    });
    assert.deepEqual(sent.map(({ method, url }) => `${method} ${url}`), [
      `GET ${START}`,
      "GET https://as.example/login",
      "GET https://id.example/consent",
    ]);
    assert.ok(sent.every(({ purpose }) => purpose === "authorization"));
    consent.showOutcome("success");
    await consent.close();
  }
});

Deno.test("only a status from 300 to 399 sends a chain on, whatever its Location", async () => {
  for (const status of [200, 299, 400, 404, 500]) {
    for (const location of ["https://id.example/consent", `${REDIRECT}?code=c&state=s1`]) {
      const { http, sent } = scriptedHttp({
        "https://as.example/authorize": redirect(location, status),
        "https://id.example/consent": redirect(`${REDIRECT}?code=c&state=s1`),
      });
      const request = consentRequest({ authorizationUrl: START });
      await assert.rejects(open(http).obtain(request), {
        code: status < 300 ? "page_needs_person" : "authorization_refused",
        message: new RegExp(`answered HTTP ${status}`),
      });
      assert.deepEqual(request.judged, []);
      assert.equal(sent.length, 1);
    }
  }
  for (const status of [300, 399]) {
    const { http } = scriptedHttp({
      "https://as.example/authorize": redirect(`${REDIRECT}?code=c&state=s1`, status),
    });
    const { via } = await open(http).obtain(consentRequest({ authorizationUrl: START }));
    assert.equal(via, "redirect");
  }
});

Deno.test("cookies go back to the origin that set them, by path, within one chain", async () => {
  const answers = () => ({
    "https://as.example/authorize": redirect(
      "/login/1",
      302,
      "sid=1; Path=/; HttpOnly; Secure; Domain=example",
      "step=a; Path=/login; Max-Age=60",
      "sid=deep; Path=/login/2",
      "gone=x; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "nameless",
      "=empty",
    ),
    "https://as.example/login/1": redirect("https://id.example/x", 302, "here=2"),
    "https://id.example/x": redirect("https://as.example/login/2", 302, "sid=other; Path=/"),
    "https://as.example/login/2": redirect(
      "/loginx",
      302,
      "sid=9; Path=/",
      "step=; Max-Age=0; Path=/login",
    ),
    "https://as.example/loginx": redirect("https://as.example:8443/end"),
    "https://as.example:8443/end": redirect("https://as.example/login/3"),
    "https://as.example/login/3": redirect(`${REDIRECT}?code=c&state=s1`),
  });
  const { http, sent } = scriptedHttp({ ...answers() });
  const consent = open(http);
  for (let chain = 0; chain < 2; chain++) {
    sent.length = 0;
    await consent.obtain(consentRequest({ authorizationUrl: START }));
    assert.deepEqual(sent.map(cookiesOf), [
      undefined,
      "step=a; sid=1",
      undefined,
      "sid=deep; step=a; here=2; sid=1",
      "sid=9",
      undefined,
      "here=2; sid=9",
    ]);
  }
});

Deno.test("the redirect URI is matched by scheme, host, port and path", async () => {
  for (
    const near of [
      "http://127.0.0.1:4712/callback",
      "http://localhost:4711/callback",
      "http://127.0.0.1:4711/callback/",
      "http://127.0.0.1:4711/Callback",
      "https://127.0.0.1:4711/callback",
      "http://u@127.0.0.1:4711/callback",
    ]
  ) {
    const { http, sent } = scriptedHttp({
      "https://as.example/authorize": redirect(`${near}?code=MARK&state=s1`),
    });
    await assert.rejects(
      open(http).obtain(consentRequest({ authorizationUrl: START })),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "redirect_refused", near);
        assert.doesNotMatch(error.message, /MARK/);
        return true;
      },
    );
    assert.equal(sent.length, 1);
  }
});

Deno.test("a chain leaves neither https nor its side of the network", async () => {
  const cases: [string, string, RegExp][] = [
    [START, "http://as.example/login", /not https/],
    [START, "https://localhost:9/login", /loopback network from outside/],
    [START, "https://127.8.8.8/login", /loopback network from outside/],
    [START, "http://127.0.0.1:9/login", /from https to http/],
    [START, "https://10.0.0.1/login", /private network from outside/],
    [START, "https://u:p@as.example/login", /user info/],
    [START, "ftp://as.example/login", /not https/],
    [START, "javascript:alert(1)", /not https/],
    [START, `/${"a".repeat(20_000)}`, /too long/],
    ["http://127.0.0.1:9/authorize?state=s1", "http://as.example/login", /not https/],
  ];
  for (const [authorizationUrl, location, why] of cases) {
    const { http, sent } = scriptedHttp({
      [authorizationUrl.replace(/\?.*/, "")]: redirect(location),
    });
    await assert.rejects(open(http).obtain(consentRequest({ authorizationUrl })), {
      code: "redirect_refused",
      message: why,
    });
    assert.equal(sent.length, 1);
  }
  const { http, sent } = scriptedHttp({
    "http://127.0.0.1:9/authorize": redirect("https://id.example/login"),
    "https://id.example/login": redirect("http://127.0.0.1:9/back"),
  });
  await assert.rejects(
    open(http).obtain(
      consentRequest({ authorizationUrl: "http://127.0.0.1:9/authorize?state=s1" }),
    ),
    { code: "redirect_refused" },
  );
  assert.equal(sent.length, 2);
});

Deno.test("a loop ends after ten redirects", async () => {
  const { http, sent } = scriptedHttp({ "https://as.example/authorize": redirect("/authorize") });
  await assert.rejects(open(http).obtain(consentRequest({ authorizationUrl: START })), {
    code: "authorization_redirect_loop",
  });
  assert.equal(sent.length, 11);
});

Deno.test("a page for a person ends with exit 4 and what to run", async () => {
  const html: HeaderList = [["content-type", "text/html; charset=utf-8"]];
  for (
    const page of [
      { status: 200, headers: html, body: "<form><input name=user></form>" },
      { status: 200, body: "Sign in" },
      { status: 401, headers: html, body: "who are you" },
      { status: 403, headers: html, body: "<form action=/x></form>" },
    ]
  ) {
    const { http } = scriptedHttp({ "https://as.example/authorize": page });
    await assert.rejects(open(http).obtain(consentRequest({ authorizationUrl: START })), {
      code: "page_needs_person",
      kind: "sign_in_needed",
      message: /"https:\/\/as\.example\/authorize" answered HTTP \d{3}/,
      remedy: /mcpass oauth login .* --auth-mode interactive/,
    });
  }
});

Deno.test("a redirect to an error page about the client is a refusal", async () => {
  const errorPage = "/error?error=invalid_client&error_description=unknown+client";
  const { http, sent } = scriptedHttp({ "https://as.example/authorize": redirect(errorPage) });
  await assert.rejects(open(http).obtain(consentRequest({ authorizationUrl: START })), {
    code: "authorization_refused",
    message: /error page "https:\/\/as\.example\/error"; .* "invalid_client: unknown client"$/,
  });
  assert.equal(sent.length, 1);
});

Deno.test("a page with another status is a refusal, also of a form or without a type", async () => {
  const html: HeaderList = [["content-type", "text/html"]];
  const pages = [
    { status: 300, headers: html, body: "choose" },
    { status: 304, body: "" },
    { status: 200, headers: [["content-type", "application/json"]] as HeaderList, body: "{}" },
    { status: 403, headers: html, body: "no form here" },
    { status: 400, headers: html, body: "<form></form>" },
    { status: 500, headers: html, body: "<form></form>" },
  ];
  for (const page of pages) {
    const { http } = scriptedHttp({ "https://as.example/authorize": page });
    await assert.rejects(
      open(http).obtain(consentRequest({ authorizationUrl: START })),
      { code: "authorization_refused" },
      String(page.status),
    );
  }
});

Deno.test("a refusal is quoted: status and words, masked and made safe", async () => {
  const secrets = createSecrets();
  secrets.add("CANARY-STATE");
  const cases: [Scripted, RegExp][] = [
    [
      { status: 400, body: "<html><head><title>t</title></head><p>Unknown\n <b>client</b>\x1b[2J" },
      /answered HTTP 400; the server says "t: Unknown client \\x1b\[2J"$/,
    ],
    [{ status: 400, body: '{"error":"invalid_request","was":"CANARY-STATE"}' }, /invalid_request/],
    [
      { status: 401, body: '{"error":"invalid_client","message":"unknown app"}' },
      /answered HTTP 401; the server says "invalid_client: unknown app"$/,
    ],
    [{ status: 503, body: "" }, /answered HTTP 503$/],
    [{ status: 404, body: "<form>search</form>" }, /answered HTTP 404; the server says "search"$/],
    [{ status: 302, body: "no location" }, /answered HTTP 302/],
    [redirect("http://["), /answered HTTP 302/],
    [
      { status: 200, headers: [["content-type", "application/json"]], body: '{"error":"x"}' },
      /answered HTTP 200; the server says "x"$/,
    ],
  ];
  for (const [answer, message] of cases) {
    const { http } = scriptedHttp({ "https://as.example/authorize": answer }, secrets);
    await assert.rejects(
      open(http).obtain(consentRequest({ authorizationUrl: START })),
      (error: Error & { code?: string; kind?: string }) => {
        assert.equal(error.code, "authorization_refused");
        assert.equal(error.kind, "operation");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /CANARY/);
        return true;
      },
    );
  }
});

Deno.test("an answer without our state is not taken, and its text is not shown", async () => {
  for (
    const [query, why] of [
      ["?code=MARK", /has no "state"/],
      ["?error=access_denied&error_description=MARK&state=other", /not the one of this sign-in/],
      ["?code=MARK&state=a&state=b", /"state" more than once/],
      ["", /has no "state"/],
    ] as const
  ) {
    const { http } = scriptedHttp({ "https://as.example/authorize": redirect(REDIRECT + query) });
    await assert.rejects(
      open(http).obtain(consentRequest({ authorizationUrl: START })),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "state_mismatch");
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /MARK|access_denied/);
        return true;
      },
    );
  }
});

Deno.test("an answer in the fragment is named for what it is, and not shown", async () => {
  for (
    const fragment of ["#code=MARK&state=s1", "#state=s1&error=access_denied", "#access_token=MARK"]
  ) {
    const { http } = scriptedHttp({
      "https://as.example/authorize": redirect(REDIRECT + fragment),
    });
    await assert.rejects(
      open(http).obtain(consentRequest({ authorizationUrl: START })),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "callback_in_fragment");
        assert.doesNotMatch(error.message, /MARK|access_denied/);
        return true;
      },
    );
  }
});

Deno.test("the redirect URI may be anything that is never requested: https or loopback", () => {
  const { http } = scriptedHttp({});
  for (const url of ["https://app.example/cb?x=1", "http://localhost/cb", "http://[::1]:9/cb"]) {
    assert.equal(open(http, url).redirectUri, url);
  }
  for (const url of ["http://app.example/cb", "app.example:/cb", "https://a.example/#x", "x", ""]) {
    assert.throws(() => open(http, url), { code: "redirect_url_invalid", kind: "usage" }, url);
  }
  const { redirectUri } = openHeadlessConsent({
    http,
    serverUrl: "https://mcp.example",
    interactiveCommand: { line: "x" },
  });
  const port = Number(/^http:\/\/127\.0\.0\.1:(\d+)\/callback$/.exec(redirectUri)?.[1]);
  assert.ok(port >= 49152 && port <= 65535);
});

Deno.test("an authorization URL that no browser may open is not requested either", async () => {
  const { http, sent } = scriptedHttp({});
  await assert.rejects(
    open(http).obtain(consentRequest({ authorizationUrl: "http://as.example/authorize" })),
    { code: "authorization_url_refused" },
  );
  assert.equal(sent.length, 0);
});
