import assert from "node:assert/strict";
import { isSignInName } from "../../src/core/command_text.ts";
import { derivedName, withNames } from "../../src/store/sign_in_name.ts";

const HOSTS: readonly (readonly [url: string, name: string])[] = [
  ["https://mcp.linear.app/mcp", "linear"],
  ["https://mcp.linear.app/sse", "linear"],
  ["https://api.githubcopilot.com/mcp/", "githubcopilot"],
  ["https://MCP.Notion.com/mcp", "notion"],
  ["https://mcp.sentry.dev/mcp/org/project", "sentry"],
  ["https://huggingface.co/mcp", "huggingface"],
  ["https://docs.mcp.cloudflare.com/sse", "cloudflare"],
  ["https://mcp.example.co.uk/mcp", "example"],
  ["https://mcp.example.com.au/mcp", "example"],
  ["https://my-server.workers.dev/sse", "my-server"],
  ["https://my-server.someone.workers.dev/sse", "my-server"],
  ["https://demo.vercel.app/api/mcp", "demo"],
  ["https://svc-abc-uc.a.run.app/mcp", "svc-abc-uc"],
  ["https://someone.github.io/mcp", "someone"],
  ["https://api.github.com/mcp", "github"],
  ["https://mcp.linear.app./mcp", "linear"],
  ["https://intranet/mcp", "intranet"],
  ["https://intranet:8443/mcp", "intranet"],
  ["https://xn--mnchen-3ya.example/mcp", "xn-mnchen-3ya"],
  ["https://show.example/mcp", "server"],
  ["https://mcp.localhost.com/mcp", "server"],
  ["http://127.0.0.1:3000/mcp", "localhost-3000"],
  ["http://localhost:3000/mcp", "localhost-3000"],
  ["http://app.localhost:3000/mcp", "localhost-3000"],
  ["http://[::1]:3000/mcp", "localhost-3000"],
  ["http://localhost/mcp", "localhost-http"],
  ["https://localhost/mcp", "localhost-https"],
  ["https://10.0.0.5/mcp", "ip-10-0-0-5"],
  ["https://10.0.0.5:8443/mcp", "ip-10-0-0-5-8443"],
  ["https://[fd00::1]/mcp", "ip-fd00-1"],
  [`https://mcp.${"long".repeat(15)}.com/mcp`, "long".repeat(9)],
];

for (const [url, name] of HOSTS) {
  Deno.test(`the name of ${url} is ${name}`, () => {
    assert.equal(derivedName(url, "default"), name);
    assert.ok(isSignInName(name));
  });
}

Deno.test("an account extends the name of its server", () => {
  const url = "https://mcp.linear.app/mcp";
  assert.equal(derivedName(url, "work"), "linear-work");
  assert.equal(derivedName(url, "Ada L. (work)"), "linear-ada-l-work");
  assert.equal(derivedName(url, "日本"), "linear");
  assert.ok(isSignInName(derivedName(url, "x".repeat(100))));
});

const entry = (
  serverUrl: string,
  parts: { account?: string; name?: string; key?: string } = {},
) => ({
  serverUrl,
  account: "default",
  key: serverUrl,
  ...parts,
});

Deno.test("names are unique: a stored one wins, and each further derived one has a number", () => {
  const entries = [
    entry("https://a.linear.app/mcp"),
    entry("https://b.linear.app/mcp", { name: "linear" }),
    entry("https://c.linear.app/mcp"),
    entry("https://c.linear.app/mcp", { account: "work" }),
  ];
  const names = ["linear-2", "linear", "linear-3", "linear-work"];
  assert.deepEqual(withNames(entries).map(({ name }) => name), names);
  assert.deepEqual(withNames(entries).map(({ name }) => name), names);
});

Deno.test("two clients of one server and account have one name; two servers with the same stored name do not", () => {
  const url = "https://mcp.linear.app/mcp";
  const clients = [entry(url, { key: "1", name: "l" }), entry(url, { key: "2" })];
  assert.deepEqual(withNames(clients).map(({ name }) => name), ["l", "l"]);
  const copied = [entry(url, { name: "l" }), entry("https://other.example/mcp", { name: "l" })];
  assert.deepEqual(withNames(copied).map(({ name }) => name), ["l", "l-2"]);
});

Deno.test("a name is neither a URL, a host with a dot or port, a flag, nor an action of oauth client", () => {
  for (const text of ["linear", "a", "2", "a-b_c", "x".repeat(40)]) {
    assert.ok(isSignInName(text), text);
  }
  const others = [
    "",
    "Linear",
    "a.b",
    "a:1",
    "-a",
    "_a",
    "a b",
    "show",
    "update",
    "delete",
    "localhost",
  ];
  for (const text of [...others, "x".repeat(41), "ä"]) assert.ok(!isSignInName(text), text);
});
