/** What real MCP servers answer to tokens: no check may call a deliberate answer a failure. */

import assert from "node:assert/strict";
import type { AuditPlan } from "../../../src/audit/context/audit.ts";
import type { AuditCheckId } from "../../../src/findings/mod.ts";
import { startAuditLab } from "../../lab/audit/audit_lab.ts";
import { dpopCheck } from "../../lab/dpop_check.ts";
import type { FakeAsBehaviour } from "../../lab/fake_as_options.ts";
import { headerOf, rpcMethodOf } from "../../lab/journal.ts";
import type { LabMcpServer } from "../../lab/mcp_server.ts";
import { startFakeLab, startLab } from "../../lab/shapes.ts";
import { audit } from "./audit_lab.ts";

interface Server extends AsyncDisposable {
  readonly mcpUrl: string;
  readonly mcp: LabMcpServer;
}

interface ShapeRow {
  readonly name: string;
  start(): Promise<Server>;
  readonly plan?: Partial<AuditPlan>;
  /** Verdict or reason and a part of the message; every other check passes or is skipped. */
  readonly expected: Partial<Readonly<Record<AuditCheckId, readonly [string, RegExp]>>>;
  readonly revision?: string;
}

const CHECKS = ["rs_*", "scope_*", "dpop_*", "wire_*"];

/** The claims of a JWT, whoever signed it. */
function anyClaims(token: string): { scopes: string[] } | string {
  try {
    const [, claims = ""] = token.split(".");
    const text = Uint8Array.fromBase64(claims, { alphabet: "base64url" });
    const { scope = "" } = JSON.parse(new TextDecoder().decode(text));
    return { scopes: String(scope).split(" ") };
  } catch {
    return "not a token";
  }
}

const ROWS: readonly ShapeRow[] = [
  {
    name: "403 for dead and foreign tokens (Bedrock AgentCore)",
    async start() {
      const lab = await startFakeLab();
      lab.mcp.intercept((request) => {
        const [, token] = headerOf(request, "authorization")?.split(" ") ?? [];
        const isDead = token !== undefined && !lab.as.accessTokens.includes(token);
        return isDead ? { status: 403, body: { message: "Invalid Bearer token" } } : undefined;
      });
      return lab;
    },
    expected: { rs_invented: ["failed", /HTTP 403.*expected HTTP 401/] },
  },
  {
    name: "the first requests and lists are open, and tool calls need a token (nanobot, Google)",
    start: () =>
      startFakeLab({
        protection: {
          openMethods: ["initialize", "notifications/*", "tools/list", "server/discover"],
        },
      }),
    expected: {
      rs_good: ["passed", /accepted/],
      rs_invented: ["passed", /HTTP 401/],
      rs_refresh_token: ["passed", /HTTP 401/],
    },
  },
  {
    name: "only the protocol with initialize, and the token is checked first",
    start: () => startFakeLab({ mcp: { era: "legacy" } }),
    expected: {
      rs_good: ["passed", /accepted/],
      rs_session_alone: ["passed", /refused/],
      rs_session_bound: ["warning", /another client is accepted/],
      rs_get_with_token: ["passed", /opens a stream/],
      rs_session_ignored: ["not_in_revision", /2025-11-25/],
    },
    revision: "2025-11-25",
  },
  {
    name: "a session or version is judged before the token",
    async start() {
      const lab = await startFakeLab();
      lab.mcp.intercept((request) => {
        if (headerOf(request, "authorization") !== undefined) return undefined;
        if (headerOf(request, "mcp-session-id") !== undefined) return { status: 404 };
        return headerOf(request, "mcp-protocol-version") === "1999-01-01"
          ? { status: 400 }
          : undefined;
      });
      return lab;
    },
    expected: { wire_refusal_kind: ["passed", /HTTP 400/] },
  },
  {
    name: "every token is believed",
    start: () => startLab({ protection: { verify: anyClaims } }),
    expected: {
      rs_signature: ["failed", /is accepted/],
      rs_claims: ["failed", /is accepted/],
      rs_alg_none: ["failed", /is accepted/],
      rs_alg_confusion: ["failed", /is accepted/],
      rs_own_key: ["failed", /is accepted/],
      rs_foreign_issuer: ["failed", /is accepted/],
    },
  },
  {
    name: "the URL of a key is requested",
    async start() {
      const lab = await startLab();
      const { verify } = lab.as;
      lab.mcp.protect({
        async verify(token, resource) {
          const [header = ""] = token.split(".");
          const text = header.startsWith("eyJ") ? atob(header) : "{}";
          const { jku } = JSON.parse(text);
          if (jku !== undefined) await (await fetch(jku)).body?.cancel();
          return await verify(token, resource);
        },
      });
      return lab;
    },
    expected: { rs_own_key: ["failed", /requests the URL.*"jku"/] },
  },
  {
    name: "only bound tokens, and proofs with a nonce",
    start: () =>
      startLab({ as: { dpop: "nonce" }, protection: { dpop: dpopCheck({ nonce: "once" }) } }),
    expected: {
      rs_good: ["not_applicable", /bound to a key/],
      dpop_binds: ["passed", /bound to the key/],
      dpop_not_bearer: ["passed", /refused/],
      dpop_proof_checked: ["passed", /refused/],
      dpop_stale: ["passed", /refused/],
    },
  },
  {
    name: "GET gets 405, and the limit of requests is reached by a wrong token",
    async start() {
      const lab = await startFakeLab();
      lab.mcp.intercept((request) =>
        request.method === "GET" ? { status: 405 } : rpcMethodOf(request) !== undefined &&
            headerOf(request, "authorization")?.startsWith("Basic")
          ? { status: 429 }
          : undefined
      );
      return lab;
    },
    expected: { rs_other_scheme: ["rate_limited", /limits requests/] },
  },
];

