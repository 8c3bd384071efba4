/** Commands with a stored token that the server no longer accepts, and says so in its own way. */

import assert from "node:assert/strict";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../../lab/fake_lab.ts";
import { headerOf, type RecordedRequest, rpcMethodOf } from "../../../lab/journal.ts";
import type { Answer } from "../../../lab/scripted_server.ts";
import { flat, type Home, openHome } from "../../real_run.ts";
import { consume, makeHome, signIn } from "../../token_commands.ts";

const JSON_OUT = ["--format", "json"];
const CALL = ["--tool-name", "echo", "--tool-args", '{"message":"hello"}', ...JSON_OUT];

const tokenOf = (request: RecordedRequest) =>
  /^(?:Bearer|DPoP) (.+)$/.exec(headerOf(request, "authorization") ?? "")?.[1];

type Reply = (request: RecordedRequest) => Answer | undefined;

const answerTo = (reply: Answer | Reply, request: RecordedRequest) =>
  typeof reply === "function" ? reply(request) : reply;

interface StaleToken {
  /** To requests with the token of the login. */
  readonly stale: Answer | Reply;
  /** To requests without a token; default 401. */
  readonly without?: Answer | Reply;
  readonly lab?: FakeLabOptions;
}

interface Signed {
  readonly lab: FakeLab;
  readonly home: Home;
  call(): Promise<
    {
      status: number;
      stdout: string;
      stderr: string;
      error: { code: string; message: string; remedy: string };
    }
  >;
  /** Names of the called tools, with and without a token. */
  called(): { with: string[]; without: string[] };
  refreshes(): number;
}

/** Signs in, and lets the server refuse the token of that sign-in. */
async function signedIn(
  { stale, without, lab: options = {} }: StaleToken,
  work: (signed: Signed) => Promise<void>,
): Promise<void> {
  await using lab = await startFakeLab(options);
  await using home = await openHome();
  await home.signIn(lab, "--verify-tools");
  const first = lab.requests.map(tokenOf).find((token) => token !== undefined);
  lab.mcp.intercept((request) => {
    const token = tokenOf(request);
    if (token === undefined) return without && answerTo(without, request);
    return token === first ? answerTo(stale, request) : undefined;
  });
  lab.requests.length = 0;
  await work({
    lab,
    home,
    async call() {
      const ran = await home.run(["tools", "call", "--url", lab.mcpUrl, ...CALL]);
      const { error } = JSON.parse(ran.stdout);
      return { ...ran, error };
    },
    called() {
      const calls = lab.requests.filter((request) => rpcMethodOf(request) === "tools/call");
      const names = (list: RecordedRequest[]) =>
        list.map(({ body }) => JSON.parse(body).params.name);
      const grouped = Object.groupBy(calls, (it) => tokenOf(it) === undefined ? "out" : "in");
      return { with: names(grouped.in ?? []), without: names(grouped.out ?? []) };
    },
    refreshes: () => lab.requests.filter(({ path }) => path === "/token").length,
  });
}

const challenge = (value: string) => [["www-authenticate", value]] as const;
const onCall = (reply: Answer | Reply): Reply => (request) =>
  rpcMethodOf(request) === "tools/call" ? answerTo(reply, request) : undefined;
const OPEN_LISTS: FakeLabOptions = {
  protection: { openMethods: ["server/discover", "initialize", "notifications/*", "tools/list"] },
};

const FORBIDDEN: Readonly<Record<string, StaleToken>> = {
  "403 without a challenge": { stale: { status: 403, body: { message: "Forbidden" } } },
  "403 that says that the token has expired": {
    stale: { status: 403, body: { message: "OAuth authorization failed: Token has expired" } },
  },
  "403 invalid_token": {
    stale: { status: 403, headers: challenge('Bearer error="invalid_token"') },
  },
  "403 with a scope that was requested": {
    stale: { status: 403, headers: challenge('Bearer error="invalid_token", scope="mcp:read"') },
    lab: { prm: { scopesSupported: ["mcp:read"] } },
  },
  "403 to a tool call only": { stale: onCall({ status: 403 }) },
  "403 to a tool call, the other requests are open": {
    stale: onCall({ status: 403 }),
    lab: OPEN_LISTS,
  },
};

