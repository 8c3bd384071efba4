import assert from "node:assert/strict";
import { inspect } from "../../../src/flow/inspect/inspect.ts";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf } from "../../lab/journal.ts";
import { closesAtOnce, html, hugeBody, redirect } from "../../lab/misbehaviour.ts";
import type { Answer, Handler } from "../../lab/scripted_server.ts";
import { runLogin } from "../harness.ts";

const PRM = "/.well-known/oauth-protected-resource";
const AS = "/.well-known/oauth-authorization-server";
const OIDC = "/.well-known/openid-configuration";

const json = (body: string): Answer => ({
  headers: [["content-type", "application/json"]],
  body,
});

type Verdict = "absent" | "unavailable" | "refused";

/** What a URL for metadata may answer, what that is, and the code that tells of it. */
const ANSWERS: Readonly<Record<string, readonly [Handler | Answer, Verdict, RegExp?]>> = {
  "404": [{ status: 404 }, "absent"],
  "404 with an error object": [{ status: 404, body: { error: "not_found" } }, "absent"],
  "405": [{ status: 405 }, "absent"],
  "401": [{ status: 401, body: "who are you" }, "absent", /metadata_not_public$/],
  "403": [html(403), "absent", /metadata_not_public$/],
  "410": [{ status: 410 }, "absent", /metadata_answer_unusable$/],
  "400": [{ status: 400, body: { error: "x" } }, "absent", /metadata_answer_unusable$/],
  "200 with a page": [html(), "absent", /metadata_is_web_page$/],
  "200 with text": [{ body: "OK" }, "absent", /metadata_answer_unusable$/],
  "200 with text as JSON": [json("it works"), "absent", /metadata_answer_unusable$/],
  "200 with an empty body": [{}, "absent", /metadata_answer_unusable$/],
  "204": [{ status: 204 }, "absent", /metadata_answer_unusable$/],
  "a redirect to a 404": [redirect("/nowhere"), "absent", /metadata_answer_unusable$/],
  "an array": [{ body: [] }, "refused", /metadata_invalid$/],
  "a string": [json('"x"'), "refused", /metadata_invalid$/],
  "null": [json("null"), "refused", /metadata_invalid$/],
  "a number": [json("404"), "refused", /metadata_invalid$/],
  "an object of another kind": [{ body: { keys: [] } }, "refused", /metadata_invalid$/],
  "an error object with 200": [
    { body: { error: "not_found" } },
    "refused",
    /metadata_invalid$/,
  ],
  "JSON that breaks off": [json('{"resource":"http'), "refused", /metadata_invalid$/],
  "a document with 403": [
    { status: 403, body: { resource: "https://a.example", issuer: "https://a.example" } },
    "refused",
    /metadata_invalid$/,
  ],
  "too much": [hugeBody(2_000_000), "refused", /response_too_large$/],
  "a redirect into a network of its own": [
    redirect("https://169.254.169.254/latest"),
    "refused",
    /redirect_refused$/,
  ],
  "a redirect to http elsewhere": [redirect("http://a.example/"), "refused", /redirect_refused$/],
  "a redirect without a target": [{ status: 302 }, "refused", /metadata_invalid$/],
  "a redirect to itself": [
    ({ path }) => ({ status: 302, headers: [["location", path]] }),
    "refused",
    /redirect_refused$/,
  ],
  "no response": [closesAtOnce(), "refused", /^network_/],
  "500": [{ status: 500, body: { error: "x" } }, "unavailable", /metadata_unavailable$/],
  "503": [html(503), "unavailable", /metadata_unavailable$/],
  "429": [{ status: 429 }, "unavailable", /metadata_unavailable$/],
};

interface Place {
  readonly lab: FakeLabOptions;
  /** The server with the document, and its path. */
  readonly at: (lab: FakeLab) => FakeLab["mcp"] | FakeLab["asServer"];
  readonly path: string;
  /** The request that follows an absent document. */
  readonly next: string;
  /** The code of the end for an absent document; undefined: the login succeeds. */
  readonly missing?: string;
  /** True where nothing but weaker metadata is left. */
  readonly last?: true;
}

