import assert from "node:assert/strict";
import { clientMetadataUrl, redirectUrl, secureUrl } from "../../../src/cli/args/url_value.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { openHome } from "../real_run.ts";

Deno.test("a URL stays as it was typed", () => {
  const typed = [
    "HTTPS://Server.Example",
    "https://a.example:443/%c3%bc?q=a%20b",
    "http://[::1]:1",
  ];
  for (const url of typed) assert.deepEqual(secureUrl(url), { value: url });
});

Deno.test("what no URI can hold is written as requests carry it", () => {
  const rows = [
    ["https://a.example/dienst/ü?ort=Köln", "https://a.example/dienst/%C3%BC?ort=K%C3%B6ln"],
    ["https://Bücher.example:8443/a", "https://xn--bcher-kva.example:8443/a"],
    ["https://a.example/日本/%41", "https://a.example/%E6%97%A5%E6%9C%AC/%41"],
    ["http://[::1]:8080/ü", "http://[::1]:8080/%C3%BC"],
    ["https://a.example/\ud800", "https://a.example/%EF%BF%BD"],
  ] as const;
  for (const [typed, written] of rows) {
    assert.deepEqual(secureUrl(typed), { value: written });
    assert.equal(new URL(typed).href, new URL(written).href);
  }
  assert.deepEqual(clientMetadataUrl("https://a.example/ü.json"), {
    value: "https://a.example/%C3%BC.json",
  });
  assert.deepEqual(redirectUrl("http://127.0.0.1:8080/zurück"), {
    value: "http://127.0.0.1:8080/zur%C3%BCck",
  });
});

Deno.test("a server whose path has an umlaut is signed in to as typed, and found again", async () => {
  await using home = await openHome();
  await using lab = await startFakeLab({ mcp: { path: "/dienst/%C3%BC" } });
  const typed = lab.mcpUrl.replace("%C3%BC", "ü");
  const ran = await home.signIn({ mcpUrl: typed }, "--verify-tools");
  assert.deepEqual(JSON.parse(ran.stdout).findings, []);
  assert.deepEqual(lab.as.complaints, []);
  for (const url of [typed, lab.mcpUrl]) {
    const { stdout } = await home.run(["oauth", "token", "--url", url]);
    assert.deepEqual(lab.as.accessTokens, [stdout.trim()]);
  }
});

Deno.test("a redirect URI without a scheme gets a loopback URL as the remedy", () => {
  const remedyOf = (text: string) => {
    const parsed = redirectUrl(text);
    return "problem" in parsed ? parsed.remedy : undefined;
  };
  assert.equal(remedyOf("foo"), "Use a URL such as http://127.0.0.1:8080/callback");
  assert.equal(remedyOf("localhost:8080/cb"), "Did you mean http://localhost:8080/cb?");
});
