import assert from "node:assert/strict";
import fc from "fast-check";
import * as oauth from "oauth4webapi";
import {
  authenticateClient,
  chooseAuthMethod,
  chooseRegistrationMethod,
  CLIENT_AUTH_METHODS,
  type ClientAuthMethod,
  type ClientCredentials,
  isClientAuthMethod,
  needsCertificate,
  needsSecret,
} from "../../../src/oauth/client/client_auth.ts";
import { Failure } from "../../../src/core/failure.ts";
import type { ClientCertificate } from "../../../src/oauth/client/client_certificate.ts";
import { failureFrom, INHERITED_NAMES, wordsOf } from "../support.ts";

async function sent(method: ClientAuthMethod, client: ClientCredentials) {
  const body = new URLSearchParams({ grant_type: "authorization_code" });
  const headers = new Headers();
  await authenticateClient(method, client, body, headers);
  return { body: Object.fromEntries(body), headers: Object.fromEntries(headers) };
}

/** Id and secret as a server reads them from a Basic credential (RFC 6749 §2.3.1). */
function readBasic(header: string | undefined): [id: string, secret: string] {
  const [scheme, credential = ""] = (header ?? "").split(" ");
  assert.equal(scheme, "Basic");
  const [id = "", secret = "", ...more] = atob(credential).split(":");
  assert.deepEqual(more, []);
  const decode = (text: string) => new URLSearchParams(`v=${text}`).get("v") ?? "";
  return [decode(id), decode(secret)];
}

const SECRETS: readonly [what: string, id: string, secret: string, encoded: string][] = [
  ["plain letters", "abc", "XYZ019", "abc:XYZ019"],
  // Many servers decode nothing, so what needs no encoding must get none: ids are UUIDs.
  ["characters that form-encoding leaves alone", "a-b.c_d*", "0-.-_*", "a-b.c_d*:0-.-_*"],
  ["colons", "a:b", "c:d", "a%3Ab:c%3Ad"],
  ["spaces and plus signs", "a b", "c+d", "a+b:c%2Bd"],
  ["percent signs", "a%41", "%3A", "a%2541:%253A"],
  [
    "URL characters",
    "https://c.example/x?y=z&w",
    "s/=&?#",
    "https%3A%2F%2Fc.example%2Fx%3Fy%3Dz%26w:s%2F%3D%26%3F%23",
  ],
  [
    "the characters that encodeURIComponent forgets",
    "!'()~",
    "!'()~",
    "%21%27%28%29%7E:%21%27%28%29%7E",
  ],
  ["letters beyond ASCII", "ä", "€😀", "%C3%A4:%E2%82%AC%F0%9F%98%80"],
  ["control characters", "a\n", "\u0000", "a%0A:%00"],
];

for (const [what, clientId, clientSecret, encoded] of SECRETS) {
  Deno.test(`Basic form-encodes id and secret separately: ${what}`, async () => {
    const { headers, body } = await sent("client_secret_basic", { clientId, clientSecret });
    assert.equal(atob((headers["authorization"] ?? "").slice(6)), encoded);
    assert.deepEqual(readBasic(headers["authorization"]), [clientId, clientSecret]);
    assert.deepEqual(body, { grant_type: "authorization_code" });
  });
}

Deno.test("a server reads the same id and secret as from oauth4webapi", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 });
  await fc.assert(fc.asyncProperty(text, text, async (clientId, clientSecret) => {
    const { headers } = await sent("client_secret_basic", { clientId, clientSecret });
    const theirs = new Headers();
    await oauth.ClientSecretBasic(clientSecret)(
      { issuer: "https://as.example" },
      { client_id: clientId },
      new URLSearchParams(),
      theirs,
    );
    assert.deepEqual(
      readBasic(headers["authorization"]),
      readBasic(theirs.get("authorization") ?? ""),
    );
  }));
});

Deno.test("an id or secret with half a surrogate pair is still sent", async () => {
  const client = { clientId: "a\ud800", clientSecret: "\udfff" };
  const { headers } = await sent("client_secret_basic", client);
  assert.match(headers["authorization"] ?? "", /^Basic /);
});