for (const [name, server] of Object.entries(FORBIDDEN)) {
  for (const era of ["modern", "legacy"] as const) {
    Deno.test(`${name}, and 401 without the token: one refresh, and the tool runs once (${era})`, async () => {
      const lab = { ...server.lab, mcp: { era } };
      await signedIn({ ...server, lab }, async ({ call, called, refreshes }) => {
        const { status, stdout } = await call();
        assert.equal(status, 0, stdout);
        assert.equal(JSON.parse(stdout).content[0].text, "hello");
        assert.equal(refreshes(), 1);
        assert.deepEqual(called().with.length <= 2, true);
        assert.ok(called().without.every((name) => name === ""));
      });
    });
  }
}

Deno.test("403 also after a refresh is reported, with the server's words and what to compare", async () => {
  let refused = 0;
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.mcp.intercept((request) => {
    if (tokenOf(request) === undefined) return undefined;
    refused += 1;
    return { status: 403, body: { message: "Claim 'client_id' value mismatch" } };
  });
  lab.requests.length = 0;
  const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
  const { error } = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, error.code, refused], [1, "access_refused", 2]);
  assert.match(
    error.message,
    /403 to the token \(401 without it\), also after a refresh.*client_id/,
  );
  assert.match(
    error.remedy,
    /"aud", "client_id" and "iss".*mcpass server doctor localhost-.*mcpass login/s,
  );
  assert.doesNotMatch(error.remedy, /policy/);
  assert.equal(lab.requests.filter(({ path }) => path === "/token").length, 1);
});

const segment = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, "");

for (const status of [401, 403]) {
  for (const [member, bound] of [["jkt", "a key"], ["x5t#S256", "a client certificate"]] as const) {
    Deno.test(`${status} to a token that is bound to ${bound}: the binding is named`, async () => {
      const token = `${segment({ alg: "none" })}.${segment({ cnf: { [member]: "x" } })}.x`;
      await using lab = await startFakeLab({
        token: (answer) => ({ ...answer, body: { ...answer.body, access_token: token } }),
      });
      await using home = await openHome();
      await home.signIn(lab);
      lab.mcp.intercept((request) => tokenOf(request) === undefined ? undefined : { status });
      for (const command of ["tools list", "server doctor"]) {
        const args = [...command.split(" "), "--url", lab.mcpUrl, "--format", "human"];
        const { stdout, stderr } = await home.run(args);
        assert.match(
          flat(stdout + stderr),
          new RegExp(`bound to ${bound} \\(cnf, RFC 7800\\)`),
        );
      }
    });
  }
}

Deno.test("403 whose words name a scope leads to a sign-in that asks for it", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--scopes", "mcp:read");
  const answer = { status: 403, body: { message: "Missing scope: booking:write" } };
  lab.mcp.intercept((request) => tokenOf(request) === undefined ? undefined : answer);
  const { stdout } = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
  const { error } = JSON.parse(stdout);
  assert.match(error.message, /Missing scope: booking:write/);
  assert.match(
    error.remedy,
    /Request the scope that the server's message names:\n {2}mcpass login .*--scopes '[^']*mcp:read[^']* <scope>'/,
  );
});

Deno.test("after a refused refresh, nothing is sent with the refused token", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  let refused = 0;
  lab.mcp.intercept((request) => {
    if (tokenOf(request) === undefined) return undefined;
    refused += 1;
    return { status: 401 };
  });
  lab.asServer.routes["POST /token"] = { status: 400, body: { error: "invalid_grant" } };
  const { status, stdout } = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
  const { error } = JSON.parse(stdout);
  assert.deepEqual([status, error.code, refused], [4, "refresh_token_refused", 1]);
});

Deno.test("403 with and without the token: nothing is refreshed", async () => {
  const answer = { status: 403, body: { message: "Your plan has no API access" } };
  await signedIn({ stale: answer, without: answer }, async ({ call, refreshes }) => {
    const { status, error } = await call();
    assert.deepEqual([status, error.code, refreshes()], [1, "access_refused", 0]);
    assert.match(error.message, /\(403 without it\).*Your plan has no API access/);
    assert.match(error.remedy, /Ask the operator.*mcpass refresh localhost-/s);
  });
});

Deno.test("403 where the token cannot be refreshed shows the server's words and the sign-in", async () => {
  const stale = { status: 403, body: { message: "Token has expired" } };
  await signedIn({ stale, lab: { refreshTokens: false } }, async ({ call, refreshes }) => {
    const { status, error } = await call();
    assert.deepEqual([status, error.code, refreshes()], [1, "access_refused", 0]);
    assert.match(error.message, /Token has expired/);
    assert.match(error.remedy, /mcpass login http/);
    assert.doesNotMatch(error.remedy, /oauth refresh/);
  });
});

