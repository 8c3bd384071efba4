import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { withoutTrust } from "../../src/core/pem.ts";

const CA = `${ROOT}tests/http/fixtures/ca.crt`;

Deno.test("OpenSSL's own form of a certificate becomes the certificate, and all else stays", async () => {
  const plain = await Deno.readTextFile(CA);
  const args = ["x509", "-in", CA, "-trustout", "-addtrust", "serverAuth"];
  const { stdout } = await new Deno.Command("openssl", { args }).output();
  const trusted = new TextDecoder().decode(stdout);
  assert.match(trusted, /BEGIN TRUSTED CERTIFICATE/);
  assert.equal(withoutTrust(`# one\n${trusted}# two\n${plain}`), `# one\n${plain}# two\n${plain}`);
});
