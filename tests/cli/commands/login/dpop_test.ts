import assert from "node:assert/strict";
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK } from "jose";
import { dpopCheck, type DpopDemands } from "../../../lab/dpop_check.ts";
import { formOf, headerOf, type RecordedRequest, sequence } from "../../../lab/journal.ts";
import { type Lab, type LabOptions, startFakeLab, startLab } from "../../../lab/shapes.ts";
import { flat, openHome } from "../../real_run.ts";

/** Both servers want proofs, each with nonces of its own. */
function bound(nonce?: DpopDemands["nonce"], as: LabOptions["as"] = {}): LabOptions {
  return {
    as: { dpop: "nonce", ...as },
    protection: { dpop: dpopCheck(nonce === undefined ? {} : { nonce }) },
  };
}

const LOGIN = ["oauth", "login", "--auth-mode", "headless", "--format", "json"];

interface Proof {
  readonly request: RecordedRequest;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly jwk: JWK;
}

function proofs(requests: readonly RecordedRequest[]): Proof[] {
  return requests.flatMap((request) => {
    const proof = headerOf(request, "dpop");
    if (proof === undefined) return [];
    const { jwk = {} } = decodeProtectedHeader(proof);
    return [{ request, claims: decodeJwt(proof), jwk: jwk as JWK }];
  });
}

const ofServer = (lab: Lab, server: string) =>
  proofs(lab.requests).filter(({ request }) => request.server === server);

Deno.test("bound tokens, demanded by the challenge, through every command to the end", async () => {
  await using lab = await startLab(bound("once"));
  await using home = await openHome();
  const run = async (...args: string[]) => {
    const ran = await home.run([...args, "--url", lab.mcpUrl]);
    assert.equal(ran.status, 0, `${args.join(" ")}: ${ran.stderr}${ran.stdout}`);
    return ran;
  };
  const login = await run(...LOGIN, "--verify-tools");
  assert.equal(JSON.parse(login.stdout).credentials.tokenType, "DPoP");
  await run("tools", "list", "--format", "json");
  await run(
    "tools",
    "call",
    "--tool-name",
    "echo",
    "--tool-args",
    '{"message":"hi"}',
    "--format",
    "json",
  );
  await run("server", "probe", "--format", "json");
  await run("server", "doctor", "--format", "json");
  await run("oauth", "status", "--check", "--format", "json");
  await run("oauth", "refresh", "--format", "json");
  await run("tools", "list", "--format", "json");
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  const { d, ...key } = JSON.parse(entry?.dpopKey ?? "{}");
  const token = await run("oauth", "token", "--as", "header");
  assert.match(token.stdout, /^Authorization: DPoP \S+\n$/);
  assert.match(flat(token.stderr), /bound to a key \(DPoP\): .*proof.* mcpass tools list http/);
  assert.equal((await run("oauth", "token", "--quiet")).stderr, "");
  const human = await run("oauth", "status", "--format", "human");
  assert.match(flat(human.stdout), /DPoP the token is bound to a stored key/);
  await run("oauth", "logout", "--format", "json");

  const all = proofs(lab.requests);
  assert.ok(all.length > 15);
  assert.equal(new Set(all.map(({ claims }) => claims.jti)).size, all.length, "fresh jti each");
  const thumbprint = await calculateJwkThumbprint(key as JWK);
  for (const { request, claims, jwk } of all) {
    assert.equal(await calculateJwkThumbprint(jwk), thumbprint, "one key");
    assert.equal(jwk.d, undefined);
    assert.equal(claims.htm, request.method);
    const at = request.server === "as" ? lab.issuer + request.path : lab.mcpUrl;
    assert.equal(claims.htu, at);
    assert.equal(typeof claims.ath === "string", request.server === "mcp");
  }
  const nonces = (server: string) =>
    new Set(ofServer(lab, server).map(({ claims }) => claims.nonce).filter(Boolean));
  const [as, mcp] = [nonces("as"), nonces("mcp")];
  assert.ok(as.size > 0 && mcp.size > 0);
  assert.deepEqual([...as].filter((nonce) => mcp.has(nonce)), [], "nonces are kept apart");
  const asked = lab.requests.filter(({ path }) => path === "/auth").map(({ query }) =>
    query.get("dpop_jkt")
  );
  assert.ok(asked.every((it) => it === thumbprint));
  const withToken = lab.requests.filter((it) =>
    it.server === "mcp" && headerOf(it, "authorization")
  );
  assert.ok(withToken.every((it) => headerOf(it, "authorization")?.startsWith("DPoP ")));
  assert.ok(withToken.every((it) => headerOf(it, "dpop") !== undefined));
  assert.ok(!login.stdout.includes(d) && !login.stderr.includes(d));
});

