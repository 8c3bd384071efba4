import assert from "node:assert/strict";
import { createHttp } from "../../src/http/mod.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { startScriptedServer } from "../lab/scripted_server.ts";

function door(serverUrl: string): ReturnType<typeof createHttp> {
  return createHttp({
    serverUrl,
    customHeaders: [],
    stepTimeoutMs: 10_000,
    resolve: () => Promise.resolve(["93.184.216.34"]),
    emit: () => {},
    secrets: createSecrets(),
    clock: { now: Date.now },
    env: { get: () => undefined, toObject: () => ({}) },
    signal: new AbortController().signal,
  });
}

Deno.test("what a public server's document names on loopback is not requested, a kept endpoint is", async () => {
  await using inside = startScriptedServer({ name: "inside", routes: { "*": { body: {} } } });
  const http = door("https://public.example/mcp");
  const request = {
    purpose: "token",
    step: "token",
    method: "POST",
    url: `${inside.origin}/token`,
    body: "grant_type=refresh_token",
  } as const;
  await assert.rejects(http.send(request), { code: "private_address_refused" });
  assert.equal(inside.requests.length, 0);
  const answer = await http.send({ ...request, kept: true });
  assert.equal(answer.status, 200);
  await http.close();
});