Deno.test("post sends id and secret in the body and no header", async () => {
  const { body, headers } = await sent("client_secret_post", {
    clientId: "a:b",
    clientSecret: "c d",
  });
  assert.deepEqual(headers, {});
  assert.deepEqual(body, {
    grant_type: "authorization_code",
    client_id: "a:b",
    client_secret: "c d",
  });
});

Deno.test("none sends the id alone, even where there is a secret", async () => {
  const { body, headers } = await sent("none", { clientId: "a", clientSecret: "canary" });
  assert.deepEqual(headers, {});
  assert.deepEqual(body, { grant_type: "authorization_code", client_id: "a" });
});

for (const method of CLIENT_AUTH_METHODS.filter(needsCertificate)) {
  Deno.test(`${method} sends the id alone, and is a usage error without a certificate`, async () => {
    const { body, headers } = await sent(method, { ...CERTIFIED, clientId: "a" });
    assert.deepEqual([body, headers], [{ grant_type: "authorization_code", client_id: "a" }, {}]);
    await assert.rejects(sent(method, { clientId: "a" }), (error) => {
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.code, error.kind], ["client_certificate_missing", "usage"]);
      return true;
    });
  });
}

for (const method of CLIENT_AUTH_METHODS.filter(needsSecret)) {
  Deno.test(`${method} without a secret is a usage error`, async () => {
    await assert.rejects(sent(method, { clientId: "a\u001b[2J" }), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "client_secret_missing");
      assert.equal(error.kind, "usage");
      assert.ok(error.message.includes(`authenticate with ${method}, which`));
      assert.ok(!wordsOf(error).includes("\u001b"));
      return true;
    });
  });
}

Deno.test("only the methods of the table are methods", () => {
  for (const method of CLIENT_AUTH_METHODS) assert.equal(isClientAuthMethod(method), true);
  for (const other of [...INHERITED_NAMES, "", "None", "tls_client", null, 1, ["none"]]) {
    assert.equal(isClientAuthMethod(other), false, String(other));
  }
});

const PUBLIC: ClientCredentials = { clientId: "c" };
const SECRET: ClientCredentials = { clientId: "c", clientSecret: "s" };

const certificate = (selfSigned: boolean): ClientCredentials => ({
  clientId: "c",
  certificate: { facts: { selfSigned } } as ClientCertificate,
});
const CERTIFIED = certificate(false);
const SELF_SIGNED = certificate(true);
const BOTH = ["client_secret_basic", "self_signed_tls_client_auth", "tls_client_auth", "none"];

const CHOICES: readonly [
  client: ClientCredentials,
  supported: readonly string[] | undefined,
  wanted: ClientAuthMethod | undefined,
  choice: string,
][] = [
  [SECRET, undefined, undefined, "client_secret_basic"],
  [PUBLIC, undefined, undefined, "none"],
  [SECRET, ["client_secret_post", "client_secret_basic"], undefined, "client_secret_basic"],
  [SECRET, ["client_secret_post"], undefined, "client_secret_post"],
  [SECRET, ["private_key_jwt", "client_secret_post", "none"], undefined, "client_secret_post"],
  [SECRET, ["none"], undefined, "client_secret_basic"],
  [PUBLIC, ["client_secret_basic", "none"], undefined, "none"],
  [PUBLIC, ["client_secret_basic"], undefined, "none"],
  [PUBLIC, ["private_key_jwt"], undefined, "none"],
  [SECRET, ["private_key_jwt", "tls_client_auth"], undefined, "private_key_missing"],
  [CERTIFIED, BOTH, undefined, "tls_client_auth"],
  [CERTIFIED, ["self_signed_tls_client_auth"], undefined, "self_signed_tls_client_auth"],
  [SELF_SIGNED, BOTH, undefined, "self_signed_tls_client_auth"],
  [SELF_SIGNED, ["tls_client_auth", "none"], undefined, "none"],
  [SELF_SIGNED, BOTH, "tls_client_auth", "tls_client_auth"],
  [CERTIFIED, ["none"], undefined, "none"],
  [CERTIFIED, undefined, undefined, "none"],
  [CERTIFIED, ["client_secret_basic"], undefined, "client_secret_missing"],
  [PUBLIC, ["tls_client_auth"], undefined, "none"],
  [PUBLIC, ["vendor_handshake"], undefined, "none"],
  [SECRET, ["self_signed_tls_client_auth"], undefined, "client_certificate_missing"],
  [SECRET, [], undefined, "no_common_auth_method"],
  [SECRET, ["None", "__proto__"], undefined, "no_common_auth_method"],
  [SECRET, ["client_secret_basic"], "client_secret_post", "client_secret_post"],
  [PUBLIC, ["client_secret_basic"], "none", "none"],
];

