import assert from "node:assert/strict";
import { type FakeLab, startFakeLab } from "../../../lab/fake_lab.ts";
import { CHALLENGE, issuer, resource, RESOURCE_URL } from "../../../products/product.ts";
import { startProduct } from "../../../products/product_server.ts";
import { textsOf } from "../../../products/product_steps.ts";
import { printedLines } from "../../printed_commands.ts";
import { openHome } from "../../real_run.ts";

const PRM = "/.well-known/oauth-protected-resource/mcp";
const AS = "/.well-known/oauth-authorization-server";

const COMMANDS: readonly (readonly string[])[] = [
  ["oauth", "login", "--auth-mode", "headless", "--no-store"],
  ["oauth", "login", "--auth-mode", "headless", "--no-store", "--dry-run"],
  ["oauth", "metadata"],
  ["server", "probe"],
  ["server", "doctor"],
];

/** What is wrong, what every command calls it, and the URL that it names. */
const FAULTS: readonly (readonly [
  what: string,
  spoil: (lab: FakeLab) => void,
  code: string,
  path: string,
])[] = [
  [
    "resource metadata is a list",
    ({ mcp }) => {
      mcp.routes[`GET ${PRM}`] = { body: [] };
    },
    "metadata_invalid",
    PRM,
  ],
  [
    "resource metadata fails",
    ({ mcp }) => {
      mcp.routes[`GET ${PRM}`] = { status: 500 };
    },
    "metadata_unavailable",
    PRM,
  ],
  [
    "resource metadata lists no usable issuer",
    ({ mcp }) => {
      mcp.routes[`GET ${PRM}`] = {
        body: { resource: mcp.url, authorization_servers: ["http://10.0.0.5"] },
      };
    },
    "authorization_servers_refused",
    PRM,
  ],
  [
    "the authorization server's metadata is an error object",
    ({ mcp }) => {
      mcp.routes[`GET ${AS}`] = { body: { error: "not_found" } };
    },
    "metadata_invalid",
    AS,
  ],
];

for (const [what, spoil, code, path] of FAULTS) {
  for (const command of COMMANDS) {
    Deno.test(`mcpass ${command.join(" ")}: ${what}, and nothing weaker is used`, async () => {
      await using lab = await startFakeLab({ placement: "same_origin" });
      await using home = await openHome();
      spoil(lab);
      const ran = await home.run([...command, "--url", lab.mcpUrl, "--format", "json"]);
      const document = JSON.parse(ran.stdout);
      const said: { code?: string; status?: string; message?: string; detail?: string }[] =
        document.findings ?? document.checks;
      const faults = said.filter((it) => it.code === code || it.status === "error");
      const url = lab.mcp.origin + path;
      assert.ok(faults.some((it) => `${it.message}${it.detail}`.includes(url)), ran.stdout);
      if (command[0] === "oauth") {
        assert.equal(ran.status, 1);
        assert.equal(document.error.code, code);
      }
      const asked = lab.requests.map((request) => request.path);
      assert.ok(!asked.includes("/register"));
      // `oauth metadata` also judges by 2025-03-26, which looks there anyway
      if (path === PRM && command[1] !== "metadata") {
        assert.ok(!asked.includes(AS), asked.join(" "));
      }
    });
  }
}

/** Another issuer, no PKCE, no registration. */
const REFUSED_THRICE = {
  challenge: CHALLENGE,
  documents: {
    [RESOURCE_URL]: resource(),
    "{as}/.well-known/oauth-authorization-server": issuer(
      { code_challenge_methods_supported: undefined },
      { issuer: "{as}/tenant", base: "{as}" },
    ),
  },
  clients: { own: {} },
};

for (const command of COMMANDS) {
  Deno.test(`mcpass ${command.join(" ")}: each printed line accepts everything that the metadata shows`, async () => {
    await using server = startProduct(REFUSED_THRICE);
    await using home = await openHome();
    const ran = await home.run([...command, "--url", server.mcpUrl, "--format", "json"]);
    const lines = printedLines(textsOf(ran.stdout))
      .filter(({ words }) => words.includes("login") && !words.includes("--debug-out"))
      .map(({ words }) => words.map((word) => word === "<id>" ? "own" : word));
    assert.ok(lines.length >= 3, ran.stdout);
    for (const words of lines) {
      assert.ok(words.includes("--redirect-url"), words.join(" "));
      const mode = words.includes("--auth-mode") ? [] : ["--auth-mode", "headless"];
      const { status, stderr } = await home.run([...words, ...mode]);
      assert.equal(status, 0, `${words.join(" ")}\n${stderr}`);
    }
  });
}
