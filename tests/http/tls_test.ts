import { equal, match } from "node:assert/strict";
import { createDenoClient } from "../../src/http/deno_client.ts";
import { failureOf, openClient, readHead, request, serveRaw, write } from "./support.ts";

const fixture = (name: string) =>
  Deno.readTextFileSync(new URL(`fixtures/${name}`, import.meta.url));
const AUTHORITY = fixture("ca.crt");

/** An https server with one of the certificates in `fixtures`. */
function serveTls(certificate: string) {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: fixture(certificate),
    key: fixture("server.key"),
  });
  return serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
  }, listener);
}

const CASES = [
  ["server.crt", false, "tls_untrusted", /intermediate certificates/],
  ["expired.crt", true, "tls_expired", /renew/],
  ["not_yet.crt", true, "tls_expired", /clock/],
  ["other_name.crt", true, "tls_name", /name/],
] as const;

for (const [certificate, trusted, code, remedy] of CASES) {
  Deno.test(`${certificate} of ${trusted ? "a trusted" : "an unknown"} authority: ${code}`, async () => {
    await using server = serveTls(certificate);
    await using client = openClient(trusted ? { caCerts: [AUTHORITY] } : {});
    const failure = await client.failure({ url: `https://127.0.0.1:${server.port}/doc` });
    equal(failure.code, `network_${code}`);
    match(failure.remedy ?? "", remedy);
    equal(client.exchanges[0]?.fault?.code, code);
    match(client.exchanges[0]?.fault?.message ?? "", /peer certificate/);
  });
}

Deno.test("a server of a named authority is trusted, by name and by address", async () => {
  await using server = serveTls("server.crt");
  await using client = openClient({ caCerts: [AUTHORITY] });
  for (const host of ["127.0.0.1", "localhost"]) {
    const answer = await client.http.send(request({ url: `https://${host}:${server.port}/doc` }));
    equal(answer.body, "{}");
  }
});

Deno.test("an HTTP client with connections of its own can be closed twice", async () => {
  await using client = openClient({ caCerts: [AUTHORITY] });
  await client.http.close();
  await client.http.close();
});

Deno.test("a server that speaks plain HTTP where https is asked for: tls_other", async () => {
  await using server = serveRaw(async (conn) => {
    await conn.read(new Uint8Array(1024));
    await write(conn, "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
  });
  await using client = openClient();
  const failure = await client.failure({ url: `https://127.0.0.1:${server.port}/` });
  equal(failure.code, "network_tls_other");
});

for (
  const [what, pem] of [
    ["no PEM", "garbage"],
    ["nothing", ""],
    ["a key", fixture("server.key")],
    ["a broken certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ] as const
) {
  Deno.test(`a file of trusted certificates with ${what} is a usage error`, async () => {
    const failure = await failureOf(Promise.try(() => openClient({ caCerts: [pem] })));
    equal(failure.code, "invalid_ca_certificate");
    equal(failure.kind, "usage");
    match(failure.remedy ?? "", /--ca-file/);
  });
}

/** What is named where the runtime makes no client of the person's options. */
const UNUSABLE: readonly (readonly [options: object, code: string])[] = [
  [{}, "invalid_proxy"],
  [{ caCerts: [AUTHORITY] }, "invalid_ca_certificate"],
  [{
    certificate: { certFile: "c.crt", keyFile: "c.key", cert: "CERT", key: "KEY" },
    caCerts: [AUTHORITY],
  }, "client_certificate_unusable"],
];

for (const [options, code] of UNUSABLE) {
  Deno.test(`with ${Object.keys(options).join(" and ") || "no option"}, a client that cannot be made is ${code}`, async () => {
    const { createHttpClient } = Deno;
    Object.assign(Deno, {
      createHttpClient() {
        throw new TypeError("not like this");
      },
    });
    try {
      const env = { get: () => undefined, toObject: () => ({}) };
      const failure = await failureOf(
        Promise.try(() => createDenoClient({ env, ...options }, "fresh")),
      );
      equal(failure.code, code);
      match(failure.message, /not like this/);
    } finally {
      Object.assign(Deno, { createHttpClient });
    }
  });
}

Deno.test("one file without a certificate among others is a usage error", async () => {
  for (const caCerts of [[AUTHORITY, "garbage"], ["garbage", AUTHORITY]]) {
    const failure = await failureOf(Promise.try(() => openClient({ caCerts })));
    equal(failure.code, "invalid_ca_certificate");
    match(failure.message, /contains no PEM certificate/);
  }
});
