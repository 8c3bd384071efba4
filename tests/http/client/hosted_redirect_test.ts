import assert from "node:assert/strict";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { startScriptedServer } from "../../lab/scripted_server.ts";

Deno.test("a metadata request follows a redirect, and none where hosted rules hold", async () => {
  for (const followRedirects of [true, false]) {
    await using server = startScriptedServer({ name: "as" });
    server.routes["GET /a"] = { status: 302, headers: [["location", "/b"]] };
    server.routes["GET /b"] = { body: { issuer: server.origin } };
    const http = createHttpClient({
      serverUrl: server.origin,
      customHeaders: [],
      stepTimeoutMs: 10_000,
      followRedirects,
      emit: () => {},
      secrets: createSecrets(),
      clock: { now: Date.now },
      env: { get: () => undefined, toObject: () => ({}) },
      signal: new AbortController().signal,
    });
    const sent = http.send({
      purpose: "authorization_server_metadata",
      step: "authorization_server_metadata",
      method: "GET",
      url: `${server.origin}/a`,
    });
    if (followRedirects) assert.equal((await sent).status, 200);
    else await assert.rejects(sent, { code: "redirect_refused" });
    await http.close();
    assert.deepEqual(
      server.requests.map(({ path }) => path),
      followRedirects ? ["/a", "/b"] : ["/a"],
    );
  }
});
