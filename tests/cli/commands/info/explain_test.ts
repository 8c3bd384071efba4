import assert from "node:assert/strict";
import { ALL_PAGES } from "../../../../src/findings/all_pages.ts";
import { notesByProduct } from "../../../../src/findings/mod.ts";
import { run } from "../../fake_runtime.ts";

const PLAIN = { NO_COLOR: "1" };

Deno.test("a page leads with the code, and has meaning, example, fixes, specification and products", async () => {
  const { status, stdout, stderr } = await run(["explain", "pkce_not_advertised"], {
    terminal: true,
    env: PLAIN,
  });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.ok(stdout.startsWith("pkce_not_advertised"));
  const labels = stdout.split("\n").filter((line) => /^[A-Z]/.test(line));
  assert.deepEqual(labels, [
    "Authorization server metadata",
    "Meaning",
    "Example",
    "Fix on the server",
    "Workaround",
    "Spec",
    "Products (as reported; may be fixed by now)",
  ]);
  assert.match(
    stdout,
    /^ {2}RFC 8414 §2: https:\/\/www\.rfc-editor\.org\/rfc\/rfc8414#section-2$/m,
  );
  assert.match(stdout, /code_challenge_methods_supported/);
  assert.match(stdout, /^ {2}Entra ID: .*--trust-pkce\n {4}https:\/\/github\.com\//m);
});

Deno.test("every page and the list fit 80 columns, and 40 where words allow", async () => {
  for (const code of ["--list", ...ALL_PAGES.keys()]) {
    for (const columns of [80, 40]) {
      const ran = await run(["explain", code], { terminal: true, env: PLAIN, columns });
      assert.equal(ran.status, 0, code);
      const long = ran.stdout.split("\n")
        .filter((line) => [...line].length > columns && !/^ +https:\S+$/.test(line));
      assert.deepEqual(columns === 80 ? long : [], [], code);
    }
  }
});

Deno.test("the pages of a credential that is missing name the way of a public client", () => {
  for (const code of ["private_key_missing", "client_secret_missing"]) {
    assert.match(ALL_PAGES.get(code)?.fix ?? "", /public one.*--token-auth-method none/, code);
  }
});

Deno.test("the list has every code with its title on one line", async () => {
  const { stdout } = await run(["explain", "--list", "--format", "human"]);
  const lines = new Set(stdout.split("\n").map((line) => line.replace(/ {2,}/g, " ")));
  for (const [code, { title }] of ALL_PAGES) assert.ok(lines.has(` ${code} ${title}`), code);
  const { pages } = JSON.parse((await run(["explain", "--list"])).stdout);
  assert.deepEqual(pages.map((page: { code: string }) => page.code), [...ALL_PAGES.keys()]);
});

Deno.test("an unknown code gets a suggestion, exit 2 and one document", async () => {
  const ran = await run(["explain", "issuer_mismtch"]);
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /Did you mean issuer_mismatch\?/);
  assert.equal(JSON.parse(ran.stdout).error.code, "unknown_code");
  const far = await run(["explain", "\x1b[31mzzzzzzzzzzz"]);
  assert.equal(far.status, 2);
  assert.ok(!far.stderr.includes("\x1b"));
});

Deno.test("short codes of exchanges and errors of the standards are explained too", async () => {
  const network = JSON.parse((await run(["explain", "timeout"])).stdout);
  assert.equal(network.page.code, "network_timeout");
  const large = JSON.parse((await run(["explain", "body_too_large"])).stdout);
  assert.equal(large.page.code, "response_too_large");
  const standard = JSON.parse((await run(["explain", "invalid_target"])).stdout);
  assert.match(standard.page.spec, /RFC 8707/);
  assert.deepEqual(standard.page.links, [
    { clause: "RFC 8707 §2", url: "https://www.rfc-editor.org/rfc/rfc8707#section-2" },
  ]);
});

for (
  const [code, ...typed] of [
    ["network_connection_refused", "connection", "refused"],
    ["network_connection_refused", "connection refused"],
    ["network_connection_refused", "ECONNREFUSED"],
    ["not_an_mcp_endpoint", "no MCP endpoint at this URL"],
    ["pkce_not_advertised", "trust-pkce"],
    ["invalid_grant", "invalid-grant"],
  ] as const
) {
  Deno.test(`mcpass explain ${typed.join(" ")} finds ${code}, as ${typed.length} words`, async () => {
    const { status, stdout } = await run(["explain", ...typed]);
    assert.equal(status, 0);
    const { page, pages = [page] } = JSON.parse(stdout);
    assert.ok(pages.some((it: { code: string }) => it.code === code), stdout);
  });
}

Deno.test("words that several codes have list those, with their titles", async () => {
  const { status, stdout } = await run(["explain", "pkce"], { terminal: true, env: PLAIN });
  assert.equal(status, 0);
  assert.match(stdout, /^Pages with "pkce"\n {2}pkce_not_advertised {2,}the authorization server/);
  assert.match(stdout, /^ {2}pkce_plain_listed {2,}/m);
});

Deno.test("explain without a code, or with words of no page, is a usage error", async () => {
  assert.equal((await run(["explain"])).status, 2);
  assert.equal((await run(["explain", "zzzz", "yyyy"])).status, 2);
});

Deno.test("explain does not answer a code that is a member of every object", async () => {
  assert.equal((await run(["explain", "constructor"])).status, 2);
  assert.equal((await run(["explain", "__proto__"])).status, 2);
});

