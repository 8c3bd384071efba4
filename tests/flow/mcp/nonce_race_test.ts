import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { authorizedFetch } from "../../../src/flow/mcp/authorized_fetch.ts";
import { newDpopSigner } from "../../../src/flow/token/dpop_signer.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";

Deno.test("two requests at once that a server wants its new nonce of are both made anew with it", async () => {
  const prover = await newDpopSigner([], createSecrets());
  const nonces: unknown[] = [];
  const arrived = Promise.withResolvers<void>();
  const server = async (_: unknown, init?: RequestInit): Promise<Response> => {
    const { nonce } = decodeJwt(new Headers(init?.headers).get("dpop") ?? "");
    nonces.push(nonce);
    if (nonce === "new") return new Response("{}");
    if (nonces.length === 2) arrived.resolve();
    await arrived.promise;
    return new Response(null, {
      status: 401,
      headers: { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "new" },
    });
  };
  let refusals = 0;
  const fetch = authorizedFetch(server, {
    token: () => Promise.resolve("token"),
    signer: () => prover,
    accepted: () => {},
    refused: () => {
      refusals += 1;
      return Promise.resolve(false);
    },
  });
  const send = () => fetch("https://server.example/mcp", { method: "POST", body: "{}" });
  const answers = await Promise.all([send(), send()]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
  assert.deepEqual(nonces, [undefined, undefined, "new", "new"]);
  assert.equal(refusals, 0);
});