for (const { name, start, plan, expected, revision } of ROWS) {
  Deno.test(`checks of tokens at an MCP server: ${name}`, async () => {
    await using server = await start();
    const { result } = await audit(server.mcpUrl, { only: CHECKS, ...plan });
    for (const check of result.checks) {
      const [verdict, message] = expected[check.id] ?? [];
      const found = `${check.id} ${check.verdict} ${check.reason}: ${check.message}`;
      if (verdict === undefined) {
        assert.ok(["passed", "skipped"].includes(check.verdict), found);
      } else {
        assert.ok([check.verdict, check.reason].includes(verdict), found);
        assert.match(check.message, message ?? /./);
      }
    }
    if (revision !== undefined) assert.equal(result.revision, revision);
  });
}

for (const token of ["two\nlines", "tök", "two words"]) {
  Deno.test(`a token that no header can have: ${JSON.stringify(token)}`, async () => {
    const behaviour: FakeAsBehaviour = {
      token: ({ status, body }) => ({
        status,
        body: status === 200 ? { ...body, access_token: token } : body,
      }),
    };
    await using lab = await startFakeLab(behaviour);
    const { result } = await audit(lab.mcpUrl, { only: ["rs_good"] });
    const check = result.checks.find(({ id }) => id === "rs_good");
    assert.equal(check?.verdict, "failed");
    assert.match(check.message, /characters that an Authorization header cannot have/);
  });
}

Deno.test("an authorization server that ignores resource issues no token for another server", async () => {
  await using lab = await startFakeLab({ resourceParameter: "ignored" });
  const otherResource = "http://127.0.0.1:9/other";
  const { result } = await audit(lab.mcpUrl, { only: ["rs_wrong_audience"], otherResource });
  const check = result.checks.find(({ id }) => id === "rs_wrong_audience");
  assert.equal(check?.reason, "indistinct", check?.message);
});

Deno.test("an access token of the client's own credentials serves these checks", async () => {
  await using lab = await startAuditLab();
  const { id: clientId, secret: clientSecret } = lab.client;
  const client = { clientId, clientSecret, method: "client_secret_basic" } as const;
  const plan = { only: ["rs_*", "wire_*"], authMode: "client_credentials", client } as const;
  const { result } = await audit(lab.mcpUrl, plan);
  const verdicts = new Map(result.checks.map((it) => [it.id, it.verdict]));
  for (const id of ["rs_good", "rs_signature", "rs_origin", "wire_mismatch"] as const) {
    assert.equal(verdicts.get(id), "passed", id);
  }
  assert.equal(verdicts.get("rs_refresh_token"), "skipped");
});