for (const error of [undefined, "invalid_token", "access_denied", "insufficient_scope"]) {
  Deno.test(`403 ${error ?? "without error"} with a scope that is missing asks for this scope`, async () => {
    const said = error === undefined ? "" : `error="${error}", `;
    const headers = challenge(`Bearer ${said}scope="booking:write"`);
    await signedIn({ stale: { status: 403, headers } }, async ({ call, refreshes, called }) => {
      const { status, error } = await call();
      assert.deepEqual([status, error.code, refreshes()], [4, "insufficient_scope", 0]);
      assert.match(error.message, /requires "booking:write"/);
      assert.match(error.remedy, /mcpass login .*--scopes '?[^']*booking:write/);
      assert.deepEqual(called().without, []);
    });
  });
}

Deno.test("the sign-in after a 401 asks for a scope that the challenge names and the token does not have", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--scopes", "mcp:read");
  const header = 'Bearer error="invalid_token", scope="mcp:write"';
  lab.mcp.intercept(() => ({ status: 401, headers: challenge(header) }));
  const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
  const { error } = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, error.code], [4, "token_rejected"]);
  assert.match(error.remedy, /--scopes '(mcp:read|offline_access)[^']* mcp:write'/);
});

Deno.test("403 to the event stream of HTTP+SSE, and 401 without the token: one refresh", async () => {
  const stale: Reply = ({ method }) => method === "GET" ? { status: 403 } : { status: 405 };
  const lab = { mcp: { era: "sse", path: "/sse" } } as const;
  await signedIn({ stale, lab }, async ({ call, refreshes }) => {
    const { status, stdout } = await call();
    assert.equal(status, 0, stdout);
    assert.equal(refreshes(), 1);
  });
});

