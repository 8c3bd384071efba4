import assert from "node:assert/strict";
import { GROUPS } from "../../src/audit/checks/groups.ts";
import { ALL_PAGES } from "../../src/findings/all_pages.ts";
import { notesByProduct } from "../../src/findings/mod.ts";
import { run } from "../cli/fake_runtime.ts";
import { codesIn, runSteps } from "./product_steps.ts";
import { PRODUCTS } from "./products.ts";

/** The codes that the commands reported at the servers of each product. */
const reported = new Map<string, Set<string>>();

for (const product of PRODUCTS) {
  const { name, setup, source } = product;
  Deno.test(`${name}${setup === undefined ? "" : `, ${setup}`} (${source})`, async () => {
    const codes = (await runSteps(product)).flatMap(codesIn);
    reported.set(name, new Set([...reported.get(name) ?? [], ...codes]));
  });
}

/** An interactive login reports a refusal before the browser, a headless one what it met there. */
const HEADLESS_CODES: ReadonlyMap<string, string> = new Map([
  ["authorization_request_rejected", "authorization_refused"],
]);

/** Notes about what these servers do not have. */
const NOT_IMITATED: readonly string[] = [
  // A server fetches the document of a client.
  "Cloudflare workers-oauth-provider: no_common_auth_method",
  "Cloudflare workers-oauth-provider: client_document_size",
  "Cloudflare workers-oauth-provider: token_error",
  "Django OAuth Toolkit: client_document_redirect_unlisted",
  "GitHub Pages: client_document_media_type",
  "Linear: token_rejected",
  // Another sign-in or process of the same person.
  "Cloudflare workers-oauth-provider: client_refused",
  "Cloudflare workers-oauth-provider: refresh_token_refused",
  "Notion: refresh_token_refused",
  "Notion: token_rejected",
  // mcpass does what the server requires, so nothing is reported.
  "Entra ID: refresh_refused",
  "Entra ID: token_form_failed",
  "GitHub: token_content_type",
  "GitHub: server_metadata_missing",
  "Notion: registration_refused",
  "Notion: token_error",
  "Stytch: server_metadata_missing",
  // Not at a loopback address.
  "Keycloak: endpoint_insecure",
  // A decision of an administrator.
  "Atlassian: registration_unavailable",
  // Tested with the real product (tests/lab), or with MCP servers of their own.
  "GitLab: definition_invalid",
  "Keboola: http_sse_transport",
  "MCP Python SDK: client_auth_method_refused",
  "MCP Toolbox: older_protocol_era",
  "oidc-provider: client_document_application_type",
  "oidc-provider: client_document_page",
  "oidc-provider: access_token_not_revocable",
  // The document alone is requested.
  "Single-page applications: resource_metadata_missing",
];

Deno.test("each product note is about a code that its test servers lead to", () => {
  const seen = (product: string, code: string) => {
    const codes = reported.get(product);
    return codes?.has(code) || codes?.has(HEADLESS_CODES.get(code) ?? code);
  };
  const audited = GROUPS.flatMap(({ checks }) => checks.map(({ id }): string => id));
  const notes = [...notesByProduct(ALL_PAGES)].flatMap(([product, rows]) =>
    rows.filter(({ code }) => !audited.includes(code))
      .map(({ code }) => ({ note: `${product}: ${code}`, isSeen: seen(product, code) }))
  );
  const unseen = notes.filter(({ isSeen }) => !isSeen).map(({ note }) => note);
  assert.deepEqual([...new Set(unseen)].sort(), [...NOT_IMITATED].sort());
});

Deno.test("explain answers for each product that a test server imitates", async () => {
  for (const { name } of PRODUCTS) {
    const { status, stdout } = await run(["explain", name]);
    assert.equal(status, 0, name);
    const { products } = JSON.parse(stdout);
    assert.ok(products.some((it: { product: string }) => it.product === name), name);
  }
});