const PLACES: Readonly<Record<string, Place>> = {
  "resource metadata that the challenge names": {
    lab: { challenge: { resourceMetadata: "/meta" } },
    at: ({ mcp }) => mcp,
    path: "/meta",
    next: `GET ${PRM}/mcp`,
  },
  "resource metadata of the path": {
    lab: { challenge: { resourceMetadata: false }, prm: { at: ["root"] } },
    at: ({ mcp }) => mcp,
    path: `${PRM}/mcp`,
    next: `GET ${PRM}`,
  },
  "resource metadata of the root": {
    lab: { prm: false, placement: "same_origin" },
    at: ({ mcp }) => mcp,
    path: PRM,
    next: `GET ${AS}`,
    last: true,
  },
  "authorization server metadata": {
    lab: { wellKnown: ["oidc"] },
    at: ({ asServer }) => asServer,
    path: AS,
    next: `GET ${OIDC}`,
  },
  "OpenID provider metadata": {
    lab: { wellKnown: [] },
    at: ({ asServer }) => asServer,
    path: OIDC,
    next: "",
    missing: "server_metadata_missing",
    last: true,
  },
};

/** What `oauth metadata` finds. */
async function look(url: string) {
  const secrets = createSecrets();
  const clock = { now: Date.now };
  const { signal } = new AbortController();
  const emit = () => {};
  const env = { get: () => undefined, toObject: () => ({}) };
  const http = createHttpClient({
    ...{
      serverUrl: url,
      customHeaders: [],
      stepTimeoutMs: 10_000,
      emit,
      secrets,
      clock,
      signal,
      env,
    },
  });
  try {
    const plan = {
      url,
      protocolVersion: "2026-07-28",
      headers: [],
      stepTimeoutMs: 10_000,
    } as const;
    return await inspect(plan, { http, emit, secrets, clock, signal });
  } finally {
    await http.close();
  }
}

for (const [name, place] of Object.entries(PLACES)) {
  for (const [what, [answer, verdict, code]] of Object.entries(ANSWERS)) {
    const end = verdict === "absent"
      ? place.missing
      : verdict === "refused" || place.last
      ? code
      : undefined;
    const ends = end === undefined ? "continues" : `ends with ${end}`;
    Deno.test(`${name}, answered with ${what}: the login ${ends}`, async () => {
      await using lab = await startFakeLab(place.lab);
      const server = place.at(lab);
      server.routes[`GET ${place.path}`] = answer;
      const { result } = await runLogin({ serverUrl: lab.mcpUrl });
      const told = result.findings.filter((finding) => code?.test(finding.code));
      if (end === undefined) {
        assert.equal(result.error, undefined, result.error?.message);
        assert.ok(told.every(({ severity }) => severity === "warning"));
      } else {
        assert.match(result.error?.code ?? "", new RegExp(end));
        assert.ok(!lab.requests.some(({ path }) => path === "/register"));
      }
      // The finding names the URL. Only a plain 404 or 405 leaves none
      assert.equal(told.length > 0, code !== undefined, JSON.stringify(result.findings));
      for (const { message } of told) {
        assert.ok(message.includes(server.origin + place.path), message);
      }
      const lines = lab.requests.map(({ method, path }) => `${method} ${path}`);
      const after = lines.slice(lines.lastIndexOf(`GET ${place.path}`) + 1);
      const follows = after.filter((line) => line !== "GET /nowhere")[0];
      if (verdict === "refused") assert.equal(follows, undefined);
      else if (!place.last || verdict === "absent") assert.equal(follows ?? "", place.next);
      else assert.equal(follows, undefined);

      const seen = await look(lab.mcpUrl);
      assert.equal(seen.failure?.code, result.error?.code);
      assert.equal(seen.findings.some((it) => code?.test(it.code)), code !== undefined);
    });
  }
}

const PINNED = Object.entries(PLACES).filter(([name]) => name.startsWith("resource"));

for (const [name, place] of PINNED) {
  for (const [what, [answer, verdict, code]] of Object.entries(ANSWERS)) {
    if (verdict === "absent" || code === undefined) continue;
    Deno.test(`${name}, answered with ${what}: --authorization-server continues, with a finding`, async () => {
      await using lab = await startFakeLab(place.lab);
      lab.mcp.routes[`GET ${place.path}`] = answer;
      const { result } = await runLogin({
        serverUrl: lab.mcpUrl,
        authorizationServer: lab.issuer,
      });
      assert.equal(result.error, undefined, result.error?.message);
      assert.equal(result.credentials?.issuer, lab.issuer);
      const told = result.findings.filter((finding) => code.test(finding.code));
      assert.ok(told.some(({ message }) => message.includes(lab.mcp.origin + place.path)));
      assert.ok(told.every(({ severity }) => severity === "warning"));
    });
  }
}

const REFUSED = [["http://10.0.0.5"], ["https://a.example?x", 7], { issuer: "https://a.example" }];

