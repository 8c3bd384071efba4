import assert from "node:assert/strict";
import { startAuditLab } from "./audit_lab.ts";
import { authorize, call, Hand, register } from "./by_hand.ts";
import { CASES, said, used } from "./refusal_cases.ts";

for (const { broken, strict, lenient, opaque, run } of CASES) {
  const kind = opaque ? ", opaque tokens" : "";
  Deno.test(`the audit lab answers ${strict} where ${broken} breaks it${kind}`, async () => {
    const seen = async (ids: readonly string[]) => {
      await using lab = await startAuditLab({
        broken: ids,
        ...opaque && { tokens: "opaque" },
      });
      return said(await run(lab, await Hand.register(lab)));
    };
    assert.deepEqual([await seen([]), await seen([broken])], [strict, lenient]);
  });
}

Deno.test("a replayed code ends the tokens of the audit lab that it led to", async () => {
  await using lab = await startAuditLab();
  const hand = await Hand.register(lab);
  const code = await used(hand);
  assert.equal(lab.liveTokens().length, 2);
  assert.equal(said(await hand.exchange(code)), "400 invalid_grant");
  assert.deepEqual(lab.liveTokens(), []);
});

Deno.test("tokens and codes of the audit lab expire by its clock", async () => {
  let now = Date.now();
  await using lab = await startAuditLab({ now: () => now });
  const hand = await Hand.register(lab);
  const { access } = await hand.signIn();
  const code = await hand.code();
  now += 61_000;
  assert.equal(said(await hand.exchange(code)), "400 invalid_grant");
  assert.equal(said(await call(lab, access)), "200");
  now += 3_600_000;
  assert.equal(said(await call(lab, access)), "401 invalid_token");
});

Deno.test("the audit lab answers 429 with Retry-After beyond its limit of registrations", async () => {
  let now = Date.now();
  await using lab = await startAuditLab({ now: () => now, registrationsPerMinute: 1 });
  assert.equal((await register(lab)).status, 201);
  const { status, headers } = await register(lab);
  assert.deepEqual([status, headers.get("retry-after")], [429, "60"]);
  now += 61_000;
  assert.equal((await register(lab)).status, 201);
});

Deno.test("a client document of the audit lab is fetched, compared and may use any port", async () => {
  await using lab = await startAuditLab();
  const documents: Record<string, object> = {};
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) => {
      const document = documents[new URL(url).pathname];
      return document ? Response.json(document) : new Response("", { status: 404 });
    },
  );
  const at = (path: string) => `http://127.0.0.1:${server.addr.port}${path}`;
  const document = (path: string, changes: object = {}) => ({
    client_id: at(path),
    client_name: "By document",
    redirect_uris: ["http://127.0.0.1/callback"],
    ...changes,
  });
  documents["/good"] = document("/good");
  documents["/of-another"] = document("/good");
  documents["/secret"] = document("/secret", { token_endpoint_auth_method: "client_secret_post" });
  documents["/nameless"] = document("/nameless", { client_name: undefined });
  const asked = async (path: string) => said(await authorize(lab, at(path)));
  assert.equal(await asked("/good"), "302 code");
  for (const path of ["/of-another", "/secret", "/nameless", "/absent", "/a/../good"]) {
    assert.equal(await asked(path), "400", path);
  }
  assert.equal(said(await authorize(lab, `http://[::1]:${server.addr.port}/good`)), "400");
  assert.ok(!lab.documentFetches().some((url) => url.includes("..")));
  await server.shutdown();
});
