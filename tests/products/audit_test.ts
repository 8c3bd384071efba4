/** Audits of the servers of published products: which checks fail, and why that is right. @module */

import assert from "node:assert/strict";
import type { GroupId } from "../../src/audit/context/verdict.ts";
import { GROUPS as CHECK_GROUPS } from "../../src/audit/checks/groups.ts";
import { ALL_PAGES } from "../../src/findings/all_pages.ts";
import { type AuditCheckId, notesByProduct } from "../../src/findings/mod.ts";
import { audit } from "../audit/conformance/audit_lab.ts";
import { startProduct } from "./product_server.ts";
import { PRODUCTS } from "./products.ts";

type Reasons = Partial<Readonly<Record<AuditCheckId, string>>>;

const NO_DOCUMENT: Reasons = { challenge_names_metadata: "it has no resource metadata" };

const UNANNOUNCED: Reasons = {
  asm_s256: "the metadata does not announce S256, and clients of 2025-11-25 must refuse that",
};

const OTHER_ISSUER: Reasons = { asm_issuer_identical: "the issuer is another than the listed one" };

const METADATA_URL: Reasons = { prm_servers_form: "the entry is the URL of the metadata" };

const OTHER_PATH: Reasons = { prm_resource_fits: "the document is about another path" };

/** What fails, by name, or by name and set-up. */
const FAILED: Readonly<Record<string, Reasons>> = {
  "Entra ID": UNANNOUNCED,
  "Entra ID, all tenants": {
    ...UNANNOUNCED,
    asm_issuer_identical: "the issuer is a template: clients compare it with the listed one",
  },
  "Entra ID, App ID URI as resource": {
    ...UNANNOUNCED,
    prm_resource_fits: "an App ID URI cannot be compared with the URL of the server",
  },
  "Entra ID, v1 addresses": { ...UNANNOUNCED, ...OTHER_ISSUER },
  "AWS Cognito, behind an AgentCore gateway": UNANNOUNCED,
  "Slack, bearer tokens": OTHER_ISSUER,
  "Slack, user tokens": OTHER_ISSUER,
  Salesforce: NO_DOCUMENT,
  HubSpot: {
    challenge_scheme: "the challenge is a bare URL",
    challenge_metadata_absolute: "that URL has metadata of the authorization server",
    prm_found: "it has no resource metadata",
  },
  Zomato: NO_DOCUMENT,
  "GitHub Enterprise, without metadata": { asm_found: "the authorization server has none" },
  "GitHub Enterprise": { prm_resource_fits: "the document names the authorization server" },
  "Cloudflare Access": { challenge_status: "it redirects to its sign-in page" },
  "Single-page applications": NO_DOCUMENT,
  Outline: NO_DOCUMENT,
  Lightdash: NO_DOCUMENT,
  OpenAuth: UNANNOUNCED,
  "Atlassian, /v1/mcp": NO_DOCUMENT,
  "Google, its own MCP servers": {
    asm_issuer_identical: "the listed issuer has a slash, the announced one has none",
  },
  Swiggy: { ...OTHER_ISSUER, challenge_metadata_live: "the named URL has no document" },
  "Entra ID, metadata URL instead of an issuer": METADATA_URL,
  "Keycloak, metadata URL instead of an issuer": METADATA_URL,
  "Entra ID, template in the resource metadata": {
    prm_servers_form: "a template is not an issuer",
  },
  "Sentry, another resource": OTHER_PATH,
  "Reverse proxies, another resource": OTHER_PATH,
  "Cloudflare workers-oauth-provider, another resource": OTHER_PATH,
  "Reverse proxies": { challenge_present: "the proxy removes the header" },
  "API gateways": { prm_public: "the gateway asks for a token at every URL" },
};

/** Rows about products whose metadata names another issuer, with the names of several set-ups. */
const ISSUER_ROWS = /^(Atlassian|Okta|Descope|Supabase|Auth0|Clerk|Context7|Namecheap|Stytch)$/;

const GROUPS: readonly GroupId[] = [
  "challenge",
  "resource_metadata",
  "server_metadata",
  "jwks",
];

/** The checks that deviated at the servers of each product. */
const deviated = new Map<string, Set<string>>();

for (const product of PRODUCTS) {
  const { name, setup } = product;
  const title = setup === undefined ? name : `${name}, ${setup}`;
  Deno.test(`an audit of ${title} fails only where the server deviates (${product.source})`, async () => {
    await using server = startProduct(product.server);
    // These servers do not sign their tokens.
    const plan = { groups: GROUPS, skip: ["jwks_verifies"] };
    const { result } = await audit(server.mcpUrl, plan);
    const deviations = result.checks.filter(({ remedy }) => remedy !== null).map(({ id }) => id);
    deviated.set(name, new Set([...deviated.get(name) ?? [], ...deviations]));
    const commands = result.checks.filter(({ remedy }) => remedy?.includes("mcpass login"));
    assert.deepEqual(commands, [], "the remedy of an audit is a change of the server");
    const failed = result.checks.filter(({ verdict }) => verdict === "failed").map(({ id }) => id);
    const announced = JSON.stringify(product.server.documents).includes('"issuer":"{as-ip}');
    const isIssuerRow = ISSUER_ROWS.test(title) && announced;
    const reasons = isIssuerRow ? OTHER_ISSUER : FAILED[title] ?? {};
    assert.deepEqual(failed.toSorted(), Object.keys(reasons).toSorted(), JSON.stringify(failed));
  });
}

const NOT_IMITATED: readonly string[] = [
  // A rule of 2025-06-18 only.
  "Descope: asm_oauth_document",
  // The row is about another authorization server of the product.
  "Salesforce: asm_s256",
];

Deno.test("each note about a check without a token is about a product that deviates there", () => {
  const ids = CHECK_GROUPS.filter(({ id }) => GROUPS.includes(id))
    .flatMap(({ checks }) => checks.map(({ id }): string => id));
  const unseen = [...notesByProduct(ALL_PAGES)].flatMap(([product, rows]) =>
    rows.filter(({ code }) => ids.includes(code) && !deviated.get(product)?.has(code))
      .map(({ code }) => `${product}: ${code}`)
  );
  assert.deepEqual([...new Set(unseen)].toSorted(), NOT_IMITATED);
});
