import assert from "node:assert/strict";
import { guardedUrl, judgeAddress } from "../../../src/http/guard/ssrf_guard.ts";
import { startDnsServer } from "../../lab/dns_server.ts";
import { noResolver, resolverOf, send } from "../guard_support.ts";

/** Hosts as they can be written in a URL: none of them is publicly routable. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  "loopback in IPv4": [
    ...["127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f.0.0.1", "0x7f000001", "2130706433"],
    ...["0177.0.0.1", "017700000001", "127.255.255.254", "127.0.0.1.", "0x7F.0X0.0x0.0x01"],
    ...["%31%32%37.0.0.1", "１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①", "127．0．0．1"],
  ],
  "loopback in IPv6": [
    ...["[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::0.0.0.1]", "[0::1]"],
    ...["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]"],
    ...["[::ffff:0:127.0.0.1]"],
  ],
  "loopback by name": ["localhost", "LOCALHOST", "localhost.", "a.b.localhost", "x.localhost."],
  "unspecified": ["0.0.0.0", "0", "0x0", "00", "0.1.2.3", "[::]", "[::ffff:0.0.0.0]", "[::0]"],
  "private": [
    ...["10.0.0.1", "10.255.255.255", "0xa.1", "167772161", "172.16.0.1", "172.31.255.255"],
    ...["192.168.0.1", "192.168.257", "0300.0250.0.1", "3232235521", "100.64.0.1"],
    ...["100.127.255.255", "[::ffff:10.0.0.1]", "[::ffff:c0a8:101]", "[fc00::1]", "[fdff::1]"],
    ...["[fec0::1]", "[feff::1]"],
  ],
  "link-local and metadata": [
    ...["169.254.169.254", "169.254.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376"],
    ...["169.254.43518", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::169.254.169.254]"],
    ...["[fe80::1]", "[febf:ffff::1]", "[fd00:ec2::254]", "[fd20:ce::254]", "100.100.100.200"],
    ...["168.63.129.16", "192.0.0.192", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]"],
    ...["[64:ff9b:1:a9fe:a9:fe00::]", "[64:ff9b:1::a9fe:a9fe]", "[2001:0:a9fe:a9fe::1]"],
    ...["[2001:0:808:808:0:0:5601:5601]"],
  ],
  "translated and tunnelled": [
    ...["[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b::c0a8:1]"],
    ...["[64:ff9b:1::1]", "[64:ff9b:1:7f00:0:100::]", "[2002:7f00:1::]", "[2002:a00:1::1]"],
    ...["[2002:808:808::1]", "[2001::1]", "[2001:0:7f00:1::]", "[2001:0:808:808:0:0:80ff:fffe]"],
    ...["[2606:4700::5efe:127.0.0.1]", "[2606:4700::200:5efe:10.0.0.1]", "[::8.8.8.8]"],
  ],
  "nobody's server": [
    ...["192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255"],
    ...["192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
    ...["[ff02::1]", "[ff0e::1]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[2001:2::1]"],
    ...["[2001:10::1]", "[5f00::1]", "[4000::1]", "[1::1]"],
  ],
};

/** Names, and the addresses that the name server has for them. */
const NAMES: readonly (readonly [name: string, a: readonly string[], aaaa: readonly string[]])[] = [
  ["loopback.test", ["127.0.0.1"], []],
  ["loopback6.test", [], ["::1"]],
  ["private10.test", ["10.1.2.3"], []],
  ["private172.test", ["172.20.0.1"], []],
  ["private192.test", ["192.168.1.1"], []],
  ["cgnat.test", ["100.64.1.1"], []],
  ["metadata.test", ["169.254.169.254"], []],
  ["metadata6.test", [], ["fd00:ec2::254"]],
  ["unspecified.test", ["0.0.0.0"], []],
  ["unspecified6.test", [], ["::"]],
  ["unique-local.test", [], ["fc00::1"]],
  ["link-local6.test", [], ["fe80::1"]],
  ["mapped.test", [], ["::ffff:7f00:1"]],
  ["nat64.test", [], ["64:ff9b::a00:1"]],
  ["six-to-four.test", [], ["2002:c0a8:101::1"]],
  ["teredo.test", [], ["2001:0:808:808:0:0:80ff:fffe"]],
  ["public-then-private.test", ["8.8.8.8", "10.0.0.1"], []],
  ["private-then-public.test", ["127.0.0.1", "8.8.8.8"], []],
  ["public-a-private-aaaa.test", ["8.8.8.8"], ["::1"]],
  ["private-a-public-aaaa.test", ["192.168.0.1"], ["2606:4700::1111"]],
  ["benchmark.test", ["198.18.0.5"], []],
  ["127.0.0.1.test", ["127.0.0.1"], []],
];

/** Listens on every loopback address at one port, and counts who comes. */
function listenEverywhere() {
  const first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = first.addr as Deno.NetAddr;
  const listeners = [first, Deno.listen({ hostname: "::1", port })];
  let connections = 0;
  const accepting = listeners.map(async (listener) => {
    for await (const conn of listener) {
      connections++;
      conn.close();
    }
  });
  return {
    port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      listeners.forEach((listener) => listener.close());
      await Promise.all(accepting);
    },
  };
}

for (const [what, hosts] of Object.entries(SPELLINGS)) {
  Deno.test(`no request reaches ${what}: ${hosts.join(" ")}`, async () => {
    await using trap = listenEverywhere();
    for (const host of hosts) {
      const url = `https://${host}:${trap.port}/`;
      const { failure, head, observed, exchange } = await send({ url }, {
        rules: { allowPrivate: false },
      });
      assert.equal(failure?.code, "address_refused", `${host}: ${failure?.message}`);
      assert.equal(failure.kind, "operation");
      assert.equal(head, null);
      assert.deepEqual(observed.attempts, [], host);
      assert.equal(exchange.response, null);
    }
    assert.equal(trap.connections(), 0);
  });
}

