import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { DEAD, GATEWAY, type OfficeResult, type OfficeRun, PUBLIC } from "./office_program.ts";

/** Does a login in the office; everything that was started has ended with it. */
async function office(setup: OfficeRun): Promise<OfficeResult> {
  const ended = await run("unshare", [
    ...["--net", "--mount", Deno.execPath(), "run", "-A", "--quiet"],
    `${ROOT}tests/binary/office_program.ts`,
    ...[JSON.stringify(setup), `${ROOT}tests/http/fixtures`, `${ROOT}dist/mcpass`],
    // Deno would look up where its own newest version is.
  ], { env: { DENO_NO_UPDATE_CHECK: "1" } });
  assert.ok(ended.success, `squid-openssl, openssl, iproute2, util-linux? ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}

function assertSignedIn({ code, stdout, stderr }: OfficeResult): void {
  assert.equal(code, 0, stdout + stderr);
  const document = JSON.parse(stdout);
  assert.equal(document.completed, true);
  assert.equal(document.verification.listTools.passed, true);
}

/** Nothing is reached but the proxy, and no name is known. */
const WALLED = { ip: 4, routed: false, names: [], args: ["--ca-file", "OFFICE_CA"] } as const;

/** Everything is reached as from anywhere. */
const OPEN = { ip: 4, routed: true, names: [PUBLIC[4]], args: ["--ca-file", "SERVER_CA"] } as const;

const LOGIN = { user: "ada", password: "pass wörd" };

Deno.test("through a proxy that opens TLS with an authority of its own, where no name is known", async () => {
  const ended = await office({ ...WALLED, proxy: {}, env: { HTTPS_PROXY: "http://PROXY" } });
  assertSignedIn(ended);
  assert.deepEqual(ended.questions, []);
  assert.match(ended.proxied[0] ?? "", /^200 CONNECT mcp\.example:\d+$/);
  const inside = ended.proxied.filter((line) => / (GET|POST) https:/.test(line));
  assert.equal(inside.length, ended.received);
});

Deno.test("through a proxy that asks for a password, which is nowhere to be read", async () => {
  const ended = await office({
    ...WALLED,
    proxy: { login: LOGIN },
    args: [...WALLED.args, "--proxy", "http://ada:pass%20w%C3%B6rd@PROXY", "--verbose"],
  });
  assertSignedIn(ended);
  assert.deepEqual(ended.proxied.filter((line) => line.startsWith("407")), []);
  assert.doesNotMatch(ended.stdout + ended.stderr, /w(ö|%C3%B6)rd/);
});

Deno.test("without the password the proxy is named as the cause, and no server is asked", async () => {
  const ended = await office({
    ...WALLED,
    proxy: { login: LOGIN },
    env: { HTTPS_PROXY: "http://ada:guess@PROXY" },
  });
  assert.equal(ended.code, 1);
  assert.equal(JSON.parse(ended.stdout).error.code, "network_proxy");
  assert.match(ended.proxied[0] ?? "", /^407 CONNECT /);
  assert.equal(ended.received, 0);
});

Deno.test("an authority of the office that was not named ends the login before anything is sent", async () => {
  const ended = await office({
    ...WALLED,
    proxy: {},
    env: { HTTPS_PROXY: "http://PROXY" },
    args: [],
  });
  assert.equal(ended.code, 1);
  const { code, remedy } = JSON.parse(ended.stdout).error;
  assert.equal(code, "network_tls_untrusted");
  assert.match(remedy, /--ca-file/);
  assert.equal(ended.received, 0);
});

for (const noProxy of ["mcp.example", "other.example, .example", "*.example", "*"]) {
  Deno.test(`NO_PROXY=${noProxy} keeps the login off the proxy`, async () => {
    const ended = await office({
      ...OPEN,
      proxy: {},
      env: { HTTPS_PROXY: "http://PROXY", NO_PROXY: noProxy },
    });
    assertSignedIn(ended);
    assert.deepEqual(ended.proxied, []);
  });
}

Deno.test("at a server that has IPv6 only", async () => {
  const ended = await office({ ...OPEN, ip: 6, names: [PUBLIC[6]] });
  assertSignedIn(ended);
  assert.ok(ended.questions.includes("AAAA mcp.example"));
});

const DEAD_FIRST: readonly (readonly [what: string, first: string, said: boolean])[] = [
  ["is silent", DEAD[4], true],
  ["refuses", GATEWAY[4], false],
  ["is of the other IP version and silent", DEAD[6], false],
];

for (const [what, first, said] of DEAD_FIRST) {
  Deno.test(`at a server whose first address ${what}`, async () => {
    const ended = await office({ ...OPEN, names: [first, PUBLIC[4]] });
    assertSignedIn(ended);
    const findings: { readonly code: string; readonly message: string }[] =
      JSON.parse(ended.stdout).findings;
    const dead = findings.find(({ code }) => code === "address_dead");
    assert.equal(dead !== undefined, said);
    if (dead !== undefined) {
      assert.ok(
        dead.message.includes(`"mcp.example" accepts no connection at ${first} from`),
        dead.message,
      );
    }
    assert.doesNotMatch(ended.stderr, /Deprecation/);
  });
}