Deno.test("a person at a terminal signs in for the scope of a 403 invalid_token", async () => {
  await using lab = await startFakeLab({
    challenge: {
      fields: (refusal, { scope }, fields) =>
        refusal === "insufficient" ? [`Bearer error="invalid_token", scope="${scope}"`] : fields,
    },
  });
  await using home = await makeHome();
  await home.keep(await signIn(lab.mcpUrl, ["mcp:read"]));
  const ran = await consume(
    ["tools", "call", "--url", lab.mcpUrl, "--tool-name", "write-thing", ...JSON_OUT],
    { env: home.env, terminal: true },
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual((await home.kept(lab.mcpUrl))?.requestedScopes?.includes("mcp:write"), true);
});

const rpcAnswer = (members: object): Reply => ({ body }) => ({
  body: { jsonrpc: "2.0", id: JSON.parse(body || "{}").id ?? null, ...members },
});
const rpcError = (message: string) => rpcAnswer({ error: { code: -32001, message } });
const toolError = (text: string) =>
  onCall(rpcAnswer({
    result: { content: [{ type: "text", text }], isError: true, resultType: "complete" },
  }));

/** What the server answers with a token; the case is whether it may be about the token. */
const OTHERS: Readonly<Record<string, Answer | Reply>> = {
  "a redirect to a page": { status: 307, headers: [["location", "/login"]] },
  "a redirect with a challenge": {
    status: 302,
    headers: [["location", "/login"], ["www-authenticate", "Bearer"]],
  },
  "500": { status: 500, body: "Internal Server Error" },
  "502": { status: 502 },
  "400": { status: 400, body: "invalid token" },
  "404": { status: 404 },
  "a page with status 200": {
    headers: [["content-type", "text/html"]],
    body: "<title>Sign in</title>",
  },
  "a JSON-RPC error in an event stream": ({ body }) => ({
    headers: [["content-type", "text/event-stream"]],
    body: `data: ${
      JSON.stringify({
        jsonrpc: "2.0",
        id: JSON.parse(body).id,
        error: { code: 1, message: "no token: sign in" },
      })
    }\n\n`,
  }),
  "a JSON-RPC error": rpcError("Unauthorized"),
  "a JSON-RPC error without an id": {
    body: { jsonrpc: "2.0", id: null, error: { code: -32001, message: "token expired" } },
  },
};

for (const [name, answer] of Object.entries(OTHERS)) {
  Deno.test(`${name} to a tool call with the token: it is never sent again, and the refresh is named`, async () => {
    await signedIn({ stale: onCall(answer) }, async ({ call, called, refreshes, home }) => {
      const { status, error } = await call();
      assert.deepEqual([status, error.code], [1, "token_may_be_refused"], error.message);
      assert.match(error.message, /without the token, the server asks for one \(HTTP 401\)/);
      assert.deepEqual(called(), { with: ["echo"], without: [""] });
      assert.equal(refreshes(), 0);
      assert.match(error.remedy, /tool may have run/);
      const refresh = /mcpass (refresh \S+)/.exec(error.remedy)?.[1] ?? "";
      assert.equal((await home.run(refresh.split(" "))).status, 0);
      assert.equal((await call()).status, 0);
    });
  });
}

Deno.test("a page that repeats the token where its words are cut shows no part of it", async () => {
  const stale: Reply = (request) => ({
    headers: [["content-type", "text/plain"]],
    body: `${"x".repeat(290)} ${tokenOf(request)} and more`,
  });
  await signedIn({ stale: onCall(stale) }, async ({ call, lab }) => {
    const { error, stdout, stderr } = await call();
    assert.doesNotMatch(error.message, /and more/);
    const [token = ""] = lab.requests.flatMap((request) => tokenOf(request) ?? []);
    assert.match(error.message, /HTTP 200 text\/plain instead of an MCP message; it says "x{290}/);
    for (const text of [stdout, stderr]) assert.ok(!text.includes(token.slice(0, 6)), text);
  });
});

Deno.test("a first request that fails with the token names the refresh, not the login page", async () => {
  const stale = { status: 307, headers: [["location", "/login"]] as const };
  await signedIn({ stale }, async ({ lab, home }) => {
    const ran = await home.run(["tools", "list", "--url", lab.mcpUrl]);
    const text = flat(ran.stderr);
    assert.match(
      text,
      /answered with HTTP 307, .*without the token, the server asks for one \(HTTP 401\)/,
    );
    assert.match(text, new RegExp(`mcpass refresh localhost-`));
    assert.doesNotMatch(text, /tool may have run/);
    assert.doesNotMatch(text, /--url \S*\/login/);
  });
});

Deno.test("a failure that the server also shows without a token, or when it is busy, is not blamed on it", async () => {
  const broken = { status: 500, body: "broken" };
  await signedIn({ stale: broken, without: broken }, async ({ call }) => {
    assert.equal((await call()).error.code, "mcp_error");
  });
  for (const status of [429, 503]) {
    await signedIn({ stale: onCall({ status }) }, async ({ call, called }) => {
      assert.equal((await call()).error.code, "mcp_error");
      assert.deepEqual(called(), { with: ["echo"], without: [] });
    });
  }
});

Deno.test("a JSON-RPC error about the token counts also where the server never answers 401", async () => {
  const answer = rpcError("Unauthorized: missing bearer token");
  await signedIn({ stale: answer, without: answer }, async ({ call }) => {
    const { error } = await call();
    assert.equal(error.code, "token_may_be_refused", error.message);
    assert.match(error.message, /missing bearer token.*asks for one \(HTTP 200\)/);
  });
});

Deno.test("a tool that speaks of the token leads to the refresh; another error is the tool's", async () => {
  const run = async ({ home, lab }: Signed) => {
    const { stderr } = await home.run(["tools", "call", "--url", lab.mcpUrl, ...CALL]);
    return flat(stderr);
  };
  await signedIn({ stale: toolError("401: access token expired") }, async (signed) => {
    assert.match(await run(signed), /tool_error/);
    assert.match(await run(signed), /asks for one \(HTTP 401\).*mcpass refresh localhost-/);
    assert.deepEqual(signed.called().with, ["echo", "echo"]);
  });
  await signedIn({ stale: toolError("message is too long") }, async (signed) => {
    assert.match(await run(signed), /mcpass tools list \S+ echo/);
    assert.deepEqual(signed.called(), { with: ["echo"], without: [] });
  });
});

Deno.test("the request without a token carries no credential, and a tool call in it no tool", async () => {
  await signedIn({ stale: onCall({ status: 500 }) }, async ({ call, lab }) => {
    await call();
    const asked = lab.requests.filter((it) => it.path === "/mcp" && tokenOf(it) === undefined);
    assert.equal(asked.length, 1);
    const [request] = asked;
    assert.ok(request);
    for (const name of ["authorization", "cookie", "dpop"]) {
      assert.equal(headerOf(request, name), undefined);
    }
    assert.deepEqual(JSON.parse(request.body).params.arguments, {});
    assert.equal(headerOf(request, "mcp-name"), "");
  });
});

Deno.test("a cookie that the server set with the token is not sent in the request without it", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const cookies: (string | undefined)[] = [];
  lab.mcp.intercept((request) => {
    if (tokenOf(request) === undefined) {
      cookies.push(headerOf(request, "cookie"));
      return { status: 401, headers: [["set-cookie", "session=anonymous"]] };
    }
    if (rpcMethodOf(request) === "tools/call") return { status: 500 };
    return { status: 404, headers: [["set-cookie", "session=signed-in"]] };
  });
  const ran = await home.run(["tools", "call", "--url", lab.mcpUrl, ...CALL]);
  assert.equal(JSON.parse(ran.stdout).error.code, "token_may_be_refused");
  assert.deepEqual(cookies, [undefined]);
});

Deno.test("a token of the command line is compared too, and never refreshed", async () => {
  await using lab = await startFakeLab();
  lab.mcp.intercept((request) => tokenOf(request) === undefined ? undefined : { status: 403 });
  await using home = await openHome();
  const env = { MCPASS_ACCESS_TOKEN: "given-access-token" };
  const { stdout } = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT], { env });
  const { error } = JSON.parse(stdout);
  assert.equal(error.code, "access_refused");
  assert.match(error.message, /403 to the token \(401 without it\)/);
  assert.match(error.remedy, /"aud", "client_id" and "iss"/);
});