Deno.test("a server that verifies no signature has one fault, which several checks found", async () => {
  await using lab = await startLab({ protection: { verify: anyClaims } });
  const { result } = await audit(lab.mcpUrl, { only: ["rs_*"] });
  const clusters = Map.groupBy(result.checks, ({ cluster }) => cluster);
  const ids = clusters.get("signatures are not verified")?.map(({ id }) => id);
  assert.deepEqual(ids, ["rs_signature", "rs_claims", "rs_own_key", "rs_foreign_issuer"]);
});

Deno.test("a token shows an older protocol: checks that ran before are judged by its rules", async () => {
  await using lab = await startFakeLab({ mcp: { era: "legacy" } });
  const only = ["methods_get", "challenge_no_offline", "rs_good"];
  const { result } = await audit(lab.mcpUrl, { only });
  const found = Object.fromEntries(result.checks.map((it) => [it.id, it]));
  assert.equal(result.revision, "2025-11-25");
  assert.equal(found["methods_get"]?.verdict, "passed");
  assert.equal(found["challenge_no_offline"]?.reason, "not_in_revision");

  const { result: chosen } = await audit(lab.mcpUrl, { only, revision: "2026-07-28" });
  assert.equal(chosen.revision, "2026-07-28");
  const good = chosen.checks.find(({ id }) => id === "rs_good");
  assert.equal(good?.verdict, "inconclusive");
  assert.match(good?.message ?? "", /does not support MCP 2026-07-28/);
});

Deno.test("a given token needs no client and no consent", async () => {
  await using lab = await startLab();
  const { result: own } = await audit(lab.mcpUrl, { only: ["rs_good"] });
  assert.equal(own.removal.clients.registered, 1);
  const fields = lab.requests.map((it) => headerOf(it, "authorization") ?? "");
  const accessToken = fields.findLast((it) => it.startsWith("Bearer ey"))?.slice(7) ?? "";
  const before = lab.requests.length;
  for (const plan of [{ accessToken }, { storedToken: accessToken, safe: true }]) {
    const { result } = await audit(lab.mcpUrl, { only: ["rs_*", "wire_*"], ...plan });
    assert.equal(result.removal.clients.registered, 0);
    const verdict = (id: string) => result.checks.find((it) => it.id === id)?.verdict;
    assert.equal(verdict("rs_good"), "passed");
    assert.equal(verdict("rs_signature"), "passed");
    assert.equal(verdict("wire_unknown_version"), "passed");
  }
  const used = lab.requests.slice(before).filter(({ server, path }) =>
    server === "as" && !path.startsWith("/.well-known") && !path.includes("jwks")
  );
  assert.deepEqual(used.map(({ path }) => path), []);
});

Deno.test("given tokens replace those that an audit cannot obtain", async () => {
  await using lab = await startLab();
  const soon = Math.floor(Date.now() / 1000) + 30;
  const unsigned = (claims: object) =>
    `${btoa('{"alg":"ES256"}')}.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.AAAA`;
  const rows = [
    [{ expired: unsigned({ exp: 1 }) }, "rs_expired", "passed"],
    [{ expired: unsigned({ exp: soon }) }, "rs_expired", "indistinct"],
    [
      { otherAudience: unsigned({ aud: "https://other.example/mcp" }) },
      "rs_wrong_audience",
      "passed",
    ],
    [{ otherAudience: unsigned({ aud: lab.mcpUrl }) }, "rs_wrong_audience", "indistinct"],
  ] as const;
  for (const [tokens, id, expected] of rows) {
    const { result } = await audit(lab.mcpUrl, { only: [id], tokens });
    const check = result.checks.find((it) => it.id === id);
    assert.ok([check?.verdict, check?.reason].includes(expected), `${id}: ${check?.message}`);
  }
});