Deno.test("the table of spellings holds at least 80, the table of names at least 20", () => {
  assert.ok(new Set(Object.values(SPELLINGS).flat()).size >= 80);
  assert.ok(NAMES.length >= 20);
});

for (const [name, a, aaaa] of NAMES) {
  Deno.test(`no request reaches ${name}, which has ${[...a, ...aaaa].join(" ")}`, async () => {
    await using dns = await startDnsServer(({ type }) => type === "A" ? a : aaaa);
    await using trap = listenEverywhere();
    const url = `https://${name}:${trap.port}/`;
    const { failure, observed } = await send({ url }, {
      rules: { allowPrivate: false },
      resolve: resolverOf(dns),
    });
    assert.equal(failure?.code, "address_refused");
    assert.deepEqual(observed.attempts, []);
    assert.equal(trap.connections(), 0);
    assert.deepEqual(dns.questions.map(({ type }) => type).sort(), ["A", "AAAA"]);
    assert.equal(observed.target?.answers.length, a.length + aaaa.length);
  });
}

Deno.test("--allow-private reaches private addresses and never link-local ones", () => {
  const hosts = [...SPELLINGS["link-local and metadata"] ?? [], "169.254.1.1", "[fe80::1]"];
  for (const host of hosts) {
    const address = new URL(`https://${host}/`).hostname.replace(/^\[|\]$/g, "");
    assert.notEqual(judgeAddress(address, { allowPrivate: true }).refused, null, host);
  }
  for (const address of ["127.0.0.1", "::1", "10.0.0.1", "fd12::1", "100.64.0.1", "198.18.0.1"]) {
    assert.equal(judgeAddress(address, { allowPrivate: true }).refused, null, address);
  }
});

Deno.test("public addresses are allowed, also through NAT64 and mapped", () => {
  const addresses = [
    ...["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "192.167.0.1"],
    ...["169.253.0.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"],
  ];
  for (const address of addresses) {
    assert.equal(judgeAddress(address, { allowPrivate: false }).refused, null, address);
  }
});

Deno.test("what is no address is refused under either rule", () => {
  for (const allowPrivate of [true, false]) {
    for (const address of ["", "mcp.example", "1.2.3.4.5", "fe80::1%25eth0", "::g"]) {
      assert.notEqual(judgeAddress(address, { allowPrivate }).refused, null, address);
    }
  }
});

const SHAPES: readonly (readonly [url: string, reason: RegExp])[] = [
  ["http://mcp.example/", /not https/],
  ["ftp://mcp.example/", /not an http or https URL/],
  ["file:///etc/passwd", /not an http or https URL/],
  ["javascript:alert(1)", /not an http or https URL/],
  ["https://", /not an http or https URL/],
  ["mcp.example", /not an http or https URL/],
  ["https://user@mcp.example/", /user name or password/],
  ["https://user:secret@mcp.example/", /user name or password/],
  ["https://@mcp.example/", /user name or password/],
  ["https://:secret@mcp.example/", /user name or password/],
  ["https:\\\\user@mcp.example/", /user name or password/],
  ["https:\\\\:secret@mcp.example/", /user name or password/],
  ["https:user@mcp.example/", /user name or password/],
  ["https://8.8.8.8@127.0.0.1/", /user name or password/],
];

for (const [url, reason] of SHAPES) {
  Deno.test(`${url} is refused before anything is looked up`, async () => {
    const { failure } = await send({ url }, {
      rules: { allowPrivate: false },
      resolve: noResolver,
    });
    assert.equal(failure?.code, "url_refused");
    assert.equal(failure.kind, "usage");
    assert.match(failure.message, reason);
    assert.doesNotMatch(failure.message, /secret/);
  });
}

Deno.test("an @ behind the host is no user name", () => {
  for (const rest of ["?to=mailto:me@mcp.example", "a@b", "#a:b@c"]) {
    const url = guardedUrl(`https://mcp.example/${rest}`, { allowPrivate: false });
    assert.equal(url.href, `https://mcp.example/${rest.replace(/^#.*/, "")}`);
  }
});

Deno.test("a name without addresses, and a name server that says nothing", async () => {
  await using dns = await startDnsServer(({ name }) => name.startsWith("none") ? [] : undefined);
  const none = await send({ url: "https://none.test/" }, { resolve: resolverOf(dns) });
  assert.equal(none.failure?.code, "network_dns");
  const silent = await send({ url: "https://silent.test/" }, {
    resolve: resolverOf(dns),
    stepTimeoutMs: 300,
  });
  assert.equal(silent.failure?.code, "network_timeout");
});

const REASONS: Readonly<Record<string, RegExp>> = {
  "127.0.0.1": /: it is this machine itself$/,
  "10.0.0.1": /: it belongs to a private network$/,
  "169.254.1.1": /: it is a link-local address or the metadata service of a cloud$/,
  "192.0.2.1": /: it is not a publicly routable address$/,
};

for (const [address, reason] of Object.entries(REASONS)) {
  Deno.test(`${address} is refused with its reason`, async () => {
    const { failure } = await send({ url: `https://${address}/` }, {
      rules: { allowPrivate: false },
    });
    assert.match(failure?.message ?? "", reason);
    assert.equal(/--allow-private/.test(failure?.remedy ?? ""), address !== "169.254.1.1");
  });
}
