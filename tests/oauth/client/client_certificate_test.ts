import assert from "node:assert/strict";
import { certificateFacts } from "../../../src/flow/client/certificate_files.ts";
import {
  certificateMetadata,
  judgeBinding,
  validityFindings,
} from "../../../src/oauth/client/client_certificate.ts";

const fixture = (name: string) =>
  Deno.readTextFile(new URL(`../../http/fixtures/${name}`, import.meta.url));
const FACTS = await certificateFacts(await fixture("client.crt"));
const SELF = await certificateFacts(await fixture("self_signed.crt"));

/** A token with these claims, as nobody has signed it. */
function token(claims: object): string {
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  return `${part({ alg: "none" })}.${part(claims)}.x`;
}

Deno.test("what stands in a certificate: thumbprint, subject, name, validity, who signed it", async () => {
  const der = Uint8Array.fromBase64(
    (await fixture("client.crt")).replace(/-----[^-]+-----|\s/g, ""),
  );
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  assert.equal(
    FACTS.thumbprint,
    digest.toBase64({ alphabet: "base64url", omitPadding: true }),
  );
  assert.deepEqual(
    [FACTS.subject, FACTS.dnsName, FACTS.selfSigned, SELF.selfSigned, SELF.dnsName],
    ["CN=machine", "machine.example", false, true, undefined],
  );
  assert.equal(new Date(FACTS.validTo).toISOString(), "2125-01-01T00:00:00.000Z");
});

Deno.test("a subject of several parts is in the order and the escapes of RFC 4514", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const args = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -keyout k " +
      "-out c -subj";
    await new Deno.Command("openssl", {
      args: [...args.split(" "), "/C=NO/O=Fjord, Inc./CN=job 1"],
      cwd: folder,
      stderr: "null",
    }).output();
    const facts = await certificateFacts(await Deno.readTextFile(`${folder}/c`));
    assert.equal(facts.subject, "CN=job 1,O=Fjord\\, Inc.,C=NO");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a registration names a certificate by its DNS name, else its subject, else its key", () => {
  const bound = { tls_client_certificate_bound_access_tokens: true };
  assert.deepEqual(certificateMetadata("tls_client_auth", FACTS), {
    ...bound,
    tls_client_auth_san_dns: "machine.example",
  });
  assert.deepEqual(certificateMetadata("tls_client_auth", SELF), {
    ...bound,
    tls_client_auth_subject_dn: "CN=self-signed machine",
  });
  assert.deepEqual(certificateMetadata("self_signed_tls_client_auth", SELF), {
    ...bound,
    jwks: { keys: [SELF.jwk] },
  });
  assert.deepEqual(certificateMetadata("none", SELF), bound);
});

const CASES: readonly (readonly [
  name: string,
  token: string,
  announced: boolean,
  bound: boolean,
  code: string | undefined,
])[] = [
  ["bound to this one", token({ cnf: { "x5t#S256": FACTS.thumbprint } }), false, true, undefined],
  [
    "bound to another",
    token({ cnf: { "x5t#S256": "other" } }),
    true,
    true,
    "certificate_binding_mismatch",
  ],
  ["bound to none", token({ sub: "a" }), false, false, undefined],
  ["bound to none, as announced", token({ cnf: {} }), true, false, "certificate_not_bound"],
  ["opaque", "opaque-token", false, false, undefined],
  ["opaque, and bound ones are announced", "opaque-token", true, true, undefined],
];

for (const [name, text, announced, bound, code] of CASES) {
  Deno.test(`a token that is ${name}: ${bound ? "" : "no "}certificate with it`, () => {
    const judged = judgeBinding(text, FACTS, "https://as.example", announced);
    assert.equal(judged.bound, bound);
    assert.deepEqual(judged.judgements.map((it) => it.code), code === undefined ? [] : [code]);
  });
}

Deno.test("a certificate is warned about outside of its validity, and not inside", () => {
  const at = (now: number) => validityFindings({ certFile: "/c", facts: FACTS }, now);
  assert.deepEqual(at(Date.parse("2026-01-01")), []);
  assert.match(at(Date.parse("2126-01-01"))[0]?.message ?? "", /expired 2125-01-01/);
  const [early] = at(Date.parse("2020-01-01"));
  assert.equal(early?.code, "client_certificate_expired");
  assert.match(early?.message ?? "", /not valid before 2025-01-01/);
});