Deno.test("the requests of the older wire carry proofs of their own method", async () => {
  await using lab = await startLab({ ...bound("once"), mcp: { era: "legacy" } });
  await using home = await openHome();
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--verify-tools"]);
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  const accepted = lab.requests.filter(({ server, method }) => server === "mcp" && method === "GET")
    .filter((request) => headerOf(request, "dpop") !== undefined);
  assert.ok(accepted.length > 0, sequence(lab.requests).join(" | "));
  for (const { request, claims } of ofServer(lab, "mcp")) assert.equal(claims.htm, request.method);
});

Deno.test("the nonce of a server is remembered for the requests that follow", async () => {
  await using lab = await startLab(bound("once"));
  await using home = await openHome();
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--verify-tools"]);
  assert.equal(ran.status, 0, ran.stderr);
  const without = ofServer(lab, "mcp").filter(({ claims }) => claims.nonce === undefined);
  assert.equal(without.length, 1, "only the first request has no nonce");
});

Deno.test("an MCP server that wants another nonce for ever is asked a bounded number of times", async () => {
  await using lab = await startLab(bound("never_good"));
  await using home = await openHome();
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--verify-tools"]);
  assert.equal(ran.status, 1);
  const sent = ofServer(lab, "mcp").length;
  assert.ok(sent >= 2 && sent <= 8, `${sent} requests with a proof`);
  const codes = lab.requests.filter(({ path }) => path === "/token").map(formOf)
    .map((form) => form.get("code"));
  assert.equal(new Set(codes).size, 1, "no person is sent to authorize again for a nonce");
});

Deno.test("an authorization server that wants another nonce for ever is asked twice", async () => {
  let nonce = 0;
  await using lab = await startFakeLab({
    token: () => ({
      status: 400,
      headers: [["dpop-nonce", `as-${nonce++}`], ["cache-control", "no-store"]],
      body: { error: "use_dpop_nonce" },
    }),
  });
  await using home = await openHome();
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--dpop"]);
  assert.equal(ran.status, 1);
  const { error } = JSON.parse(ran.stdout);
  assert.equal(error.code, "token_error");
  assert.match(error.message, /use_dpop_nonce/);
  assert.equal(sequence(lab.requests).filter((line) => line.includes("/token")).length, 2);
});

Deno.test("a client registered for bound tokens gets a key without --dpop, now and later", async () => {
  await using lab = await startLab({
    as: { dpop: true },
    protection: { challenge: { scheme: "DPoP" } },
  });
  await using home = await openHome();
  assert.equal((await home.run([...LOGIN, "--url", lab.mcpUrl, "--dpop"])).status, 0);
  lab.mcp.protect({ challenge: {} });
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--redirect-url", redirectOf(lab)]);
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.equal(JSON.parse(ran.stdout).credentials.tokenType, "DPoP");
  assert.equal(lab.requests.filter(({ path }) => path === "/reg").length, 1);
});

/** The redirect URI that was registered first. */
function redirectOf(lab: Lab): string {
  const { body = "{}" } = lab.requests.find(({ path }) => path === "/reg") ?? {};
  return JSON.parse(body).redirect_uris[0];
}

Deno.test("a server that answers a bearer token to a proof: said, and an end where binding is demanded", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const loose = await home.run([...LOGIN, "--url", lab.mcpUrl, "--dpop", "--scopes", "mcp:read"]);
  assert.equal(loose.status, 0, loose.stderr);
  const { findings, credentials } = JSON.parse(loose.stdout);
  assert.ok(findings.some(({ code }: { code: string }) => code === "dpop_not_bound"));
  assert.equal(credentials.tokenType, "Bearer");
  lab.mcp.protect({ dpop: dpopCheck({}) });
  const strict = await home.run([...LOGIN, "--url", lab.mcpUrl]);
  assert.equal(strict.status, 1);
  assert.equal(JSON.parse(strict.stdout).error.code, "dpop_not_bound");
});