for (const status of [500, 307]) {
  Deno.test(`doctor reports ${status} to the token, names the refresh, and does not suggest doctor itself`, async () => {
    const stale = { status, headers: [["location", "/login"]] as const };
    await signedIn({ stale }, async ({ lab, home }) => {
      const ran = await home.run(["server", "doctor", "--url", lab.mcpUrl, "--format", "human"]);
      assert.equal(ran.status, 1);
      const text = flat(ran.stdout + ran.stderr);
      assert.match(text, /without the token, the server asks for one \(HTTP 401\)/);
      assert.match(text, /mcpass refresh localhost-/);
      assert.doesNotMatch(text, /mcpass server doctor/);
    });
  });
}

const LAZY: FakeLabOptions = {
  ...OPEN_LISTS,
  prm: { customPath: "/meta/prm", at: [] },
};

Deno.test("the sign-in line after the challenge of a tool call signs in, and later commands keep it", async () => {
  await using lab = await startFakeLab({ ...LAZY, challenge: { scope: "mcp:read" } });
  await using home = await openHome();
  const call = () => home.run(["tools", "call", "--url", lab.mcpUrl, ...CALL]);
  const first = await call();
  assert.equal(first.status, 4);
  const { remedy } = JSON.parse(first.stdout).error;
  const line = /mcpass (login .*)/.exec(remedy)?.[1] ?? "";
  assert.match(line, new RegExp(`--resource-metadata ${lab.mcp.origin}/meta/prm`));
  assert.match(line, /--scopes mcp:read/);
  const login = await home.run([...line.split(" "), "--auth-mode", "headless"]);
  assert.equal(login.status, 0, login.stderr);
  assert.equal((await call()).status, 0);
  const [summary] = await home.store.find(lab.mcpUrl);
  assert.deepEqual(summary?.loginFlags?.["resourceMetadata"], `${lab.mcp.origin}/meta/prm`);
});

Deno.test("a sign-in that found the challenge at a tool call stores where the metadata is", async () => {
  await using lab = await startFakeLab(LAZY);
  await using home = await openHome();
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  assert.deepEqual(summary?.loginFlags?.["resourceMetadata"], `${lab.mcp.origin}/meta/prm`);
});

Deno.test("a redirect with a challenge, or a JSON-RPC error, asks who has no token to sign in", async () => {
  const unsigned: readonly (Answer | Reply)[] = [
    { status: 302, headers: [["location", "/login"], ["www-authenticate", "Bearer"]] },
    rpcError("Unauthorized: missing bearer token"),
  ];
  for (const answer of unsigned) {
    await using lab = await startFakeLab({
      mcp: { intercept: (request) => answerTo(answer, request) },
    });
    await using home = await openHome();
    const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
    const { error } = JSON.parse(ran.stdout);
    assert.deepEqual([ran.status, error.code], [4, "authorization_required"]);
    assert.match(error.remedy, /mcpass login http/);
  }
});

