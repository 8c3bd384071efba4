import { deepEqual, doesNotThrow, equal, match, throws } from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import { ROOT } from "../../scripts/shell.ts";
import { startNodeServer } from "../lab/node_server.ts";
import { assertNoHttpsProxy } from "../../src/http/deno_client.ts";
import { openClient, request } from "./support.ts";

const path = (name: string) => `${ROOT}tests/http/fixtures/${name}`;
const fixture = (name: string) => Deno.readTextFileSync(path(name));
const AUTHORITY = fixture("ca.crt");
const CERTIFICATE = {
  certFile: path("client.crt"),
  keyFile: path("client.key"),
  cert: fixture("client.crt"),
  key: fixture("client.key"),
};

/** A server that asks for a certificate, and whose one it saw with each path. */
async function serve(requireClient = false) {
  const server = await startNodeServer({
    tls: {
      cert: fixture("server.crt"),
      key: fixture("server.key"),
      clientCa: fixture("client_ca.crt"),
      requireClient,
    },
  });
  const seen: [path: string, name: string | undefined][] = [];
  let location: string | undefined;
  server.handle((req, res) => {
    seen.push([req.url ?? "", (req.socket as TLSSocket).getPeerCertificate()?.subject?.CN]);
    const leave = req.url === "/leave" && location !== undefined;
    res.writeHead(leave ? 302 : 200, leave ? { location } : {}).end("{}");
  });
  return { ...server, seen, leadTo: (url: string) => void (location = url) };
}

Deno.test("a certificate goes with the request that names it, and with no other on the same origin", async () => {
  await using server = await serve();
  await using client = openClient({ caCerts: [AUTHORITY] });
  const send = (at: string, more: object = {}) =>
    client.http.send(
      request({ url: server.origin + at, purpose: "token", method: "POST", ...more }),
    );
  await send("/1", { certificate: CERTIFICATE });
  await send("/2");
  await client.http.send(request({ url: `${server.origin}/3` }));
  const fetch = client.http.streaming(() => "request");
  await (await fetch(`${server.origin}/4`, { certificate: CERTIFICATE })).text();
  await (await fetch(`${server.origin}/5`)).text();
  deepEqual(server.seen, [
    ["/1", "machine"],
    ["/2", undefined],
    ["/3", undefined],
    ["/4", "machine"],
    ["/5", undefined],
  ]);
  deepEqual(
    client.exchanges.map((exchange) => exchange.request.certificate?.certFile),
    [CERTIFICATE.certFile, undefined, undefined, CERTIFICATE.certFile, undefined],
  );
  equal(JSON.stringify(client.exchanges).includes("PRIVATE KEY"), false);
});

for (const where of ["the same origin", "another origin"]) {
  Deno.test(`a redirect to ${where} leaves the certificate behind`, async () => {
    await using server = await serve();
    await using other = await serve();
    const target = where === "another origin" ? other : server;
    server.leadTo(`${target.origin}/target`);
    await using client = openClient({ caCerts: [AUTHORITY] });
    await client.http.send(request({ url: `${server.origin}/leave`, certificate: CERTIFICATE }));
    deepEqual(server.seen[0], ["/leave", "machine"]);
    deepEqual(target.seen.at(-1), ["/target", undefined]);
  });
}

Deno.test("a handshake without a certificate is named as such where the server wants one", async () => {
  await using server = await serve(true);
  await using client = openClient({ caCerts: [AUTHORITY] });
  const failure = await client.failure({ url: `${server.origin}/doc` });
  // The server's runtime sometimes closes before its alert is out.
  match(failure.code, /^network_tls_(certificate_required|closed)$/);
  deepEqual(failure.loginFlags, { clientCert: "<path>", clientKey: "<path>" });
  equal(`network_${client.exchanges[0]?.fault?.code}`, failure.code);
});

/** Proxies, and whether a certificate could reach one that is spoken to by TLS. */
const PROXIES: readonly (readonly [
  proxy: string | undefined,
  variables: Readonly<Record<string, string>>,
  refused: boolean,
])[] = [
  [undefined, {}, false],
  ["http://https:x@proxy.example", {}, false],
  ["https://proxy.example", {}, true],
  ["HTTPS://proxy.example", {}, true],
  ["socks5://proxy.example", { HTTPS_PROXY: "https://proxy.example" }, false],
  [undefined, { HTTPS_PROXY: "http://proxy.example" }, false],
  [undefined, { HTTPS_PROXY: "https://proxy.example" }, true],
  [undefined, { https_proxy: "https://proxy.example", ALL_PROXY: "http://proxy.example" }, true],
  [undefined, { all_proxy: "https://proxy.example" }, true],
  // It is for plain http, in which no certificate is presented.
  [undefined, { HTTP_PROXY: "https://proxy.example" }, false],
  [undefined, { http_proxy: "https://proxy.example" }, false],
];

for (const [proxy, variables, refused] of PROXIES) {
  Deno.test(`--proxy ${proxy ?? "absent"} and ${JSON.stringify(variables)}: a certificate ${refused ? "could" : "could not"} reach the proxy`, () => {
    const env = { get: (name: string) => variables[name], toObject: () => ({ ...variables }) };
    const check = () => assertNoHttpsProxy({ env, ...(proxy === undefined ? {} : { proxy }) });
    if (refused) throws(check, { code: "client_certificate_meets_proxy" });
    else doesNotThrow(check);
  });
}