for (const list of REFUSED) {
  Deno.test(`resource metadata whose authorization servers are ${JSON.stringify(list)} ends the login`, async () => {
    const document = (it: Record<string, unknown>) => ({ ...it, authorization_servers: list });
    // The server's own origin has metadata, which a document that lists nothing would lead to
    await using lab = await startFakeLab({ placement: "same_origin", prm: { document } });
    const plan = { serverUrl: lab.mcpUrl };
    for (const run of [plan, { ...plan, dryRun: true }]) {
      const { result } = await runLogin(run);
      assert.equal(result.error?.code, "authorization_servers_refused");
      assert.ok(result.error?.message.includes(`${lab.mcp.origin}${PRM}/mcp`));
      assert.ok(!lab.requests.some(({ path }) => path === AS));
    }
    assert.equal((await look(lab.mcpUrl)).failure?.code, "authorization_servers_refused");
    const pinned = await runLogin({ ...plan, authorizationServer: lab.issuer });
    assert.equal(pinned.result.error, undefined);
    assert.ok(pinned.codes.includes("authorization_servers_refused"));
  });
}

Deno.test("an authorization server that is a string instead of a list is used, with a finding", async () => {
  await using lab = await startFakeLab({
    prm: {
      document: (it) => ({ ...it, authorization_servers: [it["authorization_servers"]].flat()[0] }),
    },
  });
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.credentials?.issuer, lab.issuer);
  assert.ok(codes.includes("member_type"));
});

Deno.test("the only authorization server is in a closed network: the failure names the document", async () => {
  const document = (it: Record<string, unknown>) => ({
    ...it,
    authorization_servers: ["https://169.254.169.254"],
  });
  await using lab = await startFakeLab({ placement: "same_origin", prm: { document } });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "private_address_refused");
  assert.match(result.error?.message ?? "", /"https:\/\/169\.254\.169\.254" is listed in/);
  assert.ok(result.error?.message.includes(`${lab.mcp.origin}${PRM}/mcp`));
  assert.ok(!lab.requests.some(({ path }) => path === AS));
});

Deno.test("documents with a BOM are documents", async () => {
  const marked = (document: object) => `\ufeff${JSON.stringify(document)}`;
  await using lab = await startFakeLab({ prm: { document: marked } });
  const response = await fetch(`${lab.issuer}${AS}`);
  lab.asServer.routes[`GET ${AS}`] = json(marked(await response.json()));
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error, undefined);
});

Deno.test("a document with another issuer is skipped with a finding if another document is right", async () => {
  await using lab = await startFakeLab({ wellKnown: ["oidc"] });
  lab.asServer.routes[`GET ${AS}`] = { body: { issuer: "https://other.example" } };
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error, undefined);
  assert.deepEqual(codes, ["metadata_document_skipped"]);
  const [finding] = result.findings;
  assert.ok(finding?.message.includes(lab.issuer + AS));
  assert.ok(finding?.message.includes("https://other.example"));
});

Deno.test("2025-03-26 uses no default endpoints where metadata is unavailable or refused", async () => {
  for (
    const [answer, code] of [[{ status: 503 }, "metadata_unavailable"], [
      { body: [] },
      "metadata_invalid",
    ]] as const
  ) {
    await using lab = await startFakeLab({ prm: false, placement: "same_origin", wellKnown: [] });
    lab.mcp.routes[`GET ${AS}`] = answer;
    const { result } = await runLogin({ serverUrl: lab.mcpUrl, protocolVersion: "2025-03-26" });
    assert.equal(result.error?.code, code);
    assert.ok(!lab.requests.some(({ path }) => path === "/register"));
  }
});

Deno.test("a server without authorization says so, whatever is at its metadata URLs", async () => {
  for (const answer of [{ body: { error: "not_found" } }, { status: 500 }]) {
    await using lab = await startFakeLab({ protection: { openMethods: ["*"] }, prm: false });
    lab.mcp.routes[`GET ${PRM}/mcp`] = answer;
    const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl });
    assert.equal(result.error?.code, "authorization_not_required");
    assert.ok(codes.some((code) => /^metadata_(invalid|unavailable)$/.test(code)));
  }
});

Deno.test("a document that breaks after the sign-in is refused there too", async () => {
  await using lab = await startFakeLab({
    placement: "same_origin",
    mcp: {
      intercept: (request) =>
        headerOf(request, "authorization") === undefined ? undefined : {
          status: 401,
          headers: [["www-authenticate", "Bearer"]],
        },
    },
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true }, {
    onEvent: (event) => {
      if (event.type === "step_ended" && event.step === "token") {
        lab.mcp.routes[`GET ${PRM}/mcp`] = { body: [] };
      }
    },
  });
  assert.equal(result.completed, false);
  assert.match(
    result.verification?.listTools?.error ?? "",
    /returned HTTP 200 application\/json with a JSON array/,
  );
  assert.equal(lab.requests.filter(({ path }) => path === AS).length, 1);
});