for (const [client, supported, wanted, choice] of CHOICES) {
  const who = client.certificate !== undefined
    ? client === SELF_SIGNED ? "with a self-signed certificate" : "with a certificate"
    : client.clientSecret === undefined
    ? "without a secret"
    : "with a secret";
  Deno.test(
    `a client ${who} at a server of ${supported ?? "unknown methods"}, wanting ${
      wanted ?? "any"
    }: ${choice}`,
    () => {
      const choose = () => chooseAuthMethod(client, supported, wanted);
      if (isClientAuthMethod(choice)) assert.equal(choose(), choice);
      else assert.equal(failureFrom(choose).code, choice);
    },
  );
}

for (
  const [supported, code] of [
    [["client_secret_basic"], "client_secret_missing"],
    [["private_key_jwt"], "private_key_missing"],
    [["tls_client_auth"], "client_certificate_missing"],
    [["vendor_handshake"], "no_common_auth_method"],
  ] as const
) {
  Deno.test(`a grant for confidential clients at a server of ${supported}: ${code}`, () => {
    const choose = () => chooseAuthMethod(PUBLIC, supported, undefined, true);
    assert.equal(failureFrom(choose).code, code);
  });
}

Deno.test("a server's list of methods is made safe before it is shown, and cut", () => {
  for (const method of ["none\u001b[2J", "client_secret_basic"]) {
    const supported = [method, "\u202e", "x".repeat(100_000)];
    const failure = failureFrom(() => chooseAuthMethod(PUBLIC, supported, undefined, true));
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(wordsOf(failure), /[\u001b\u202e]/);
    assert.ok(wordsOf(failure).length < 2000);
  }
});

const REGISTRATIONS: readonly [
  supported: readonly string[] | undefined,
  confidential: boolean,
  wanted: ClientAuthMethod | undefined,
  choice: ClientAuthMethod,
][] = [
  [["none", "client_secret_basic"], false, undefined, "none"],
  [["client_secret_post"], false, undefined, "client_secret_post"],
  [["client_secret_basic", "client_secret_post"], false, undefined, "client_secret_post"],
  [undefined, false, undefined, "client_secret_basic"],
  [["private_key_jwt"], false, undefined, "none"],
  [["none", "client_secret_post"], true, undefined, "client_secret_post"],
  [["none"], true, undefined, "client_secret_basic"],
  [["none"], false, "client_secret_post", "client_secret_post"],
];

for (const [supported, confidential, wanted, choice] of REGISTRATIONS) {
  Deno.test(
    `a ${confidential ? "confidential" : "public"} registration at a server of ` +
      `${supported ?? "unknown methods"}, wanting ${wanted ?? "any"}, asks for ${choice}`,
    () => assert.equal(chooseRegistrationMethod(supported, confidential, wanted), choice),
  );
}

Deno.test("a registration asks for the method of the client's certificate where the server lists it", () => {
  const chosen = (client: ClientCredentials, ...supported: string[]) =>
    chooseRegistrationMethod(supported, false, undefined, client.certificate);
  assert.equal(
    chosen(CERTIFIED, "none", "client_secret_post", "tls_client_auth"),
    "tls_client_auth",
  );
  assert.equal(
    chosen(SELF_SIGNED, "none", "self_signed_tls_client_auth"),
    "self_signed_tls_client_auth",
  );
  assert.equal(chosen(CERTIFIED, "none", "client_secret_post"), "none");
  assert.equal(chosen(PUBLIC, "none", "tls_client_auth"), "none");
  assert.equal(chosen(PUBLIC, "tls_client_auth", "client_secret_post"), "client_secret_post");
});