Deno.test("a product's name shows what was reported of it, with the flag or the setting", async () => {
  const { status, stdout } = await run(["explain", "Entra"], { terminal: true, env: PLAIN });
  assert.equal(status, 0);
  assert.match(stdout, /^Entra ID$/m);
  assert.match(stdout, /^ {2}pkce_not_advertised\n.*--trust-pkce/m);
  assert.match(stdout, /^ {2}resource_omitted\n.*AADSTS9010010/m);
  assert.deepEqual(stdout.split("\n").filter((line) => [...line].length > 80), []);
  const { products } = JSON.parse((await run(["explain", "cloudflare"])).stdout);
  const names = products.map(({ product }: { product: string }) => product);
  assert.deepEqual(names, ["Cloudflare Access", "Cloudflare workers-oauth-provider"]);
});

Deno.test("a product without notes is not called an unknown code alone, and other names are known", async () => {
  const unknown = await run(["explain", "zitadelish"]);
  assert.match(JSON.parse(unknown.stdout).error.message, /no page for the code or product/);
  for (
    const [word, product] of [["sts.windows.net", "Entra ID"], ["AWS", "AWS Cognito"]] as const
  ) {
    const { products } = JSON.parse((await run(["explain", word])).stdout);
    assert.ok(products.some((it: { product: string }) => it.product === product), word);
  }
  const list = await run(["explain", "--list", "--format", "human"]);
  assert.match(list.stdout, /^Products\n.*AWS AgentCore, /m);
});

for (
  const [typed, product] of [
    ["Amazon Cognito", "AWS Cognito"],
    ["Microsoft Entra ID", "Entra ID"],
    ["Azure AD", "Entra ID"],
    ["Amazon Bedrock AgentCore", "AWS AgentCore"],
    ["Google APIs", "Google"],
    ["monday.com", "Monday"],
    ["Spring Security", "Spring Authorization Server"],
    ["Laravel Passport", "Laravel MCP"],
    ["identityserver", "Duende IdentityServer"],
    ["workers-oauth-provider", "Cloudflare workers-oauth-provider"],
    ["python sdk", "MCP Python SDK"],
    ["github enterprise", "GitHub"],
    ["Lightdash", "Lightdash"],
    ["fastmcp (npm)", "FastMCP"],
  ] as const
) {
  Deno.test(`mcpass explain "${typed}" finds ${product}`, async () => {
    const { status, stdout } = await run(["explain", typed]);
    assert.equal(status, 0);
    const { products } = JSON.parse(stdout);
    const names = products.map((it: { product: string }) => it.product);
    assert.ok(names.includes(product), names.join(", "));
  });
}

Deno.test("a product of which nothing was reported is known, and a code is never a product", async () => {
  const shown = await run(["explain", "jmondi"], { terminal: true, env: PLAIN });
  assert.match(shown.stdout, /^jmondi\n {2}No deviation was reported/);
  const { page } = JSON.parse((await run(["explain", "server_metadata_given"])).stdout);
  assert.equal(page.code, "server_metadata_given");
  assert.equal((await run(["explain", "-- --"])).status, 2);
});

/** What a page has to say, and what it must not. */
const PAGE_TEXTS: readonly (readonly [word: string, says: readonly RegExp[], never?: RegExp])[] = [
  ["issuer_template", [/--trust-issuer <expected>=<template>/], /cannot help/],
  ["entra", [/--redirect-url http:\/\/localhost:<port>/, /--trust-pkce/, /--resource none/]],
  ["cognito", [/--redirect-url http:\/\/localhost:<port>\/callback/, /--trust-pkce/]],
  ["figma", [/--client-name/, /--token-auth-method/]],
  [
    "google",
    [/--trust-issuer https:\/\/accounts.google.com\/=/, /--authorize-param access_type=offline/],
  ],
  ["logto", [/--authorize-param prompt=consent/]],
  ["salesforce", [/--authorization-server/, /--trust-pkce/, /--client-id/]],
  ["snowflake", [/--scopes "refresh_token session:role:<role>"/]],
  ["agentcore", [/allowedClients and allowedAudience/]],
  ["slack", [/authed_user/, /--client-id, --client-secret-file/]],
  ["databricks", [/--scopes "all-apis offline_access"/]],
  ["gitlab", [/--scopes mcp/]],
  ["spring", [/no certificate is needed/, /--registration-token-file/]],
  ["sts.windows.net", [/https:\/\/sts.windows.net\/<tenant id>\//]],
  ["authentik", [/--client-id/]],
  ["no_refresh_token", [/--authorize-param prompt=consent/]],
  ["private_key_missing", [/--token-auth-method none/]],
  ["client_secret_missing", [/--token-auth-method none/]],
];

for (const [word, says, never] of PAGE_TEXTS) {
  Deno.test(`explain ${word} names the flags or settings that help`, async () => {
    const { status, stdout } = await run(["explain", word, "--format", "human"]);
    assert.equal(status, 0);
    const text = stdout.replace(/\s+/g, " ");
    for (const pattern of says) assert.match(text, pattern);
    if (never !== undefined) assert.doesNotMatch(text, never);
  });
}

Deno.test("the common products have notes, and each flag or setting stands in one of them", () => {
  const known = [...notesByProduct(ALL_PAGES).keys()].join("\n");
  for (
    const name of [
      ...["Entra ID", "Okta", "Auth0", "Keycloak", "AWS Cognito", "WorkOS AuthKit", "Descope"],
      ...["Stytch", "Cloudflare workers-oauth-provider", "Google", "GitHub", "Atlassian"],
    ]
  ) assert.ok(known.split("\n").includes(name), name);
});