Deno.test("the key is of a kind that both servers take", async () => {
  const algorithms = (list: readonly string[]): NonNullable<LabOptions["protection"]> => ({
    dpop: dpopCheck({}),
    metadata: {
      document: (document) => ({ ...document, dpop_signing_alg_values_supported: list }),
    },
  });
  await using lab = await startLab({
    as: { dpop: true },
    protection: algorithms(["ES384", "EdDSA"]),
  });
  await using home = await openHome();
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--verify-tools"]);
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  const proof = headerOf(
    lab.requests.findLast((it) => headerOf(it, "dpop")) ?? { headers: [] },
    "dpop",
  );
  assert.equal(decodeProtectedHeader(proof ?? "").alg, "EdDSA");
  lab.mcp.protect(algorithms(["HS256"]));
  const none = await home.run([...LOGIN, "--url", lab.mcpUrl]);
  assert.equal(JSON.parse(none.stdout).error.code, "no_common_dpop_algorithm");
});

Deno.test("the key is of a kind that the challenge names, also beside a challenge for bearer tokens", async () => {
  await using lab = await startFakeLab({
    mcp: {
      intercept: () => ({
        status: 401,
        headers: [["WWW-Authenticate", 'Bearer realm="a", DPoP algs="ES384 RS512"']],
      }),
    },
  });
  await using home = await openHome();
  await home.run([...LOGIN, "--url", lab.mcpUrl, "--dpop"]);
  const proof = headerOf(
    lab.requests.findLast(({ path }) => path === "/token") ?? { headers: [] },
    "dpop",
  );
  assert.equal(decodeProtectedHeader(proof ?? "").alg, "ES384");
});

Deno.test("a bound token whose key is gone is sent to nobody", async () => {
  await using lab = await startLab(bound());
  await using home = await openHome();
  assert.equal((await home.run([...LOGIN, "--url", lab.mcpUrl])).status, 0);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry);
  const { dpopKey: _, ...keyless } = entry;
  await home.store.write(keyless);
  lab.requests.length = 0;
  const listed = await home.run(["tools", "list", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(listed.status, 4, listed.stdout + listed.stderr);
  assert.equal(JSON.parse(listed.stdout).error.code, "dpop_key_gone");
  const status = ["oauth", "status", "--check", "--url", lab.mcpUrl, "--format", "json"];
  const checked = await home.run(status);
  assert.match(checked.stdout + checked.stderr, /a key that is not stored/);
  assert.deepEqual(lab.requests.filter((it) => headerOf(it, "authorization")), []);
});

Deno.test("a server that wants a proof and got none: the flag that gives one", async () => {
  await using lab = await startFakeLab({
    token: () => ({ status: 400, body: { error: "invalid_dpop_proof" } }),
  });
  await using home = await openHome();
  const plain = await home.run([...LOGIN, "--url", lab.mcpUrl]);
  assert.match(JSON.parse(plain.stdout).error.remedy, /Use DPoP:\n.* --dpop$/);
  const proven = await home.run([...LOGIN, "--url", lab.mcpUrl, "--dpop"]);
  assert.match(JSON.parse(proven.stdout).error.remedy, /compare its clock/);
});

Deno.test("an MCP server that knows bearer tokens only: the login without a key", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({ ...document, dpop_signing_alg_values_supported: ["ES256"] }),
    token: ({ body }) => ({ body: { ...body, token_type: "DPoP" } }),
    mcp: {
      intercept: () => ({
        status: 401,
        headers: [["WWW-Authenticate", 'Bearer error="invalid_token"']],
      }),
    },
  });
  await using home = await openHome();
  const ran = await home.run([...LOGIN, "--url", lab.mcpUrl, "--dpop", "--verify-tools"]);
  const { remedy } = JSON.parse(ran.stdout).error;
  assert.match(remedy, /accept tokens with the scheme DPoP/);
  assert.match(remedy, /\n {2}mcpass login .*--verify-tools$/);
  assert.doesNotMatch(remedy, /--dpop/);
});
