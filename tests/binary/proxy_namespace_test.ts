import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { type NamespaceRun, PUBLIC } from "./namespace_program.ts";

/** One run of the executable. */
interface Run {
  readonly args: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Sets the namespace up: loopback, the public address, and name servers of its own. */
const SET_UP = 'ip link set lo up && ip addr add "$1/32" dev lo && ' +
  'mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"';

/** Runs the executable inside namespaces of its own. */
async function inNamespace(...runs: readonly Run[]): Promise<NamespaceRun[]> {
  const resolvConf = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(resolvConf, "nameserver 127.0.0.1\n");
    const output = await new Deno.Command("unshare", {
      args: [
        ...Deno.uid() === 0 ? [] : ["--map-root-user"],
        ...["--mount", "--net", "sh", "-c", SET_UP, "sh", PUBLIC, resolvConf],
        ...[Deno.execPath(), "run", "-A", `${ROOT}tests/binary/namespace_program.ts`],
        ...[JSON.stringify(runs), `${ROOT}tests/http/fixtures`, `${ROOT}dist/mcpass`],
      ],
      // Deno would look up where its own newest version is.
      env: { DENO_NO_UPDATE_CHECK: "1" },
    }).output();
    const said = new TextDecoder().decode(output.stderr);
    assert.ok(output.success, `the namespace program failed (util-linux, iproute2?): ${said}`);
    return JSON.parse(new TextDecoder().decode(output.stdout));
  } finally {
    await Deno.remove(resolvConf);
  }
}

async function one(run: Run): Promise<NamespaceRun> {
  const [result] = await inNamespace(run);
  assert.ok(result);
  return result;
}

const proxy = (path: string, host = "mcp.example") => [
  ...["oauth", "proxy", "--url", `https://${host}${path}`],
];
const debug = (path: string) => ["oauth", "debug-proxy", "--url", `https://mcp.example${path}`];

Deno.test("a public server is asked at the address that was checked, with one look-up", async () => {
  const run = await one({ args: debug("/") });
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.document.body, { ok: true });
  assert.equal(run.document.connection.address, PUBLIC);
  assert.deepEqual(run.questions, ["A mcp.example", "AAAA mcp.example"]);
  assert.deepEqual(run.requests, ["GET / HTTP/1.1"]);
  assert.equal(run.trapped, 0);
  const { version, cipher, note, certificate } = run.document.tls;
  assert.equal(version === null || cipher === null, note !== undefined);
  assert.ok(certificate.subjectAltNames.includes("IP Address:127.0.0.1"));
});

Deno.test("a name that is private the first time is refused, and nobody is asked", async () => {
  const run = await one({ args: proxy("/", "private.test") });
  assert.equal(run.code, 1);
  assert.equal(run.document.error.code, "address_refused");
  assert.deepEqual(run.questions, ["A private.test", "AAAA private.test"]);
  assert.equal(run.trapped, 0);
  assert.deepEqual(run.requests, []);
});

Deno.test("proxy variables are ignored", async () => {
  const proxyUrl = "http://127.0.0.1:443";
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"];
  const variables = Object.fromEntries(names.map((name) => [name, proxyUrl]));
  const run = await one({ args: proxy("/"), variables });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.trapped, 0);
  assert.equal(run.requests.length, 1);
});

Deno.test("a redirect from a public server to loopback is judged and not requested", async () => {
  const run = await one({ args: debug("/redirect") });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.document.status, 302);
  assert.equal(run.document.redirect.allowed, false);
  assert.equal(run.trapped, 0);
});

Deno.test("an endless body ends at the limit with memory flat", async () => {
  const [small, endless] = await inNamespace({ args: proxy("/") }, { args: proxy("/endless") });
  assert.equal(endless?.code, 1);
  assert.equal(endless.document.error.code, "response_too_large");
  assert.ok((small?.peakBytes ?? 0) > 0);
  assert.ok(endless.peakBytes < (small?.peakBytes ?? 0) + 64e6, `${endless.peakBytes} bytes`);
});

Deno.test("loopback in odd spellings is refused by the executable too", async () => {
  const hosts = ["2130706433", "0x7f.1", "[::ffff:7f00:1]", "localhost.", "[64:ff9b::7f00:1]"];
  for (const run of await inNamespace(...hosts.map((host) => ({ args: proxy("/", host) })))) {
    assert.equal(run.code, 1);
    assert.equal(run.document.error.code, "address_refused");
    assert.equal(run.trapped, 0);
    assert.deepEqual(run.questions, []);
  }
});

Deno.test("--allow-private is refused inside a hosted service", async () => {
  const run = await one({
    args: [...proxy("/", "127.0.0.1"), "--allow-private"],
    variables: { MCPASS_HOSTED: "1" },
  });
  assert.equal(run.code, 2);
  assert.equal(run.trapped, 0);
});