for (const status of [200, 400, 500]) {
  Deno.test(`every command judges a JSON-RPC error with HTTP ${status} and metadata alike`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const answer = rpcError("Unauthorized: missing bearer token");
    lab.mcp.intercept((request) =>
      tokenOf(request) === undefined ? { ...answerTo(answer, request), status } : undefined
    );
    for (
      const command of [
        "oauth metadata",
        "server probe",
        "oauth login --verify-tools",
        "server doctor",
      ]
    ) {
      const args = [...command.split(" "), "--url", lab.mcpUrl, ...JSON_OUT];
      const headless = command.includes("login") ? ["--auth-mode", "headless"] : [];
      const ran = await home.run([...args, ...headless]);
      assert.equal(ran.status, 0, ran.stdout);
      assert.match(ran.stdout, /expected 401; the server says/);
    }
  });
}

for (const location of ["/login", "/mcp/"]) {
  Deno.test(`every command judges a redirect to ${location} without metadata alike`, async () => {
    await using lab = await startFakeLab({
      mcp: { intercept: () => ({ status: 307, headers: [["location", location]] }) },
      prm: { at: [] },
    });
    await using home = await openHome();
    const remedies = new Set();
    for (const command of ["oauth metadata", "server probe", "oauth login --auth-mode headless"]) {
      const ran = await home.run([...command.split(" "), "--url", lab.mcpUrl, ...JSON_OUT]);
      const { error } = JSON.parse(ran.stdout);
      assert.equal(error.code, "redirect_refused", command);
      remedies.add(error.remedy);
    }
    assert.equal(remedies.size, 1);
  });

  Deno.test(`a redirect to ${location} without a token is what it is, and a login looks for metadata`, async () => {
    await using lab = await startFakeLab({
      mcp: { intercept: () => ({ status: 307, headers: [["location", location]] }) },
    });
    await using home = await openHome();
    const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, ...JSON_OUT]);
    const { error } = JSON.parse(ran.stdout);
    assert.deepEqual([ran.status, error.code], [1, "redirect_refused"]);
    const url = location === "/login" ? lab.mcpUrl : `${lab.mcpUrl}/`;
    assert.match(error.remedy, new RegExp(`:\n {2}mcpass login ${url}$`));
  });
}

Deno.test("a tool that asks for a sign-in without a token leads to the login", async () => {
  await using lab = await startFakeLab({
    mcp: { intercept: (request) => answerTo(toolError("Please sign in first"), request) },
    protection: { openMethods: ["*"] },
  });
  await using home = await openHome();
  const ran = await home.run(["tools", "call", "--url", lab.mcpUrl, ...CALL]);
  assert.equal(ran.status, 1);
  assert.match(flat(ran.stderr), /asks for a sign-in.* mcpass login http.*tool_error/);
});

Deno.test("a challenge in the result of a tool names the metadata for the login", async () => {
  const header = (origin: string) =>
    `Bearer resource_metadata="${origin}/meta/prm", scope="mcp:read"`;
  await using lab = await startFakeLab({ ...LAZY, protection: { openMethods: ["*"] } });
  const content = [{ type: "text", text: "no" }];
  const _meta = { "mcp/www_authenticate": [header(lab.mcp.origin)] };
  lab.mcp.intercept((request) => {
    const reply = onCall(
      rpcAnswer({ result: { content, isError: true, resultType: "complete", _meta } }),
    );
    return tokenOf(request) === undefined ? answerTo(reply, request) : undefined;
  });
  await using home = await openHome();
  const call = () => home.run(["tools", "call", "--url", lab.mcpUrl, ...CALL]);
  const line = /mcpass (login .*)/.exec((await call()).stderr)?.[1] ?? "";
  assert.match(line, /--resource-metadata \S+\/meta\/prm --scopes mcp:read$/);
  const login = await home.run([...line.split(" "), "--auth-mode", "headless"]);
  assert.equal(login.status, 0, login.stderr);
  assert.equal((await call()).status, 0);
});

Deno.test("a server of which only a tool asks for a sign-in: the named issuer is used", async () => {
  await using lab = await startFakeLab({ prm: { at: [] }, protection: { openMethods: ["*"] } });
  await using home = await openHome();
  const login = ["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless", ...JSON_OUT];
  const { error } = JSON.parse((await home.run(login)).stdout);
  assert.equal(error.code, "authorization_not_required");
  assert.match(error.remedy, /--authorization-server '<issuer>'$/);
  const named = await home.run([...login, "--authorization-server", lab.issuer]);
  assert.equal(named.status, 0, named.stderr);
  const codes = JSON.parse(named.stdout).findings.map((it: { code: string }) => it.code);
  assert.ok(codes.includes("open_without_token"));
});
