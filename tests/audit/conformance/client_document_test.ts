import assert from "node:assert/strict";
import { type AuditLabOptions, startAuditLab } from "../../lab/audit/audit_lab.ts";
import { audit } from "./audit_lab.ts";

/** Audits of the lab with the rule of one check broken. */
const BROKEN: readonly (readonly [id: string, verdict: string, message: RegExp])[] = [
  ["cimd_works", "failed", /^the document is fetched, but the client is refused: HTTP 400/],
  ["cimd_id_compared", "failed", /^a document with the client_id of another one is accepted/],
  ["cimd_redirect_compared", "failed", /is not in the document is used to "https:\/\/mcpass/],
  ["cimd_document_checked", "warning", /not JSON is accepted.*without redirect_uris is accepted/],
  ["cimd_no_shared_secret", "warning", /^a document with a client secret is accepted/],
  ["cimd_url_rules", "failed", /^a client_id with a fragment is accepted; /],
  [
    "cimd_port_free",
    "failed",
    /^the redirect URI http:\/\/127\.0\.0\.1:33419\/callback for the listed http:\/\/127\.0\.0\.1\/callback is refused/,
  ],
  ["cimd_no_redirects", "warning", /^a redirect of the document is followed$/],
  ["cimd_private_refused", "warning", /^the server connects to https:\/\/\[::1\]/],
  ["cimd_size", "warning", /^a document of 1 MiB is accepted/],
  ["cimd_errors_uncached", "warning", /^after a 404, the document is not fetched again: HTTP 400/],
  ["cimd_key_client", "failed", /without the signature that the document announces is accepted/],
];

async function resultOf(id: string, options: AuditLabOptions) {
  await using lab = await startAuditLab(options);
  const { result } = await audit(lab.mcpUrl, { only: [id] });
  return result.checks.find((it) => it.id === id);
}

for (const [id, verdict, message] of BROKEN) {
  Deno.test(`a server that is broken in its handling of documents: ${id}`, async () => {
    const check = await resultOf(id, { broken: [id] });
    assert.equal(check?.verdict, verdict, check?.message);
    assert.match(check?.message ?? "", message);
  });
}

Deno.test("without client documents the checks say so", async () => {
  const check = await resultOf("cimd_works", { supports: { clientDocuments: false } });
  assert.equal(check?.reason, "not_advertised");
});
